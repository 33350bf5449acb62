/* SPDX-License-Identifier: ISC */
/*
 * The lowest layer of Outlook's stores: any bytes. Every node is found, and its data and
 * its own nodes are read block by block and in one. Pieces follow each other, no more is
 * read than there is, walks end; and both ways of hiding bytes map them one to one.
 *
 * Covers: worker/codec/pst/ndb.c worker/codec/pst/ndb_block.c
 *         worker/codec/pst/ndb_decode.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "codec/pst/ndb.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NODES_MOST = 64, SUB_DEPTH = 4 };

struct fuzz_walk {
	struct ndb *ndb;
	unsigned nodes, odds;
	size_t size; /* of the store */
	uint8_t *block;
};

static void must(int ok)
{
	if (!ok)
		abort();
}

static void fuzz_ndb_odd(void *arg, uint64_t offset, const char *what)
{
	struct fuzz_walk *w = arg;

	(void)offset;
	must(what && *what);
	must(++w->odds <= 32);
}

static void fuzz_ndb_data(struct fuzz_walk *w, uint64_t bid)
{
	struct ndb_data *d = ndb_data(w->ndb, bid);
	const size_t most = ndb_block_most(w->ndb);
	uint64_t at = 0;

	if (!d)
		return;
	/* However often a tree names one block: none is smaller than 64 bytes. */
	must(bid != 0 && d->count > 0 && d->count <= w->size / 64 + 1);
	for (uint32_t i = 0; i < d->count; i++) {
		must(d->pieces[i].at == at && d->pieces[i].length <= most);
		at += d->pieces[i].length;
		if (i < NODES_MOST)
			must(ndb_data_block(d, i, w->block, d->pieces[i].length) <=
			     d->pieces[i].length);
	}
	must(at == d->length && ndb_data_block(d, d->count, w->block, most) == 0);
	struct span s = ndb_data_span(d);
	must(s.len == d->length);
	size_t got = span_read(s, 0, w->block, most);
	must(got == (s.len < most ? s.len : most));
	if (s.len > 0)
		must(span_read(s, s.len - 1, w->block, most) == 1);
	must(span_read(s, s.len, w->block, most) == 0);
}

static void fuzz_ndb_sub(struct fuzz_walk *w, uint64_t sub, unsigned depth)
{
	static const uint32_t usual[] = { 0x671, 0x692, 0x3f, 0x11f, 0x8025, 0x200024 };
	struct ndb_node own;

	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
		if (!ndb_find_sub(w->ndb, sub, usual[i], &own))
			continue;
		must(sub != 0 && own.nid == usual[i]);
		fuzz_ndb_data(w, own.data);
		if (depth > 1)
			fuzz_ndb_sub(w, own.sub, depth - 1);
	}
}

static bool fuzz_ndb_node(void *arg, const struct ndb_node *node)
{
	struct fuzz_walk *w = arg;
	struct ndb_node again;

	/* Of a damaged tree another one may be found by this number, or none. */
	if (ndb_find(w->ndb, node->nid, &again))
		must(again.nid == node->nid);
	fuzz_ndb_data(w, node->data);
	fuzz_ndb_sub(w, node->sub, SUB_DEPTH);
	return ++w->nodes < NODES_MOST;
}

static void fuzz_ndb_decode(const uint8_t *data, size_t size)
{
	uint8_t all[256], seen[256] = { 0 }, bytes[512], as_it_was[512];
	const uint64_t key = size * 0x9e3779b97f4a7c15U;
	size_t n = size < sizeof bytes ? size : sizeof bytes;

	for (unsigned i = 0; i < sizeof all; i++)
		all[i] = (uint8_t)i;
	ndb_decode(NDB_PERMUTE, key, all, sizeof all);
	for (unsigned i = 0; i < sizeof all; i++)
		must(seen[all[i]]++ == 0);
	memcpy(bytes, data, n);
	memcpy(as_it_was, data, n);
	ndb_decode(NDB_PLAIN, key, bytes, n);
	must(memcmp(bytes, as_it_was, n) == 0);
	ndb_decode(NDB_CYCLIC, key, bytes, n);
	ndb_decode(NDB_CYCLIC, key, bytes, n);
	must(memcmp(bytes, as_it_was, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(512UL << 20);
	struct fuzz_walk w = { .size = size };
	const char *why = NULL;
	struct ndb_node node;

	fuzz_ndb_decode(data, size);
	w.ndb = ndb_open(arena, span_over(data, size), fuzz_ndb_odd, &w, &why);
	if (w.ndb) {
		w.block = arena_alloc(arena, ndb_block_most(w.ndb));
		must(ndb_block_bytes(w.ndb) < ndb_block_most(w.ndb));
		ndb_each(w.ndb, fuzz_ndb_node, &w);
		if (ndb_find(w.ndb, 0x21, &node))
			must(node.nid == 0x21);
		/* For the next order: all is as it was, and all is told again. */
		struct fuzz_walk again = { .ndb = w.ndb, .size = size, .block = w.block };
		ndb_go_on(w.ndb, arena, span_over(data, size), fuzz_ndb_odd, &again);
		ndb_each(w.ndb, fuzz_ndb_node, &again);
		(void)ndb_find(w.ndb, 0x21, &node);
		must(again.nodes == w.nodes && again.odds == w.odds);
	} else {
		must(why && *why);
	}
	arena_reset(arena);
	return 0;
}
