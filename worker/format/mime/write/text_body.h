/* SPDX-License-Identifier: ISC */
#ifndef MIME_TEXT_BODY_H
#define MIME_TEXT_BODY_H

#include "base/span.h"

struct out;

/*
 * A text body of any length: its charset and encoding are chosen, the two header fields,
 * the blank line and the body are written. type is "text/plain". The text is in charset
 * (NULL: UTF-8). Every CRLF, LF or CR becomes the line ending, and the body ends with
 * one.
 */
void text_body_write(
    struct out *, const char *type, const char *charset, struct span text);

#endif
