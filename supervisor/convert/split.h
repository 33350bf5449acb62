/* SPDX-License-Identifier: ISC */
#ifndef SPLIT_H
#define SPLIT_H

#include <stdbool.h>

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

/*
 * Write the items of the sealed result as files of a new folder sub/name, which appears
 * whole or not at all. EEXIST when it is there; replace: then it gets a number instead.
 */
bool split_publish(const struct split *, struct result *, const char *sub,
    const char *name, bool replace, bool sync) __attribute__((warn_unused_result));

#endif
