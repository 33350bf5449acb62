/* SPDX-License-Identifier: ISC */
#ifndef PST_NDB_H
#define PST_NDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct arena;

/*
 * The lowest layer of Outlook's stores ([MS-PST] 2.2): nodes and blocks, each found by a
 * tree of pages. ANSI (versions 14, 15), Unicode (from 23), and Unicode with pages of
 * 4 KiB and deflated blocks (36). Only reads; everything lives in the arena.
 *
 * Nothing is believed: a page's level must be one less than that of the page above it, so
 * no tree runs in circles; what lies outside the file is not there; sums of blocks are
 * told once to the caller's function.
 */
struct ndb;

typedef void ndb_odd_fn(void *arg, uint64_t offset, const char *what);

enum ndb_kind { NDB_ANSI, NDB_UNICODE, NDB_LARGE /* pages of 4 KiB */ };

/* NULL: *why says what is wrong. */
struct ndb *ndb_open(
    struct arena *, struct span, ndb_odd_fn *, void *arg, const char **why);
/* The same store again, by another descriptor: pages that were read stay, where it was
 * opened; what is read from now on goes to this arena. */
void ndb_go_on(struct ndb *, struct arena *, struct span, ndb_odd_fn *, void *arg);

enum ndb_kind ndb_kind(const struct ndb *);
struct arena *ndb_arena(const struct ndb *);
/* Bytes that a full block has for data; bytes that any block has at most. */
size_t ndb_block_bytes(const struct ndb *);
size_t ndb_block_most(const struct ndb *);

/* A node's number: its type in the lowest bits ([MS-PST] 2.2.2.1). */
enum { NDB_TYPE = 0x1f };
struct ndb_node {
	uint32_t nid, parent;
	uint64_t data, sub; /* blocks; 0: none */
};

/* False: there is no such node. */
bool ndb_find(struct ndb *, uint32_t nid, struct ndb_node *);
/* The same among a node's own. */
bool ndb_find_sub(struct ndb *, uint64_t sub, uint32_t nid, struct ndb_node *);

/* All nodes that can be reached, in the tree's order. False from each: enough. */
void ndb_each(struct ndb *, bool (*each)(void *arg, const struct ndb_node *), void *arg);

/* The data of a node: one block, or those of a tree of them. */
struct ndb_data {
	struct span_source source;
	struct ndb *ndb;
	struct ndb_piece {
		uint64_t bid, at; /* at: offset in the data */
		uint32_t length;
	} * pieces;
	uint32_t count, allotted, missing; /* missing: blocks that are not there */
	uint64_t length;
	uint32_t cached; /* piece in buffer, plus 1 */
	uint8_t *buffer;
};

/* NULL: there is none. */
struct ndb_data *ndb_data(struct ndb *, uint64_t bid);
/* One of its blocks into a buffer that has room for most bytes, its length is enough: how
 * many there were. */
size_t ndb_data_block(struct ndb_data *, uint32_t piece, uint8_t *buffer, size_t most);
/* All of it; short ones in memory. */
struct span ndb_data_span(struct ndb_data *);

/* [MS-PST] 5.1, 5.2: both ways of hiding bytes. key: the block's number. */
enum ndb_crypt { NDB_PLAIN = 0, NDB_PERMUTE = 1, NDB_CYCLIC = 2 };
void ndb_decode(enum ndb_crypt, uint64_t key, uint8_t *bytes, size_t n);

/* Private to the layer. */
struct ndb_block {
	uint64_t bid, at;
	uint32_t stored, length; /* length: inflated */
};
bool ndb_find_block(struct ndb *, uint64_t bid, struct ndb_block *);
void ndb_odd(struct ndb *, uint64_t offset, const char *what);
enum ndb_crypt ndb_crypt_of(const struct ndb *);
struct span ndb_file(const struct ndb *);
/* Blocks of numbers stay at hand, one for each level of each kind of tree. */
enum { NDB_SLOTS_DATA = 0, NDB_SLOTS_SUB = 3, NDB_SLOTS_STORED = 8, NDB_SLOTS = 9 };
struct ndb_slot {
	uint64_t bid; /* 0: none */
	uint8_t *bytes;
	size_t n;
};
/* Its buffer is there. */
struct ndb_slot *ndb_slot(struct ndb *, unsigned index);

#endif
