/* SPDX-License-Identifier: ISC */
#include "base/pages_tables.h"

#define TABLE(name, ...) [SINGLE_##name] = { __VA_ARGS__ },
const uint16_t pages_single[SINGLES][256] = {
#include <single.inc>
};
#undef TABLE

/* From this sequence of four bytes on characters follow one another. */
struct run {
	uint16_t number, character;
};

struct composed {
	uint16_t letter, sign, whole;
};

#include <pairs.inc>

uint32_t pages_four_bytes(uint32_t number)
{
	size_t low = 0, high = sizeof four_bytes / sizeof four_bytes[0];

	while (high - low > 1) { /* the run of number is low or behind it */
		size_t middle = low + (high - low) / 2;
		if (four_bytes[middle].number <= number)
			low = middle;
		else
			high = middle;
	}
	const struct run *run = &four_bytes[low];
	if (number < run->number || run->character == PAGES_NONE)
		return PAGES_NO_SIGN;
	return run->character + (number - run->number);
}

uint32_t pages_composed(uint32_t letter, uint32_t sign)
{
	size_t low = 0, high = sizeof composed / sizeof composed[0];

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct composed *c = &composed[middle];
		if (c->letter == letter && c->sign == sign)
			return c->whole;
		if (c->letter < letter || (c->letter == letter && c->sign < sign))
			low = middle + 1;
		else
			high = middle;
	}
	return PAGES_NO_SIGN;
}
