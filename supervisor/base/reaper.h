/* SPDX-License-Identifier: ISC */
#ifndef REAPER_H
#define REAPER_H

#include <stdbool.h>
#include <sys/types.h>

struct event_base;
struct rusage;

/*
 * Children that ended. All are reaped at each SIGCHLD, and each family is asked whether
 * the child is one of its own; as PID 1, some are nobody's.
 */
struct reaper;

/* False: not one of ours. */
typedef bool reaper_family_fn(
    void *family, pid_t, int wait_status, const struct rusage *usage);

enum { REAPER_FAMILIES = 8 };

/* NULL: errno set. */
struct reaper *reaper_new(struct event_base *);
void reaper_free(struct reaper *); /* NULL is fine */

/* At most REAPER_FAMILIES; asked in the order of joining. */
void reaper_add(struct reaper *, reaper_family_fn *, void *family);

#endif
