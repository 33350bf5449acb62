/* SPDX-License-Identifier: ISC */
/*
 * Readers of pages where some bytes say which set the next ones are of: encodings of
 * seven bits, and EBCDIC with pairs.
 *
 * In a set of pairs a pair without a meaning is read whole, so that those behind it keep
 * their places, and a control or blank is itself, as mail programs leave them there.
 */
#include <string.h>

#include "base/pages_sign.h"

enum { SO = 0x0e, SI = 0x0f, ESC = 0x1b };

static bool is_graphic(uint8_t byte)
{
	return byte > 0x20 && byte < 0x7f;
}

static bool is_graphic_pair(const uint8_t *p, size_t n)
{
	return n >= 2 && is_graphic(p[0]) && is_graphic(p[1]);
}

/* Does the text go on with this? */
static bool shift_begins(const char *with, const uint8_t *p, size_t n)
{
	size_t length = strlen(with);

	return length <= n && memcmp(p, with, length) == 0;
}

/* HZ (RFC 1843): "~{" begins pairs of GB 2312 in 7 bits, "~}" ends them, "~~" is a tilde.
 */
PAGES_INLINE struct pages_sign hz_sign(struct pages_text *t, const uint8_t *p, size_t n)
{
	uint8_t next = n >= 2 ? p[1] : 0;

	if (*p == '~' && (next == '{' || next == '}')) {
		t->shifted = next == '{';
		return pages_sign(PAGES_SHIFT, 2);
	}
	if (*p == '~' && !t->shifted && (next == '~' || next == '\n'))
		/* "~" at the end of a line continues it */
		return pages_sign(next == '~' ? '~' : PAGES_SHIFT, 2);
	if (t->shifted && is_graphic_pair(p, n))
		return pages_sign(pages_pair(t->pairs, p[0] | 0x80, p[1] | 0x80), 2);
	if (*p == '\n')
		t->shifted = false;
	return pages_pair_sign(t, p, n);
}
PAGES_READER(pages_read_hz, hz_sign)

/*
 * ISO-2022-JP as Microsoft's mail programs write it: RFC 1468 and the half-width
 * katakana, JIS X 0212 and vendor rows that RFC 1468 lacks. Bytes of 8 bits are EUC-JP.
 */
PAGES_INLINE struct pages_sign iso2022jp_sign(
    struct pages_text *t, const uint8_t *p, size_t n)
{
	enum { LATIN, KANA, KANJI, MORE };
	static const struct {
		char escape[5];
		uint8_t set;
	} sets[] = { { "\x1b(B", LATIN }, { "\x1b(J", LATIN }, { "\x1b(I", KANA },
		{ "\x1b$@", KANJI }, { "\x1b$B", KANJI }, { "\x1b$(D", MORE } };

	for (size_t i = 0; *p == ESC && i < sizeof sets / sizeof sets[0]; i++)
		if (shift_begins(sets[i].escape, p, n)) {
			t->set = sets[i].set;
			return pages_sign(PAGES_SHIFT, strlen(sets[i].escape));
		}
	if (t->set == KANA && is_graphic(*p))
		return pages_sign(pages_pair(t->pairs, 0x8e, *p | 0x80), 1);
	if (t->set >= KANJI && is_graphic_pair(p, n))
		return pages_sign(
		    pages_pair(t->set == KANJI ? t->pairs : PAIRS_JIS_X_0212, p[0] | 0x80,
			p[1] | 0x80),
		    2);
	if (*p == '\n')
		t->set = LATIN; /* RFC 1468: a line ends in ASCII */
	return pages_euc_jp_sign(t, p, n);
}
PAGES_READER(pages_read_iso2022jp, iso2022jp_sign)

/* What SO and SI say, or a byte of these 7 bits by itself. */
static struct pages_sign shift_byte(struct pages_text *t, uint8_t byte)
{
	if (byte == SO || byte == SI) {
		t->shifted = byte == SO;
		return pages_sign(PAGES_SHIFT, 1);
	}
	return pages_sign(
	    byte >= 0x80 || (t->shifted && is_graphic(byte)) ? PAGES_NO_SIGN : byte, 1);
}

/* ISO-2022-KR (RFC 1557). Its set is the only one, whether it was announced or not. */
PAGES_INLINE struct pages_sign iso2022kr_sign(
    struct pages_text *t, const uint8_t *p, size_t n)
{
	if (shift_begins("\x1b$)C", p, n))
		return pages_sign(PAGES_SHIFT, 4);
	if (t->shifted && is_graphic_pair(p, n))
		return pages_sign(pages_pair(PAIRS_ISO_2022_KR, p[0], p[1]), 2);
	return shift_byte(t, *p);
}
PAGES_READER(pages_read_iso2022kr, iso2022kr_sign)

/* ISO-2022-CN (RFC 1922): GB 2312 or CNS 11643's plane 1, the last that was announced,
 * and plane 2 for a pair. */
PAGES_INLINE struct pages_sign iso2022cn_sign(
    struct pages_text *t, const uint8_t *p, size_t n)
{
	enum { GB_2312, CNS_11643 };

	if (shift_begins("\x1b$)A", p, n) || shift_begins("\x1b$)G", p, n)) {
		t->set = p[3] == 'A' ? GB_2312 : CNS_11643;
		return pages_sign(PAGES_SHIFT, 4);
	}
	if (shift_begins("\x1b$*H", p, n))
		return pages_sign(PAGES_SHIFT, 4);
	if (shift_begins("\x1bN", p, n) && is_graphic_pair(p + 2, n - 2))
		return pages_sign(pages_pair(PAIRS_CNS_2, p[2] | 0x80, p[3] | 0x80), 4);
	if (t->shifted && is_graphic_pair(p, n))
		return pages_sign(t->set == GB_2312
				      ? pages_pair(PAIRS_GB2312, p[0], p[1])
				      : pages_pair(PAIRS_CNS_1, p[0] | 0x80, p[1] | 0x80),
		    2);
	return shift_byte(t, *p);
}
PAGES_READER(pages_read_iso2022cn, iso2022cn_sign)

static bool is_ebcdic_pair(const uint8_t *p, size_t n)
{
	return n >= 2 && p[0] >= 0x40 && p[0] != 0xff && p[1] >= 0x40 && p[1] != 0xff;
}

PAGES_INLINE struct pages_sign ebcdic_sign(
    struct pages_text *t, const uint8_t *p, size_t n)
{
	if (*p == SO || *p == SI) {
		t->shifted = *p == SO;
		return pages_sign(PAGES_SHIFT, 1);
	}
	if (t->shifted && is_ebcdic_pair(p, n))
		return pages_sign(pages_pair(t->pairs, p[0], p[1]), 2);
	uint32_t c = t->shifted ? PAGES_NONE : pages_single[t->single][*p];
	return pages_sign(c == PAGES_NONE ? PAGES_NO_SIGN : c, 1);
}
PAGES_READER(pages_read_ebcdic, ebcdic_sign)
