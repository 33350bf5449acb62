/* SPDX-License-Identifier: ISC */
#ifndef MIME_ATTACH_H
#define MIME_ATTACH_H

#include <stdbool.h>

#include "format/mime/write/out.h"

struct attachment;

/*
 * An attachment as a MIME part (MS-OXCMAIL 2.1.3.4): header fields, blank line,
 * base64; a Macintosh file in two parts, a mere reference as message/external-body. An
 * embedded message is written by write.c.
 */

void attach_write(
    struct out *, const struct attachment *, const char *part, bool in_line);

/* A part of our own making: the bytes under this type and name. */
void attach_bytes(struct out *, struct span, const char *type, const char *name);

#endif
