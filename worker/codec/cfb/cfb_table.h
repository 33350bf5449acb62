/* SPDX-License-Identifier: ISC */
#ifndef CFB_TABLE_H
#define CFB_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct arena;

/*
 * An allocation table ([MS-CFB] 2.3, 2.4): for each sector the next one of its chain. The
 * FAT chains the file's sectors, the mini FAT those of the mini stream. Private to this
 * folder.
 */
enum { CFB_TABLE_CACHE = 32, CFB_TABLE_LINE = 128 };

/* Where sectors lie, one after the other. */
struct cfb_sectors {
	struct span store;
	uint64_t base;  /* of sector 0 in it */
	unsigned shift; /* a sector is 1 << shift bytes */
};

struct cfb_table {
	struct arena *arena;
	const char *name;    /* for people */
	struct span entries; /* four bytes each */
	struct cfb_sectors in;
	uint32_t count; /* of sectors that the store has, the last perhaps in part */
	uint8_t *seen;  /* a bit for each sector that is in a chain; NULL: too many */
	/* Entries read last, when they do not lie in memory. */
	struct cfb_line {
		uint32_t first, have;
		uint32_t entry[CFB_TABLE_LINE];
	} * cache;
};

/* What a walk along a chain found. */
enum cfb_end {
	CFB_END_FINE,
	CFB_END_SHORT,   /* it ends before the size */
	CFB_END_OUTSIDE, /* goes on in a sector that does not exist */
	CFB_END_LOOP,
	CFB_END_FREE, /* goes on in what is no sector of a chain */
};

struct cfb_walk {
	enum cfb_end end;
	bool crossed;    /* shares sectors with another chain */
	uint32_t sector; /* where it ended, or the first shared one */
};

void cfb_table_init(struct cfb_table *, struct arena *, const char *name,
    struct span entries, struct cfb_sectors);

/* Up to size bytes of the chain that begins with this sector, where they lie. */
struct span cfb_table_chain(
    struct cfb_table *, uint32_t start, uint64_t size, struct cfb_walk *);

/* The sectors of these numbers one after another, 0xff for what the store has not. The
 * list is not copied. */
struct span cfb_table_pieces(
    struct arena *, struct cfb_sectors, const uint32_t *sectors, uint32_t count);

#endif
