/* SPDX-License-Identifier: ISC */
#ifndef CLI_DEAD_H
#define CLI_DEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/cli_options.h"

/* The command line of "bulkhead dead VERB". cli_dead_options.c has a row for each option
 * with the verbs that take it. */
enum dead_verb {
	DEAD_LIST,
	DEAD_SHOW,
	DEAD_GROUPS,
	DEAD_RETRY,
	DEAD_RELEASE,
	DEAD_HOLD,
	DEAD_REMOVE,
	DEAD_RETURN,
	DEAD_EXPORT,
	DEAD_EXPIRE,
	DEAD_VERBS,
};

struct dead_options {
	enum dead_verb verb;
	struct cli_options common; /* the configuration's; operands are not there */
	bool all, json, yes, keep, scrub;
	const char *verdict, *sender, *group, *from;
	uint64_t older_ms, newer_ms; /* 0: not given */
	double rate;                 /* letters in a second; 0: as fast as can be */
	const char *folder;          /* export's */
	char **ids;                  /* as typed, checked */
	size_t id_count;
};

const char *dead_verb_name(enum dead_verb);

/* argv[0] is "dead". -1: go on; else the exit code to leave with, nothing to free. */
int dead_options_read(struct dead_options *, int argc, char **argv);
void dead_options_clear(struct dead_options *);

/* How a verb is used; NULL, or none of them: all in short. */
void dead_usage(const char *name, FILE *);

/* The verb expire: what dead.keep_age and dead.keep_bytes ask for (dead_expire.c). */
struct config;
int dead_expire(const struct config *);

#endif
