/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

struct event_base;
struct janitor;
struct spool;

/*
 * Finds messages in incoming/ and its sub-folders: inotify says quickly, scans
 * say surely (at start, every intake.scan, when the kernel's queue overflowed).
 * For each folder the watch is added first, then the folder is scanned. The order
 * is not promised. It holds a bounded number of names, whatever lies there.
 */
struct intake;

enum offer {
	OFFER_TAKEN, /* or gone: no need to offer it again */
	OFFER_LATER, /* busy: offered again after a rest, or by a later event or scan */
	OFFER_LEFT,  /* errno; it stays until rights are mended: the next full scan
			offers it */
	OFFER_FULL,  /* not now: kept and offered again after intake_kick */
};
typedef enum offer intake_offer_fn(
    void *arg, const char *sub, const char *name, bool moved_in);

struct intake *intake_new(struct event_base *, const struct spool *, struct janitor *,
    const struct config *, intake_offer_fn *, void *arg);
void intake_free(struct intake *); /* NULL is fine */

/* More can be taken again. */
void intake_kick(struct intake *);

/* Hold: nothing is offered until the hold is taken back. fresh: incoming/ is another
 * folder by now, which is watched and scanned anew. */
void intake_hold(struct intake *, bool hold, bool fresh);

/* Stop offering, for good (the service drains). */
void intake_stop(struct intake *);

/* Names known and not yet taken; more may lie in incoming/. */
uint64_t intake_backlog(const struct intake *);

/* Of the last full scan: names that stay until rights are mended, and those that are left
 * alone (intake.ignore, without those that begin with a dot). */
struct intake_stay {
	uint64_t left, ignored;
	char sub[256]; /* the folder of the first that was left; "" is incoming itself */
	int error;     /* why: errno */
	int closed; /* no file may be taken out of incoming itself: errno; 0: they may */
};
const struct intake_stay *intake_stay(const struct intake *);

/* Is it pausing for lack of space? */
bool intake_paused(const struct intake *);

#endif
