/* SPDX-License-Identifier: ISC */
#ifndef FILTER_ATTEMPT_H
#define FILTER_ATTEMPT_H

#include "attempt/attempt.h"
#include "files/results.h"

/*
 * A message of the filter on its way, in the service or with a worker of our own. Its
 * owner has it as the first member and writes the last two calls of its attempt_owner.
 */
struct filter_attempt {
	const struct config *config;
	struct results *room;
	int input; /* not owned */
	uint64_t bytes;
	struct claim claim; /* its strings are not owned */
	struct outcome outcome;
	struct result result;
};

void filter_attempt_begin(struct filter_attempt *, const struct config *,
    struct results *, int input, uint64_t bytes);
/* In ended: log it; where: who hears of a failure. */
void filter_attempt_log(const struct filter_attempt *, const char *where);
/* The dead letter's report, malloc. NULL: no memory, or none is due. */
char *filter_attempt_report(const struct filter_attempt *, size_t *n);
void filter_attempt_clear(struct filter_attempt *);

/* Of attempt_owner. */
enum attempt_opened filter_attempt_open(void *, struct pool_order *, const char **why);
bool filter_attempt_space(void *, uint64_t *bytes, uint64_t *inodes);

#define FILTER_ATTEMPT_OWNER \
	.source = "filter", .unwinds = true, .hurried = true, \
	.open = filter_attempt_open, .space = filter_attempt_space

#endif
