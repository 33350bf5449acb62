/* SPDX-License-Identifier: ISC */
#ifndef MIME_MACBINARY_H
#define MIME_MACBINARY_H

#include <stdbool.h>

#include "base/span.h"

struct arena;
struct attachment;

/*
 * MacBinary, the two forks of a Macintosh file in one stream, taken apart as
 * MS-OXCMAIL 2.1.3.4.2 wants it: the data fork as the file, all else as AppleDouble's
 * header file (RFC 1740).
 */
struct macbinary {
	struct span data;   /* the data fork, where it lies */
	struct span header; /* application/applefile, in memory */
};

/* PidTagAttachEncoding: does it say that the data is MacBinary? */
bool macbinary_claimed(const struct attachment *);

/* False: it is not MacBinary I, II or III, or one that no Macintosh could have. */
bool macbinary_read(struct arena *, struct span, struct macbinary *)
    __attribute__((warn_unused_result));

#endif
