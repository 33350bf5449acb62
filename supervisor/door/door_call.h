/* SPDX-License-Identifier: ISC */
#ifndef DOOR_CALL_H
#define DOOR_CALL_H

#include <stdbool.h>

#include "door/door_wire.h"

struct event_base;

/* A client's side of one connection to the door, in an event loop. */
struct door_call;

struct door_call_with {
	/* An answer; it and what is not -1 of fds are the callee's only until it returns,
	 * but for descriptors that it sets to -1. The call may be ended in it. */
	void (*answer)(void *arg, const Bulkhead__Door__Answer *, int fds[DOOR_FILES]);
	/* The service is gone or talks nonsense: no answer comes any more. The call must
	 * be ended in it. */
	void (*gone)(void *arg);
	void *arg;
};

/* folder: the spool. NULL: errno (EAGAIN: too many wait, ENOENT,
 * ECONNREFUSED: no service). */
struct door_call *door_call(
    struct event_base *, int folder, const struct door_call_with *);
/* Nothing of it comes any more; the service gives up what it was asked for. NULL is fine.
 */
void door_call_end(struct door_call *);

/* False: errno. fd: sent along, -1 none. */
bool door_call_ask(struct door_call *, Bulkhead__Door__Request *, int fd)
    __attribute__((warn_unused_result));

/*
 * The same without a loop: one request, one answer that must be of this kind. fds as in
 * door_receive_answer. NULL: *why is a sentence for people (static, or of the answer that
 * came instead, then in reason).
 */
Bulkhead__Door__Answer *door_ask_once(int folder, Bulkhead__Door__Request *,
    Bulkhead__Door__Answer__KindCase, int fds[DOOR_FILES], char reason[256]);

#endif
