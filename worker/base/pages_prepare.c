/* SPDX-License-Identifier: ISC */
/* Encodings that no converter of iconv reads, made into such as one does. */
#include <stdbool.h>
#include <string.h>

#include "base/pages.h"

enum { UNDEFINED = PAGES_UNDEFINED };

/* HZ (RFC 1843): "~{" begins pairs of GB 2312 in 7 bits, "~}" ends them, "~~" is a tilde.
 */
size_t pages_from_hz(uint8_t *to, const uint8_t *p, size_t n, unsigned page)
{
	size_t len = 0;
	bool pairs = false;

	(void)page;
	for (size_t i = 0; i < n; i++) {
		uint8_t next = i + 1 < n ? p[i + 1] : 0;
		if (p[i] == '~' && (next == '{' || next == '}')) {
			pairs = next == '{';
			i++;
		} else if (p[i] == '~' && !pairs && (next == '~' || next == '\n')) {
			if (next == '~')
				to[len++] = '~';
			i++; /* "~" at the end of a line continues it */
		} else if (pairs && p[i] > 0x20 && p[i] < 0x7f && next > 0x20 &&
			   next < 0x7f) {
			to[len++] = p[i] | 0x80;
			to[len++] = next | 0x80;
			i++;
		} else {
			if (p[i] == '\n')
				pairs = false;
			to[len++] = p[i];
		}
	}
	return len;
}

/*
 * ISO-2022-JP as Microsoft's mail programs write it (RFC 1468 and the half-width
 * katakana, JIS X 0212 and vendor rows that RFC 1468 lacks), as EUC-JP.
 */
size_t pages_from_iso2022jp(uint8_t *to, const uint8_t *p, size_t n, unsigned page)
{
	static const struct {
		char escape[5];
		uint8_t lead;  /* of a character in EUC-JP, 0 none */
		uint8_t width; /* bytes of a character, 0: ASCII */
	} sets[] = {
		{ "\x1b(B", 0, 0 },
		{ "\x1b(J", 0, 0 },
		{ "\x1b(I", 0x8e, 1 },
		{ "\x1b$@", 0, 2 },
		{ "\x1b$B", 0, 2 },
		{ "\x1b$(D", 0x8f, 2 },
	};
	size_t len = 0, set = 0;

	(void)page;
	for (size_t i = 0; i < n;) {
		size_t s = 0, k = 0;
		for (; p[i] == 0x1b && s < sizeof sets / sizeof sets[0]; s++) {
			k = strlen(sets[s].escape);
			if (k <= n - i && memcmp(p + i, sets[s].escape, k) == 0)
				break;
			k = 0;
		}
		if (k > 0) {
			set = s;
			i += k;
			continue;
		}
		size_t width = sets[set].width;
		if (p[i] == '\n')
			set = 0; /* RFC 1468: a line ends in ASCII */
		if (width == 0 || p[i] <= 0x20 || p[i] >= 0x7f || width > n - i) {
			to[len++] = p[i++];
			continue;
		}
		if (sets[set].lead)
			to[len++] = sets[set].lead;
		for (; width > 0; width--)
			to[len++] = p[i++] | 0x80;
	}
	return len;
}

/* A pair of bytes with the high bit in the first, and so not ASCII. */
static bool is_pair(const uint8_t *p, size_t left)
{
	return left >= 2 && p[0] >= 0xa1 && p[0] != 0xff && (p[1] & 0x7f) > 0x20 &&
	       (p[1] & 0x7f) != 0x7f;
}

/*
 * Two sets of pairs as Microsoft's pages 20000 (CNS 11643) and 20932 (JIS) have them: of
 * the second set the second byte has 7 bits, where EUC has a byte or two before the pair.
 */
size_t pages_from_two_sets(uint8_t *to, const uint8_t *p, size_t n, unsigned page)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (!is_pair(p + i, n - i)) {
			to[len++] = p[i];
			continue;
		}
		if (p[i + 1] < 0x80 && page == 20932)
			to[len++] = 0x8f;
		else if (p[i + 1] < 0x80) {
			to[len++] = 0x8e;
			to[len++] = 0xa2;
		}
		to[len++] = p[i];
		to[len++] = p[++i] | 0x80;
	}
	return len;
}

/*
 * Pages of Taiwan that have the characters of CNS 11643 or of Big5 in their order, only
 * at places of their own: pairs are counted from 0x81 and the first second byte on.
 */
