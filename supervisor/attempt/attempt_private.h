/* SPDX-License-Identifier: ISC */
#ifndef ATTEMPT_PRIVATE_H
#define ATTEMPT_PRIVATE_H

#include <event2/util.h>
#include <sys/queue.h>

#include "attempt/attempt.h"
#include "attempt/schedule.h"
#include "pool/pool.h"

/* The engine's inside: attempt.c is the way of one message, attempt_space.c what it may
 * write and what becomes of one that met a full disk, attempts.c all of them. */
struct attempt {
	TAILQ_ENTRY(attempt) link;
	struct attempt_queue *queue;
	enum attempt_state state,
	    from; /* from: where it waited before it ran or was late */
	struct claim *claim;
	struct outcome *outcome;
	void *arg;
	uint64_t due;      /* ATTEMPT_RETRY: not before, clock_ms() */
	uint64_t bytes;    /* of the message, once it was opened */
	uint64_t since;    /* clock_ms(), when it was added */
	int input, output; /* while it runs; -1 */
	unsigned troubles; /* how often our own trouble delayed it */
	unsigned lacked;   /* how often it met a full disk, see share.h */
	uint64_t took;     /* bytes of the disk, at most, when it did */
	uint64_t allowed;  /* bytes of output, however large the disk */
	bool trial;        /* tried while others are held */
	bool withdrawn;    /* by an operator */
	bool counted;      /* an attempt has ended that says something of it */
	struct event *timer;
	struct unwind *unwind; /* the question under way, NULL none */
};

TAILQ_HEAD(attempt_list, attempt);

struct attempt_queue {
	struct attempts *all;
	const struct attempt_owner *owner;
	struct attempt_list in[ATTEMPT_STATES];
	unsigned count[ATTEMPT_STATES];
	unsigned retries; /* running */
	bool draining;
	uint64_t free, free_at; /* bytes where its outputs are, as of then: clock_ms() */
};

struct attempts {
	struct event_base *base;
	const struct config *config;
	struct attempts_calls calls;
	void *arg;
	struct attempts_guard guard; /* all NULL: none */
	void *guard_arg;
	struct pool *pool;
	struct unwinds *unwinds;
	struct event *turn; /* something changed, or the first retry is due */
	struct schedule schedule;
	struct attempt_queue *queues[SCHEDULE_QUEUES];
	size_t queue_count;
};

enum {
	LACKED_ONCE = 1, /* to be tried with space set aside */
	LACKED_TWICE,    /* to be tried with nothing beside it */
};

/* What is to be done about an end by lack of room. */
enum attempt_room {
	ROOM_ENOUGH,     /* it did not lack any, or it is its own fault */
	ROOM_IS_TO_COME, /* it is tried again with more */
	ROOM_NONE,       /* the disk is full, whoever filled it */
};

/* attempt.c */
void attempt_move(struct attempt *, enum attempt_state to);
void attempt_free(struct attempt *);
/* Open what it needs and give it to a worker. False: none took it; it goes on waiting. */
bool attempt_start(struct attempt *);
/* An operator wants it no more: it ends. */
void attempt_end_withdrawn(struct attempt *);
/* The service stops before it was tried. */
void attempt_drained(struct attempt *);
/* Its timer's event; arg is the attempt. */
void attempt_timer_due(evutil_socket_t fd, short what, void *arg);

/* attempt_space.c */
/* How much it may write; for one that met a full disk before, the space is set aside.
 * False: errno, there is none. */
bool attempt_share(struct attempt *, struct pool_order *);
enum attempt_room attempt_lacked(struct attempt *, const struct pool_end *);

#endif
