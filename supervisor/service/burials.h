/* SPDX-License-Identifier: ISC */
#ifndef BURIALS_H
#define BURIALS_H

#include <stdint.h>

struct claim;
struct outcome;

/*
 * The messages of this run that became dead letters, counted by what they died of. So
 * many groups and no more: a new one takes the place of the one that had none for the
 * longest time. `bulkhead dead groups` counts what lies there.
 */
enum { BURIALS_GROUPS = 32, BURIALS_TEXT = 128 };

struct burial_group {
	char signature[17]; /* of the worker's end; "" where the message was refused */
	const char *verdict;
	uint64_t count, last_id;
	int64_t last_ms;                                 /* wall clock */
	char sender[BURIALS_TEXT], reason[BURIALS_TEXT]; /* of the last one */
};

struct burials {
	struct burial_group groups[BURIALS_GROUPS];
	unsigned count;
};

void burials_add(struct burials *, const struct claim *, const struct outcome *);

#endif
