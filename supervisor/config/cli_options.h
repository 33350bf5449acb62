/* SPDX-License-Identifier: ISC */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/config.h"

/*
 * The command line of every verb that reads a configuration. cli_options.c has a row
 * for each verb and one for each option, with its usage and the verbs that take it.
 */
struct cli_options {
	const char *file; /* -c, else BULKHEAD_CONFIG, else NULL: no file */
	struct config_flag *flags;
	size_t flag_count;
	char **operands; /* those of argv */
	size_t operand_count;
	bool print;       /* check */
	bool force, json; /* convert (json: dump and doctor, too); texts are NULL when not
			     given */
	const char *output, *to, *dead, *attachments, *sync;
	bool keep; /* filter */
	const char *on_failure;
};

/*
 * argv[0] is the verb. -1: go on; else the exit code to leave with (the usage or
 * the error was printed, nothing is left to free).
 */
int cli_options_read(struct cli_options *, int argc, char **argv);
void cli_options_clear(struct cli_options *);

/* One more setting that wins over the file; the texts must stay. False: no memory. */
bool cli_options_flag(struct cli_options *, const char *key, const char *value)
    __attribute__((warn_unused_result));

/* How a verb is used, or with NULL the program. False: there is no such verb. */
bool cli_usage(const char *verb, FILE *);

/* One option of a usage: "  -c, --config FILE   about", its further lines below it.
 * letter 0: none; value NULL: it takes none. */
void cli_put_option(
    char letter, const char *name, const char *value, const char *about, FILE *);

#endif
