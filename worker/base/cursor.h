/* SPDX-License-Identifier: ISC */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Reads untrusted bytes. The first short read makes the cursor bad for good:
 * a record is read straight through and tested once, at its end.
 *
 * A bad cursor has nothing left, so "while (c.left > 0)" ends. Nothing is ever
 * added to a position before the check.
 */
struct cursor {
	const uint8_t *pos;
	size_t left;
	bool bad;
};

static inline struct cursor cur_over(const void *p, size_t n)
{
	/* NULL + 0 is undefined: an empty buffer is "". */
	return (struct cursor){ .pos = p ? p : (const uint8_t *)"", .left = p ? n : 0 };
}

static inline const uint8_t *cur_take(struct cursor *c, size_t n)
{
	const uint8_t *p = c->pos;
	if (c->bad || n > c->left) { /* never "pos + n > end": it can wrap */
		*c = (struct cursor){ .pos = (const uint8_t *)"", .bad = true };
		return NULL;
	}
	c->pos += n;
	c->left -= n;
	return p;
}

static inline uint8_t cur_u8(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 1);
	return p ? *p : 0;
}

static inline uint16_t cur_u16le(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 2);
	unsigned v = p ? p[0] | (unsigned)p[1] << 8 : 0;
	return (uint16_t)v;
}

static inline uint32_t cur_u32le(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 4);
	return p ? p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
		       (uint32_t)p[3] << 24
		 : 0;
}

static inline uint64_t cur_u64le(struct cursor *c)
{
	uint64_t low = cur_u32le(c), high = cur_u32le(c);
	return c->bad ? 0 : low | high << 32;
}

/* Copy n bytes out, or zeroes when there are not so many. */
static inline void cur_bytes(struct cursor *c, void *to, size_t n)
{
	const uint8_t *p = cur_take(c, n);
	if (p)
		memcpy(to, p, n);
	else
		memset(to, 0, n);
}

/* The next n bytes as a cursor of their own: a wrong length cannot reach past it. */
static inline struct cursor cur_sub(struct cursor *c, size_t n)
{
	const uint8_t *p = cur_take(c, n);
	return (struct cursor){
		.pos = p ? p : (const uint8_t *)"", .left = p ? n : 0, .bad = !p
	};
}

/* Skip to the next multiple of 4 bytes counted from start; the end may lack its padding.
 */
static inline void cur_align4(struct cursor *c, const uint8_t *start)
{
	size_t pad = -(size_t)(c->pos - start) & 3;
	if (!c->bad)
		(void)cur_take(c, pad < c->left ? pad : c->left);
}

#endif
