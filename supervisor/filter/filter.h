/* SPDX-License-Identifier: ISC */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/verdict.h"
#include "config/config.h"
#include "files/results.h"

/*
 * The parts of bulkhead filter: one message as an open file, from asking for its
 * conversion to what is kept of it when that failed.
 */
struct filter_message {
	struct config *config;
	int spool;               /* the spool's folder; -1: there is none */
	struct results *results; /* where files are made */
	int input;               /* the whole message, for reading */
	uint64_t bytes;
	struct filter_wishes {
		bool time, output, memory, to, notes;
	} wishes; /* which settings are this caller's own, and hold in the service, too */
};

enum { FILTER_WHY = 512 };

/* How it ended. */
struct filter_outcome {
	enum verdict verdict; /* VERDICT_INFRASTRUCTURE: our trouble; why says which */
	uint64_t id;
	uint32_t note[3]; /* kept, changed, lost */
	char why[FILTER_WHY];
	int result; /* of good verdicts; else -1 */
	uint64_t result_bytes;
	char *report; /* JSON, of what failed but for our trouble, or has notes; owned */
	size_t report_bytes;
};

/* filter_ask.c: have a running service convert it. False: there is none, or it went
 * away, and nothing has happened. Nothing is owed for a true VERDICT_INFRASTRUCTURE but
 * to try later. */
bool filter_ask(const struct filter_message *, struct filter_outcome *);

/* filter_own.c: convert it with a worker of our own; the configuration's number of
 * workers is changed for that. */
void filter_own(const struct filter_message *, struct filter_outcome *);

/* filter_keep.c: put message and report into the spool's dead/, both synced. False:
 * errno; ENOENT also when there is no spool. path: of the letter, malloc. */
bool filter_keep(
    const struct filter_message *, const struct filter_outcome *, char **path);

/* The same for the report on a message that was converted: put it into reports/. */
bool filter_keep_notes(
    const struct filter_message *, const struct filter_outcome *, char **path);

void filter_outcome_clear(struct filter_outcome *);

#endif
