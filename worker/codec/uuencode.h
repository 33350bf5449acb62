/* SPDX-License-Identifier: ISC */
#ifndef CODEC_UUENCODE_H
#define CODEC_UUENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Uuencode (POSIX.1-2017, uuencode) behind its line "begin 644 name", in pieces of any
 * length, up to a line of no bytes or "end". Blanks, which stand for zeroes, may be
 * missing at the end of a line, a checksum may follow its data, and a line that holds any
 * other characters is none: text among the data, or behind data without an end.
 *
 * Own code: GMime decodes it, but linking it makes a worker load sixteen libraries
 * more: 178 page faults of its start, and 6.7 of its 17 ms. It loses its place where
 * blanks are missing, and takes text among the data and behind the end for data
 * (test_against_gmime.c).
 */
enum { UUENCODE_LINE = 1 + 84, UUENCODE_ROW = 63 }; /* characters, and their bytes */
struct uuencode {
	uint8_t line[UUENCODE_LINE]; /* the one being read; what is longer is not kept */
	unsigned n;
	bool ended;
};

/* Zeroed is the beginning. out holds UUENCODE_MOST(n) bytes, as a line that lost its
 * blanks is as short as two characters; returns what was written. */
#define UUENCODE_MOST(n) (((n) / 2 + 1) * UUENCODE_ROW)
size_t uuencode_decode(struct uuencode *, const void *in, size_t n, uint8_t *out);

/* The end of the input, which a last line may end at: at most UUENCODE_ROW bytes. */
size_t uuencode_finish(struct uuencode *, uint8_t *out);

#endif
