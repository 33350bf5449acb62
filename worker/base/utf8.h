/* SPDX-License-Identifier: ISC */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The first character of n bytes (n > 0) that text_is_utf8 holds for; *length: its bytes.
 * In other bytes the answer means nothing, but no byte behind them is looked at, and
 * *length is 1 at least.
 */
static inline uint32_t utf8_first(const void *bytes, size_t n, size_t *length)
{
	const uint8_t *p = bytes;
	size_t len = p[0] < 0xc0 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t ch = len == 1 ? p[0] : p[0] & (0xffU >> (len + 1));

	if (len > n)
		len = n;
	for (size_t i = 1; i < len; i++)
		ch = ch << 6 | (p[i] & 0x3fU);
	*length = len;
	return ch;
}

#endif
