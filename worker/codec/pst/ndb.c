/* SPDX-License-Identifier: ISC */
/* Header and trees ([MS-PST] 2.2.2.6, 2.2.2.7). */
#include "codec/pst/ndb.h"

#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"

enum {
	CACHED = 64, /* pages */
	LEVELS = 8,  /* of a tree: 20 entries a page make 25 thousand million nodes */
	PAGE_MOST = 4096,
	ODD_MOST = 32, /* told singly */
	TREE_NODES = 0x81,
	TREE_BLOCKS = 0x80,
};

/* Where things are, by kind. */
static const struct layout {
	size_t page, entries;      /* bytes of a page, and of those its entries' */
	size_t trailer;            /* where its type stands */
	size_t count, size, level; /* where those stand */
	bool wide_count;
	unsigned width; /* of numbers of blocks and offsets */
	size_t node;    /* of an entry of a leaf of nodes */
	size_t block;   /* of blocks */
	size_t block_bytes;
	uint64_t nodes_at, blocks_at; /* in the header: offsets of the roots */
	uint64_t crypt_at;
} layouts[] = {
	[NDB_ANSI] = { 512, 496, 500, 496, 498, 499, false, 4, 16, 12, 8180, 188, 196,
	    461 },
	[NDB_UNICODE] = { 512, 488, 496, 488, 490, 491, false, 8, 32, 24, 8176, 224, 240,
	    513 },
	[NDB_LARGE] = { 4096, 4056, 4072, 4056, 4060, 4061, true, 8, 32, 24, 65512, 224,
	    240, 513 },
};

struct ndb {
	struct arena *arena, *own; /* own: in which it was opened */
	struct span in;
	enum ndb_kind kind;
	const struct layout *is;
	enum ndb_crypt crypt;
	uint64_t nodes, blocks; /* root pages */
	ndb_odd_fn *odd;
	void *arg;
	unsigned odds;
	struct ndb_page {
		uint64_t at;    /* plus 1; 0: none */
		uint8_t *bytes; /* NULL: not yet */
	} cache[CACHED];
	struct ndb_slot slots[NDB_SLOTS];
};

struct ndb_slot *ndb_slot(struct ndb *n, unsigned index)
{
	struct ndb_slot *slot = &n->slots[index];

	if (!slot->bytes)
		slot->bytes = arena_alloc(n->own, ndb_block_most(n));
	return slot;
}

void ndb_odd(struct ndb *n, uint64_t offset, const char *what)
{
	if (n->odd && n->odds++ < ODD_MOST)
		n->odd(n->arg, offset, what);
}

enum ndb_kind ndb_kind(const struct ndb *n)
{
	return n->kind;
}

struct arena *ndb_arena(const struct ndb *n)
{
	return n->arena;
}

size_t ndb_block_most(const struct ndb *n)
{
	return n->kind == NDB_LARGE ? 65536 : 8192;
}

size_t ndb_block_bytes(const struct ndb *n)
{
	return n->is->block_bytes;
}

enum ndb_crypt ndb_crypt_of(const struct ndb *n)
{
	return n->crypt;
}

struct span ndb_file(const struct ndb *n)
{
	return n->in;
}

static uint64_t number_at(const struct ndb *n, const uint8_t *p)
{
	struct cursor c = cur_over(p, n->is->width);

	return n->is->width == 8 ? cur_u64le(&c) : cur_u32le(&c);
}

static uint64_t header_number(const struct ndb *n, uint64_t at)
{
	uint8_t bytes[8] = { 0 };

	(void)span_read(n->in, at, bytes, n->is->width);
	return number_at(n, bytes);
}

struct ndb *ndb_open(
    struct arena *a, struct span in, ndb_odd_fn *odd, void *arg, const char **why)
{
	struct ndb *n = arena_alloc(a, sizeof *n);
	uint8_t head[516], crypt = 0;

	*n = (struct ndb){ .arena = a, .own = a, .in = in, .odd = odd, .arg = arg };
	*why = "shorter than its header";
	if (span_read(in, 0, head, sizeof head) != sizeof head)
		return NULL;
	*why = "not an Outlook store";
	if (memcmp(head, "!BDN", 4) != 0)
		return NULL;
	unsigned version = head[10] | (unsigned)head[11] << 8;
	n->kind = version < 16 ? NDB_ANSI : version < 36 ? NDB_UNICODE : NDB_LARGE;
	n->is = &layouts[n->kind];
	crypt = head[n->is->crypt_at];
	*why = "hidden in a way that is not known";
	if (crypt > NDB_CYCLIC)
		return NULL;
	n->crypt = (enum ndb_crypt)crypt;
	n->nodes = header_number(n, n->is->nodes_at);
	n->blocks = header_number(n, n->is->blocks_at);
	*why = "without its trees";
	return n->nodes < in.len && n->blocks < in.len ? n : NULL;
}

void ndb_go_on(struct ndb *n, struct arena *a, struct span in, ndb_odd_fn *odd, void *arg)
{
	n->arena = a;
	n->in = in;
	n->odd = odd;
	n->arg = arg;
	n->odds = 0;
	for (unsigned i = 0; i < NDB_SLOTS; i++)
		n->slots[i].bid = 0; /* what is odd in one is told each time */
}

