/* SPDX-License-Identifier: ISC */
#ifndef CODEC_CFB_H
#define CODEC_CFB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct arena;

/*
 * Compound files ([MS-CFB]), versions 3 and 4: storages that hold streams and storages,
 * in sectors chained by tables. Only reads. Everything lives in the arena.
 *
 * Nothing in the file is believed: tables may be longer or shorter than it, chains may
 * run in circles or into each other, trees may be in no order, sizes may be wrong. What
 * exists is given, and each oddity is told once to the caller's function. Memory does
 * not grow with the streams, which are spans; the directory's and the tables' part of it
 * is one bit for each entry and sector.
 */
struct cfb;

/* What is odd, for people, and at which byte of the file; lost: something that should be
 * in it is not there. */
typedef void cfb_odd_fn(void *arg, bool lost, uint64_t offset, const char *what);

enum cfb_kind { CFB_UNUSED = 0, CFB_STORAGE = 1, CFB_STREAM = 2, CFB_ROOT = 5 };

enum {
	CFB_NAME = 32, /* UTF-16 units of a name, with its terminating zero */
	CFB_HEADER = 512,
	CFB_NONE = -1, /* as an id: no such entry */
};

/* A directory entry (2.6.1). */
struct cfb_entry {
	uint32_t id;
	enum cfb_kind kind;
	uint16_t name[CFB_NAME]; /* ends with a zero */
	uint8_t clsid[16];
	uint32_t left, right, child, start;
	uint64_t size; /* of a stream, as claimed */
};

/* Do these bytes begin like a compound file? */
bool cfb_probe(struct span head);

/* NULL when there is no directory to be read: *why says what is wrong, *offset where. */
struct cfb *cfb_open(struct arena *, struct span in, cfb_odd_fn *, void *arg,
    const char **why, uint64_t *offset);

struct arena *cfb_arena(const struct cfb *);

/* The root storage. */
struct cfb_entry cfb_root(const struct cfb *);

/*
 * Call each for what a storage holds, in the order of its tree; an entry that another
 * storage held already is left out. To be called once for each storage.
 */
void cfb_children(struct cfb *, const struct cfb_entry *storage,
    void (*each)(void *arg, const struct cfb_entry *), void *arg);

/* Does the storage hold an entry whose name begins so, in any case? Holds none itself. */
bool cfb_holds(struct cfb *, const struct cfb_entry *storage, const char *name);

/* A stream's bytes, cut to those that exist; short ones in memory. To be called once for
 * each stream. */
struct span cfb_stream(struct cfb *, const struct cfb_entry *);

/* The name in ASCII, each other character as "?": for look-ups and for people. */
void cfb_name(const struct cfb_entry *, char to[CFB_NAME]);

/* How many storages and streams no storage was seen to hold. */
uint32_t cfb_orphans(struct cfb *);

#endif
