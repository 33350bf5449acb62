/* SPDX-License-Identifier: ISC */
#ifndef MIME_TRANSFER_H
#define MIME_TRANSFER_H

#include "format/format.h"

/* Content transfer encodings: RFC 2045 6, and uuencode. */
enum transfer {
	TRANSFER_NONE, /* not said, or a name that nobody knows */
	TRANSFER_7BIT,
	TRANSFER_8BIT,
	TRANSFER_BINARY,
	TRANSFER_BASE64,
	TRANSFER_QUOTED,
	TRANSFER_UUENCODE,
};

/* The one that is called so, in any case, with what real mail has behind it: "base64;",
 * "8bit (said so)". */
enum transfer transfer_named(const char *name);

/*
 * Undo an encoding. What is not encoded stays a view into the input; a small part comes
 * back in the arena; one over LIMIT_LOAD, and any once much is held there, in the scratch
 * file.
 *
 * Base64 goes on behind a "=" in its middle, as other decoders do. *odd (NULL: not
 * asked): it holds other characters, or ends within a byte.
 */
struct span transfer_decode(
    struct convert *c, struct span body, enum transfer encoding, bool *odd);

/* Is it one that is undone, unlike 7bit, 8bit and binary? */
bool transfer_is_encoded(enum transfer encoding);

#endif
