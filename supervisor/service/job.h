/* SPDX-License-Identifier: ISC */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "attempt/attempt.h"
#include "spool/intake.h"
#include "spool/janitor.h"
#include "spool/spool.h"

struct burials;
struct outcome;
struct canary;
struct event_base;

/*
 * The spool's messages in hand, from the claim to the settlement. A message is claimed,
 * goes its way (attempt/attempt.h), and is settled by its verdict. What must outlive us
 * is kept by marks in its name: charges, and that it waits to be tried again.
 *
 * What was in active/ without a mark when the service started is a suspect: suspects run
 * one at a time with nothing beside them before anything new is taken.
 */
struct jobs;

/* What jobs works with; all must outlive it, but for the engine, which is freed first. */
struct jobs_with {
	struct event_base *base;
	const struct config *config;
	struct spool *spool;
	struct janitor *janitor;
	struct attempts *attempts;
	const struct canary *canary;
};

struct jobs *jobs_new(const struct jobs_with *); /* NULL: errno */
void jobs_free(struct jobs *); /* NULL is fine; messages stay where they are */

/* For intake_new and spool_recover; their arg is the jobs. */
enum offer jobs_offer(void *arg, const char *sub, const char *name, bool moved_in);
void jobs_found(void *arg, struct claim *);

/* Can a message be taken? take_more: called when that may have changed outside of the
 * engine's turns. */
bool jobs_take_more(const struct jobs *);
void jobs_on_take_more(struct jobs *, void (*take_more)(void *arg), void *arg);

/* The spool's folders are where they were again: what waited for them is settled now. */
void jobs_hurry(struct jobs *);

/* Settle and try what the last run left (after jobs_found was called for each). */
void jobs_recover(struct jobs *);

/*
 * Stop: nothing new is started, what waits is put back uncharged at once; what
 * runs goes on. drained is called once nothing is in hand.
 */
void jobs_drain(struct jobs *, void (*drained)(void *arg), void *arg);

/* Take no more messages until further notice. What is in hand goes on. */
void jobs_hold(struct jobs *, bool held);
bool jobs_held(const struct jobs *);

/*
 * An operator takes a message out of the queue: it becomes a dead letter
 * (VERDICT_WITHDRAWN), whatever it waits for; a worker that has it is killed. One that
 * was decided meanwhile ends as it would have. False: no such message is in hand, or the
 * service stops.
 */
bool jobs_withdraw(struct jobs *, uint64_t id);
/* Called once it was settled. */
void jobs_on_withdrawn(
    struct jobs *, void (*withdrawn)(void *arg, uint64_t id), void *arg);

/* The bytes of a message in hand, open for reading. -1: errno; ENOENT: no such. */
int jobs_fetch(const struct jobs *, uint64_t id, uint64_t *bytes);

/* What became dead letters in this run; and that one of the door's did. */
const struct burials *jobs_burials(const struct jobs *);
void jobs_buried(struct jobs *, const struct claim *, const struct outcome *);

/* Each message that is decided and not delivered yet; the engine has the others. */
void jobs_each(const struct jobs *, attempt_see_fn *, void *arg);

struct jobs_counts {
	uint64_t waiting, running, paused, settling, suspects, stores;
	uint64_t late; /* of the paused: those that wait for trouble of ours to end */
	/* Since the start; every claimed message ends in exactly one of the last four, or
	 * is in hand. */
	uint64_t claimed, converted, passed, failed, put_back, kept;
	uint64_t finished; /* decided by an earlier run, settled by this one */
	uint64_t retries;
};
struct jobs_counts jobs_counts(const struct jobs *);

/* The last trouble of ours with a message: what failed, errno. standing: no message came
 * through since. */
struct setback {
	char call[32];
	int error;
	bool standing;
};
const struct setback *jobs_setback(const struct jobs *);
/* How long the one that is in hand for the longest is; 0: none is. */
uint64_t jobs_oldest_ms(const struct jobs *);

#endif
