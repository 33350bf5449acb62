/* SPDX-License-Identifier: ISC */
#ifndef CANARY_H
#define CANARY_H

#include <stdbool.h>

#include "pool/pool.h"

/*
 * A message of our own: a worker that cannot convert it is of a broken build, whatever
 * the mail is like. Its result is thrown away.
 */
enum { CANARY_JOB = 1 }; /* no claimed message has this id: theirs begin with the time */

/* False: no worker took it. Its end comes as any order's does. */
bool canary_give(struct pool *, const char *to) __attribute__((warn_unused_result));

#endif
