/* SPDX-License-Identifier: ISC */
/*
 * Everything is laid out before the first byte is written: long streams one after the
 * other, the mini stream, its table, the directory, the FAT, the list of its sectors. So
 * all chains are in one piece, and the tables are written without being held.
 */
#include "codec/cfb/cfb_write.h"

#include <stdlib.h>
#include <strings.h>

#include "base/arena.h"
#include "base/sink.h"

enum {
	MINI = 64,
	CUTOFF = 4096,
	ENTRY = 128,
	HEADER_DIFAT = 109,
	NONE = -1,       /* no entry, and FREESECT */
	CHAIN_END = -2,  /* ENDOFCHAIN */
	FAT_SECTOR = -3, /* FATSECT */
	DIFAT_SECTOR = -4,
};

static const uint64_t version_3_most = 0x7f000000; /* bytes; 2.6.1 says 2 GiB */

/* The numbers of sectors and of what lies in them. */
struct plan {
	struct sink *to;
	void (*progress)(void *arg);
	void *arg;
	struct cfb_node **nodes; /* by id */
	uint32_t entries;
	uint32_t size; /* of a sector */
	uint32_t long_sectors, mini_sectors, mini_fat_sectors, directory_sectors,
	    fat_sectors, difat_sectors;
	uint64_t mini_bytes;
};

struct copying {
	struct cfb *f;
	struct arena *arena;
	struct cfb_node **last;
	unsigned depth;
	uint32_t *left_out;
};

struct cfb_node *cfb_node_new(struct arena *arena, const char *name)
{
	struct cfb_node *n = arena_alloc(arena, sizeof *n);

	for (size_t i = 0; i + 1 < CFB_NAME && name[i]; i++)
		n->name[i] = (uint8_t)name[i];
	return n;
}

bool cfb_node_is(const struct cfb_node *n, const char *name)
{
	struct cfb_entry e = { .kind = CFB_STREAM };
	char its[CFB_NAME];

	memcpy(e.name, n->name, sizeof e.name);
	cfb_name(&e, its);
	return strcasecmp(its, name) == 0;
}

static void copy_entry(void *arg, const struct cfb_entry *e)
{
	struct copying *c = arg;

	if (e->kind == CFB_STORAGE && c->depth >= CFB_DEPTH) {
		(*c->left_out)++;
		return;
	}
	struct cfb_node *n = cfb_node_new(c->arena, "");
	memcpy(n->name, e->name, sizeof n->name);
	memcpy(n->clsid, e->clsid, sizeof n->clsid);
	n->storage = e->kind == CFB_STORAGE;
	*c->last = n;
	c->last = &n->next;
	if (!n->storage) {
		n->data = cfb_stream(c->f, e);
		return;
	}
	struct copying inner = *c;
	inner.last = &n->child;
	inner.depth++;
	cfb_children(c->f, e, copy_entry, &inner);
}

struct cfb_node *cfb_copy(
    struct cfb *f, const struct cfb_entry *storage, uint32_t *left_out)
{
	struct arena *arena = cfb_arena(f);
	struct cfb_node *root = cfb_node_new(arena, "Root Entry");
	struct copying c = { .f = f,
		.arena = arena,
		.last = &root->child,
		.depth = 1,
		.left_out = left_out };

	*left_out = 0;
	root->storage = true;
	memcpy(root->clsid, storage->clsid, sizeof root->clsid);
	cfb_children(f, storage, copy_entry, &c);
	return root;
}

static uint16_t upper_unit(uint16_t unit)
{
	bool small = (unit >= 'a' && unit <= 'z') ||
		     (unit >= 0xe0 && unit <= 0xfe && unit != 0xf7);

	return small ? (uint16_t)(unit - 32) : unit;
}

static size_t name_length(const uint16_t *name)
{
	size_t n = 0;

	while (n < CFB_NAME - 1 && name[n])
		n++;
	return n;
}

