/* SPDX-License-Identifier: ISC */
#ifndef FILTER_WIRE_H
#define FILTER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What bulkhead filter and a running service say to each other, on a SOCK_SEQPACKET
 * connection to <spool>/filter.sock: one request with the message as a descriptor, then
 * FILTER_BEGUN whenever a worker takes it, then one last answer.
 *
 * Both sides may be of different builds, and neither trusts the other: sizes, magic,
 * numbers, texts and descriptors are checked. A connection with anything wrong on it is
 * closed, and the client does the work itself.
 */
#define FILTER_SOCKET "filter.sock"
#define FILTER_NAME "stdin.eml" /* of every message, for reports */

enum {
	FILTER_MAGIC = 0x62684631, /* "bhF1" */
	FILTER_REASON = 480,
};

struct filter_request {
	uint32_t magic, size;
};

enum filter_say {
	FILTER_BEGUN,
	FILTER_GOOD,    /* with the result, as a descriptor for reading */
	FILTER_BAD,     /* with the dead letter's report, likewise */
	FILTER_LATE,    /* no worker was free in time */
	FILTER_TROUBLE, /* the service's own; the client may try by itself */
	FILTER_SAYS,
};

struct filter_answer {
	uint32_t magic, size, say, verdict;
	uint64_t id;      /* of the message */
	uint64_t bytes;   /* of the descriptor */
	uint32_t note[3]; /* kept, changed, lost */
	char reason[FILTER_REASON];
};

/* A socket listening in this folder, for our own user only; what was there by its name
 * is removed. -1: errno. */
int filter_listen(int folder);

/* -1: errno. Waits at most ms for a place in the queue. */
int filter_connect(int folder, uint64_t ms);

/* The user at the other end; false: errno. */
bool filter_peer(int socket, uid_t *);

/* One packet; fd -1: without a descriptor. */
bool filter_send(int socket, void *, size_t, int fd) __attribute__((warn_unused_result));

/* One packet of exactly n bytes: 1. 0: the other side closed. -1: errno (EAGAIN: not
 * yet; EPROTO: another size, or more than one descriptor). *fd: -1 without one. */
int filter_receive(int socket, void *, size_t n, int *fd)
    __attribute__((warn_unused_result));

/* Is this an open regular file for reading only? */
bool filter_is_input(int fd, uint64_t *size);

#endif
