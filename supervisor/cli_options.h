#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config.h"

/*
 * The command line of every verb that reads a configuration: -c FILE, --spool DIR,
 * --workers N|auto, --set KEY=VALUE, --help; for check also --print; for dump one
 * FILE. cli_options.c has a row for each verb with its usage.
 */
struct cli_options {
	const char *file; /* -c, else BULKHEAD_CONFIG, else NULL: no file */
	struct config_flag *flags;
	size_t flag_count;
	bool print;
	const char *operand; /* of verbs that take one; NULL for the others */
};

/*
 * argv[0] is the verb. -1: go on; else the exit code to leave with (the usage or
 * the error was printed, nothing is left to free).
 */
int cli_options_read(struct cli_options *, int argc, char **argv);
void cli_options_clear(struct cli_options *);

/* How a verb is used, or with NULL the program. False: there is no such verb. */
bool cli_usage(const char *verb, FILE *);

#endif
