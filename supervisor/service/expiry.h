/* SPDX-License-Identifier: ISC */
#ifndef EXPIRY_H
#define EXPIRY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/reaper.h"
#include "config/cli_options.h"
#include "config/config.h"

struct event_base;

/*
 * Starts "bulkhead dead expire" every dead.scan, with the options of the service: reading
 * a hundred thousand reports takes a while, so it is a process of its own. It logs to our
 * standard error, and may be killed at any time.
 */
struct expiry;

/* config and options must stay. NULL: no memory. */
struct expiry *expiry_new(
    struct event_base *, const struct config *, const struct cli_options *);
void expiry_free(struct expiry *); /* ends the process; NULL is fine */

reaper_family_fn expiry_reaped; /* of a struct expiry */

#endif
