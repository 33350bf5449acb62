/* SPDX-License-Identifier: ISC */
#ifndef DOOR_ATTEMPT_H
#define DOOR_ATTEMPT_H

#include "attempt/attempt.h"
#include "files/results.h"

/* What its client asks for; all 0: nothing. */
struct door_wishes {
	uint64_t time_ms, output, memory; /* see door.proto */
	bool notes, keep_dead;
};

/*
 * A message that a client brought, on its way, in the service or with a worker of our
 * own. The client still has it: nothing of it is kept. Its owner has this as the first
 * member and writes the last two calls of its attempt_owner.
 */
struct door_attempt {
	const struct config *config;
	struct results *results;
	int input; /* not owned */
	uint64_t bytes;
	struct claim claim; /* its strings are not owned */
	const char *to;
	struct door_wishes wishes;
	struct outcome outcome;
	struct result result;
};

/* The caller keeps name and to; NULL or "": DOOR_NAME, and convert.to. */
#define DOOR_NAME "stdin.eml"
void door_attempt_begin(struct door_attempt *, const struct config *, struct results *,
    int input, uint64_t bytes, const char *name, const char *to);
/* In ended: log it; where: who hears of a failure, and of notes. */
void door_attempt_log(const struct door_attempt *, const char *where);
/* The dead letter's report, or that on notes; malloc. NULL: no memory, or none is due. */
char *door_attempt_report(const struct door_attempt *, size_t *n);
/* Is this the name of a target ("": the configured one)? */
bool door_attempt_can(const char *to);
/* Of the result; the extension without its dot. */
void door_attempt_media(const struct door_attempt *, char type[64], char extension[32]);
void door_attempt_clear(struct door_attempt *);

/* Of attempt_owner. */
enum attempt_opened door_attempt_open(void *, struct pool_order *, const char **why);
bool door_attempt_space(void *, uint64_t *bytes, uint64_t *inodes);

#define DOOR_ATTEMPT_OWNER \
	.source = "door", .unwinds = true, .hurried = true, .open = door_attempt_open, \
	.space = door_attempt_space

#endif
