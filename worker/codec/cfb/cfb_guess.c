/* SPDX-License-Identifier: ISC */
#include "codec/cfb/cfb_guess.h"

#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/limits.h"

enum {
	ENTRY = 128, /* of the directory */
	KIND = 66,   /* where its kind stands, behind the length of its name */
	CHAIN_END = -2,
	SECTOR_MOST = 4096,
};

static void guess_put(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

/* Do these bytes look like entries of a directory (MS-CFB 2.6.1)? */
static bool is_directory(const struct cfb_guess *g, uint32_t sector)
{
	uint8_t raw[SECTOR_MOST];
	size_t size = (size_t)1 << g->in.shift;
	bool any = false;

	if (span_read(g->in.store, g->in.base + ((uint64_t)sector << g->in.shift), raw,
		size) < size)
		return false;
	for (size_t at = 0; at < size; at += ENTRY) {
		struct cursor c = cur_over(raw + at + KIND - 2, 4);
		unsigned length = cur_u16le(&c), kind = cur_u8(&c), color = cur_u8(&c);
		if (length > 64 || length % 2 || color > 1 ||
		    (kind != 0 && kind != 1 && kind != 2 && kind != 5) ||
		    (kind != 0 && length < 2))
			return false;
		any = any || kind != 0;
	}
	return any;
}

/* Is the FAT's entry of this sector a guess? */
static bool is_guess(const struct cfb_guess *g, uint32_t sector)
{
	uint32_t which = sector >> (g->in.shift - 2);

	return which < g->fat_count && g->fat[which] >= g->sectors;
}

struct span cfb_guess_fat(struct arena *a, const struct cfb_guess *g)
{
	uint32_t per = 1U << (g->in.shift - 2), last = g->directory;
	uint64_t bytes = (uint64_t)g->fat_count << g->in.shift;
	struct span known = cfb_table_pieces(a, g->in, g->fat, g->fat_count);

	if (bytes > LIMIT_OPEN)
		return span_over(NULL, 0);
	uint8_t *fat = arena_alloc(a, (size_t)bytes);
	(void)span_read(known, 0, fat, (size_t)bytes);
	for (uint32_t i = 0; i < g->fat_count * per; i++)
		if (is_guess(g, i))
			guess_put(fat + 4 * (size_t)i,
			    i + 1 < g->sectors ? i + 1 : (uint32_t)CHAIN_END);
	while (last < g->sectors && is_guess(g, last) && is_directory(g, last + 1))
		last++;
	if (is_guess(g, last))
		guess_put(fat + 4 * (size_t)last, (uint32_t)CHAIN_END);
	last = g->mini_fat + g->mini_count - 1;
	if (g->mini_count > 0 && g->mini_fat < g->sectors && last >= g->mini_fat &&
	    is_guess(g, last))
		guess_put(fat + 4 * (size_t)last, (uint32_t)CHAIN_END);
	return span_over(fat, (size_t)bytes);
}
