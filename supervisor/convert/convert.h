/* SPDX-License-Identifier: ISC */
#ifndef CONVERT_H
#define CONVERT_H

#include <stdbool.h>
#include <stddef.h>

#include "attempt/store_name.h"
#include "config/config.h"
#include "convert/choice.h"

enum convert_mtime { CONVERT_MTIME_INPUT, CONVERT_MTIME_MESSAGE, CONVERT_MTIME_NOW };

/*
 * One run of bulkhead convert: files from paths to results, on the service's pool of
 * workers, with its limits, verdicts and retries, and without its spool: nothing is
 * claimed or moved, so running it again resumes it.
 */
enum convert_sync { CONVERT_SYNC_NONE, CONVERT_SYNC_BATCH, CONVERT_SYNC_EACH };

/* What makes two messages one (seen.h). */
enum convert_dedupe {
	CONVERT_DEDUPE_NOT,
	CONVERT_DEDUPE_ID,      /* the same Message-ID; without one it is no duplicate */
	CONVERT_DEDUPE_CONTENT, /* results of the same bytes */
};

struct convert_options {
	char *const *paths;
	size_t count;
	const char *to;                 /* "mime": a name in proto/formats.inc */
	const char *output;             /* folder or "-"; NULL: beside the inputs */
	const char *output_file;        /* the one result's path; NULL: not asked for */
	const char *dead;               /* folder for what failed; NULL: none */
	const char *attachments;        /* folder; NULL: not asked for */
	const char *summary;            /* file; NULL: not asked for */
	bool force, json, named_target; /* --to was given */
	bool listed; /* the paths are --files-from's: results mirror them whole */
	bool dry_run, quiet, verbose;
	enum store_layout layout; /* of stores' results */
	enum convert_dedupe dedupe;
	bool only_failed; /* of a store's items: those that failed in an earlier run */
	enum convert_mtime mtime; /* which time results have */
	struct choice choice;
	enum convert_sync sync;
};

/* The exit code. */
int convert_run(const struct convert_options *, struct config *);

#endif
