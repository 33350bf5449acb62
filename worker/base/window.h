/* SPDX-License-Identifier: ISC */
#ifndef BASE_WINDOW_H
#define BASE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct arena;

/*
 * A cursor over a span that need not lie in memory: records are read straight
 * through, a few bytes at a time, and long values are taken as spans that stay
 * where they are. The first short read makes it bad for good, as with a cursor.
 *
 * buffer is WINDOW_BUFFER bytes that only this window uses as long as it is read.
 */
enum { WINDOW_BUFFER = 4096 };

struct window {
	struct arena *arena;
	struct span in;
	uint64_t pos, left;
	bool bad;
	uint8_t *buffer;
	uint64_t base; /* offset of buffer[0] */
	size_t have;
};

/* buffer may be NULL when the span lies in memory. */
struct window win_over(struct arena *, struct span in, uint8_t *buffer);

uint16_t win_u16le(struct window *);
uint32_t win_u32le(struct window *);
uint64_t win_u64le(struct window *);

/* The next n bytes where they lie; an empty span when there are not so many. */
struct span win_span(struct window *, uint64_t n);

/* The next n bytes in memory that stays; NULL when there are not so many. */
const uint8_t *win_bytes(struct window *, size_t n);

/* Skip the padding of a value of n bytes to a multiple of 4; it may lack at the end. */
void win_pad4(struct window *, uint64_t n);

/* Nothing more of it, without being bad. */
void win_end(struct window *);

#endif
