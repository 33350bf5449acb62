/* SPDX-License-Identifier: ISC */
#ifndef CHOICE_H
#define CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/cli_options.h"
#include "files/walk.h"

/* Which of the files that are found are meant. */
struct choice {
	struct cli_list include, exclude; /* fnmatch(3); * takes slashes, too */
	struct cli_list folders;          /* of stores; the same */
	bool associated;                  /* what programs keep in folders, too */
	int64_t since, until; /* dates of items, seconds since the epoch; 0: any */
	int64_t newer_than_ms, older_than_ms; /* wall clock; 0: not asked for */
};

/* What cannot be read is meant, so that it is told of. */
bool choice_takes(const struct choice *, const struct walk_found *);

/* The paths that a file lists (- is standard input), each ended by a line feed or, zero,
 * by a NUL; empty ones are left out. NULL: told why to errors. The texts are one block:
 * free the first of them and the array. At least one. */
char **choice_listed(const char *file, bool zero, size_t *count, FILE *errors);

#endif
