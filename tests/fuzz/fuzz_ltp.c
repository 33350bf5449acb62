/* SPDX-License-Identifier: ISC */
/*
 * The middle layer of Outlook's stores: any bytes as a heap. A whole store is laid round
 * them, with nothing of it damaged: the first byte is its kind, the next two say how many
 * bytes are the heap's first block. The others are its second one, and the data of a node
 * of its own. All of it is taken for properties, for a table, and item by item.
 *
 * Covers: worker/codec/pst/ltp.c worker/codec/pst/ltp_table.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "codec/pst/ltp.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NID = 0x24, OWN = 0x3f, FIRST = 4, SECOND = 8, BOTH = 14, NODES_OF_IT = 18 };
enum { PAGE = 4096, NODES_AT = PAGE, BLOCKS_AT = 2 * PAGE, DATA_AT = 3 * PAGE };
enum { STORE_MOST = DATA_AT + 2 * 65536 + 128, VALUES_MOST = 16, ROWS_MOST = 256 };

/* Where things stand in a store of each kind ([MS-PST] 2.2.2.6, 2.2.2.7.7). */
static const struct fuzz_kind {
	uint8_t version, width, node_size, block_size;
	unsigned roots, count, size, trailer, block_bytes;
} kinds[] = {
	[NDB_ANSI] = { 14, 4, 16, 12, 188, 496, 498, 500, 8180 },
	[NDB_UNICODE] = { 23, 8, 32, 24, 224, 488, 490, 496, 8176 },
	[NDB_LARGE] = { 36, 8, 32, 24, 224, 4056, 4060, 4072, 65512 },
};

struct fuzz_store {
	uint8_t bytes[STORE_MOST];
	const struct fuzz_kind *is;
	size_t blocks, at; /* so many blocks, and the end */
};

static void must(int ok)
{
	if (!ok)
		abort();
}

