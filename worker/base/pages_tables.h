/* SPDX-License-Identifier: ISC */
#ifndef BASE_PAGES_TABLES_H
#define BASE_PAGES_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pairs.h>

/*
 * Characters by one byte and by two: tables made at build time (make_single.py,
 * make_pairs.py). They hold no pointers, so of the program's file only those pages are
 * ever read that a text needs. Private to the code pages.
 */
enum {
	PAGES_NONE = 0xffff,      /* in a table: no character */
	PAGES_NO_SIGN = 0x110000, /* behind the last character: no character */
};

/* The tables of single bytes: SINGLE_CP1252 and so on. */
#define TABLE(name, ...) SINGLE_##name,
enum pages_singles {
#include <single.inc>
	SINGLES
};
#undef TABLE

/* The characters of 256 bytes, PAGES_NONE: none. */
extern const uint16_t pages_single[SINGLES][256];

/* What a first byte makes of second bytes, from the first to the last one. */
struct pages_row {
	uint32_t at;    /* its first character */
	uint16_t above; /* its first byte of bits, 0: none of its characters lies there */
	uint8_t first, last;
};
extern const uint16_t pages_leads[PAIRS_SETS][256];
extern const struct pages_row pages_rows[];
extern const uint16_t pages_characters[];
/* A character that has its bit here lies in Unicode's plane of ideographs. */
extern const uint8_t pages_above[];

/* The character of two bytes in a set, PAGES_NO_SIGN: none. */
static inline uint32_t pages_pair(enum pages_sets set, uint8_t lead, uint8_t trail)
{
	enum { IDEOGRAPHS = 0x20000 };
	const struct pages_row *row = &pages_rows[pages_leads[set][lead]];

	if (trail < row->first || trail > row->last)
		return PAGES_NO_SIGN;
	size_t i = trail - row->first;
	uint32_t c = pages_characters[row->at + i];
	if (c == PAGES_NONE)
		return PAGES_NO_SIGN;
	if (row->above && (pages_above[row->above + i / 8] >> i % 8 & 1))
		c |= IDEOGRAPHS;
	return c;
}

/*
 * Is this, which pages_pair said, a number of two characters that Big5-HKSCS has as one?
 * Then pages_twice has them. Numbers lie where UTF-16 has its surrogates.
 */
enum { PAGES_TWICE = 0xd800 };
extern const uint16_t pages_twice[][2];
static inline bool pages_is_twice(uint32_t c)
{
	return c >= PAGES_TWICE && c < 0xdc00;
}

/* The character of GB 18030's sequence of four bytes, below U+10000, by its number. */
uint32_t pages_four_bytes(uint32_t number);

/* The character that a letter and a sign behind it are together, PAGES_NO_SIGN: none. */
uint32_t pages_composed(uint32_t letter, uint32_t sign);

#endif
