/* SPDX-License-Identifier: ISC */
#ifndef MIME_TRANSFER_H
#define MIME_TRANSFER_H

#include "format/format.h"

/*
 * Undo a content transfer encoding (RFC 2045 6, and x-uuencode). encoding is a
 * GMimeContentEncoding. What is not encoded stays a view into the input; a small
 * part comes back in the arena; one over LIMIT_LOAD, and any once much is held there, in
 * the scratch file.
 *
 * Base64 goes on behind a "=" in its middle, as other decoders do. *odd (NULL: not
 * asked): it holds other characters, or ends within a byte.
 */
struct span transfer_decode(struct convert *c, struct span body, int encoding, bool *odd);

/* Is it one that is undone, unlike 7bit, 8bit and binary? */
bool transfer_is_encoded(int encoding);

#endif
