/* SPDX-License-Identifier: ISC */
#ifndef PST_LTP_H
#define PST_LTP_H

#include "codec/pst/ndb.h"

/*
 * The middle layer of Outlook's stores ([MS-PST] 2.3): in a node's data lies a heap, in
 * the heap a tree, and in that either properties or the rows of a table. What is damaged
 * is told by ndb_odd and left out; levels of a tree fall, so none runs in circles.
 */
struct ltp_heap {
	struct ndb *ndb;
	struct ndb_data *data;
	uint64_t sub;  /* the node's own nodes */
	uint32_t root; /* what the heap is for */
	uint8_t kind;
	size_t most;            /* bytes of any of its items, and of its blocks */
	struct ltp_block {      /* blocks at hand */
		uint32_t piece; /* plus 1 */
		uint8_t *bytes;
		size_t n;
	} blocks[8];
	uint8_t *levels[8]; /* items of a tree that is walked */
};

enum { LTP_PROPERTIES = 0xbc, LTP_TABLE = 0x7c, LTP_TREE = 0xb5 };

/* NULL: the node's data is no heap of this kind. */
struct ltp_heap *ltp_open(struct ndb *, const struct ndb_node *, uint8_t kind);

/* An item of the heap into buffer (most bytes); SIZE_MAX: there is none. */
size_t ltp_item(struct ltp_heap *, uint32_t hid, uint8_t *buffer);

/* What a number means: an item of the heap or a node of the node's own. Short ones in
 * memory. False: it is not there. 0 is empty. */
bool ltp_value(struct ltp_heap *, uint32_t hnid, struct span *);

/* The records of a tree; each: false is enough; it may ask for values, but must not walk
 * a tree of the same heap. False: there is none. */
bool ltp_tree(struct ltp_heap *, uint32_t hid,
    bool (*each)(void *arg, const uint8_t *key, const uint8_t *record), size_t key,
    size_t record, void *arg);

/* The properties: id, type, and a value of up to 4 bytes or where it is. */
struct ltp_property {
	uint16_t id, type;
	uint32_t value;
};
void ltp_properties(
    struct ltp_heap *, void (*each)(void *arg, const struct ltp_property *), void *arg);
/* One of them; false: it has none. */
bool ltp_property(struct ltp_heap *, uint16_t id, struct ltp_property *);

/* A table: its columns, and its rows one after the other. */
enum { LTP_COLUMNS = 255 };
struct ltp_table {
	struct ltp_heap *heap;
	struct ltp_column {
		uint32_t tag;
		uint16_t at;
		uint8_t size, bit;
	} columns[LTP_COLUMNS];
	unsigned count;
	size_t row_bytes, bits_at; /* bits_at: which cells have a value */
	uint32_t rows, index;      /* where they are */
	struct span in_heap;       /* the rows, where they are in the heap */
	struct ndb_data *data;     /* else */
	uint32_t cached;           /* piece, plus 1 */
	uint8_t *buffer;
	size_t have;
};

/* NULL: the node is no table. */
struct ltp_table *ltp_table(struct ndb *, const struct ndb_node *);
/* row is the number that it is known by; cells are valid during the call. False: enough.
 */
void ltp_rows(struct ltp_table *,
    bool (*each)(void *arg, uint32_t row, const uint8_t *cells), void *arg);
/* A cell's bytes, size of them; NULL: it has no value. */
const uint8_t *ltp_cell(
    const struct ltp_table *, const uint8_t *cells, const struct ltp_column *);
/* The column of this tag; NULL: none. */
const struct ltp_column *ltp_column(const struct ltp_table *, uint32_t tag);
/* A cell of up to 8 bytes as a number; 0: it has no value. */
uint64_t ltp_number(const struct ltp_table *, const uint8_t *cells, uint32_t tag);

#endif
