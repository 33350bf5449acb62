/* SPDX-License-Identifier: ISC */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include <sys/stat.h>

#include "attempt/attempt.h"
#include "config/cli_options.h"

/*
 * The verbs for which a worker looks at one file (dump, list): the supervisor never looks
 * inside, here neither. It is the arg of the owner's calls.
 */
struct cli_file {
	const char *verb, *name;
	struct cli_options options;
	struct stat st;
	int input;
	struct claim claim;
	struct outcome outcome;
	int exit; /* to be set when it ends */
	/* The name is a folder, which input is. True: input is a file now; false: that
	 * was all. NULL: folders are none of the verb's. */
	bool (*folder)(struct cli_file *);
};

/* The verb's whole way, the exit code. */
int cli_file_main(struct cli_file *, const char *verb, const struct attempt_owner *,
    int argc, char **argv);

enum { CLI_FILE_SHOWN = 8192 }; /* bytes of a name, for people */

/* "bulkhead VERB: NAME: what: detail"; detail NULL: without. */
void cli_file_complain(const struct cli_file *, const char *what, const char *detail);

#endif