/* 2.6.4: the shorter name is less; of the same length by upper case. */
static int by_name(const void *left, const void *right)
{
	const struct cfb_node *const *a = left, *const *b = right;
	size_t n = name_length((*a)->name), other = name_length((*b)->name);

	if (n != other)
		return n < other ? -1 : 1;
	for (size_t i = 0; i < n; i++) {
		uint16_t x = upper_unit((*a)->name[i]), y = upper_unit((*b)->name[i]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/*
 * Sorted nodes as a tree as flat as can be, its lowest level red: then every way down
 * has the same number of black nodes (2.6.4). Returns its root's id.
 */
static uint32_t make_tree(struct cfb_node **sorted, uint32_t n, unsigned levels)
{
	if (n == 0)
		return (uint32_t)NONE;
	struct cfb_node *middle = sorted[n / 2];
	middle->red = levels == 1;
	middle->left = make_tree(sorted, n / 2, levels - 1);
	middle->right = make_tree(sorted + n / 2 + 1, n - n / 2 - 1, levels - 1);
	return middle->id;
}

static unsigned levels_of(uint32_t n)
{
	unsigned levels = 0;

	for (; n > 0; n /= 2)
		levels++;
	return levels;
}

static uint32_t count_nodes(const struct cfb_node *n)
{
	uint32_t count = 0;

	for (; n; n = n->next)
		count += 1 + count_nodes(n->child);
	return count;
}

/* Ids to what the storage holds, a place to each stream, and so on below. */
static void place_nodes(struct arena *arena, struct plan *p, struct cfb_node *storage)
{
	uint32_t count = 0, i = 0;

	for (const struct cfb_node *n = storage->child; n; n = n->next)
		count++;
	struct cfb_node **sorted = arena_array(arena, count ? count : 1, sizeof(void *));
	for (struct cfb_node *n = storage->child; n; n = n->next) {
		n->id = p->entries;
		p->nodes[p->entries++] = n;
		sorted[i++] = n;
	}
	if (count > 1)
		qsort(sorted, count, sizeof(void *), by_name);
	/* With one node and one level it is black: a root is. */
	storage->down = make_tree(sorted, count, count > 1 ? levels_of(count) : 2);
	for (struct cfb_node *n = storage->child; n; n = n->next) {
		n->start = (uint32_t)CHAIN_END;
		n->down = (uint32_t)NONE;
		if (n->storage)
			place_nodes(arena, p, n);
	}
}

static uint32_t plan_sectors(const struct plan *p, uint64_t bytes)
{
	return (uint32_t)((bytes + p->size - 1) / p->size);
}

static void place_streams(struct plan *p)
{
	for (uint32_t i = 1; i < p->entries; i++) {
		struct cfb_node *n = p->nodes[i];
		if (n->storage || n->data.len == 0)
			continue;
		if (n->data.len < CUTOFF) {
			n->start = (uint32_t)(p->mini_bytes / MINI);
			p->mini_bytes += (n->data.len + MINI - 1) / MINI * MINI;
		} else {
			n->start = p->long_sectors;
			p->long_sectors += plan_sectors(p, n->data.len);
		}
	}
	p->mini_sectors = plan_sectors(p, p->mini_bytes);
	p->mini_fat_sectors = plan_sectors(p, p->mini_bytes / MINI * 4);
	p->directory_sectors = plan_sectors(p, (uint64_t)p->entries * ENTRY);
	uint32_t others = p->long_sectors + p->mini_sectors + p->mini_fat_sectors +
			  p->directory_sectors;
	uint32_t per = p->size / 4, fat = 0, difat = 0;
	do { /* tables for the tables, too */
		p->fat_sectors = fat;
		p->difat_sectors = difat;
		fat = (others + fat + difat + per - 1) / per;
		difat =
		    fat > HEADER_DIFAT ? (fat - HEADER_DIFAT + per - 2) / (per - 1) : 0;
	} while (fat != p->fat_sectors || difat != p->difat_sectors);
}

static void plan_put(struct plan *p, uint64_t value, unsigned bytes)
{
	uint8_t raw[8];

	for (unsigned i = 0; i < bytes; i++)
		raw[i] = (uint8_t)(value >> 8 * i);
	sink_write(p->to, raw, bytes);
}

/* Up to a multiple of unit behind what began at start. */
static void plan_pad(struct plan *p, uint64_t start, uint32_t unit, uint8_t with)
{
	uint64_t over = (sink_length(p->to) - start) % unit;

	for (uint64_t i = over; over > 0 && i < unit; i++)
		sink_write(p->to, &with, 1);
}

static void write_stream(struct plan *p, struct span data, uint32_t unit)
{
	uint8_t piece[4096];
	uint64_t at = 0;

	/* What has become shorter since is zeroes: the plan must hold. */
	while (at < data.len) {
		size_t want =
		    data.len - at < sizeof piece ? (size_t)(data.len - at) : sizeof piece;
		size_t n = span_read(data, at, piece, want);
		memset(piece + n, 0, want - n);
		sink_write(p->to, piece, want);
		at += want;
		if (p->progress && at % (1 << 20) < sizeof piece)
			p->progress(p->arg);
	}
	for (uint64_t over = data.len % unit; over > 0 && over < unit; over++)
		sink_write(p->to, "", 1);
}

static void cfb_put_header(struct plan *p)
{
	bool new = p->size == 4096;
	uint64_t start = sink_length(p->to);
	uint32_t mini_fat = p->long_sectors + p->mini_sectors;
	uint32_t fat = mini_fat + p->mini_fat_sectors + p->directory_sectors;

	sink_write(p->to, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	plan_put(p, 0, 8);
	plan_put(p, 0, 8); /* class */
	plan_put(p, 0x3e, 2);
	plan_put(p, new ? 4 : 3, 2);
	plan_put(p, 0xfffe, 2);
	plan_put(p, new ? 12 : 9, 2);
	plan_put(p, 6, 2);
	plan_put(p, 0, 6);
	plan_put(p, new ? p->directory_sectors : 0, 4);
	plan_put(p, p->fat_sectors, 4);
	plan_put(p, mini_fat + p->mini_fat_sectors, 4);
	plan_put(p, 0, 4);
	plan_put(p, CUTOFF, 4);
	plan_put(p, p->mini_fat_sectors ? mini_fat : (uint32_t)CHAIN_END, 4);
	plan_put(p, p->mini_fat_sectors, 4);
	plan_put(p, p->difat_sectors ? fat + p->fat_sectors : (uint32_t)CHAIN_END, 4);
	plan_put(p, p->difat_sectors, 4);
	for (uint32_t i = 0; i < HEADER_DIFAT; i++)
		plan_put(p, i < p->fat_sectors ? fat + i : (uint32_t)NONE, 4);
	plan_pad(p, start, p->size, 0);
}

static void put_node(struct plan *p, const struct cfb_node *n, bool root)
{
	size_t length = name_length(n->name);

	for (size_t i = 0; i < CFB_NAME; i++)
		plan_put(p, i < length ? n->name[i] : 0, 2);
	plan_put(p, 2 * (length + 1), 2);
	plan_put(p, root ? CFB_ROOT : n->storage ? CFB_STORAGE : CFB_STREAM, 1);
	plan_put(p, n->red ? 0 : 1, 1);
	plan_put(p, n->left, 4);
	plan_put(p, n->right, 4);
	plan_put(p, n->down, 4);
	sink_write(p->to, n->clsid, sizeof n->clsid);
	plan_put(p, 0, 4);
	plan_put(p, 0, 8);
	plan_put(p, 0, 8); /* times */
	plan_put(p, n->storage && !root ? 0 : n->start, 4);
	plan_put(p, root ? p->mini_bytes : n->data.len, 8);
}

static void put_directory(struct plan *p)
{
	uint64_t start = sink_length(p->to);

	for (uint32_t i = 0; i < p->entries; i++)
		put_node(p, p->nodes[i], i == 0);
	while ((sink_length(p->to) - start) % p->size != 0) {
		for (int i = 0; i < 68; i += 4)
			plan_put(p, 0, 4);
		for (int i = 0; i < 3; i++)
			plan_put(p, (uint32_t)NONE, 4);
		for (int i = 0; i < 48; i += 4)
			plan_put(p, 0, 4);
	}
}

/* The chain of sectors first to first + count. */
static void put_chain(struct plan *p, uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		plan_put(p, i + 1 < count ? first + i + 1 : (uint32_t)CHAIN_END, 4);
}

static void put_mini_fat(struct plan *p)
{
	uint64_t start = sink_length(p->to);

	for (uint32_t i = 1; i < p->entries; i++) {
		const struct cfb_node *n = p->nodes[i];
		if (!n->storage && n->data.len > 0 && n->data.len < CUTOFF)
			put_chain(
			    p, n->start, (uint32_t)((n->data.len + MINI - 1) / MINI));
	}
	plan_pad(p, start, p->size, 0xff);
}

static void put_fat(struct plan *p)
{
	uint64_t start = sink_length(p->to);
	uint32_t at = p->long_sectors;

	for (uint32_t i = 1; i < p->entries; i++) {
		const struct cfb_node *n = p->nodes[i];
		if (!n->storage && n->data.len >= CUTOFF)
			put_chain(p, n->start, plan_sectors(p, n->data.len));
	}
	put_chain(p, at, p->mini_sectors);
	at += p->mini_sectors;
	put_chain(p, at, p->mini_fat_sectors);
	put_chain(p, at + p->mini_fat_sectors, p->directory_sectors);
	for (uint32_t i = 0; i < p->fat_sectors; i++)
		plan_put(p, (uint32_t)FAT_SECTOR, 4);
	for (uint32_t i = 0; i < p->difat_sectors; i++)
		plan_put(p, (uint32_t)DIFAT_SECTOR, 4);
	plan_pad(p, start, p->size, 0xff);
}

static void put_difat(struct plan *p)
{
	uint32_t per = p->size / 4 - 1, next = HEADER_DIFAT;
	uint32_t fat = p->long_sectors + p->mini_sectors + p->mini_fat_sectors +
		       p->directory_sectors;

	for (uint32_t i = 0; i < p->difat_sectors; i++) {
		for (uint32_t k = 0; k < per; k++, next++)
			plan_put(
			    p, next < p->fat_sectors ? fat + next : (uint32_t)NONE, 4);
		plan_put(p,
		    i + 1 < p->difat_sectors ? fat + p->fat_sectors + i + 1
					     : (uint32_t)CHAIN_END,
		    4);
	}
}

void cfb_write(struct arena *arena, struct cfb_node *root, struct sink *to,
    void (*progress)(void *arg), void *arg)
{
	struct plan p = { .to = to, .progress = progress, .arg = arg };
	uint32_t count = 1 + count_nodes(root->child);
	uint64_t bytes = 0;

	p.nodes = arena_array(arena, count, sizeof(void *));
	p.nodes[p.entries++] = root;
	root->left = root->right = (uint32_t)NONE;
	place_nodes(arena, &p, root);
	for (uint32_t i = 1; i < p.entries; i++)
		bytes += p.nodes[i]->data.len;
	p.size = bytes < version_3_most ? 512 : 4096;
	place_streams(&p);
	root->start = p.mini_sectors ? p.long_sectors : (uint32_t)CHAIN_END;
	cfb_put_header(&p);
	for (uint32_t i = 1; i < p.entries; i++)
		if (!p.nodes[i]->storage && p.nodes[i]->data.len >= CUTOFF)
			write_stream(&p, p.nodes[i]->data, p.size);
	uint64_t mini = sink_length(to);
	for (uint32_t i = 1; i < p.entries; i++)
		if (!p.nodes[i]->storage && p.nodes[i]->data.len < CUTOFF)
			write_stream(&p, p.nodes[i]->data, MINI);
	plan_pad(&p, mini, p.size, 0);
	put_mini_fat(&p);
	put_directory(&p);
	put_fat(&p);
	put_difat(&p);
}
