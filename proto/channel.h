/* SPDX-License-Identifier: ISC */
#ifndef PROTO_CHANNEL_H
#define PROTO_CHANNEL_H

#include <signal.h>

/*
 * What a worker finds when it starts, and how it may end. Standard input and
 * output are /dev/null; standard error is a pipe whose last lines go into a
 * dead letter's report.
 */
enum channel_fd {
	CHANNEL_ORDERS = 3,  /* SOCK_SEQPACKET: orders come in, nothing goes out */
	CHANNEL_ANSWERS = 4, /* pipe: frames go out */
	CHANNEL_BLACKBOX =
	    5, /* memfd of sizeof(struct blackbox), shared and sealed in size */
};

/*
 * By what its command line begins with, the worker's program is a worker or a zygote:
 * one that has on CHANNEL_ORDERS a socket for packets, sends a number of 32 bits when it
 * is ready, and answers each packet of a byte and four descriptors, a worker's channel,
 * with the process id of a copy of itself that is that worker (-1: it could not). The
 * names are of one length: a copy takes the other.
 */
#define CHANNEL_WORKER "bulkhead-worker"
#define CHANNEL_ZYGOTE "bulkhead-zygote"
enum channel_copied {
	CHANNEL_COPIED_ORDERS,
	CHANNEL_COPIED_ANSWERS,
	CHANNEL_COPIED_STDERR, /* standard error */
	CHANNEL_COPIED_BLACKBOX,
	CHANNEL_COPIED,
};

/* The descriptors that come with an order, in this order (SCM_RIGHTS). */
enum channel_passed {
	CHANNEL_INPUT,   /* read-only; read with pread, it may shrink */
	CHANNEL_OUTPUT,  /* write-only, empty */
	CHANNEL_SCRATCH, /* read-write, empty and to be left so, has no name */
	CHANNEL_PASSED,
};

enum {
	CHANNEL_PROTOCOL =
	    1, /* both sides must be of one build; a mismatch ends the worker */
	CHANNEL_ORDER_MAX = 8192, /* bytes of a packed Order */
	CHANNEL_NOTES_MAX = 200,  /* notes sent singly for one order */
};

/* Sent to a worker that is over a limit: where are you? It answers in the black box as
 * for a fault, and dies of it; who does not is killed. */
#define CHANNEL_SIGNAL_WHERE SIGUSR2

/*
 * Exit codes of a worker. They are words, not facts: the verdict comes from
 * what the supervisor saw (wait status, black box, size of the output).
 */
enum channel_exit {
	CHANNEL_EXIT_RETIRED = 0, /* the orders' socket was closed while it was idle */
	CHANNEL_EXIT_SETUP = 70,  /* it could not get ready; standard error says why */
	CHANNEL_EXIT_MEMORY = 71, /* an allocation failed; the black box says how much */
	CHANNEL_EXIT_OUTPUT =
	    72, /* output or scratch could not be written; errno in the black box */
	CHANNEL_EXIT_CHANNEL = 73, /* the channel broke or an order made no sense */
};

#endif
