/* SPDX-License-Identifier: ISC */
#include "base/pages_sign.h"

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

PAGES_INLINE struct pages_sign order_sign(
    struct pages_text *t, const uint8_t *p, size_t n)
{
	enum { ROW = 94, PLANE = ROW * ROW, BIG5_ROW = 157, BIG5_LOW = 63 };
	const struct order *o = order_of(t->page);
	int number = *p > 0x80 && n >= 2 ? order_place(o, p[0], p[1]) : -1;
	uint32_t c = PAGES_NO_SIGN;

	if (number < 0)
		return pages_sign(*p < 0x80 ? *p : PAGES_NO_SIGN, 1);
	number = order_moved(o, number);
	if (number >= 0 && o->cns)
		c = pages_pair(number < PLANE ? PAIRS_CNS_1 : PAIRS_CNS_2,
		    (uint8_t)(0xa1 + number % PLANE / ROW),
		    (uint8_t)(0xa1 + number % ROW));
	else if (number >= 0) {
		int column = number % BIG5_ROW;
		c = pages_pair(PAIRS_BIG5_HKSCS, (uint8_t)(0xa1 + number / BIG5_ROW),
		    (uint8_t)(column < BIG5_LOW ? 0x40 + column
						: 0xa1 + column - BIG5_LOW));
	}
	return pages_sign(c, 2);
}
PAGES_READER(pages_read_order, order_sign)
