/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spool/settle_private.h"

const struct settle_row settle_rows[STAGES] = {
	/* Written by the supervisor, which does not wait for disks. */
	[STAGE_WHY] = { "why", TO_DEAD, UINT64_MAX, "sync staged report" },
	[STAGE_NOTES] = { "notes", TO_REPORTS, UINT64_MAX, "sync staged report" },
	/* Copied here. */
	[STAGE_LETTER] = { "letter", TO_DEAD, 0, NULL },
	[STAGE_ORIGINAL] = { "original", TO_OUTGOING, 0, NULL },
	/* Done is said after the worker's own fdatasync. */
	[STAGE_OUTPUT] = { "out", TO_OUTGOING, SETTLE_SYNCS_BELOW, settle_unsynced },
};

const char settle_unsynced[] = "sync staged output";
const char settle_large[] = "copy in a process of its own";
const char settle_missing[] = "find staged file";

void settle_stage_name(uint64_t id, enum stage s, char to[NAME_SIZE])
{
	(void)snprintf(to, NAME_SIZE, "%016" PRIx64 ".%s", id, settle_rows[s].suffix);
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
