/* SPDX-License-Identifier: ISC */
#ifndef CODEC_BASE64_H
#define CODEC_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Base64 (RFC 4648, RFC 2045 6.8) as mail has it, in pieces of any length. Nothing that
 * says something is left out: "=" ends a group and not the data, a last group needs none,
 * and the letters of URLs ("-", "_") are letters, too.
 *
 * Own code, as libraries lose bytes: GMime up to 3.2.13 ends at the first "=", and both
 * it and GLib drop what stands in a last group without "=" (test_base64_decode.c shows
 * it).
 */
struct base64 {
	uint32_t bits;    /* of the group that is open */
	unsigned letters; /* of it: 0 to 3 */
	bool padded;      /* "=" was seen, and nothing behind it */
	bool joined;      /* data went on behind a "=" */
	bool foreign;     /* other characters than letters, "=" and white space */
	bool cut;         /* a group of one letter: its six bits are no byte */
};

/* Zeroed is the beginning. out holds BASE64_MOST(n) bytes; returns what was written. */
#define BASE64_MOST(n) ((n) / 4 * 3 + 6)
size_t base64_decode(struct base64 *, const void *in, size_t n, uint8_t *out);

/* The end of the input: what the last group holds, at most 2 bytes. */
size_t base64_finish(struct base64 *, uint8_t *out);

#endif
