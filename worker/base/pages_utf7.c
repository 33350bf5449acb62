/* SPDX-License-Identifier: ISC */
/* UTF-7 (RFC 2152): "+" begins UTF-16 in base64, which ends at any other byte. */
#include "base/pages_sign.h"

static bool is_direct(uint8_t byte)
{
	return (byte >= ' ' && byte <= '}' && byte != '\\') || byte == '\t' ||
	       byte == '\n' || byte == '\r';
}

/* The six bits of a character of base64, -1: it is none. */
static int six_bits(uint8_t byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return byte - 'A';
	if (byte >= 'a' && byte <= 'z')
		return byte - 'a' + 26;
	if (byte >= '0' && byte <= '9')
		return byte - '0' + 52;
	return byte == '+' ? 62 : byte == '/' ? 63 : -1;
}

/* Is there something that is no character, and not only bits that fill up a byte? */
static bool utf7_cut(const struct pages_text *t)
{
	return t->first != 0 || t->count >= 6 || t->bits != 0;
}

/* Base64 ends; the byte that ends it is read if it is "-". */
static struct pages_sign utf7_end(struct pages_text *t, uint8_t byte)
{
	bool cut = utf7_cut(t), direct = is_direct(byte);

	t->shifted = false;
	if (byte == '-')
		return pages_sign(cut ? PAGES_NO_SIGN : PAGES_SHIFT, 1);
	if (cut)
		return (struct pages_sign){ PAGES_NO_SIGN, direct ? byte : 0, 1 };
	return pages_sign(direct ? byte : PAGES_NO_SIGN, 1);
}

/* 16 bits of UTF-16. */
static struct pages_sign utf7_unit(struct pages_text *t, uint32_t unit)
{
	bool high = unit >= 0xd800 && unit <= 0xdbff;
	bool low = unit >= 0xdc00 && unit <= 0xdfff;
	uint32_t first = t->first;

	t->first = high ? unit : 0;
	if (first != 0 && low)
		return (struct pages_sign){
			0x10000 + ((first - 0xd800) << 10) + (unit - 0xdc00), 0, 1
		};
	if (first != 0)
		return (struct pages_sign){ PAGES_NO_SIGN, high ? 0 : unit, 1 };
	return pages_sign(high ? PAGES_SHIFT : low ? PAGES_NO_SIGN : unit, 1);
}

PAGES_INLINE struct pages_sign utf7_sign(struct pages_text *t, const uint8_t *p, size_t n)
{
	int six = six_bits(*p);

	if (!t->shifted && *p == '+' && n >= 2) {
		if (p[1] == '-')
			return pages_sign('+', 2);
		t->shifted = true;
		t->count = 0;
		t->bits = t->first = 0;
		return pages_sign(PAGES_SHIFT, 1);
	}
	if (!t->shifted)
		return (struct pages_sign){
			is_direct(*p) && *p != '+' ? *p : PAGES_NO_SIGN, 0, 1
		};
	if (six < 0)
		return utf7_end(t, *p);
	t->bits = t->bits << 6 | (uint32_t)six;
	t->count += 6;
	struct pages_sign sign = { PAGES_SHIFT, 0, 1 };
	if (t->count >= 16) {
		t->count -= 16;
		sign = utf7_unit(t, t->bits >> t->count);
		t->bits &= (1U << t->count) - 1;
	}
	if (n == 1 && sign.c == PAGES_SHIFT && utf7_cut(t))
		sign.c = PAGES_NO_SIGN;
	return sign;
}
PAGES_READER(pages_read_utf7, utf7_sign)
