/* SPDX-License-Identifier: ISC */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/config.h"

/*
 * The command line of every verb. cli_table.c has a row for each verb and one for each
 * option, with its usage and the verbs that take it; "bulkhead dead list" is a verb of
 * two words.
 */
enum cli_verb {
	CLI_SERVE,
	CLI_CHECK,
	CLI_DUMP,
	CLI_STORE, /* list */
	CLI_CONVERT,
	CLI_FILTER,
	CLI_DOCTOR,
	CLI_STATUS,
	CLI_WORKERS,
	CLI_QUEUE,
	CLI_TOP,
	CLI_EVENTS,
	CLI_PAUSE,
	CLI_RESUME,
	CLI_SCALE,
	CLI_KILL,
	CLI_RELOAD,
	CLI_DRAIN,
	CLI_DEAD_LIST,
	CLI_DEAD_SHOW,
	CLI_DEAD_CAT,
	CLI_DEAD_GROUPS,
	CLI_DEAD_RETRY,
	CLI_DEAD_RELEASE,
	CLI_DEAD_HOLD,
	CLI_DEAD_REMOVE,
	CLI_DEAD_RETURN,
	CLI_DEAD_EXPORT,
	CLI_DEAD_EXPIRE,
	CLI_VERBS,
};

/* The texts of an option that may be given again and again. */
struct cli_list {
	const char **at;
	size_t count;
};

struct cli_options {
	enum cli_verb verb;
	/* -c, else BULKHEAD_CONFIG, else cli_options_find_spool's; NULL: no file */
	const char *file;
	bool found; /* the file is the installed one, which nobody named */
	struct config_flag *flags;
	size_t flag_count;
	char **operands; /* those of argv; for dead letters their ids, checked */
	size_t operand_count;
	bool print;       /* check */
	bool force, json; /* force: convert; json: verbs with something to read */
	/* Texts are NULL when not given. */
	/* convert */
	const char *output, *output_file, *to, *dead, *attachments, *sync;
	const char *files_from, *summary, *mtime;
	struct cli_list include, exclude, folders;
	int64_t since, until; /* seconds since the epoch; 0: not given */
	const char *layout, *dedupe;
	bool only_failed, associated, items;
	bool zero, dry_run, verbose;
	bool keep; /* filter: the dead letter must be kept; dead return: it is */
	const char *on_failure; /* filter */
	/* dead letters */
	bool all, yes, scrub;
	const char *verdict, *sender, *group, *from, *folder;
	/* these and convert */
	bool quiet;
	uint64_t older_ms, newer_ms; /* 0: not given */
	const char *before;          /* dead list: an id, checked */
	uint64_t limit;              /* dead list: so many; 0: all */
	double rate;                 /* letters in a second; 0: as fast as can be */
};

/*
 * argv[0] is the verb or its first word. -1: go on; else the exit code to leave with (the
 * usage or the error was printed, nothing is left to free). Words of argv may be changed.
 */
int cli_options_read(struct cli_options *, int argc, char **argv);
void cli_options_clear(struct cli_options *);

/* One more setting that wins over the file; the texts must stay. False: no memory. */
bool cli_options_flag(struct cli_options *, const char *key, const char *value)
    __attribute__((warn_unused_result));

/* The options that lead a client back to the same spool, as a shell reads them: "" or
 * " -c FILE --spool DIR". */
void cli_options_put_where(const struct cli_options *, FILE *);

/* "serve", "dead list" */
const char *cli_verb_name(enum cli_verb);

/* How a verb is used ("dead list", or "dead" alone for all of its), or with NULL the
 * program. False: there is no such verb. */
bool cli_usage(const char *verb, FILE *);

#endif
