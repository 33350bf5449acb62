/* SPDX-License-Identifier: ISC */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "attempt/unwind.h"
#include "config/config.h"
#include "pool/pool.h"
#include "spool/intake.h"
#include "spool/janitor.h"
#include "spool/spool.h"

struct event_base;

/*
 * The messages in hand: from the claim to the settlement. This is where spool
 * and pool meet: a message is claimed, waits for a worker, runs, and is settled
 * by its verdict; or is charged and tried once more; or, when the trouble is
 * ours, waits and is tried again uncharged.
 *
 * What was in active/ without a mark when the service started is a suspect:
 * suspects run one at a time with nothing beside them before anything new is taken.
 */
struct jobs;

/* What jobs works with; all must outlive it. */
struct jobs_with {
	struct event_base *base;
	const struct config *config;
	struct spool *spool;
	struct janitor *janitor;
	struct pool *pool;
	struct unwinds *unwinds;
};

/* The three callbacks for pool_new, intake_new and spool_recover; their arg is the jobs.
 */
void jobs_free_worker(void *arg);
void jobs_report(void *arg, uint64_t id, const Bulkhead__Report *);
void jobs_ended(void *arg, uint64_t id, const struct pool_end *);
enum offer jobs_offer(void *arg, const char *sub, const char *name, bool moved_in);
void jobs_found(void *arg, struct claim *);

struct jobs *jobs_new(void);
void jobs_free(struct jobs *); /* NULL is fine; messages stay where they are */

/* Wire it up, before any callback may come. */
void jobs_use(struct jobs *, const struct jobs_with *);

/* The configuration was reloaded, and with it perhaps the worker. */
void jobs_reload(struct jobs *);

/* The circuit breaker is open: but for a canary no message is begun. */
bool jobs_held(const struct jobs *);

/* Other sources: an attempt at a message of theirs has ended; while the breaker is open
 * they may begin one when one is wanted (want is called then), and say so. */
void jobs_attempted(struct jobs *, enum verdict, bool first);
void jobs_on_want(struct jobs *, void (*want)(void *arg), void *arg);
bool jobs_want_canary(const struct jobs *);
void jobs_canary_begun(struct jobs *);

/* Other sources: how many free workers messages from incoming/ leave to theirs now. */
void jobs_on_others(struct jobs *, unsigned (*others)(void *arg), void *arg);

/* Suspects wait or run: nothing else may begin. */
bool jobs_alone(const struct jobs *);

/* room: called when a message can be taken again. */
void jobs_on_room(struct jobs *, void (*room)(void *arg), void *arg);

/* Settle and try what the last run left (after jobs_found was called for each). */
void jobs_recover(struct jobs *);

/*
 * Stop: nothing new is started, what waits is put back uncharged at once; what
 * runs goes on until jobs_stop_running. drained is called once nothing is in hand.
 */
void jobs_drain(struct jobs *, void (*drained)(void *arg), void *arg);
void jobs_stop_running(struct jobs *);

struct jobs_counts {
	uint64_t waiting, running, paused, settling, suspects;
	/* Since the start; every claimed message ends in exactly one of the last four, or
	 * is in hand. */
	uint64_t claimed, converted, passed, failed, put_back, kept;
	uint64_t finished; /* decided by an earlier run, settled by this one */
	uint64_t retries;
};
struct jobs_counts jobs_counts(const struct jobs *);

#endif
