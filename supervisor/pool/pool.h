/* SPDX-License-Identifier: ISC */
#ifndef POOL_H
#define POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/reaper.h"
#include "config/config.h"
#include "pool/autopsy.h"
#include "proto/convert.pb-c.h"

struct event_base;

/*
 * The workers: as many as asked for plus the spares, each in its own process,
 * each with at most one order in hand. The pool knows processes, channels,
 * deadlines and verdicts; it knows nothing of spools and files.
 *
 * A worker that crashes, hangs or lies is replaced; its order ends with what was
 * found out. Workers that die before Ready are started again with growing
 * pauses; deaths caused by orders never slow the pool down.
 */
struct pool;

struct pool_end;

/* Who hears of an order. Called from the loop; neither may free the pool. */
struct pool_listener {
	/* Facts, Note or Item, already checked. */
	void (*answer)(void *arg, const Bulkhead__Answer *);
	/* Exactly once for each order that pool_give took. The slot is free again: at
	 * Done or Refused, at the Crash answer or at our own kill, for the next message;
	 * the verdict may come later. */
	void (*ended)(void *arg, const struct pool_end *);
};

/* One message for a worker. The three descriptors stay the caller's: the worker
 * gets copies, so the caller may close input and scratch when pool_give returns; output
 * must stay open until the order has ended. Nobody else may have it open for writing. */
struct pool_order {
	const struct pool_listener *listener;
	void *arg; /* of the listener's calls */
	uint64_t job;
	const char *to;
	uint64_t input_size;
	int input, output;
	int scratch; /* -1: the worker that gets the order has one (pool_has_scratch) */
	const void *scratch_of; /* whose it is: it stays with the worker for that one's */
	bool has_scratch;       /* for whoever opens the three: scratch is not needed */
	bool fresh; /* only to a worker that has served nobody yet (a retry) */
	uint64_t
	    sync_from; /* the worker syncs an output of at least so many bytes; 0: none */
	uint64_t output_most; /* bytes of output, and of scratch; limits.output is the
				 most */
	uint64_t time_most;   /* ms in all; 0: as long as limits allow, which is the most
			       */
	uint64_t memory_most; /* bytes of its worker; the same */
	bool
	    stores; /* of a store the list of its items is wanted, instead of a refusal */
	const Bulkhead__Place *item; /* only this item of the store; NULL: all of it */
	uint64_t item_bytes;         /* about; for its limits */
	uint64_t store; /* of items: no other input has this number; 0: not said */
	bool salvage;   /* of the item only what can be had of it as it is */
	Bulkhead__Notice *notice; /* to be written about the input; NULL: convert */
};

/* How an order ended. */
struct pool_end {
	enum verdict verdict;
	const Bulkhead__Done *done;       /* for DONE and PASSED */
	const Bulkhead__Refused *refused; /* for REFUSED */
	const struct autopsy *autopsy;    /* for the rest; never NULL there */
	int error;                        /* of INFRASTRUCTURE: an errno value; else 0 */
	uint64_t worker;                  /* number of the worker */
	long pid;
	uint64_t served; /* messages that it had ended before this one */
	uint64_t elapsed_ms, cpu_ms;
};

struct pool_calls {
	/* A worker became free: more orders may be given (called from the loop, never
	 * from pool_give). */
	void (*free)(void *arg);
	/* No worker ever became ready: why, in one line. The service should end. */
	void (*hopeless)(void *arg, const char *why);
};

/* config must outlive the pool and may change between calls (pool_reload). */
struct pool *pool_new(
    struct event_base *, const struct config *, const struct pool_calls *, void *arg);
void pool_free(struct pool *); /* kills and reaps what is left; NULL is fine */

/* Orders that pool_give would take now. */
unsigned pool_free_count(const struct pool *, bool fresh);

/* Has the worker that would take an order now a scratch file for orders of this one? It
 * is empty: a worker leaves nothing in it. */
bool pool_has_scratch(const struct pool *, bool fresh, const void *scratch_of);

/* False when no worker (fresh: no fresh one) is free; the order was not taken. */
bool pool_give(struct pool *, const struct pool_order *)
    __attribute__((warn_unused_result));

/* A fresh worker is wanted and none is there: unless one is on its way, replace an
 * idle one that has served (the new one first). May be called again and again. */
void pool_want_fresh(struct pool *);

/* The worker that holds this order broke faith (a writer remained on its output). */
void pool_kill_worker(struct pool *, uint64_t worker, const char *violation);

/* Killed by an operator, whatever it does: its message is charged as after a crash, for a
 * message that hangs would hang again. False: no such worker. */
bool pool_kill_number(struct pool *, uint64_t worker);

/* The worker that has this order in hand, if one has, because nobody wants it any more.
 */
void pool_kill_order(struct pool *, uint64_t job);

reaper_family_fn pool_reaped; /* of a struct pool */

/* Change the number of workers by delta (at least 1, at most 1024 stay). */
void pool_scale(struct pool *, int delta);

/* config changed: replace every worker one by one, the new one first. */
void pool_reload(struct pool *);

/* The program is in doubt: start workers from its file only, as it is now. */
void pool_start_plainly(struct pool *, bool plain);

/* Kill all that have an order in hand; each ends as INFRASTRUCTURE at once. */
void pool_stop(struct pool *);

unsigned pool_busy(const struct pool *);
unsigned pool_workers(const struct pool *); /* the target without spares */
bool pool_has_been_ready(const struct pool *);
/* Why no worker is there, when those that were started came to nothing; NULL: it is not
 * so. */
const char *pool_without_worker(const struct pool *);
unsigned pool_idle(const struct pool *); /* ready, without an order */
/* Of the workers' sandbox, as they told: "in force; missing". *complete: none is missing.
 */
const char *pool_layers(const struct pool *, bool *complete);

/* What is to be seen of a worker now. */
struct pool_worker {
	uint64_t number, served, age_ms, cpu_ms, resident;
	long pid;
	const char *state;
	uint64_t job,
	    since_ms; /* in hand; 0: none, then since its last one or its start */
	uint64_t job_cpu_ms;
	uint64_t busy_ms; /* with messages, in all */
	const char *build,
	    *retire; /* retire: why it is to be replaced; NULL: it is not */
};
void pool_each(
    const struct pool *, void (*see)(void *arg, const struct pool_worker *), void *arg);

/* EVENT_STATE_WORKER for each. */
void pool_log_state(const struct pool *);

#endif
