/* SPDX-License-Identifier: ISC */
#ifndef ITEMS_H
#define ITEMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/convert.pb-c.h"

/*
 * The list of a store's items, as a worker wrote it (Done.LISTED). It is read frame by
 * frame and never held whole; everything in it is checked. A list that makes no sense
 * ends with ITEMS_BREACH.
 */
struct items;

enum items_next { ITEMS_ITEM, ITEMS_FOLDER, ITEMS_END, ITEMS_BREACH };

enum {
	ITEMS_NAMES = 64,  /* folders in folders */
	ITEMS_NAME = 1024, /* bytes of a name */
};

/* What was read last; valid until the next one. */
struct items_at {
	const Bulkhead__Entry *entry; /* its place is never NULL, and lies in its file */
	char *const *names;           /* the way to its folder */
	unsigned name_count;
	uint64_t expected;  /* items that the store says are in the folder */
	const char *breach; /* static text */
};

/* fd stays the caller's. The list is its first listed of length bytes; store_bytes are
 * the store's, where it is not unpacked. NULL: no memory. */
struct items *items_open(int fd, uint64_t listed, uint64_t length, uint64_t store_bytes);
void items_close(struct items *); /* NULL is fine */

enum items_next items_next(struct items *, struct items_at *);

/* Where an item lies, for an order. Copied value by value, so that unknown fields of the
 * worker's frame are not passed on. What lies in the list's file lies behind the list. */
struct items_place {
	Bulkhead__Place place;
	char format[16];
	bool unpacked;
	uint64_t key, bytes; /* items_key(); of the item, 0: not known */
	uint64_t store;      /* for an order: the file it lies in, no list has another one
				by this number */
};
void items_keep(struct items_place *, const struct items *, const Bulkhead__Entry *);
/* The bytes it lies in; false: those of its whole store, it has none of its own. */
bool items_range(const struct items_place *, uint64_t *offset, uint64_t *bytes);

/* A hash of where an item lies: FNV-1a. */
uint64_t items_key(const Bulkhead__Entry *);

/* "A/B": as people name the folder at hand. malloc; NULL: no memory. */
char *items_way(const struct items_at *);

/* The names of an entry's flags, as an array. */
json_t *items_flags(unsigned flags);

/* "2024-12-31T23:59:59Z"; "" where the date is not known. */
enum { ITEMS_DATE = 32 };
void items_date(int64_t date, char to[ITEMS_DATE]);

#endif
