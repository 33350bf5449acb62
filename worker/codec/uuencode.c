/* SPDX-License-Identifier: ISC */
#include "codec/uuencode.h"

#include <string.h>

/* The six bits of a character; -1: it is none of uuencode's. */
static int uuencode_value(uint8_t ch)
{
	return ch >= ' ' && ch <= '`' ? (ch - ' ') & 0x3f : -1;
}

/* The value of the line's character i; blanks that are missing at its end are there. */
static unsigned uuencode_at(const struct uuencode *u, size_t i)
{
	return i < u->n ? (unsigned)uuencode_value(u->line[i]) : 0;
}

/* Bytes that the line says it holds; -1: it is no data. */
static int uuencode_says(const struct uuencode *u)
{
	int bytes = u->n > 0 ? uuencode_value(u->line[0]) : -1;
	size_t want = 1 + (size_t)(bytes + 2) / 3 * 4;

	for (size_t i = 1; bytes > 0 && i < u->n && i < want; i++)
		if (uuencode_value(u->line[i]) < 0)
			return -1;
	return bytes;
}

/* A line is there. */
static size_t uuencode_line(struct uuencode *u, uint8_t *out)
{
	while (u->n > 1 && u->line[u->n - 1] == ' ')
		u->n--;
	int says = uuencode_says(u);
	size_t len = 0;

	if (says == 0 || (u->n == 3 && memcmp(u->line, "end", 3) == 0))
		u->ended = true;
	for (size_t at = 1; says > 0 && len < (size_t)says; at += 4) {
		uint32_t bits = uuencode_at(u, at) << 18 | uuencode_at(u, at + 1) << 12 |
				uuencode_at(u, at + 2) << 6 | uuencode_at(u, at + 3);
		for (int shift = 16; shift >= 0 && len < (size_t)says; shift -= 8)
			out[len++] = (uint8_t)(bits >> shift);
	}
	u->n = 0;
	return len;
}

size_t uuencode_decode(struct uuencode *u, const void *in, size_t n, uint8_t *out)
{
	const uint8_t *p = in;
	size_t len = 0;

	for (size_t i = 0; i < n && !u->ended; i++)
		if (p[i] == '\n')
			len += uuencode_line(u, out + len);
		else if (p[i] != '\r' && u->n < UUENCODE_LINE)
			u->line[u->n++] = p[i];
	return len;
}

size_t uuencode_finish(struct uuencode *u, uint8_t *out)
{
	return u->ended ? 0 : uuencode_line(u, out);
}
