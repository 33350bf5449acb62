/* SPDX-License-Identifier: ISC */
#ifndef CFB_GUESS_H
#define CFB_GUESS_H

#include "codec/cfb/cfb_table.h"

/*
 * A FAT of which sectors are missing, because the file was cut: programs that write a
 * file at once put each chain into one piece, so the next sector is taken for the next of
 * the chain. Streams end by their sizes; the directory, which has none, where its entries
 * do. Private to this folder.
 */
struct cfb_guess {
	struct cfb_sectors in;
	const uint32_t
	    *fat; /* the FAT's own sectors; those that the file has not: NO_SECTOR */
	uint32_t fat_count, sectors;
	uint32_t directory;            /* where it begins */
	uint32_t mini_fat, mini_count; /* where the mini FAT begins, and its sectors */
};

/* The whole FAT in memory; .len 0: it would be too large. */
struct span cfb_guess_fat(struct arena *, const struct cfb_guess *);

#endif
