/* SPDX-License-Identifier: ISC */
#ifndef GATHER_H
#define GATHER_H

#include <stdbool.h>
#include <stdint.h>

#include "convert/gather_form.h"
#include "files/origin.h"

/*
 * Results of a store's items, one behind the other in files.
 *
 * While a run is under way such a file has the name with NAMING_PART behind it; it gets
 * its own when all items of the store have ended, so it is there whole or not at all. The
 * record of each item says where it ends in its file (ledger.h), so after a kill all
 * behind the last record's end is cut off, and a later run goes on there.
 *
 * Memory grows with the number of files, not of items. Failure: false or NULL, errno.
 */
struct gather;
struct gathered; /* one file */

typedef bool gather_form_fn(int out, const struct gather_one *);

/* Files below an open folder, which stays the caller's. form: how an item stands in
 * them. origin: of the store, marked on what is whole. replace: what has the name of such
 * a file, whatever it is; without that only what an older state of the store became.
 * dates: as of futimens, two; NULL: as they fall. */
struct gather *gather_new(int root, gather_form_fn *form, const struct origin *origin,
    bool replace, const struct timespec *dates);
void gather_free(struct gather *); /* NULL is fine */

/* A record of an earlier run: an item ends there. */
bool gather_known(struct gather *, const char *sub, const char *name, uint64_t end)
    __attribute__((warn_unused_result));

/* Append an item; *end: where it ends. EEXIST: something else has the name; ESTALE: the
 * file is not as the records say. */
struct gathered *gather_append(struct gather *, const char *sub, const char *name,
    const struct gather_one *, uint64_t *end);
/* All that was appended since is on the disk. False: errno; forget it then. */
bool gather_sync(struct gather *) __attribute__((warn_unused_result));
/* Its record is written: it is never cut off again. */
void gather_recorded(struct gathered *, uint64_t end);
/* What has no record is cut off. */
void gather_forget(struct gather *);

/* All items have ended: each file gets its name. sync: for good. */
bool gather_finish(struct gather *, bool sync) __attribute__((warn_unused_result));

#endif