static void put(uint8_t *to, uint64_t value, size_t width)
{
	for (size_t i = 0; i < width; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

/* A block, and its entry in their tree. */
static void fuzz_store_block(
    struct fuzz_store *s, uint64_t bid, const uint8_t *data, size_t n)
{
	const size_t w = s->is->width;
	uint8_t *entry = s->bytes + BLOCKS_AT + s->blocks++ * s->is->block_size;

	put(entry, bid, w);
	put(entry + w, s->at, w);
	put(entry + 2 * w, n, 2);
	put(entry + 2 * w + 2, n, 2); /* in large ones: inflated; else a count of uses */
	if (n > 0)
		memcpy(s->bytes + s->at, data, n);
	s->at += (n + 63) / 64 * 64;
}

static void fuzz_store_page(struct fuzz_store *s, size_t at, uint8_t type, size_t count)
{
	uint8_t *page = s->bytes + at;

	page[s->is->count] = (uint8_t)count;
	page[s->is->size] = type == 0x81 ? s->is->node_size : s->is->block_size;
	page[s->is->trailer] = page[s->is->trailer + 1] = type;
}

/* A store of one node. */
static void fuzz_store_make(struct fuzz_store *s, enum ndb_kind kind, const uint8_t *data,
    size_t first, size_t second)
{
	uint8_t block[64] = { 1, 1, 2 };

	memset(s, 0, sizeof *s);
	s->is = &kinds[kind];
	s->at = DATA_AT;
	const size_t w = s->is->width;
	memcpy(s->bytes, "!BDN", 4);
	s->bytes[10] = s->is->version;
	put(s->bytes + s->is->roots, NODES_AT, w);
	put(s->bytes + s->is->roots + 2 * w, BLOCKS_AT, w);
	uint8_t *node = s->bytes + NODES_AT;
	put(node, NID, w);
	put(node + w, BOTH, w);
	put(node + 2 * w, NODES_OF_IT, w);
	fuzz_store_block(s, FIRST, data, first);
	fuzz_store_block(s, SECOND, data + first, second);
	put(block + 4, first + second, 4);
	put(block + 8, FIRST, w);
	put(block + 8 + w, SECOND, w);
	fuzz_store_block(s, BOTH, block, 8 + 2 * w);
	const size_t head = kind == NDB_ANSI ? 4 : 8;
	memset(block, 0, sizeof block);
	block[0] = 2;
	block[2] = 1;
	put(block + head, OWN, w);
	put(block + head + w, SECOND, w);
	fuzz_store_block(s, NODES_OF_IT, block, head + 3 * w);
	fuzz_store_page(s, NODES_AT, 0x81, 1);
	fuzz_store_page(s, BLOCKS_AT, 0x80, s->blocks);
}

/* --- what is read of it --- */

struct fuzz_reading {
	struct ltp_heap *heap;
	struct ltp_table *table;
	size_t most; /* bytes of both blocks */
	uint16_t ids[VALUES_MOST];
	unsigned count, rows;
};

/* The store is whole; what is odd is the heap's. */
static void fuzz_ltp_odd(void *arg, uint64_t offset, const char *what)
{
	(void)arg;
	must(offset == 0 && what && *what);
}

static void fuzz_ltp_value(struct fuzz_reading *r, uint32_t hnid)
{
	struct span value = span_over(NULL, 0);
	volatile uint8_t sum = 0;

	if (!ltp_value(r->heap, hnid, &value))
		return;
	must(value.mem && value.len <= r->most && (hnid != 0 || value.len == 0));
	for (uint64_t i = 0; i < value.len; i++)
		sum = (uint8_t)(sum + value.mem[i]);
}

static void fuzz_ltp_property(void *arg, const struct ltp_property *p)
{
	struct fuzz_reading *r = arg;

	if (r->count < VALUES_MOST) {
		r->ids[r->count++] = p->id;
		fuzz_ltp_value(r, p->value);
	}
}

/* What was walked over is found, too. */
static void fuzz_ltp_properties(struct fuzz_reading *r)
{
	struct ltp_property again;

	r->count = 0;
	ltp_properties(r->heap, fuzz_ltp_property, r);
	for (unsigned i = 0; i < r->count; i++)
		must(ltp_property(r->heap, r->ids[i], &again) && again.id == r->ids[i]);
}

static bool fuzz_ltp_row(void *arg, uint32_t row, const uint8_t *cells)
{
	struct fuzz_reading *r = arg;
	const struct ltp_table *t = r->table;
	volatile uint8_t sum = 0;

	(void)row;
	for (size_t i = 0; i < t->row_bytes; i++)
		sum = (uint8_t)(sum + cells[i]);
	for (unsigned i = 0; i < t->count; i++) {
		const struct ltp_column *c = &t->columns[i];
		const uint8_t *cell = ltp_cell(t, cells, c);
		must(ltp_column(t, c->tag) != NULL);
		if (cell)
			must(cell >= cells && cell + c->size <= cells + t->row_bytes);
		(void)ltp_number(t, cells, c->tag);
	}
	return ++r->rows < ROWS_MOST;
}

static void fuzz_ltp_items(struct fuzz_reading *r, uint8_t *buffer, size_t most)
{
	const unsigned shift = ndb_kind(r->heap->ndb) == NDB_LARGE ? 19 : 16;

	for (uint32_t block = 0; block < 3; block++)
		for (uint32_t index = 0; index < 20; index++) {
			size_t n = ltp_item(r->heap, block << shift | index << 5, buffer);
			must(n == SIZE_MAX || (n <= most && index > 0 && block < 2));
		}
	must(ltp_item(r->heap, 0x21, buffer) == SIZE_MAX); /* a node, no item */
	fuzz_ltp_value(r, OWN);
	fuzz_ltp_value(r, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_store store;
	static const uint8_t heaps[] = { LTP_PROPERTIES, LTP_TABLE, LTP_TREE };
	struct arena *arena = fuzz_arena(256UL << 20);
	const char *why = NULL;
	struct ndb_node node;

	if (size < 3)
		return 0;
	const enum ndb_kind kind = (enum ndb_kind)(data[0] % 3);
	const size_t room = kinds[kind].block_bytes, left = size - 3;
	size_t first = data[1] | (size_t)data[2] << 8;
	first = first < left ? first : left;
	first = first < room ? first : room;
	size_t second = left - first < room ? left - first : room;
	fuzz_store_make(&store, kind, data + 3, first, second);
	struct ndb *n =
	    ndb_open(arena, span_over(store.bytes, store.at), fuzz_ltp_odd, NULL, &why);
	must(n && ndb_kind(n) == kind && ndb_find(n, NID, &node));
	struct fuzz_reading r = { .most = first + second };
	uint8_t *buffer = arena_alloc(arena, ndb_block_most(n));
	for (size_t i = 0; i < sizeof heaps; i++) {
		r.heap = ltp_open(n, &node, heaps[i]);
		if (!r.heap)
			continue;
		fuzz_ltp_items(&r, buffer, ndb_block_most(n));
		fuzz_ltp_properties(&r);
	}
	r.table = ltp_table(n, &node);
	if (r.table) {
		must(r.table->count <= LTP_COLUMNS);
		ltp_rows(r.table, fuzz_ltp_row, &r);
	}
	arena_reset(arena);
	return 0;
}
