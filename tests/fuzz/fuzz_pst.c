/* SPDX-License-Identifier: ISC */
/*
 * Outlook's stores: any bytes. Every node is looked at, its data read and taken for
 * properties and for a table; then the store is listed, and its first messages are read.
 *
 * Covers: worker/codec/pst/ worker/format/pst/
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "codec/pst/ltp.h"
#include "format/format.h"
#include "fuzz_ground.h"
#include "message/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NODES_MOST = 64, ITEMS_MOST = 16 };

struct fuzz_store {
	struct ndb *ndb;
	unsigned nodes;
	uint64_t items[ITEMS_MOST];
	unsigned count;
};

static void fuzz_pst_odd(void *arg, uint64_t offset, const char *what)
{
	(void)arg;
	(void)offset;
	if (!*what)
		abort();
}

static void fuzz_pst_read(struct span s)
{
	uint8_t piece[4096];
	uint64_t at = 0;
	size_t n;

	while (at < (1 << 20) && (n = span_read(s, at, piece, sizeof piece)) > 0)
		at += n;
	if (at > s.len)
		abort();
}

static void fuzz_pst_property(void *arg, const struct ltp_property *p)
{
	struct span value;

	if (ltp_value(arg, p->value, &value))
		fuzz_pst_read(value);
}

static bool fuzz_pst_row(void *arg, uint32_t row, const uint8_t *cells)
{
	const struct ltp_table *t = arg;

	(void)row;
	for (unsigned i = 0; i < t->count; i++) {
		const uint8_t *cell = ltp_cell(t, cells, &t->columns[i]);
		volatile uint8_t sum = 0;
		for (unsigned k = 0; cell && k < t->columns[i].size; k++)
			sum = (uint8_t)(sum + cell[k]);
		(void)ltp_number(t, cells, t->columns[i].tag);
	}
	return true;
}

static bool fuzz_pst_node(void *arg, const struct ndb_node *node)
{
	struct fuzz_store *s = arg;
	struct ndb_node found;
	struct ndb_data *d = ndb_data(s->ndb, node->data);

	if (d)
		fuzz_pst_read(ndb_data_span(d));
	(void)ndb_find_sub(s->ndb, node->sub, 0x671, &found);
	struct ltp_heap *h = ltp_open(s->ndb, node, LTP_PROPERTIES);
	if (h)
		ltp_properties(h, fuzz_pst_property, h);
	struct ltp_table *t = ltp_table(s->ndb, node);
	if (t)
		ltp_rows(t, fuzz_pst_row, t);
	return ++s->nodes < NODES_MOST;
}

static void fuzz_pst_entry(void *arg, const struct entry *e)
{
	struct fuzz_store *s = arg;

	if (s->count < ITEMS_MOST)
		s->items[s->count++] = e->place.at;
}

static void fuzz_pst_convert(
    struct arena *a, struct span in, struct fuzz_store *s, const struct store_place *item)
{
	struct convert c = { .arena = a,
		.in = in,
		.out = sink_memory(a),
		.scratch = -1,
		.stores = true,
		.item = item,
		.tell_entry = fuzz_pst_entry,
		.arg = s };

	notes_init(&c.notes, a);
	if (!format_convert(&c, item ? "dump" : "mime") && !c.refused)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(512UL << 20);
	struct fuzz_store s = { .nodes = 0 };
	struct span in = span_over(data, size);
	const char *why = NULL;

	s.ndb = ndb_open(arena, in, fuzz_pst_odd, NULL, &why);
	if (s.ndb)
		ndb_each(s.ndb, fuzz_pst_node, &s);
	else if (!why)
		abort();
	arena_reset(arena);
	if (s.ndb && format_begins(FORMATS_PST, in))
		fuzz_pst_convert(arena, in, &s, NULL);
	for (unsigned i = 0; i < s.count; i++) {
		const struct store_place item = {
			.format = "pst", .store_bytes = size, .at = s.items[i]
		};
		arena_reset(arena);
		fuzz_pst_convert(arena, in, &s, &item);
	}
	arena_reset(arena);
	return 0;
}
