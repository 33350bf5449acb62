/* SPDX-License-Identifier: ISC */
#ifndef ERRAND_H
#define ERRAND_H

#include <stdbool.h>
#include <stdint.h>

#include "attempt/told.h"
#include "attempt/unwind.h"
#include "config/config.h"
#include "files/name.h"
#include "files/results.h"
#include "pool/pool.h"

struct event_base;

/*
 * Messages that come as open files and whose results go back as open files: from their
 * wait for a worker to the verdict, with the retries of retry.*, on whosever pool.
 * Nothing of them lies in the spool, and nothing outlives the process: whoever brought
 * a message still has it.
 */
struct errands;
struct errand;

/* What errands work with; all must outlive them. */
struct errands_with {
	struct event_base *base;
	const struct config *config;
	struct pool *pool;
	struct results *room; /* where results and scratch files are made */
	struct unwinds *unwinds;
	const char *source; /* for the log */
	/* An attempt has ended, the first of its message or a later one; NULL is fine. */
	void (*attempted)(void *arg, enum verdict, bool first);
	void *arg;
};

struct errand_end {
	const struct claim *claim; /* its id and charges */
	const struct told *told;   /* VERDICT_INFRASTRUCTURE: our trouble, not its own */
	uint64_t bytes;            /* of the message */
	bool too_late;             /* no worker was free within limits.time */
	int result;                /* of good verdicts: whole, for reading; else -1 */
};

/* begun: a worker has it now (again, for a retry); NULL is fine. ended: exactly once,
 * unless errand_forget came first; the result is closed after it. */
struct errand_calls {
	void (*begun)(void *arg);
	void (*ended)(void *arg, const struct errand_end *);
};

struct errands *errands_new(const struct errands_with *); /* NULL: errno */
void errands_free(struct errands *);                      /* no calls; NULL is fine */

/* A message of so many bytes waits. input is the callee's in any case; name is for
 * reports. NULL: errno. */
struct errand *errands_add(struct errands *, int input, uint64_t bytes, const char *name,
    const struct errand_calls *, void *arg);

/* Nobody asks for its end any more. A running one ends all the same. */
void errand_forget(struct errand *);

/* Hand at most so many of those that wait to free workers; how many got one. */
unsigned errands_give(struct errands *, unsigned most);

unsigned errands_waiting(const struct errands *);
unsigned errands_in_hand(const struct errands *);

/* All that have no worker end as our own trouble. */
void errands_drain(struct errands *);

/* From the pool; other jobs are no errands and left alone. */
void errands_report(struct errands *, uint64_t job, const Bulkhead__Report *);
void errands_ended(struct errands *, uint64_t job, const struct pool_end *);

/* A retry's pause is over, or an errand has ended: something may be given. */
void errands_on_turn(struct errands *, void (*turn)(void *arg), void *arg);

#endif
