/* SPDX-License-Identifier: ISC */
#ifndef MIME_TEXT_BODY_H
#define MIME_TEXT_BODY_H

#include <stdbool.h>

#include "base/span.h"

struct out;

/* What decides how a text travels. */
struct text_body_shape {
	uint64_t high,
	    control;      /* bytes over 0x7e; below a blank, but tabs and line ends */
	uint64_t bare;    /* CR without LF */
	uint64_t longest; /* line, in bytes */
	bool marked;      /* holds "=_", or a line begins with "--": like a boundary */
};
struct text_body_shape text_body_shape_of(struct out *, struct span text);

/* The text as it is, its line ends as ours. The body ends with one. */
void text_body_lines(struct out *, struct span text);

/*
 * A text body of any length: its charset and encoding are chosen, the two header fields,
 * the blank line and the body are written. type is "text/plain". The text is in charset
 * (NULL: UTF-8). Every CRLF, LF or CR becomes the line ending, and the body ends with
 * one.
 */
void text_body_write(
    struct out *, const char *type, const char *charset, struct span text);

#endif
