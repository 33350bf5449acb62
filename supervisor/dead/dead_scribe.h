/* SPDX-License-Identifier: ISC */
#ifndef DEAD_SCRIBE_H
#define DEAD_SCRIBE_H

#include <stdbool.h>

#include "config/config.h"
#include "proto/convert.pb-c.h"

/*
 * A worker that writes reports to senders: whatever reads or writes a message is a
 * worker's. Started with the first report, and kept for the next.
 */
struct dead_scribe;

/* config must outlive it. NULL: no memory. */
struct dead_scribe *dead_scribe_new(const struct config *);
void dead_scribe_free(struct dead_scribe *); /* NULL is fine */

/* The report on the message (-1: it cannot be read), in memory: *to is the caller's to
 * close. False: *trouble says why, until the next call. */
bool dead_scribe_write(
    struct dead_scribe *, int message, Bulkhead__Notice *, int *to, const char **trouble);

#endif
