/* SPDX-License-Identifier: ISC */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The code pages that texts come in: their numbers (Windows), their names (MIME), and
 * what reads them. Single bytes are read by tables made at build time, so most of them
 * need nothing when a worker starts; the others by converters of iconv, which are all
 * opened before the worker is locked in. Private to base/text.c.
 */
enum {
	PAGES_UTF_16LE = 1200,
	PAGES_UTF_16BE = 1201,
	PAGES_WINDOWS_1252 = 1252,
	PAGES_UTF_32LE = 12000,
	PAGES_UTF_32BE = 12001,
	PAGES_UTF_8 = 65001,
};
enum { PAGES_NONE = 0xffff };

enum pages_flags {
	PAGES_ASCII = 1, /* bytes below 0x80 are ASCII whatever went before */
	PAGES_C1 =
	    2, /* an undefined byte of 0x80-0x9f is that control, as Windows reads it */
	PAGES_OWN = 4, /* decoded in text.c */
};

/*
 * Rewrites the encoding of a page, which no converter reads, as one that some converter
 * does (pages_prepare.c). to holds PAGES_PREPARED * n bytes; returns how many it took.
 */
enum {
	PAGES_PREPARED = 4,
	PAGES_UNDEFINED = 0xff, /* what they put where the page has nothing */
};
typedef size_t pages_prepare_fn(uint8_t *to, const uint8_t *p, size_t n, unsigned page);
pages_prepare_fn pages_from_hz, pages_from_iso2022jp, pages_from_two_sets,
    pages_from_order, pages_from_iscii;

struct page {
	unsigned number, flags;
	const char *source; /* name of a table, or iconv's of a converter */
	const char *mime;   /* IANA's name where there is one */
	pages_prepare_fn *prepare;
};

struct pages_reader {
	bool ready;
	const uint16_t *single; /* NULL: the converter reads it */
	iconv_t converter;      /* to UTF-8 */
};

/* The characters of 256 bytes by a table's name, PAGES_NONE: none. NULL: no such table.
 */
const uint16_t *pages_single(const char *name);

/* Once, before the sandbox. Returns a converter that this machine lacks, NULL: none. */
const char *pages_init(void);

/* The page of this number, or of this MIME name in any case (its number, or 0). */
const struct page *pages_find(unsigned number);
unsigned pages_named(const char *charset);

const struct pages_reader *pages_read(const struct page *);

/* What a byte is of which the page's reader makes nothing, PAGES_NONE: nothing. */
unsigned pages_alone(const struct page *, uint8_t byte);

#endif
