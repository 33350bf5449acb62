/* SPDX-License-Identifier: ISC */
#ifndef BASE_PAGES_SIGN_H
#define BASE_PAGES_SIGN_H

#include <assert.h>

#include "base/pages.h"

/*
 * How a reader of a code page is made: a function says what stands at one place, and
 * PAGES_READER makes the loop over it, which has it inline: a call for each character
 * would be slower than iconv. Private to the readers.
 */
struct pages_sign {
	uint32_t c;    /* a character, PAGES_NO_SIGN: bytes without a meaning */
	uint32_t then; /* a character behind it, 0: none */
	size_t width;  /* bytes that it takes: at least one, at most all that there are */
};
enum { PAGES_SHIFT = PAGES_NO_SIGN + 0x100 }; /* bytes that stand for nothing */

/* The inline functions are asked by several readers. */
#define PAGES_INLINE static inline __attribute__((always_inline))

PAGES_INLINE struct pages_sign pages_sign(uint32_t c, size_t width)
{
	return (struct pages_sign){ c, 0, width };
}

#define PAGES_READER(reader, sign_at) \
	size_t reader( \
	    struct pages_text *text, const uint8_t *p, size_t n, struct pages_batch *to) \
	{ \
		struct pages_text t = *text; /* in registers */ \
		size_t at = 0, count = 0; \
		while (at < n && count < PAGES_BATCH - 1) { \
			struct pages_sign sign = sign_at(&t, p + at, n - at); \
			if (sign.c == PAGES_NO_SIGN) \
				sign.c += p[at]; \
			if (sign.c != PAGES_SHIFT) \
				to->characters[count++] = sign.c; \
			if (sign.then) \
				to->characters[count++] = sign.then; \
			assert(sign.width > 0 && sign.width <= n - at); \
			at += sign.width; \
		} \
		to->count = count; \
		*text = t; \
		return at; \
	}

/* A byte by itself, or a pair of the page's set. */
PAGES_INLINE struct pages_sign pages_pair_sign(
    const struct pages_text *t, const uint8_t *p, size_t n)
{
	uint32_t c = pages_single[t->single][*p];

	if (c != PAGES_NONE)
		return pages_sign(c, 1);
	c = n < 2 ? PAGES_NO_SIGN : pages_pair(t->pairs, p[0], p[1]);
	if (pages_is_twice(c)) {
		const uint16_t *two = pages_twice[c - PAGES_TWICE];
		return (struct pages_sign){ two[0], two[1], 2 };
	}
	return pages_sign(c, c == PAGES_NO_SIGN ? 1 : 2);
}

/*
 * A character of width bytes behind a shift of EUC, or how many bytes have no meaning:
 * all of them, or the rest would be read as another character.
 */
PAGES_INLINE struct pages_sign pages_euc_sign(
    uint32_t c, const uint8_t *p, size_t n, size_t width)
{
	for (size_t i = 1; i < width && c == PAGES_NO_SIGN; i++)
		if (i >= n || p[i] < 0xa1)
			width = 1;
	return pages_sign(c, width);
}

/* EUC-JP, with the sets behind its shifts. */
PAGES_INLINE struct pages_sign pages_euc_jp_sign(
    const struct pages_text *t, const uint8_t *p, size_t n)
{
	enum { SS2 = 0x8e, SS3 = 0x8f };

	if (*p == SS3)
		return pages_euc_sign(
		    n < 3 ? PAGES_NO_SIGN : pages_pair(PAIRS_JIS_X_0212, p[1], p[2]), p,
		    n, 3);
	struct pages_sign sign = pages_pair_sign(t, p, n);
	return *p == SS2 ? pages_euc_sign(sign.c, p, n, 2) : sign;
}

#endif
