/* SPDX-License-Identifier: ISC */
#ifndef JOB_PRIVATE_H
#define JOB_PRIVATE_H

#include <event2/event.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include "attempt/told.h"
#include "attempt/unwind.h"
#include "service/breaker.h"
#include "service/job.h"

/* Shared by job.c (states), job_run.c (from claim to ending), job_settle.c (decisions).
 */

enum job_state {
	JOB_SUSPECT,  /* left by the last run: waits to run alone */
	JOB_WAITING,  /* for a worker */
	JOB_AGAIN,    /* it failed, and waits to be tried again */
	JOB_RUNNING,  /* a worker has it */
	JOB_PAUSED,   /* for its timer: trouble of ours */
	JOB_SETTLING, /* decided; the janitor has it */
	JOB_OVER,     /* to be freed */
	JOB_STATES,
};

struct job {
	TAILQ_ENTRY(job) link;
	struct jobs *jobs;
	enum job_state state, resume; /* resume: where JOB_PAUSED leads */
	struct claim *claim;
	bool alone;   /* a suspect at its turn */
	bool counted; /* by the breaker */
	bool retried; /* JOB_RUNNING came from JOB_AGAIN */
	uint64_t due; /* JOB_AGAIN: not before, clock_ms() */
	struct event *timer;
	unsigned late; /* how often our own trouble delayed it, for the back-off */

	struct stat st;         /* of the message, when it was opened */
	const char *unreadable; /* why it was never opened; NULL: it was */
	struct told told;       /* of the last attempt */
	int64_t claimed_ms;     /* wall clock, ms since the epoch */
	unsigned attempts;      /* in this run of the service */

	struct unwind *unwind; /* asked for the frames of its worker's stack; NULL: not */
	bool staged;           /* its documents were written to tmp/ */
	unsigned plan;         /* of the settlement */
};

TAILQ_HEAD(job_list, job);

struct jobs {
	struct jobs_with with;
	struct job_list in[JOB_STATES];
	uint64_t count[JOB_STATES];
	struct event *reap;  /* frees JOB_OVER once callbacks are through */
	struct event *again; /* the first of JOB_AGAIN is due */
	uint64_t retried;    /* running now */
	unsigned turn;       /* of new mail and retries, while both wait */
	bool draining, stopping, recovering;
	struct breaker *breaker;
	bool canary_elsewhere; /* a message of another source is tried */
	uint64_t canary; /* the message that is tried while the breaker is open, 0 none */
	void (*room)(void *), (*drained)(void *), (*want)(void *);
	unsigned (*others)(void *);
	void *room_arg, *drained_arg, *others_arg, *want_arg;
	struct jobs_counts sum; /* the running totals */
};

/* job.c: the only place that changes a state, so list and state cannot disagree. */
void job_move(struct job *, enum job_state);
struct job *job_new(struct jobs *, struct claim *, enum job_state);
/* It failed and is to be tried again. */
void job_again(struct job *);
/* Wait delay ms, then go to the state resume. */
void job_pause(struct job *, enum job_state resume, uint64_t delay_ms);
/* Our own trouble (errno err in call): log it and pause with growing delay. */
void job_late(struct job *, enum job_state resume, const char *call, int err);
void job_dispatch(struct jobs *);
void job_put_back(struct job *);
/* It was written while it was in hand: back to incoming/, without its charges, which were
 * another message's; from where it is run again (resume) when it cannot go there. */
void job_return(struct job *, enum job_state resume);

/* job_run.c */
bool job_start(struct job *); /* false: no worker took it; it goes on waiting */

/* job_settle.c: the attempt ended with job->verdict: publish, retry or bury. */
void job_decide(struct job *);
/* Give the decided job to the janitor (again). */
void job_settle(struct job *);

#endif
