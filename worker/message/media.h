/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_MEDIA_H
#define MESSAGE_MEDIA_H

#include <stddef.h>

struct arena;

/* Media types and the extensions of file names that announce them. */

/* The type that the name's extension announces; "application/octet-stream": not known.
 * Never multipart or message: those are no files. */
const char *media_type(const char *name, size_t len);

/* ".png" for "image/png", in the arena; NULL: not known. */
const char *media_extension(struct arena *, const char *type);

#endif
