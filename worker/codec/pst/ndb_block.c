/* SPDX-License-Identifier: ISC */
/* Blocks, the trees of blocks that long data lie in, and a node's own nodes ([MS-PST]
 * 2.2.2.8). */
#include <string.h>
#define ZLIB_CONST /* what it reads it leaves alone */
#include <zlib.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "codec/pst/ndb.h"

enum {
	INTERNAL = 2, /* in a block's number */
	TREE_LEVELS = 2,
	SUB_LEVELS = 4,
	BLOCK_LEAST = 64, /* bytes of one in the file */
};

/* The whole block is one zlib stream. */
static size_t block_inflate(const uint8_t *from, size_t n, uint8_t *to, size_t most)
{
	z_stream z = { .next_in = from, .avail_in = (uInt)n };

	if (inflateInit(&z) != Z_OK)
		return 0;
	z.next_out = to;
	z.avail_out = (uInt)most;
	(void)inflate(&z, Z_FINISH);
	(void)inflateEnd(&z);
	return most - z.avail_out;
}

/* Its bytes as they are meant into buffer, at most so many: how many. */
static size_t block_read(struct ndb *n, uint64_t bid, uint8_t *buffer, size_t most)
{
	struct ndb_block b;
	static const char outside[] = "a block lies outside the file";

	if (!ndb_find_block(n, bid, &b)) {
		ndb_odd(n, 0, "a block is in no tree");
		return 0;
	}
	if (b.length > most) { /* the file was written since it was looked at */
		ndb_odd(n, b.at, "a block is longer than before");
		return 0;
	}
	size_t got;
	if (b.stored == b.length) {
		got = span_read_once(ndb_file(n), b.at, buffer, b.stored);
		if (got < b.stored)
			ndb_odd(n, b.at, outside);
	} else {
		struct ndb_slot *slot = ndb_slot(n, NDB_SLOTS_STORED);
		size_t has = span_read_once(ndb_file(n), b.at, slot->bytes, b.stored);
		got = block_inflate(slot->bytes, has, buffer, b.length);
		if (got < b.length)
			ndb_odd(n, b.at, "a block cannot be inflated whole");
	}
	if (!(b.bid & INTERNAL))
		ndb_decode(ndb_crypt_of(n), b.bid, buffer, got);
	return got;
}

/* A block of numbers, which stays until another one is at that level. */
static struct cursor block_numbers(struct ndb *n, unsigned index, uint64_t bid)
{
	struct ndb_slot *slot = ndb_slot(n, index);

	if (slot->bid != bid) {
		slot->n = block_read(n, bid, slot->bytes, ndb_block_most(n));
		slot->bid = bid;
	}
	return cur_over(slot->bytes, slot->n);
}

/* --- data --- */

static size_t data_read(struct span_source *source, uint64_t off, void *buf, size_t n)
{
	struct ndb_data *d = (struct ndb_data *)(void *)source;
	size_t done = 0;

	while (done < n && off < d->length) {
		uint32_t low = 0, high = d->count;
		while (high - low > 1) {
			uint32_t middle = low + (high - low) / 2;
			if (d->pieces[middle].at <= off)
				low = middle;
			else
				high = middle;
		}
		const struct ndb_piece *p = &d->pieces[low];
		if (off - p->at >= p->length)
			break;
		if (d->cached != low + 1) {
			if (!d->buffer)
				d->buffer = arena_alloc(
				    ndb_arena(d->ndb), ndb_block_most(d->ndb));
			size_t got =
			    block_read(d->ndb, p->bid, d->buffer, ndb_block_most(d->ndb));
			if (got < p->length)
				memset(d->buffer + got, 0, p->length - got);
			d->cached = low + 1;
		}
		size_t at = (size_t)(off - p->at), take = p->length - at;
		take = take < n - done ? take : n - done;
		memcpy((uint8_t *)buf + done, d->buffer + at, take);
		done += take;
		off += take;
	}
	return done;
}

static void data_add(struct ndb_data *d, uint64_t bid)
{
	struct ndb_block b;

	if (!ndb_find_block(d->ndb, bid, &b)) {
		d->missing++;
		return;
	}
	if (d->count == d->allotted) {
		uint32_t more = d->allotted ? d->allotted * 2 : 4;
		struct ndb_piece *to = arena_array(ndb_arena(d->ndb), more, sizeof *to);
		if (d->count > 0)
			memcpy(to, d->pieces, d->count * sizeof *to);
		d->pieces = to;
		d->allotted = more;
	}
	d->pieces[d->count++] = (struct ndb_piece){ b.bid, d->length, b.length };
	d->length += b.length;
}

