/* SPDX-License-Identifier: ISC */
/* Tables ([MS-PST] 2.3.4). */
#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "codec/pst/ltp.h"

enum { TABLE_HEAD = 22, COLUMN = 8, ROW_KEY = 4 };

struct ltp_table *ltp_table(struct ndb *n, const struct ndb_node *node)
{
	struct ltp_heap *h = ltp_open(n, node, LTP_TABLE);
	struct ltp_table *t;
	uint8_t *head;

	if (!h)
		return NULL;
	t = arena_alloc(ndb_arena(n), sizeof *t);
	t->heap = h;
	head = arena_alloc(ndb_arena(n), h->most);
	size_t bytes = ltp_item(h, h->root, head);
	if (bytes == SIZE_MAX || bytes < TABLE_HEAD || head[0] != LTP_TABLE) {
		ndb_odd(n, 0, "a table is damaged");
		return NULL;
	}
	struct cursor c = cur_over(head, bytes);
	(void)cur_u8(&c);
	unsigned count = cur_u8(&c);
	(void)cur_u32le(&c);
	t->bits_at = cur_u16le(&c);
	t->row_bytes = cur_u16le(&c);
	t->index = cur_u32le(&c);
	t->rows = cur_u32le(&c);
	(void)cur_u32le(&c);
	for (; t->count < count && c.left >= COLUMN; t->count++) {
		struct ltp_column *column = &t->columns[t->count];
		column->tag = cur_u32le(&c);
		column->at = cur_u16le(&c);
		column->size = cur_u8(&c);
		column->bit = cur_u8(&c);
	}
	if (t->row_bytes < ROW_KEY || t->bits_at > t->row_bytes) {
		ndb_odd(n, 0, "a table has impossible rows");
		return NULL;
	}
	if (t->rows & NDB_TYPE) {
		struct ndb_node rows;
		if (ndb_find_sub(n, h->sub, t->rows, &rows))
			t->data = ndb_data(n, rows.data);
	} else {
		(void)ltp_value(h, t->rows, &t->in_heap);
	}
	return t;
}

/* The cells of a row by its position; NULL: they are not there. Rows do not go over the
 * end of a block (2.3.4.4). */
static const uint8_t *table_row(struct ltp_table *t, uint64_t position)
{
	struct ndb *n = t->heap->ndb;
	uint64_t in_block = ndb_block_bytes(n) / t->row_bytes, piece, at;

	if (!t->data) {
		at = position * t->row_bytes;
		return at < t->in_heap.len && t->in_heap.len - at >= t->row_bytes
			   ? t->in_heap.mem + at
			   : NULL;
	}
	piece = in_block ? position / in_block : UINT32_MAX;
	if (piece >= t->data->count)
		return NULL;
	if (t->cached != piece + 1) {
		if (!t->buffer)
			t->buffer = arena_alloc(ndb_arena(n), ndb_block_most(n));
		t->have = ndb_data_block(
		    t->data, (uint32_t)piece, t->buffer, ndb_block_most(n));
		t->cached = (uint32_t)piece + 1;
	}
	at = position % in_block * t->row_bytes;
	return at < t->have && t->have - at >= t->row_bytes ? t->buffer + at : NULL;
}

struct table_walk {
	struct ltp_table *t;
	bool (*each)(void *arg, uint32_t row, const uint8_t *cells);
	void *arg;
	uint64_t lost;
};

static bool table_each(void *arg, const uint8_t *key, const uint8_t *record)
{
	struct table_walk *w = arg;
	const bool ansi = ndb_kind(w->t->heap->ndb) == NDB_ANSI;
	struct cursor k = cur_over(key, ROW_KEY), r = cur_over(record, ansi ? 2 : 4);
	uint32_t row = cur_u32le(&k);
	const uint8_t *cells = table_row(w->t, ansi ? cur_u16le(&r) : cur_u32le(&r));

	if (!cells) {
		w->lost++;
		return true;
	}
	return w->each(w->arg, row, cells);
}

void ltp_rows(struct ltp_table *t,
    bool (*each)(void *arg, uint32_t row, const uint8_t *cells), void *arg)
{
	struct table_walk w = { t, each, arg, 0 };
	const bool ansi = ndb_kind(t->heap->ndb) == NDB_ANSI;

	(void)ltp_tree(t->heap, t->index, table_each, ROW_KEY, ansi ? 2 : 4, &w);
	if (w.lost > 0)
		ndb_odd(t->heap->ndb, 0, "rows of a table are missing");
}

const uint8_t *ltp_cell(
    const struct ltp_table *t, const uint8_t *cells, const struct ltp_column *column)
{
	size_t at = t->bits_at + column->bit / 8;

	if (at >= t->row_bytes || !(cells[at] & 0x80 >> column->bit % 8) ||
	    column->at > t->row_bytes || column->size > t->row_bytes - column->at)
		return NULL;
	return cells + column->at;
}

const struct ltp_column *ltp_column(const struct ltp_table *t, uint32_t tag)
{
	for (unsigned i = 0; i < t->count; i++)
		if (t->columns[i].tag == tag)
			return &t->columns[i];
	return NULL;
}

uint64_t ltp_number(const struct ltp_table *t, const uint8_t *cells, uint32_t tag)
{
	const struct ltp_column *column = ltp_column(t, tag);
	const uint8_t *cell = column ? ltp_cell(t, cells, column) : NULL;
	uint8_t bytes[8] = { 0 };

	if (!cell || column->size > sizeof bytes)
		return 0;
	memcpy(bytes, cell, column->size);
	struct cursor c = cur_over(bytes, sizeof bytes);
	return cur_u64le(&c);
}
