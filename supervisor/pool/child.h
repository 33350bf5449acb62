/* SPDX-License-Identifier: ISC */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "pool/answer.h"
#include "pool/autopsy.h"
#include "pool/pool.h"
#include "pool/process.h"
#include "pool/zygote.h"
#include "proto/frame.h"

struct config;
struct event;
struct event_base;

/*
 * One worker from its start to its funeral: what it says, what it has in hand, how
 * long that may take, and how it ended. How many workers there are is up to the pool.
 *
 * A child is in exactly one state, each state is a list, child_move alone moves it.
 * Callbacks only mark a child as gone; children_bury frees it. Every state in which
 * something is waited for has a deadline (child_due).
 */
enum child_state {
	CHILD_STARTING, /* until Ready; limits.start */
	CHILD_IDLE,     /* ready for an order; the pool retires it by age */
	CHILD_BUSY,     /* has an order; the limits of one message */
	CHILD_LEAVING,  /* its orders' socket is closed: it is to exit */
	CHILD_DYING, /* killed, or said it crashed: to be reaped; killed again until then
		      */
	CHILD_GONE,  /* reaped: children_bury frees it */
	CHILD_STATES,
};

/* What is waited for, and until when; 0 is not at all. */
enum child_due {
	DUE_STATE,   /* the state itself must be over */
	DUE_TOTAL,   /* the order */
	DUE_SILENCE, /* the next frame */
	DUE_SYNC,    /* the disk */
	DUE_FRAME,   /* the rest of a frame */
	DUE_FUNERAL, /* the order ends, corpse or not */
	DUES,
};

/* The order in hand. */
struct child_order {
	uint64_t job; /* 0: none */
	const struct pool_listener *listener;
	uint64_t output_most; /* bytes of output and of scratch that it may write */
	uint64_t memory_most; /* of its worker */
	void *arg;
	uint64_t begun, cpu_begun;
	uint64_t time, total, granted; /* the setting, limit, and what it has become */
	uint64_t cpu;                  /* limit of processor time */
	int output;                    /* the caller's; its size is looked at */
	bool syncing, warned;          /* warned: of its CPU limit */
	uint64_t sync_since, sync_left, total_left; /* while syncing */
	uint64_t bucket,
	    bucket_filled; /* frames that it may say at once, of BUCKET_MAX */
};

struct child {
	TAILQ_ENTRY(child) link;
	struct children *all;
	enum child_state state;
	struct process process;
	uint64_t number, served;
	uint64_t busy_ms;    /* with messages that have ended */
	uint64_t before;     /* the message it served last, 0 none */
	uint64_t weighed;    /* orders served when its size was last looked at, */
	uint64_t weighed_at; /* at this time */
	clockid_t cpu_clock;
	uint64_t cpu_ended; /* ms that it had used at its last order's end */
	/* As the kernel has them, ms in all and bytes; 0: not known. */
	uint64_t cpu_limit, file_limit, memory_limit;
	uint64_t started, last_end; /* of an order, 0 none yet */
	int jitter;                 /* per mille of the limits of recycling, +- */
	const char *retire;         /* why it is to be replaced, NULL: it is not */
	bool exempt; /* from oom counts: we killed it though dying by itself */
	struct event *on_answers, *on_stderr, *timer;
	uint64_t timer_due;
	uint64_t due[DUES];
	uint8_t in[FRAME_HEADER + FRAME_MAX];
	size_t in_len;
	struct answer_state said;
	Bulkhead__Answer
	    *answer; /* Done or Refused, until the pipe is seen to be empty */
	struct child_order order;
	int scratch; /* of its orders; -1: none yet */
	const void *scratch_of;
	char *stderr_tail; /* the last bytes of its standard error, stderr_max of them */
	size_t stderr_length, stderr_max;
	size_t stderr_heard; /* since the last beat */
	bool stderr_later;   /* it talks too much: it waits for the next beat */
	struct blackbox_module *modules; /* as they were at Ready, module_count */
	uint32_t module_count;
	struct autopsy autopsy;
};

/* What the pool wants to know. Called from callbacks: none of these frees a child. */
struct child_calls {
	void (*changed)(void *arg, struct child *); /* it is in another state now */
	void (*beat)(void *arg);                    /* a moment has passed */
};

TAILQ_HEAD(child_list, child);

struct children {
	struct event_base *base;
	const struct config *config;
	struct child_list in[CHILD_STATES];
	unsigned count[CHILD_STATES];
	const struct child_calls *calls;
	void *arg;
	uint64_t last_number;
	uint64_t beat_due;  /* when the next beat should be: later means we were late */
	uint64_t oom_kills; /* of our cgroup, as known so far */
	struct event *beat;
	struct zygote zygote; /* copies itself while workers have to be replaced often */
	bool proven;          /* a worker of the program was ready: it may have one */
	bool plain;           /* start workers from their file only */
	uint64_t last_start;
	char layers[256]; /* of the workers' sandbox, as they were told last */
};

/* False: errno. */
bool children_open(struct children *, struct event_base *, const struct config *,
    const struct child_calls *, void *arg);
/* Kills and reaps all. No call is made. */
void children_close(struct children *);
/* Free those that are gone. Never from a callback of a child. */
void children_bury(struct children *);

/* NULL: why says what failed. */
struct child *child_start(struct children *, char why[PROCESS_WHY]);

/* Hand it an order. False, and not taken: errno; EPIPE: the worker was lost. */
bool child_give(struct child *, const struct pool_order *)
    __attribute__((warn_unused_result));

/* Close its orders: it is to exit by itself. Idle or starting ones only. */
void child_leave(struct child *);

/* SIGKILL, now. violation: static text, for KILLED_VIOLATION or as a remark. */
void child_kill(struct child *, enum killed, const char *violation);

/* The order in hand ends now with what is known, corpse or not. */
void child_finish(struct child *);

void child_reaped(struct child *, int wait_status, const struct rusage *);

/* Resident bytes and milliseconds of CPU time; 0 when unknown. */
uint64_t child_resident(const struct child *);
uint64_t child_cpu_ms(const struct child *);

/* The last line it wrote on standard error, in to. */
const char *child_last_line(const struct child *, char to[PROCESS_WHY]);

#endif
