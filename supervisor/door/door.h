/* SPDX-License-Identifier: ISC */
#ifndef DOOR_H
#define DOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/door.pb-c.h"

struct attempts;
struct claim;
struct cli_options;
struct config;
struct door;
struct event_base;
struct outcome;
struct reaper;
struct spool;

/*
 * The service's one local door: what comes from outside the spool comes here, be it a
 * message or a question (proto/door.proto). It puts messages into a queue of the
 * service's engine and runs in its loop; nothing it does blocks.
 */

/* What the service answers those who ask. */
enum { DOOR_SAID = 256 };
struct door_answers {
	/* The caller frees it (free_unpacked); NULL: no memory. */
	Bulkhead__Door__State *(*look)(void *arg, const Bulkhead__Door__Look *wanted);
	/* False: not done; said tells people what was done or why not. */
	bool (*command)(void *arg, Bulkhead__Door__Command__What, uint64_t number,
	    char said[DOOR_SAID]);
	/* Make a dead letter of a message in hand; door_withdrawn is called later, once
	 * it was settled. False: it is not in hand. */
	bool (*withdraw)(void *arg, uint64_t id);
	/* The message, open for reading; -1: errno. */
	int (*fetch)(void *arg, uint64_t id, uint64_t *bytes);
	/* A client's message has become a dead letter. NULL: nobody wants to know. */
	void (*buried)(void *arg, const struct claim *, const struct outcome *);
};

struct door_with {
	struct event_base *base;
	const struct config *config;
	struct spool *spool;
	struct attempts *attempts;
	struct reaper *reaper;
	const struct cli_options *options; /* what the service was started with */
	const struct door_answers *answers;
	void *arg;
};

/* After the spool is ours, before any message is taken. NULL: the service goes on without
 * it; the reason is in the log. */
struct door *door_new(const struct door_with *);
void door_free(struct door *); /* after the engine was freed; NULL is fine */
/* Take no more messages; what has no worker ends at once. Questions are still answered.
 */
void door_drain(struct door *);
/* A message that was to be withdrawn has ended. */
void door_withdrawn(void *door, uint64_t id);

#endif
