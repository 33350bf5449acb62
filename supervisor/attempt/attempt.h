/* SPDX-License-Identifier: ISC */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "attempt/outcome.h"
#include "attempt/schedule.h"
#include "base/reaper.h"
#include "config/config.h"
#include "files/name.h"
#include "pool/pool.h"

struct event_base;

/*
 * The engine for messages on their way, whoever brought them. A message waits for a
 * worker, is given to it as three open descriptors, is heard and judged, charged and
 * tried once more, waits while the trouble is ours, has the stack of a dead worker
 * unwound, and ends: once. Nothing of this outlives the process: what must (marks in the
 * spool, files of results) is kept by the message's owner.
 *
 * An owner is a queue with a few calls (struct attempt_owner): the spool's jobs, convert,
 * dump, the filter's clients, the breaker's canary. Which queue gets the next free worker
 * is decided in schedule.h. No call is made from within attempt_add or attempt_cancel.
 */
struct attempts;
struct attempt;
struct attempt_queue;

enum attempt_state {
	ATTEMPT_ALONE,     /* waits for a worker, with nothing beside it */
	ATTEMPT_NEW,       /* waits for a worker */
	ATTEMPT_RETRY,     /* has failed, and waits for its time and an unused worker */
	ATTEMPT_RUNNING,   /* a worker has it */
	ATTEMPT_LATE,      /* trouble of ours: waits for its time */
	ATTEMPT_UNWINDING, /* failed for good; its worker's stack is being unwound */
	ATTEMPT_OVER,      /* to be freed */
	ATTEMPT_STATES,
};

enum attempt_opened {
	ATTEMPT_OPENED,
	ATTEMPT_UNREADABLE, /* it can never be read: refused, no worker sees it */
	ATTEMPT_CHANGED,    /* it was written since its owner took it */
	ATTEMPT_TROUBLE,    /* errno: our trouble */
};

/* How often our own trouble is waited for: with files, with workers. */
enum { ATTEMPT_FOR_EVER = UINT16_MAX };
struct attempt_patience {
	uint16_t files, workers;
	uint32_t first_ms, most_ms; /* the pauses, see timer_backoff */
};

/* What a kind of owner does and wants. Calls get the arg of attempt_add. */
struct attempt_owner {
	const char *source; /* for the log; NULL: the spool */
	bool urgent;        /* before all others, whatever is held */
	bool bulk;          /* one worker is left for the others (schedule.h) */
	bool once;          /* no second attempt */
	bool unwinds;       /* the frames of a dead worker's stack are wanted */
	bool hurried;       /* ends when no worker was free for limits.time */
	bool named;         /* the output has a name: ended takes no descriptor of it */
	struct attempt_patience patience;

	/* For each attempt: fill in to, input_size, sync_from and the three descriptors
	 * (without scratch where the order has_scratch), which are the engine's from then
	 * on, also after a failure; those not opened stay -1. What an earlier attempt
	 * made is worthless. *why: static text; the reason, or the call that failed. */
	enum attempt_opened (*open)(void *arg, struct pool_order *, const char **why);
	void (*begun)(void *arg); /* a worker has it; NULL is fine */
	/* It waits for trouble of ours to end: static text, errno. NULL is fine. */
	void (*late)(void *arg, const char *call, int error);
	/* One of several results in the output; NULL: they are not wanted. */
	void (*item)(void *arg, const Bulkhead__Item *);
	/* Was the message written since it was opened (input: its descriptor, which is
	 * closed after that)? Then the attempt's outcome says nothing about it. NULL: it
	 * cannot be. */
	bool (*changed)(void *arg, int input);
	/* The charges have changed, or (again) it will be tried once more. The callee
	 * puts them into the claim, and to where they outlive us. NULL: the engine puts
	 * them into the claim, which is all. */
	void (*charge)(void *arg, struct charges, bool again);
	/* Free bytes and inodes where the output is written, once what this attempt wrote
	 * there is gone. False: errno. NULL: it cannot be full. */
	bool (*space)(void *arg, uint64_t *bytes, uint64_t *inodes);
	/* Its end, once: the outcome is final. VERDICT_INFRASTRUCTURE: our patience or
	 * time is over, the message is as before. *output: of good verdicts, whole, for
	 * reading; who keeps it sets -1. The attempt is no more. */
	void (*ended)(void *arg, int *output);
};

struct attempts_calls {
	/* Workers were given out, or something has ended: more may be added. */
	void (*turned)(void *arg);
	/* No worker ever became ready: why, in one line. */
	void (*hopeless)(void *arg, const char *why);
};

/* A circuit breaker. Of urgent messages it hears nothing. */
struct attempts_guard {
	enum schedule_hold (*hold)(void *arg); /* what is held now */
	void (*begun)(void *arg); /* the one message that was wanted is on its way */
	/* An attempt has ended: of a message that had none before (first), of the one
	 * that was wanted (trial). */
	void (*attempted)(void *arg, enum verdict, bool first, bool trial);
};

/* With its own pool, as the configuration says, and unwinders. NULL: errno. */
struct attempts *attempts_new(struct event_base *, const struct config *, struct reaper *,
    const struct attempts_calls *, void *arg);
/* Kills the workers; no calls any more. Owners may be freed afterwards. NULL is fine. */
void attempts_free(struct attempts *);

void attempts_guard(struct attempts *, const struct attempts_guard *, void *arg);

struct pool *attempts_pool(const struct attempts *);

/* The owner must outlive the engine. NULL: no memory. At most SCHEDULE_QUEUES. */
struct attempt_queue *attempts_queue(struct attempts *, const struct attempt_owner *);

/* A message waits; state: ALONE, NEW or RETRY. claim, outcome and arg are the owner's and
 * must stay until its end. NULL: no memory. */
struct attempt *attempt_add(struct attempt_queue *, enum attempt_state, struct claim *,
    struct outcome *, void *arg) __attribute__((warn_unused_result));

/* Nobody wants it any more. True: it is no more, without a call. False: a worker has it;
 * its end is still to come. */
bool attempt_cancel(struct attempt *);

/* An operator takes it out of the queue: it ends by VERDICT_WITHDRAWN, now or, where a
 * worker has it, once that was killed. One that is converted by then ends so. */
void attempt_withdraw(struct attempt *);

/* What is to be seen of a message now. */
struct attempt_view {
	const struct claim *claim;
	const struct outcome *outcome;
	const char *source, *state; /* source NULL: the spool */
	uint64_t bytes, since_ms;   /* bytes: 0 while it was not opened */
};
typedef void attempt_see_fn(void *arg, const struct attempt_view *);
void attempts_each(const struct attempts *, attempt_see_fn *, void *arg);

/* Look again soon: what is held or free has changed. */
void attempts_turn(struct attempts *);

/* Nothing of this queue is begun any more: what has no worker ends by trouble of ours,
 * now and later. */
void attempt_queue_drain(struct attempt_queue *);

/* A message runs alone, or waits to. */
bool attempt_queue_alone(const struct attempt_queue *);

/* How many wait, run or are late, retries not counted. */
unsigned attempt_queue_undecided(const struct attempt_queue *);

unsigned attempt_queue_count(const struct attempt_queue *, enum attempt_state);
unsigned attempts_count(const struct attempts *, enum attempt_state); /* in all queues */
/* Free workers that nothing new waits for. */
unsigned attempts_free_workers(const struct attempts *);
unsigned attempts_in_hand(const struct attempts *);

#endif
