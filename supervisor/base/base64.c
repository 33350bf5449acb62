/* SPDX-License-Identifier: ISC */
#include "base/base64.h"

static void base64_quad(struct base64 *b)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = b->bits << (8 * (3 - b->have));
	char quad[4];

	for (int i = 0; i < 4; i++)
		quad[i] = (char)(i <= b->have ? digits[bits >> (18 - 6 * i) & 63] : '=');
	(void)fwrite(quad, 1, sizeof quad, b->to);
	b->bits = 0;
	b->have = 0;
	b->column += 4;
	if (b->lines && b->column == 76) {
		(void)fputs("\r\n", b->to);
		b->column = 0;
	}
}

void base64_put(struct base64 *b, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		b->bits = b->bits << 8 | ((const uint8_t *)bytes)[i];
		if (++b->have == 3)
			base64_quad(b);
	}
}

void base64_end(struct base64 *b)
{
	if (b->have > 0)
		base64_quad(b);
	if (b->lines && b->column > 0)
		(void)fputs("\r\n", b->to);
	b->column = 0;
}
