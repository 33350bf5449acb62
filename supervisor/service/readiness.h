/* SPDX-License-Identifier: ISC */
#ifndef READINESS_H
#define READINESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intake_stay;
struct setback;

/*
 * Is the service ready: would a message that is put into incoming/ now be taken,
 * converted and delivered? Whoever is asked that, by a signal, a socket or an
 * orchestrator, asks here. What holds up some messages and no others is told beside it.
 */
struct readiness {
	bool started;           /* a worker has been ready */
	bool stopping;          /* it was asked to stop */
	const char *away;       /* a folder of the spool that is not where it was; NULL */
	const char *workerless; /* why there is no worker; NULL: there is */
	bool no_room;           /* intake pauses for lack of space */
	bool held;              /* by the circuit breaker */
	bool paused;            /* intake, by an operator */
	const struct intake_stay *stay; /* NULL: incoming/ was not looked through yet */
	const struct setback *setback;
	uint64_t late; /* messages that wait for trouble of ours to end */
};

/* One word for why it is not ("disk"), for metrics; NULL: it is. readiness_words are all
 * of them, up to a NULL. */
extern const char *const readiness_words[];
const char *readiness_word(const struct readiness *);

enum { READINESS_SIZE = 384 };

/* Why it is not, in a few words ("outgoing is away"); NULL: it is. */
const char *readiness_lacks(const struct readiness *, char text[READINESS_SIZE]);

/* What is held up by rights or trouble of ours, whether others go on or not. False: there
 * is no i-th (from 0). */
bool readiness_held_up(const struct readiness *, unsigned i, char text[READINESS_SIZE]);

#endif
