/* SPDX-License-Identifier: ISC */
#ifndef CHILD_PRIVATE_H
#define CHILD_PRIVATE_H

#include "pool/child.h"

/*
 * Shared by child_state.c (the states and how a child is killed), child_order.c (the
 * channel and the order in hand) and child.c (life and deadlines). Each uses those
 * before it. For nobody else.
 */
enum {
	DYING_MS = 200, /* from its last answer to SIGKILL: time to die by itself */
	KILL_AGAIN_MS = 2000,
	FUNERAL_MS = 2000, /* then its order ends without wait status */
	LEAVE_MS = 5000,   /* from the closing of its orders to its end */
	ZYGOTE_IDLE_MS = 60 * 1000,
	BEAT_MS = 250,       /* between two looks at all */
	LATE_MS = 50,        /* a beat may be late without being a lag */
	LATE_TOLD_MS = 500,  /* a lag worth a line in the log */
	CPU_GRACE_MS = 1000, /* from SIGXCPU to SIGKILL, of its own time */
	/* Answers that only reset clocks: a flood of them would cost us time. A full pipe
	 * of them may come at once after we were late. */
	BUCKET_MAX = 4000,
	BUCKET_PER_SECOND = 1000,
	STDERR_PER_BEAT = 4 << 20, /* of its standard error: more waits in the pipe */
	READ_MAX = 128 * 1024, /* bytes read from one worker before others have a turn */
};

/* child_state.c */
void child_move(struct child *, enum child_state);
void child_arm(struct child *);

/* It is dying by itself: crashed, or closed its answers. */
void child_lost(struct child *);

/* SIGKILL to it and its process group, whatever its state; not once it is reaped. */
void child_send_kill(const struct child *);

/* Its order took longer than a limit: it is asked where it is, then killed. ms. */
void child_kill_over(struct child *, enum killed, uint64_t limit, uint64_t granted);

/* child_order.c */
/* Read what it says and act on it. */
void child_listen(struct child *);

/* Read its standard error. False: end of file. */
bool child_read_stderr(struct child *);

/* child.c; for its unit test, too */
void children_credit(struct children *);

#endif
