/* SPDX-License-Identifier: ISC */
#ifndef BASE64_H
#define BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Base64 (RFC 4648 section 4), onto a stream, of bytes that come in any pieces. The
 * worker has one of its own (worker/base/base64.h): the two programs share nothing but
 * proto/.
 */
struct base64 {
	FILE *to;
	bool lines; /* of 76, each with CR LF (RFC 2045 section 6.8); else one */
	uint32_t bits;
	int have, column;
};

void base64_put(struct base64 *, const void *bytes, size_t n);
void base64_end(struct base64 *); /* what is left of it; it may be used again */

#endif
