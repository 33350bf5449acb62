/* SPDX-License-Identifier: ISC */
/*
 * Chains of sectors. One that lies in one piece is a span of the store; another is a
 * source that knows every so many sectors where it is, and walks from there.
 */
#include "codec/cfb/cfb_table.h"

#include "base/arena.h"
#include "base/cursor.h"

enum {
	MARKS = 1024,          /* known places of a chain */
	SECTOR_NONE = -6,      /* 0xfffffffa: this and above are no sectors (2.1) */
	SECTOR_CHAIN_END = -2, /* ENDOFCHAIN */
	SEEN_MOST = 1 << 28,   /* sectors of which crossing chains are found: 32 MiB */
};

void cfb_table_init(struct cfb_table *t, struct arena *arena, const char *name,
    struct span entries, struct cfb_sectors in)
{
	uint64_t bytes = in.store.len > in.base ? in.store.len - in.base : 0;
	uint64_t count = (bytes >> in.shift) + ((bytes & ((1U << in.shift) - 1)) != 0);

	*t = (struct cfb_table){
		.arena = arena, .name = name, .entries = entries, .in = in
	};
	t->count =
	    count < (uint32_t)SECTOR_NONE ? (uint32_t)count : (uint32_t)SECTOR_NONE;
	if (t->count <= SEEN_MOST)
		t->seen = arena_alloc(arena, t->count / 8 + 1);
	if (!entries.mem)
		t->cache = arena_array(arena, CFB_TABLE_CACHE, sizeof *t->cache);
}

static void fill_line(struct cfb_table *t, struct cfb_line *line, uint32_t first)
{
	uint8_t raw[CFB_TABLE_LINE * 4];
	size_t n = span_read(t->entries, 4 * (uint64_t)first, raw, sizeof raw);
	struct cursor in = cur_over(raw, n);

	line->first = first;
	for (line->have = 0; in.left >= 4; line->have++)
		line->entry[line->have] = cur_u32le(&in);
}

/* The sector behind this one; what the table does not reach ends a chain. */
static uint32_t next_sector(struct cfb_table *t, uint32_t sector)
{
	uint8_t raw[4];

	if (!t->cache) {
		if (span_read(t->entries, 4 * (uint64_t)sector, raw, 4) < 4)
			return (uint32_t)SECTOR_CHAIN_END;
		struct cursor in = cur_over(raw, 4);
		return cur_u32le(&in);
	}
	uint32_t first = sector - sector % CFB_TABLE_LINE;
	struct cfb_line *line = &t->cache[sector / CFB_TABLE_LINE % CFB_TABLE_CACHE];
	if (line->first != first || line->have == 0)
		fill_line(t, line, first);
	return sector - first < line->have ? line->entry[sector - first]
					   : (uint32_t)SECTOR_CHAIN_END;
}

/* A chain in pieces. */
struct chain {
	struct span_source source;
	struct cfb_table *table;
	uint32_t marks[MARKS]; /* every step sectors, from the first on */
	uint32_t marked, step;
	uint32_t at, sector; /* where the last read ended */
	bool whole;          /* it lies in one piece */
	uint64_t bytes;      /* of it there are */
};

/* The chain's sector of this number. */
static uint32_t chain_sector(struct chain *c, uint32_t number)
{
	uint32_t mark = number / c->step;

	if (mark >= c->marked)
		mark = c->marked - 1;
	if (number < c->at || c->at < mark * c->step) {
		c->at = mark * c->step;
		c->sector = c->marks[mark];
	}
	for (; c->at < number; c->at++)
		c->sector = next_sector(c->table, c->sector);
	return c->sector;
}

static size_t read_sectors(
    const struct cfb_sectors *in, uint32_t sector, uint64_t skip, void *buf, size_t n)
{
	uint64_t most = (1ULL << in->shift) - skip;

	return span_read(in->store, in->base + ((uint64_t)sector << in->shift) + skip,
	    buf, n < most ? n : (size_t)most);
}

static size_t chain_read(struct span_source *source, uint64_t off, void *buf, size_t n)
{
	struct chain *c = (struct chain *)source;
	const struct cfb_table *t = c->table;
	size_t done = 0;

	while (done < n) {
		uint64_t at = off + done, size = 1ULL << t->in.shift;
		uint32_t sector = chain_sector(c, (uint32_t)(at >> t->in.shift));
		size_t got = read_sectors(
		    &t->in, sector, at & (size - 1), (uint8_t *)buf + done, n - done);
		if (got == 0)
			break;
		done += got;
	}
	return done;
}

