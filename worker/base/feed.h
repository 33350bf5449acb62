/* SPDX-License-Identifier: ISC */
#ifndef BASE_FEED_H
#define BASE_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct arena;

/*
 * The bytes of a span one after the other, for decoders that look at each of them. In
 * memory they are looked at where they lie; a file comes through a buffer, so that what
 * is read may be as long as it likes.
 */
struct feed {
	struct span in;
	const uint8_t *p; /* the next bytes, left of them at hand */
	size_t left;
	uint64_t next;               /* offset in the span of what is not at hand yet */
	uint8_t *buffer;             /* NULL: in memory */
	void (*progress)(void *arg); /* after each piece of a file; NULL: no calls */
	void *arg;
};

enum { FEED_BUFFER = 64 * 1024 };

struct feed feed_over(struct arena *, struct span);

/* At least n bytes at hand, n at most FEED_BUFFER? False: so many do not follow. */
bool feed_need(struct feed *, size_t n);

/* What of n bytes there is goes by unread. */
void feed_skip(struct feed *, uint64_t n);

/* Offset of the next byte in the span. */
static inline uint64_t feed_at(const struct feed *f)
{
	return f->next - f->left;
}

static inline bool feed_any(struct feed *f)
{
	return f->left > 0 || feed_need(f, 1);
}

/* -1: at the end. */
static inline int feed_byte(struct feed *f)
{
	if (!feed_any(f))
		return -1;
	f->left--;
	return *f->p++;
}

#endif