static const struct order {
	unsigned page;
	bool cns; /* its order is that of CNS 11643, planes 1 and 2; else of Big5 */
	struct {
		uint8_t first, last;
	} trails[5];
	struct {
		uint16_t first, last;
		int16_t shift; /* to the number in the other set */
	} runs[24];
} orders[] = {
	{ 20001, true, { { 0x30, 0x39 }, { 0x41, 0x5a }, { 0x61, 0x7a }, { 0x80, 0xfd } },
	    { { 0, 16485, 0 } } },
	{ 20002, true, { { 0x30, 0x39 }, { 0x41, 0x5a }, { 0x61, 0x7a }, { 0x80, 0xfd } },
	    { { 0, 583, 0 }, { 777, 2034, 14451 }, { 3290, 8690, 0 },
		{ 17296, 23687, -8460 } } },
	{ 20003, false, { { 0x40, 0x7e }, { 0x80, 0xfc } },
	    { { 0, 0, 0 }, { 1, 2, 1 }, { 3, 3, -2 }, { 6, 6, 1 }, { 7, 7, -1 },
		{ 8, 9, 0 }, { 37, 40, 30 }, { 41, 42, -12 }, { 49, 50, 0 },
		{ 53, 54, 0 }, { 55, 56, 2 }, { 203, 212, 31 }, { 220, 245, 46 },
		{ 252, 277, 40 }, { 282, 364, 5660 }, { 376, 461, 5649 },
		{ 470, 493, -152 }, { 502, 525, -160 }, { 1525, 1561, -1159 },
		{ 1723, 1765, -1532 }, { 1881, 1890, -1637 }, { 2068, 7468, -1597 },
		{ 7520, 15171, -1240 } } },
	{ 20005, false,
	    { { 0x30, 0x39 }, { 0x41, 0x5a }, { 0x61, 0x7a }, { 0x8d, 0xee },
		{ 0xf0, 0xfc } },
	    { { 2076, 7947, -2076 }, { 7948, 15599, -1668 } } },
};

static const struct order *order_of(unsigned page)
{
	const struct order *o = orders;

	while (o->page != page)
		o++;
	return o;
}

/* The number of a pair, -1: no such one. */
static int order_place(const struct order *o, uint8_t lead, uint8_t trail)
{
	int all = 0, place = -1;

	for (size_t i = 0; i < sizeof o->trails / sizeof o->trails[0]; i++) {
		if (o->trails[i].first == 0)
			break;
		if (trail >= o->trails[i].first && trail <= o->trails[i].last)
			place = all + trail - o->trails[i].first;
		all += o->trails[i].last - o->trails[i].first + 1;
	}
	return place < 0 ? -1 : (lead - 0x81) * all + place;
}

/* The pair's number in the other set, -1: it has none. */
static int order_moved(const struct order *o, int number)
{
	for (size_t i = 0; i < sizeof o->runs / sizeof o->runs[0]; i++)
		if (number >= o->runs[i].first && number <= o->runs[i].last)
			return number + o->runs[i].shift;
	return -1;
}

size_t pages_from_order(uint8_t *to, const uint8_t *p, size_t n, unsigned page)
{
	enum { ROW = 94, PLANE = ROW * ROW, BIG5_ROW = 157, BIG5_LOW = 63 };
	const struct order *o = order_of(page);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		int number =
		    p[i] > 0x80 && n - i >= 2 ? order_place(o, p[i], p[i + 1]) : -1;
		if (number < 0) {
			to[len++] = p[i] < 0x80 ? p[i] : UNDEFINED;
			continue;
		}
		i++;
		number = order_moved(o, number);
		if (number < 0)
			to[len++] = UNDEFINED;
		else if (o->cns) {
			to[len++] = 0x8e;
			to[len++] = (uint8_t)(0xa1 + number / PLANE);
			to[len++] = (uint8_t)(0xa1 + number % PLANE / ROW);
			to[len++] = (uint8_t)(0xa1 + number % ROW);
		} else {
			int column = number % BIG5_ROW;
			to[len++] = (uint8_t)(0xa1 + number / BIG5_ROW);
			to[len++] =
			    (uint8_t)(column < BIG5_LOW ? 0x40 + column
							: 0xa1 + column - BIG5_LOW);
		}
	}
	return len;
}

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

/* A character as UTF-8, below U+10000. */
static size_t put_character(uint8_t *to, unsigned c)
{
	if (c < 0x80 || c == PAGES_NONE) {
		to[0] = c < 0x80 ? (uint8_t)c : UNDEFINED;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (uint8_t)(0xc0 | c >> 6);
		to[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	to[0] = (uint8_t)(0xe0 | c >> 12);
	to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	to[2] = (uint8_t)(0x80 | (c & 0x3f));
	return 3;
}

/* The table of a page of ISCII, by its last two digits. */
static const uint16_t *script_of(unsigned page)
{
	char name[] = "CP57002";

	name[5] = (char)('0' + page / 10 % 10);
	name[6] = (char)('0' + page % 10);
	return pages_single(name);
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

size_t pages_from_iscii(uint8_t *to, const uint8_t *p, size_t n, unsigned page)
{
	/* By the byte behind ISCII_SCRIPT, from 0x42 on; it holds until the line ends. */
	static const uint16_t scripts[] = { 57002, 57003, 57004, 57005, 57006, 57007,
		57008, 57009, 57010, 57011 };
	const uint16_t *own = script_of(page), *script = own;
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t next = i + 1 < n ? p[i + 1] : 0;
		unsigned meaning = next >= 0x80 ? pair_meaning(script, p[i], next) : 0;
		if (p[i] == '\n')
			script = own;
		if (p[i] == ISCII_SCRIPT && next >= 0x40 && next <= 0x4b) {
			script = next >= 0x42 ? script_of(scripts[next - 0x42]) : own;
			i++;
			continue;
		}
		if (p[i] == ISCII_HALANT && meaning != 0)
			len += put_character(to + len, script[ISCII_HALANT]);
		len += put_character(to + len, meaning ? meaning : script[p[i]]);
		i += meaning != 0;
	}
	return len;
}
