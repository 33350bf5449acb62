/* SPDX-License-Identifier: ISC */
#include "attempt/limit.h"

#include <stdio.h>

#include "base/units.h"

void limit_text(const struct config *c, enum verdict v, char to[LIMIT_SIZE])
{
	const struct {
		const char *key;
		uint64_t value;
		enum units units;
	} limits[VERDICTS] = {
		[VERDICT_TIMED_OUT_TOTAL] = { "time", c->limits.time, UNITS_TIME },
		[VERDICT_TIMED_OUT_SILENCE] = { "silence", c->limits.silence,
		    UNITS_TIME },
		[VERDICT_TIMED_OUT_CPU] = { "cpu", c->limits.cpu, UNITS_TIME },
		[VERDICT_MEMORY] = { "memory", c->limits.memory, UNITS_SIZE },
		[VERDICT_OUTPUT] = { "output", c->limits.output, UNITS_SIZE },
	};
	char value[UNITS_TEXT];

	to[0] = '\0';
	if (!limits[v].key)
		return;
	units_format(limits[v].units, limits[v].value, value);
	(void)snprintf(to, LIMIT_SIZE, "limits.%s is %s", limits[v].key, value);
}
