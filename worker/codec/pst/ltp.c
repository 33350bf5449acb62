/* SPDX-License-Identifier: ISC */
/* Heaps, trees in them, and properties ([MS-PST] 2.3.1 to 2.3.3). */
#include "codec/pst/ltp.h"

#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"

enum {
	SIGNATURE = 0xec,
	HEAP_HEAD = 12,
	TREE_HEAD = 8,
	TREE_DEPTH = 8,
	PROPERTY_KEY = 2,
	PROPERTY_RECORD = 6,
};

static uint8_t *heap_buffer(struct ltp_heap *h, uint8_t **slot)
{
	if (!*slot)
		*slot = arena_alloc(ndb_arena(h->ndb), h->most);
	return *slot;
}

/* A block of the heap, until seven others were asked for. */
static struct ltp_block *heap_block(struct ltp_heap *h, uint32_t piece)
{
	struct ltp_block *b = &h->blocks[piece % 8];

	if (piece >= h->data->count)
		return NULL;
	if (b->piece != piece + 1) {
		b->n = ndb_data_block(h->data, piece, heap_buffer(h, &b->bytes), h->most);
		b->piece = piece + 1;
	}
	return b;
}

struct ltp_heap *ltp_open(struct ndb *n, const struct ndb_node *node, uint8_t kind)
{
	struct ltp_heap *h = arena_alloc(ndb_arena(n), sizeof *h);

	h->ndb = n;
	h->data = ndb_data(n, node->data);
	h->sub = node->sub;
	if (!h->data)
		return NULL;
	h->most = h->data->count == 1 ? h->data->pieces[0].length : ndb_block_most(n);
	const struct ltp_block *first = heap_block(h, 0);
	if (!first || first->n < HEAP_HEAD || first->bytes[2] != SIGNATURE) {
		ndb_odd(n, 0, "a node's data is no heap");
		return NULL;
	}
	h->kind = first->bytes[3];
	struct cursor c = cur_over(first->bytes + 4, 4);
	h->root = cur_u32le(&c);
	if (h->kind == kind)
		return h;
	ndb_odd(n, 0, "a node's heap is of another kind");
	return NULL;
}

size_t ltp_item(struct ltp_heap *h, uint32_t hid, uint8_t *buffer)
{
	const bool large = ndb_kind(h->ndb) == NDB_LARGE;
	uint32_t index = hid >> 5 & (large ? 0x3fff : 0x7ff);
	uint32_t piece = hid >> (large ? 19 : 16);
	const struct ltp_block *b = hid & NDB_TYPE ? NULL : heap_block(h, piece);

	if (!b || index == 0 || b->n < 2)
		return SIZE_MAX;
	struct cursor head = cur_over(b->bytes, 2);
	size_t map = cur_u16le(&head);
	if (map > b->n)
		return SIZE_MAX;
	struct cursor c = cur_over(b->bytes + map, b->n - map);
	uint32_t count = cur_u16le(&c);
	(void)cur_u16le(&c);
	(void)cur_take(&c, (size_t)(index - 1) * 2);
	size_t from = cur_u16le(&c), to = cur_u16le(&c);
	if (c.bad || index > count || from > to || to > b->n)
		return SIZE_MAX;
	memcpy(buffer, b->bytes + from, to - from);
	return to - from;
}

bool ltp_value(struct ltp_heap *h, uint32_t hnid, struct span *to)
{
	struct ndb_node node;

	*to = span_over(NULL, 0);
	if (hnid == 0)
		return true;
	if (hnid & NDB_TYPE) {
		struct ndb_data *d = NULL;
		if (ndb_find_sub(h->ndb, h->sub, hnid, &node))
			d = ndb_data(h->ndb, node.data);
		if (d)
			*to = ndb_data_span(d);
		return d != NULL || (node.nid == hnid && node.data == 0);
	}
	uint8_t *item = heap_buffer(h, &h->levels[TREE_DEPTH - 1]);
	size_t n = ltp_item(h, hnid, item);
	if (n == SIZE_MAX)
		return false;
	*to = span_over(arena_copy(ndb_arena(h->ndb), item, n), n);
	return true;
}

/* --- trees --- */

struct climb {
	struct ltp_heap *h;
	bool (*each)(void *arg, const uint8_t *key, const uint8_t *record);
	void *arg;
	size_t key, record;
	uint64_t left; /* items: more than there can be were seen twice */
	bool over;
};

static void climb_level(struct climb *t, uint32_t hid, unsigned level)
{
	struct ltp_heap *h = t->h;
	size_t size = t->key + (level > 0 ? 4 : t->record);

	if (t->over || hid == 0)
		return;
	if (t->left-- == 0) {
		ndb_odd(h->ndb, 0, "a tree in a heap runs in circles");
		t->over = true;
		return;
	}
	uint8_t *bytes = heap_buffer(h, &h->levels[level]);
	size_t n = ltp_item(h, hid, bytes);
	if (n == SIZE_MAX) {
		ndb_odd(h->ndb, 0, "an item of a heap is missing");
		return;
	}
	for (size_t at = 0; n - at >= size && !t->over; at += size) {
		struct cursor c = cur_over(bytes + at + t->key, 4);
		if (level > 0)
			climb_level(t, cur_u32le(&c), level - 1);
		else
			t->over = !t->each(t->arg, bytes + at, bytes + at + t->key);
	}
}

bool ltp_tree(struct ltp_heap *h, uint32_t hid,
    bool (*each)(void *arg, const uint8_t *key, const uint8_t *record), size_t key,
    size_t record, void *arg)
{
	uint8_t *head = heap_buffer(h, &h->levels[TREE_DEPTH - 1]);
	struct climb t = { h, each, arg, key, record, h->data->length / 2 + 1, false };

	size_t n = ltp_item(h, hid, head);
	if (n == SIZE_MAX || n < TREE_HEAD || head[0] != LTP_TREE || head[1] != key ||
	    head[2] != record || head[3] >= TREE_DEPTH - 1) {
		ndb_odd(h->ndb, 0, "a tree in a heap is damaged");
		return false;
	}
	struct cursor c = cur_over(head + 4, 4);
	climb_level(&t, cur_u32le(&c), head[3]);
	return true;
}

/* --- properties --- */

struct climb_properties {
	void (*each)(void *arg, const struct ltp_property *);
	void *arg;
};

static bool climb_property(void *arg, const uint8_t *key, const uint8_t *record)
{
	const struct climb_properties *all = arg;
	struct cursor k = cur_over(key, PROPERTY_KEY),
		      r = cur_over(record, PROPERTY_RECORD);
	struct ltp_property p = { .id = cur_u16le(&k), .type = cur_u16le(&r) };

	p.value = cur_u32le(&r);
	all->each(all->arg, &p);
	return true;
}

void ltp_properties(
    struct ltp_heap *h, void (*each)(void *, const struct ltp_property *), void *arg)
{
	struct climb_properties all = { each, arg };

	(void)ltp_tree(h, h->root, climb_property, PROPERTY_KEY, PROPERTY_RECORD, &all);
}

struct wanted_property {
	uint16_t id;
	bool found;
	struct ltp_property *to;
};

static void climb_wanted(void *arg, const struct ltp_property *p)
{
	struct wanted_property *w = arg;

	if (p->id == w->id) {
		*w->to = *p;
		w->found = true;
	}
}

bool ltp_property(struct ltp_heap *h, uint16_t id, struct ltp_property *to)
{
	struct wanted_property w = { .id = id, .to = to };

	ltp_properties(h, climb_wanted, &w);
	return w.found;
}
