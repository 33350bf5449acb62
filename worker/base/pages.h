/* SPDX-License-Identifier: ISC */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pages_tables.h"

/*
 * The code pages that texts come in: their numbers (Windows), their names (MIME), and
 * what reads them: tables (pages_tables.h), and for pages that are more than a table a
 * reader that goes from character to character. Private to base/text.c.
 *
 * iconv is not asked while the worker runs. glibc's converters are a shared object each,
 * 31 of them to be opened at each start before the worker is locked in: 310 system calls
 * and 155 mappings. And they are code that meets the stranger's bytes, which went wrong
 * in ways that a table cannot (CVE-2024-2961, CVE-2021-3326, CVE-2020-27618). Their
 * faults in text are in tests/unit/worker/test_pages.c.
 */
enum {
	PAGES_UTF_16LE = 1200,
	PAGES_UTF_16BE = 1201,
	PAGES_WINDOWS_1252 = 1252,
	PAGES_UTF_32LE = 12000,
	PAGES_UTF_32BE = 12001,
	PAGES_UTF_8 = 65001,
};

enum pages_flags {
	PAGES_ASCII = 1, /* bytes below 0x80 are ASCII whatever went before */
	PAGES_C1 =
	    2, /* an undefined byte of 0x80-0x9f is that control, as Windows reads it */
};

/* A row of the table of code pages; without pointers, which a start would set right. */
struct page {
	uint32_t number;
	uint8_t flags;
	uint8_t reader; /* pages_reader */
	uint8_t single; /* the tables that it has: enum pages_singles, enum pages_sets */
	uint8_t pairs;
	char mime[36]; /* IANA's name where there is one */
};

/* Where in a text a reader is. Zero at its beginning, but for what the page has. */
struct pages_text {
	uint32_t page; /* its number */
	uint8_t single, pairs;
	bool shifted;   /* another set than the first one holds */
	uint8_t set;    /* which one: each reader has numbers of its own */
	uint8_t count;  /* UTF-7: bits that are no character yet, */
	uint32_t bits;  /* the bits, */
	uint32_t first; /* and half a pair of surrogates */
};

/*
 * Read the next characters of n bytes at p, some hundred at once. Returns how many bytes
 * they are, not 0 of n > 0. Of bytes without a meaning the first one stands there, at
 * PAGES_NO_SIGN.
 */
enum { PAGES_BATCH = 500 };
struct pages_batch {
	size_t count;
	uint32_t characters[PAGES_BATCH];
};
typedef size_t pages_reader_fn(
    struct pages_text *, const uint8_t *p, size_t n, struct pages_batch *);
pages_reader_fn pages_read_pairs, pages_read_composed, pages_read_euc_jp,
    pages_read_euc_tw, pages_read_gb18030, pages_read_two_sets; /* pages_pairs.c */
pages_reader_fn pages_read_hz, pages_read_iso2022jp, pages_read_iso2022kr,
    pages_read_iso2022cn, pages_read_ebcdic; /* pages_shift.c */
pages_reader_fn pages_read_order, pages_read_utf7, pages_read_iscii;

/* The reader of a page. NULL: its single bytes are all, or text.c reads it (UTF-8). */
pages_reader_fn *pages_reader(const struct page *);

/* The page of this number, or of this MIME name in any case (its number, or 0). */
const struct page *pages_find(unsigned number);
unsigned pages_named(const char *charset);

/* What a byte is that has no meaning to the reader, PAGES_NO_SIGN: nothing. */
uint32_t pages_alone(const struct page *, uint8_t byte);

#endif
