/* SPDX-License-Identifier: ISC */
#ifndef CONVERT_H
#define CONVERT_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/*
 * One run of bulkhead convert: files from paths to results, on the service's pool of
 * workers, with its limits, verdicts and retries, and without its spool: nothing is
 * claimed or moved, so running it again resumes it.
 */
enum convert_sync { CONVERT_SYNC_NONE, CONVERT_SYNC_BATCH, CONVERT_SYNC_EACH };

struct convert_options {
	char *const *paths;
	size_t count;
	const char *to;                 /* "mime": a row of convert_target.c */
	const char *output;             /* folder, file or "-"; NULL: beside the inputs */
	const char *dead;               /* folder for what failed; NULL: none */
	const char *attachments;        /* folder; NULL: not asked for */
	bool force, json, named_target; /* --to was given */
	enum convert_sync sync;
};

/* The exit code. */
int convert_run(const struct convert_options *, struct config *);

#endif
