/* SPDX-License-Identifier: ISC */
#include "codec/base64.h"

enum { FOREIGN = 64, SPACE, PAD };

/* The value of each byte as a letter; or FOREIGN, SPACE, PAD. Zero: not yet learnt. */
static uint8_t values[256];

static void base64_learn(void)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
				      "wxyz0123456789+/";

	for (size_t i = 0; i < sizeof values; i++)
		values[i] = i == ' ' || (i >= '\t' && i <= '\r') ? SPACE : FOREIGN;
	for (size_t i = 0; i + 1 < sizeof letters; i++)
		values[(uint8_t)letters[i]] = (uint8_t)i;
	values['-'] = values['+']; /* RFC 4648 5 */
	values['_'] = values['/'];
	values['='] = PAD;
}

/* The group ends here, whole or not. */
static size_t base64_group(struct base64 *b, uint8_t *out)
{
	unsigned letters = b->letters;

	b->letters = 0;
	switch (letters) {
	case 1:
		b->cut = true;
		return 0;
	case 2:
		out[0] = (uint8_t)(b->bits >> 4);
		return 1;
	case 3:
		out[0] = (uint8_t)(b->bits >> 10);
		out[1] = (uint8_t)(b->bits >> 2);
		return 2;
	default:
		return 0;
	}
}

/* Four letters at a time, as long as there is nothing else. Returns the letters taken. */
static size_t base64_quick(const uint8_t *p, size_t n, uint8_t *out)
{
	size_t i = 0;

	for (; n - i >= 4; i += 4, out += 3) {
		uint32_t a = values[p[i]], b = values[p[i + 1]], c = values[p[i + 2]],
			 d = values[p[i + 3]];
		if ((a | b | c | d) >= FOREIGN)
			break;
		uint32_t bits = a << 18 | b << 12 | c << 6 | d;
		out[0] = (uint8_t)(bits >> 16);
		out[1] = (uint8_t)(bits >> 8);
		out[2] = (uint8_t)bits;
	}
	return i;
}

size_t base64_decode(struct base64 *b, const void *in, size_t n, uint8_t *out)
{
	const uint8_t *p = in;
	size_t len = 0;

	if (values[0] == 0)
		base64_learn();
	for (size_t i = 0; i < n;) {
		if (b->letters == 0 && !b->padded) {
			size_t quick = base64_quick(p + i, n - i, out + len);
			len += quick / 4 * 3;
			i += quick;
			if (i == n)
				break;
		}
		uint8_t v = values[p[i++]];
		if (v == PAD) {
			len += base64_group(b, out + len);
			b->padded = true;
		} else if (v == FOREIGN) {
			b->foreign = true;
		} else if (v < FOREIGN) {
			b->joined |= b->padded;
			b->padded = false;
			b->bits = b->letters ? b->bits << 6 | v : v;
			if (++b->letters < 4)
				continue;
			b->letters = 0;
			out[len++] = (uint8_t)(b->bits >> 16);
			out[len++] = (uint8_t)(b->bits >> 8);
			out[len++] = (uint8_t)b->bits;
		}
	}
	return len;
}

size_t base64_finish(struct base64 *b, uint8_t *out)
{
	return base64_group(b, out);
}