/* Half of the marks are forgotten when they are at their most. */
static void add_mark(struct chain *c, uint32_t number, uint32_t sector)
{
	if (number % c->step != 0)
		return;
	if (c->marked == MARKS) {
		for (size_t i = 0; i < MARKS / 2; i++)
			c->marks[i] = c->marks[2 * i];
		c->marked = MARKS / 2;
		c->step *= 2;
		if (number % c->step != 0)
			return;
	}
	c->marks[c->marked++] = sector;
}

/* Is it one of the chain's first so many? */
static bool chain_holds(
    struct cfb_table *t, uint32_t start, uint32_t number, uint32_t sector)
{
	for (; number > 0; number--, start = next_sector(t, start))
		if (start == sector)
			return true;
	return false;
}

/* False: the chain is in a circle. */
static bool mark_seen(struct cfb_table *t, uint32_t start, uint32_t number,
    uint32_t sector, struct cfb_walk *w)
{
	uint8_t bit = (uint8_t)(1U << (sector & 7));

	if (!t->seen)
		return true;
	if ((t->seen[sector >> 3] & bit) && !w->crossed) {
		if (chain_holds(t, start, number, sector))
			return false;
		w->crossed = true;
		w->sector = sector;
	}
	t->seen[sector >> 3] |= bit;
	return true;
}

/* How many bytes of a sector there are: the last one may be cut. */
static uint64_t sector_bytes(const struct cfb_table *t, uint32_t sector)
{
	uint64_t left = t->in.store.len - t->in.base - ((uint64_t)sector << t->in.shift);

	return left < 1ULL << t->in.shift ? left : 1ULL << t->in.shift;
}

/* Sectors of the chain, at most want of them. */
static uint32_t walk_chain(struct cfb_table *t, uint32_t start, uint32_t want,
    struct chain *c, struct cfb_walk *w)
{
	uint32_t sector = start, n = 0;

	for (; n < want && c->bytes == (uint64_t)n << t->in.shift; n++) {
		if (sector >= t->count) {
			w->end = sector == (uint32_t)SECTOR_CHAIN_END ? CFB_END_SHORT
				 : sector >= (uint32_t)SECTOR_NONE    ? CFB_END_FREE
								      : CFB_END_OUTSIDE;
			break;
		}
		if (!mark_seen(t, start, n, sector, w)) {
			w->end = CFB_END_LOOP;
			break;
		}
		c->whole = c->whole && sector == start + n;
		add_mark(c, n, sector);
		c->bytes += sector_bytes(t, sector);
		sector = next_sector(t, sector);
	}
	if (w->end != CFB_END_FINE && !w->crossed)
		w->sector = sector;
	return n;
}

struct span cfb_table_chain(
    struct cfb_table *t, uint32_t start, uint64_t size, struct cfb_walk *w)
{
	struct chain *c = arena_alloc(t->arena, sizeof *c);
	uint64_t wanted =
	    (size >> t->in.shift) + ((size & ((1ULL << t->in.shift) - 1)) != 0);
	uint32_t want = wanted < t->count ? (uint32_t)wanted : t->count;

	*w = (struct cfb_walk){ .end = CFB_END_FINE };
	*c = (struct chain){
		.source.read = chain_read, .table = t, .step = 1, .whole = true
	};
	uint32_t n = walk_chain(t, start, want, c, w);
	uint64_t there = c->bytes;
	if (there < size && w->end == CFB_END_FINE)
		w->end = CFB_END_SHORT;
	if (there > size)
		there = size;
	if (n == 0)
		return span_over(NULL, 0);
	if (c->whole)
		return span_sub(
		    t->in.store, t->in.base + ((uint64_t)start << t->in.shift), there);
	c->sector = start;
	return span_from(&c->source, there);
}

struct pieces {
	struct span_source source;
	struct cfb_sectors in;
	const uint32_t *sectors;
};

static size_t pieces_read(struct span_source *source, uint64_t off, void *buf, size_t n)
{
	const struct pieces *p = (const struct pieces *)source;
	size_t done = 0;

	while (done < n) {
		uint64_t at = off + done, size = 1ULL << p->in.shift;
		size_t got = read_sectors(&p->in, p->sectors[at >> p->in.shift],
		    at & (size - 1), (uint8_t *)buf + done, n - done);
		/* A table stays in its place where a sector of it is missing. */
		uint64_t whole = size - (at & (size - 1));
		size_t most = whole < n - done ? (size_t)whole : n - done;
		memset((uint8_t *)buf + done + got, 0xff, most - got);
		done += most;
	}
	return done;
}

struct span cfb_table_pieces(
    struct arena *arena, struct cfb_sectors in, const uint32_t *sectors, uint32_t count)
{
	struct pieces *p = arena_alloc(arena, sizeof *p);

	*p = (struct pieces){ .source.read = pieces_read, .in = in, .sectors = sectors };
	return span_from(&p->source, (uint64_t)count << in.shift);
}
