/* SPDX-License-Identifier: ISC */
#ifndef JOB_PRIVATE_H
#define JOB_PRIVATE_H

#include <event2/event.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include "service/burials.h"
#include "service/job.h"

/* Shared by job.c (from the claim to the verdict), job_settle.c (from there to the
 * settlement) and the stores (job_store.h). */

enum job_state {
	JOB_UNDER_WAY, /* the engine has it */
	JOB_STORE,     /* it was listed: its items are under way (job_store.h) */
	JOB_PAUSED, /* trouble of ours: waits for its timer, to be settled or made anew */
	JOB_SETTLING, /* decided; the janitor has it */
	JOB_OVER,     /* to be freed */
	JOB_STATES,
};

struct job {
	TAILQ_ENTRY(job) link;
	struct jobs *jobs;
	enum job_state state;
	struct claim *claim;
	struct outcome outcome;  /* of the last attempt */
	bool suspect;            /* left by the last run, and not cleared yet */
	bool alone;              /* a suspect whose turn to run alone was charged */
	bool anew;               /* JOB_PAUSED: its result is to be made once more */
	bool awaited;            /* somebody had it withdrawn, and waits for its end */
	struct attempt *attempt; /* JOB_UNDER_WAY */
	struct job_store *store; /* what its items need; NULL: there are none, or not yet
				  */
	struct event *timer;
	unsigned troubles; /* how often our own trouble delayed its settlement */

	int input;        /* as it was claimed, until an attempt has it; -1 */
	uint64_t bytes;   /* of the message, when it was opened */
	bool unreadable;  /* it was never opened */
	bool staged;      /* its reports are in tmp/, or were delivered already */
	unsigned plan;    /* of the settlement */
	uint64_t since;   /* clock_ms: it is in hand */
	uint64_t decided; /* clock_us */
};

TAILQ_HEAD(job_list, job);

struct jobs {
	struct jobs_with with;
	struct attempt_queue *queue;
	struct job_stores *stores;
	struct job_list in[JOB_STATES];
	uint64_t count[JOB_STATES];
	struct event *reap;  /* frees JOB_OVER once callbacks are through */
	bool draining, held; /* held: by an operator */
	void (*take_more)(void *), (*drained)(void *);
	void *take_more_arg, *drained_arg;
	void (*withdrawn)(void *arg, uint64_t id);
	void *withdrawn_arg;
	struct jobs_counts sum; /* the running totals */
	struct burials burials;
	struct setback setback;
};

/* Pauses after trouble of ours: the first, and the longest. */
enum { LATE_FIRST_MS = 1000, LATE_MOST_MS = 60000 };

/* job_state.c, which the others need and which needs none of them. */
/* The only place that changes a state, so list and state cannot disagree. */
void job_move(struct job *, enum job_state);
/* Keep in mind what keeps messages waiting: the call, errno. */
void job_set_back(struct job *, const char *call, int error);
/* Our own trouble (errno err in call) after the verdict: log it, pause with growing
 * delay, then settle it, or (anew) make its result once more. */
void job_pause(struct job *, bool anew, const char *call, int err);
/* The service stops: back to incoming/, or where that cannot be, left in active/. */
void job_put_back(struct job *);

/* It was written while it was in hand: back to incoming/. */
void job_return(struct job *);
/* To the engine; false: no memory. Once more, after a while if need be. */
bool job_set_out(struct job *, enum attempt_state) __attribute__((warn_unused_result));
void job_again(struct job *);

/* job_settle.c: the outcome is final: publish or bury. */
void job_decide(struct job *);
/* Give the decided job to the janitor (again). */
void job_settle(struct job *);

#endif
