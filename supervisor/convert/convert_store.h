/* SPDX-License-Identifier: ISC */
#ifndef CONVERT_STORE_H
#define CONVERT_STORE_H

#include "attempt/items.h"
#include "convert/convert_private.h"
#include "convert/gather.h"
#include "files/ledger.h"

/* Shared by convert_store.c (a store, and what an input has of it) and convert_list.c
 * (which takes items from its list). */
struct store {
	TAILQ_ENTRY(store) link;
	struct run *run;
	unsigned holders; /* its items in hand, and one while it is read */
	int fd, list;
	bool tree;       /* it is a folder, and its items are files */
	uint64_t listed; /* length of the list; the unpacked bytes follow it in the same
			    file */
	uint64_t listed_file;
	struct stat st, state; /* state: by which it is known again */
	struct results *results;
	char *path, *claim_sub, *sub, *shown; /* sub: of its results; shown: for people */
	struct items *items;
	char *folder, *folder_sub; /* the folder being read: its name in the store, and
				      that of its results */
	char *file;                /* of its results where those are gathered */
	struct gather *gather;     /* NULL: they are not */
	bool folder_wanted, folder_made;
	struct ledger *ledger;
	bool marked;         /* records wait for the disk */
	bool appended, lost; /* since the last sync: something; all of it */
	bool whole;          /* the list was read to its end */
};

/* What an input has in addition when it is an item of a store. */
struct store_item {
	struct store *store;
	struct items_place lies;
	uint64_t number;
	unsigned flags;
	int64_t date;
	char *folder, *name; /* their names in the store */
	char *way;           /* in a tree: to its file; NULL: it is in none */
};

/* One holder less; the last one frees it. */
void store_release(struct store *);

#endif