/* A page of a tree, until the next call. NULL: it is none. */
static const uint8_t *ndb_page(struct ndb *n, uint64_t at, uint8_t type)
{
	const struct layout *is = n->is;
	struct ndb_page *slot = &n->cache[at / is->page % CACHED];

	if (slot->at != at + 1) {
		if (!slot->bytes)
			slot->bytes = arena_alloc(n->own, is->page);
		slot->at = 0;
		if (span_read(n->in, at, slot->bytes, is->page) != is->page) {
			ndb_odd(n, at, "a page of a tree lies outside the file");
			return NULL;
		}
		slot->at = at + 1;
	}
	if (slot->bytes[is->trailer] == type && slot->bytes[is->trailer + 1] == type)
		return slot->bytes;
	ndb_odd(n, at, "a page of a tree is damaged");
	return NULL;
}

/* The entries of a page: each size bytes, at least least. */
struct entries {
	const uint8_t *at;
	size_t count, size;
	unsigned level;
};

static bool entries_of(
    struct ndb *n, const uint8_t *page, uint64_t at, size_t leaf, struct entries *to)
{
	const struct layout *is = n->is;
	size_t count = page[is->count];

	if (is->wide_count)
		count |= (size_t)page[is->count + 1] << 8;
	*to = (struct entries){ page, count, page[is->size], page[is->level] };
	size_t least = to->level > 0 ? 3 * (size_t)is->width : leaf;
	if (to->size < least || to->level >= LEVELS || count > is->entries / to->size) {
		ndb_odd(n, at, "a page of a tree has impossible counts");
		return false;
	}
	return true;
}

/* The leaf entry with this key; NULL: none. Until the next call. */
static const uint8_t *tree_find(
    struct ndb *n, uint64_t root, uint8_t type, size_t leaf, uint64_t key)
{
	unsigned above = LEVELS;
	uint64_t at = root, mask = type == TREE_BLOCKS ? ~(uint64_t)1 : 0xffffffff;

	for (;;) {
		const uint8_t *page = ndb_page(n, at, type), *found = NULL;
		struct entries e;
		if (!page || !entries_of(n, page, at, leaf, &e))
			return NULL;
		if (e.level >= above) {
			ndb_odd(n, at, "a tree runs in circles");
			return NULL;
		}
		for (size_t i = 0; i < e.count; i++) {
			const uint8_t *entry = e.at + i * e.size;
			uint64_t its = number_at(n, entry) & mask;
			if (its > key)
				break;
			if (e.level > 0 || its == key)
				found = entry;
		}
		if (!found || e.level == 0)
			return found;
		above = e.level;
		at = number_at(n, found + 2 * (size_t)n->is->width);
	}
}

static struct ndb_node node_of(const struct ndb *n, const uint8_t *entry)
{
	const size_t w = n->is->width;
	struct cursor parent = cur_over(entry + 3 * w, 4);

	return (struct ndb_node){ .nid = (uint32_t)number_at(n, entry),
		.data = number_at(n, entry + w),
		.sub = number_at(n, entry + 2 * w),
		.parent = cur_u32le(&parent) };
}

bool ndb_find(struct ndb *n, uint32_t nid, struct ndb_node *to)
{
	const uint8_t *e = tree_find(n, n->nodes, TREE_NODES, n->is->node, nid);

	if (e)
		*to = node_of(n, e);
	return e != NULL;
}

bool ndb_find_block(struct ndb *n, uint64_t bid, struct ndb_block *to)
{
	const size_t w = n->is->width;
	const uint8_t *e =
	    tree_find(n, n->blocks, TREE_BLOCKS, n->is->block, bid & ~(uint64_t)1);

	if (!e)
		return false;
	struct cursor sizes = cur_over(e + 2 * w, 4);
	*to = (struct ndb_block){ .bid = number_at(n, e), .at = number_at(n, e + w) };
	to->stored = to->length = cur_u16le(&sizes);
	if (n->kind == NDB_LARGE)
		to->length = cur_u16le(&sizes);
	if (to->stored > ndb_block_most(n) || to->length > ndb_block_most(n)) {
		ndb_odd(n, to->at, "a block is longer than blocks can be");
		return false;
	}
	return true;
}

struct sweep {
	struct ndb *ndb;
	bool (*each)(void *arg, const struct ndb_node *);
	void *arg;
	uint64_t pages; /* left: more than there can be were seen twice */
	bool over;
};

static void sweep_page(struct sweep *s, uint64_t at, unsigned above)
{
	struct ndb *n = s->ndb;
	const uint8_t *page = ndb_page(n, at, TREE_NODES);
	uint8_t copy[PAGE_MOST];
	struct entries e;

	if (s->over || !page)
		return;
	memcpy(copy, page, n->is->page);
	if (!entries_of(n, copy, at, n->is->node, &e))
		return;
	if (e.level >= above || s->pages == 0) {
		ndb_odd(n, at, "a tree runs in circles");
		return;
	}
	s->pages--;
	for (size_t i = 0; i < e.count && !s->over; i++) {
		const uint8_t *entry = e.at + i * e.size;
		if (e.level > 0) {
			sweep_page(
			    s, number_at(n, entry + 2 * (size_t)n->is->width), e.level);
			continue;
		}
		struct ndb_node node = node_of(n, entry);
		s->over = !s->each(s->arg, &node);
	}
}

void ndb_each(struct ndb *n, bool (*each)(void *, const struct ndb_node *), void *arg)
{
	struct sweep s = { n, each, arg, n->in.len / n->is->page + 1, false };

	sweep_page(&s, n->nodes, LEVELS);
}
