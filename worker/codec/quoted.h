/* SPDX-License-Identifier: ISC */
#ifndef CODEC_QUOTED_H
#define CODEC_QUOTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Quoted-printable (RFC 2045 6.7) as mail has it, in pieces of any length. Nothing that
 * says something is left out: a "=" that begins no escape is passed on with the character
 * behind it, as the RFC advises, and so is a whole row of them. So are blanks at the end
 * of a line: they should not be there, but programs that forget to encode them mean them.
 * Only those between the "=" of a soft line break and its line end are a transport's, and
 * go.
 *
 * Own code: GMime decodes it, but linking it makes a worker load sixteen libraries more:
 * 178 page faults of its start, and 6.7 of its 17 ms. It loses "=4" at the end, leaves a
 * soft line break with blanks behind it, and an escape behind a broken one
 * (test_against_gmime.c).
 */
enum { QUOTED_HELD = 80 }; /* longer than a line of the RFC, 76 */
struct quoted {
	uint8_t held[QUOTED_HELD]; /* from a "=" on whose meaning is not known yet */
	unsigned n;
	bool row; /* the last byte was a "=" of a row of them */
};

/* Zeroed is the beginning. out holds QUOTED_MOST(n) bytes; returns what was written. */
#define QUOTED_MOST(n) ((n) + QUOTED_HELD)
size_t quoted_decode(struct quoted *, const void *in, size_t n, uint8_t *out);

/* The end of the input: at most QUOTED_HELD bytes. A "=" there is a soft line break,
 * whose line end is the boundary's. */
size_t quoted_finish(struct quoted *, uint8_t *out);

#endif
