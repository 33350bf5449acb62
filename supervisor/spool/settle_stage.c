/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spool/settle_private.h"

const struct settle_row settle_rows[STAGES] = {
	/* Written by the supervisor, which does not wait for disks. */
	[STAGE_WHY] = { SETTLE_FILE, "why", TO_DEAD, UINT64_MAX, "sync staged report" },
	[STAGE_NOTES] = { SETTLE_FILE, "notes", TO_REPORTS, UINT64_MAX,
	    "sync staged report" },
	[STAGE_BURIED] = { SETTLE_FOLDER_FILES, "buried", TO_DEAD, UINT64_MAX,
	    "sync dead letters of items" },
	[STAGE_BURYING] = { SETTLE_FOLDER_FILES, "burying", TO_DEAD, UINT64_MAX,
	    "sync dead letters of items" },
	[STAGE_NOTED] = { SETTLE_FOLDER_FILES, "noted", TO_REPORTS, UINT64_MAX,
	    "sync reports of items" },
	/* Copied here. */
	[STAGE_LETTER] = { SETTLE_FILE, "letter", TO_DEAD, 0, NULL },
	[STAGE_ORIGINAL] = { SETTLE_FILE, "original", TO_OUTGOING, 0, NULL },
	/* Done is said after the worker's own fdatasync. */
	[STAGE_OUTPUT] = { SETTLE_FILE, "out", TO_OUTGOING, SETTLE_SYNCS_BELOW,
	    settle_unsynced },
	[STAGE_ITEMS] = { SETTLE_FOLDER_WHOLE, "items", TO_OUTGOING, UINT64_MAX,
	    settle_unsynced },
	[STAGE_LEDGER] = { SETTLE_LEDGER, "ledger", TO_OUTGOING, 0, NULL },
};

const char settle_unsynced[] = "sync staged output";
const char settle_large[] = "copy in a process of its own";
const char settle_missing[] = "find staged file";

void settle_stage_name(uint64_t id, enum stage s, char to[NAME_SIZE])
{
	(void)snprintf(to, NAME_SIZE, "%016" PRIx64 ".%s", id, settle_rows[s].suffix);
}

bool settle_is_of_store(enum stage s)
{
	return settle_rows[s].kind != SETTLE_FILE;
}

bool settle_parse_stage(const char *file, uint64_t *id, enum stage *stage)
{
	char again[NAME_SIZE];
	char *end;

	/* Read freely, then compared with how we would write it. */
	uint64_t v = strtoull(file, &end, 16);
	if (v == 0 || *end != '.')
		return false;
	for (enum stage s = 0; s < STAGES; s++) {
		settle_stage_name(v, s, again);
		if (strcmp(again, file) == 0) {
			*id = v;
			*stage = s;
			return true;
		}
	}
	return false;
}
