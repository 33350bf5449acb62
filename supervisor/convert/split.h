/* SPDX-License-Identifier: ISC */
#ifndef SPLIT_H
#define SPLIT_H

#include <stdbool.h>

#include "files/origin.h"
#include "files/results.h"
#include "proto/convert.pb-c.h"

/*
 * Several results in one output, as its worker told (Answer.Item): where each lies
 * has been checked, its name is anybody's claim. Names become safe and unique.
 */
struct split;

/* One more; makes the split at the first. Without memory it fails at its end. */
void split_add(struct split **, const Bulkhead__Item *);
void split_free(struct split *); /* NULL is fine */

/* Items so far. */
unsigned split_count(const struct split *);

/* Where the folder goes, and how it looks. */
struct split_place {
	const char *sub, *name;
	/* When something has the name already: fail with EEXIST; give the new folder a
	 * number; give the old one a number. */
	enum { SPLIT_NOT, SPLIT_BESIDE, SPLIT_ASIDE } taken;
	bool sync;
	const struct timespec *dates; /* two, as of futimens; NULL: as they fall */
	const struct origin *origin;
};

/*
 * Write the items of the final result (finality.h) as files of a new folder, which
 * appears whole or not at all.
 */
bool split_publish(const struct split *, struct result *, const struct split_place *)
    __attribute__((warn_unused_result));

#endif
