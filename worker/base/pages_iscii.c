/* SPDX-License-Identifier: ISC */
/* ISCII (IS 13194:1991): Indian scripts, which share their letters' places. */
#include "base/pages_sign.h"

/* Signs of ISCII that change the letter before them, and bytes that announce one. */
enum { ISCII_NUKTA = 0xe9, ISCII_HALANT = 0xe8, ISCII_SCRIPT = 0xef, ISCII_MORE = 0xf0 };

/* A letter with a nukta that is one of its own: its place in a script's block. */
static uint8_t with_nukta(uint8_t letter)
{
	static const uint8_t pairs[][2] = { { 0xa1, 0x50 }, { 0xa6, 0x0c },
		{ 0xa7, 0x61 }, { 0xaa, 0x60 }, { 0xb3, 0x58 }, { 0xb4, 0x59 },
		{ 0xb5, 0x5a }, { 0xba, 0x5b }, { 0xbf, 0x5c }, { 0xc0, 0x5d },
		{ 0xc9, 0x5e }, { 0xdb, 0x62 }, { 0xdc, 0x63 }, { 0xdf, 0x44 },
		{ 0xea, 0x3d } };

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		if (pairs[i][0] == letter)
			return pairs[i][1];
	return 0;
}

/* What two bytes mean together (IS 13194:1991, 4.3 and annex), 0: nothing of their own.
 */
static unsigned pair_meaning(const uint16_t *script, uint8_t letter, uint8_t sign)
{
	enum { BLOCK = 0xff80, NON_JOINER = 0x200c, JOINER = 0x200d };
	unsigned block = script[0xb3] & BLOCK, place;

	if (letter == ISCII_MORE)
		return sign == 0xb8 ? 0x952 : sign == 0xbf ? 0x970 : PAGES_NONE;
	if (letter == ISCII_HALANT && sign == ISCII_HALANT)
		return NON_JOINER;
	if (letter == ISCII_HALANT && sign == ISCII_NUKTA)
		return JOINER;
	place = sign == ISCII_NUKTA ? with_nukta(letter) : 0;
	/* What Devanagari has and the others have not stays two characters. */
	return place == 0 || (block != 0x900 && script[ISCII_NUKTA] == PAGES_NONE)
		   ? 0
		   : block | place;
}

PAGES_INLINE struct pages_sign iscii_sign(
    struct pages_text *t, const uint8_t *p, size_t n)
{
	/* By the byte behind ISCII_SCRIPT, from 0x42 on; it holds until the line ends. */
	static const uint8_t scripts[] = { SINGLE_CP57002, SINGLE_CP57003, SINGLE_CP57004,
		SINGLE_CP57005, SINGLE_CP57006, SINGLE_CP57007, SINGLE_CP57008,
		SINGLE_CP57009, SINGLE_CP57010, SINGLE_CP57011 };
	const uint16_t *script = pages_single[t->shifted ? t->set : t->single];
	uint8_t next = n >= 2 ? p[1] : 0;

	if (*p == ISCII_SCRIPT && next >= 0x40 && next <= 0x4b) {
		t->shifted = next >= 0x42;
		t->set = t->shifted ? scripts[next - 0x42] : 0;
		return pages_sign(PAGES_SHIFT, 2);
	}
	if (*p == '\n')
		t->shifted = false;
	unsigned meaning = next >= 0x80 ? pair_meaning(script, *p, next) : 0;
	if (meaning == PAGES_NONE)
		return pages_sign(PAGES_NO_SIGN, 2);
	if (meaning != 0 && *p == ISCII_HALANT)
		return (struct pages_sign){ script[*p], meaning, 2 };
	if (meaning != 0)
		return pages_sign(meaning, 2);
	return (struct pages_sign){ script[*p] == PAGES_NONE ? PAGES_NO_SIGN : script[*p],
		0, 1 };
}
PAGES_READER(pages_read_iscii, iscii_sign)
