/* SPDX-License-Identifier: ISC */
#ifndef READINESS_H
#define READINESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is the service ready: would a message that is put into incoming/ now be taken,
 * converted and delivered? Whoever is asked that, by a signal, a socket or an
 * orchestrator, asks here.
 */
struct readiness {
	bool started;     /* a worker has been ready */
	bool stopping;    /* it was asked to stop */
	const char *away; /* a folder of the spool that is not where it was; NULL: none */
	bool no_room;     /* intake pauses for lack of space */
	bool held;        /* by the circuit breaker */
	bool paused;      /* intake, by an operator */
};

/* One word for why it is not ("disk"), for metrics; NULL: it is. readiness_words are all
 * of them, up to a NULL. */
extern const char *const readiness_words[];
const char *readiness_word(const struct readiness *);

enum { READINESS_SIZE = 64 };

/* Why it is not, in a few words ("outgoing is away"); NULL: it is. */
const char *readiness_lacks(const struct readiness *, char text[READINESS_SIZE]);

#endif