/* Has it more blocks than the file has room for? Then one is named again and again: two
 * small blocks of numbers could name millions. */
static bool data_is_over(const struct ndb_data *d)
{
	return (uint64_t)d->count + d->missing > ndb_file(d->ndb).len / BLOCK_LEAST;
}

/* A block of numbers of blocks: XBLOCK, XXBLOCK (2.2.2.8.3.2). */
static void data_tree(struct ndb_data *d, uint64_t bid, unsigned above)
{
	struct ndb *n = d->ndb;
	const unsigned width = ndb_kind(n) == NDB_ANSI ? 4 : 8;

	if (!(bid & INTERNAL)) {
		data_add(d, bid);
		return;
	}
	struct cursor c = block_numbers(n, NDB_SLOTS_DATA + above - 1, bid);
	unsigned type = cur_u8(&c), level = cur_u8(&c), count = cur_u16le(&c);
	(void)cur_u32le(&c);
	if (c.bad || type != 1 || level == 0 || level >= above) {
		ndb_odd(n, 0, "a tree of blocks is damaged");
		d->missing++;
		return;
	}
	for (unsigned i = 0; i < count && c.left >= width && !data_is_over(d); i++)
		data_tree(d, width == 4 ? cur_u32le(&c) : cur_u64le(&c), level);
}

struct ndb_data *ndb_data(struct ndb *n, uint64_t bid)
{
	struct ndb_data *d;

	if (bid == 0)
		return NULL;
	d = arena_alloc(ndb_arena(n), sizeof *d);
	d->source.read = data_read;
	d->ndb = n;
	data_tree(d, bid, TREE_LEVELS + 1);
	if (data_is_over(d))
		ndb_odd(n, 0, "a tree of blocks runs in circles");
	if (d->missing > 0)
		ndb_odd(n, 0, "blocks of long data are missing");
	return d->count > 0 ? d : NULL;
}

size_t ndb_data_block(struct ndb_data *d, uint32_t piece, uint8_t *buffer, size_t most)
{
	return piece < d->count ? block_read(d->ndb, d->pieces[piece].bid, buffer, most)
				: 0;
}

struct span ndb_data_span(struct ndb_data *d)
{
	if (!d)
		return span_over(NULL, 0);
	if (d->length <= LIMIT_LOAD)
		return span_load(ndb_arena(d->ndb), span_from(&d->source, d->length));
	return span_from(&d->source, d->length);
}

/* --- a node's own nodes --- */

static bool sub_find(
    struct ndb *n, uint64_t bid, uint32_t nid, unsigned above, struct ndb_node *to)
{
	const bool ansi = ndb_kind(n) == NDB_ANSI;
	struct cursor c = block_numbers(n, NDB_SLOTS_SUB + above - 1, bid);
	unsigned type = cur_u8(&c), level = cur_u8(&c), count = cur_u16le(&c);
	uint64_t child = 0;

	if (!ansi)
		(void)cur_u32le(&c);
	if (c.bad || type != 2 || level >= above) {
		ndb_odd(n, 0, "a node's own tree is damaged");
		return false;
	}
	for (unsigned i = 0; i < count && !c.bad; i++) {
		uint32_t its = cur_u32le(&c);
		if (!ansi)
			(void)cur_u32le(&c);
		uint64_t data = ansi ? cur_u32le(&c) : cur_u64le(&c), sub = 0;
		if (level == 0)
			sub = ansi ? cur_u32le(&c) : cur_u64le(&c);
		if (c.bad)
			break;
		if (level > 0 && its <= nid)
			child = data;
		else if (level == 0 && its == nid) {
			*to = (struct ndb_node){ .nid = nid, .data = data, .sub = sub };
			return true;
		}
	}
	return child != 0 && sub_find(n, child, nid, level, to);
}

bool ndb_find_sub(struct ndb *n, uint64_t sub, uint32_t nid, struct ndb_node *to)
{
	return sub != 0 && sub_find(n, sub, nid, SUB_LEVELS, to);
}
