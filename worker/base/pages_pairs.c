/* SPDX-License-Identifier: ISC */
/* Readers of pages where two, three or four bytes are a character, without shifts. */
#include "base/pages_sign.h"

PAGES_READER(pages_read_pairs, pages_pair_sign)

PAGES_READER(pages_read_euc_jp, pages_euc_jp_sign)

static bool is_combining(uint16_t c)
{
	return (c >= 0x300 && c < 0x370) || (c >= 0x591 && c < 0x5d0);
}

/* Hebrew and Vietnamese: a letter and the signs behind it are one character where
 * Unicode has one. */
PAGES_INLINE struct pages_sign composed_sign(
    struct pages_text *t, const uint8_t *p, size_t n)
{
	const uint16_t *single = pages_single[t->single];
	uint32_t c = single[*p];
	size_t width = 1;

	if (c == PAGES_NONE)
		return pages_sign(PAGES_NO_SIGN, 1);
	for (; width < n && is_combining(single[p[width]]); width++) {
		uint32_t whole = pages_composed(c, single[p[width]]);
		if (whole == PAGES_NO_SIGN)
			break;
		c = whole;
	}
	return pages_sign(c, width);
}
PAGES_READER(pages_read_composed, composed_sign)

static uint32_t plane_character(uint8_t plane, const uint8_t *p)
{
	if (plane >= 0xa1 && plane <= 0xa7)
		return pages_pair(PAIRS_CNS_1 + plane - 0xa1, p[0], p[1]);
	return plane == 0xaf ? pages_pair(PAIRS_CNS_15, p[0], p[1]) : PAGES_NO_SIGN;
}

PAGES_INLINE struct pages_sign euc_tw_sign(
    struct pages_text *t, const uint8_t *p, size_t n)
{
	if (*p == 0x8e)
		return pages_euc_sign(
		    n < 4 ? PAGES_NO_SIGN : plane_character(p[1], p + 2), p, n, 4);
	return pages_pair_sign(t, p, n);
}
PAGES_READER(pages_read_euc_tw, euc_tw_sign)

PAGES_INLINE struct pages_sign gb18030_sign(
    struct pages_text *t, const uint8_t *p, size_t n)
{
	enum { ABOVE = 189000, UNICODE_END = 0x110000 }; /* from 90 30 81 30 on */

	if (n < 4 || p[1] < '0' || p[1] > '9' || p[0] < 0x81 || p[0] > 0xfe ||
	    p[2] < 0x81 || p[2] > 0xfe || p[3] < '0' || p[3] > '9')
		return pages_pair_sign(t, p, n);
	uint32_t number =
	    (((p[0] - 0x81U) * 10 + (p[1] - '0')) * 126 + (p[2] - 0x81U)) * 10 +
	    (p[3] - '0');
	uint32_t c = number < ABOVE ? pages_four_bytes(number) : 0x10000 + number - ABOVE;
	if (c >= UNICODE_END)
		return pages_sign(PAGES_NO_SIGN, 1);
	return pages_sign(c, 4);
}
PAGES_READER(pages_read_gb18030, gb18030_sign)

/*
 * Two sets of pairs as Microsoft's pages 20000 (CNS 11643) and 20932 (JIS) have them: of
 * the second set the second byte has 7 bits, where EUC has a byte or two before the pair.
 */
PAGES_INLINE struct pages_sign two_sets_sign(
    struct pages_text *t, const uint8_t *p, size_t n)
{
	bool jis = t->page == 20932;
	uint32_t c;

	if (n < 2 || p[0] < 0xa1 || p[0] == 0xff || (p[1] & 0x7f) < 0x21 ||
	    (p[1] & 0x7f) == 0x7f)
		return jis ? pages_euc_jp_sign(t, p, n) : euc_tw_sign(t, p, n);
	if (p[1] < 0x80)
		c = pages_pair(jis ? PAIRS_JIS_X_0212 : PAIRS_CNS_2, p[0], p[1] | 0x80);
	else
		c = pages_pair(t->pairs, p[0], p[1]);
	return pages_sign(c, 2);
}
PAGES_READER(pages_read_two_sets, two_sets_sign)
