/* SPDX-License-Identifier: ISC */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Who gets the next free worker. One rule, of numbers only:
 *
 *   1. a queue that is urgent (the breaker's canary)
 *   2. nobody, while everything is held; one message, while one is wanted to be tried
 *   3. nobody beside a message that must run alone; such ones before all others
 *   4. else the queues in turns, so that none waits for another's end; within a queue
 *      new messages and those that have failed before in turns, too: of SCHEDULE_SHARE
 *      workers one goes to a retry, and retries have at most half of the workers
 *
 * A retry is for a worker that has served nobody; where all have served, one of them is
 * to be replaced.
 *
 * Bulk (the items of stores) never has the last worker, where there are several, so that
 * a single mail does not wait even for the slowest item.
 */
enum { SCHEDULE_QUEUES = 8, SCHEDULE_SHARE = 4 };

enum schedule_hold {
	HOLD_NOTHING,
	HOLD_ALL,
	HOLD_BUT_NEW, /* one that never failed is wanted, of any queue */
	HOLD_BUT_ONE, /* one is wanted, even one that has failed before */
};

/* What waits in one queue. */
struct schedule_queue {
	bool urgent, bulk;
	unsigned running;
	unsigned alone, new, retry; /* to run alone; new; retries that are due */
	bool alone_failed;          /* the one to run alone has failed before */
};

struct schedule_view {
	enum schedule_hold hold;
	unsigned free,
	    unused; /* workers that are free; of them, that have served nobody */
	unsigned workers, busy, retries; /* of all workers: busy, with retries */
	bool alone_runs;
	size_t count;
	struct schedule_queue queue[SCHEDULE_QUEUES];
};

/* Whose turn it is. */
struct schedule {
	size_t last;                    /* the queue that got the last worker */
	unsigned turn[SCHEDULE_QUEUES]; /* of new messages and retries, while both wait */
};

struct schedule_choice {
	enum schedule_kind {
		SCHEDULE_NOBODY,
		SCHEDULE_ALONE,
		SCHEDULE_NEW,
		SCHEDULE_RETRY
	} kind;
	size_t queue;
	bool trial;   /* it is the one that is wanted though all are held */
	bool replace; /* somebody waits for a worker that has served nobody */
};

struct schedule_choice schedule_next(struct schedule *, const struct schedule_view *);

#endif
