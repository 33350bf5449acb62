/* SPDX-License-Identifier: ISC */
#ifndef MIME_ATTACH_H
#define MIME_ATTACH_H

#include "format/mime/write/out.h"

struct attachment;

/*
 * An attachment as a MIME part (MS-OXCMAIL 2.1.3.4): header fields, blank line,
 * base64; a Macintosh file in two parts, a mere reference as message/external-body. An
 * embedded message is written by write.c.
 */

/* shown: the Content-ID by which the HTML shows it, .len 0: by Content-Location; NULL: it
 * does not. */
void attach_write(
    struct out *, const struct attachment *, const char *part, const struct text *shown);

/* A part of our own making: the bytes under this type and name. */
void attach_bytes(struct out *, struct span, const char *type, const char *name);

/* One that the HTML shows by this Content-ID. */
void attach_picture(
    struct out *, struct span, const char *type, const char *name, const char *id);

#endif
