/* SPDX-License-Identifier: ISC */
#ifndef DEAD_GROUPS_H
#define DEAD_GROUPS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "dead/dead_store.h"

/* Letters by what they died of: verdict and signature. Memory is that of the groups. */
struct dead_groups;

struct dead_group {
	char signature[DEAD_ID_SIZE];
	char verdict[32];
	uint64_t count, bytes;
	int64_t first_ms, last_ms;
	uint64_t smallest, smallest_bytes; /* its id: the best sample */
	uint64_t latest;                   /* the id of the last one taken */
	char sender[128], reason[256];     /* of that one */
};

struct dead_groups *dead_groups_new(void);
void dead_groups_free(struct dead_groups *); /* NULL is fine */

/* False: no memory. */
bool dead_groups_add(struct dead_groups *, const struct dead_letter *);
/* The group of a letter; NULL: it was not added. */
struct dead_group *dead_groups_find(struct dead_groups *, const struct dead_letter *);

/* All of them, the largest first, as a table or as lines of JSON. False: no memory. */
bool dead_groups_print(struct dead_groups *, bool json, FILE *);

#endif
