/* SPDX-License-Identifier: ISC */
#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Larger ones first. */
static const struct unit {
	enum units of;
	const char *name;
	uint64_t factor;
} units[] = {
	{ UNITS_SIZE, "PiB", UINT64_C(1) << 50 },
	{ UNITS_SIZE, "TiB", UINT64_C(1) << 40 },
	{ UNITS_SIZE, "GiB", UINT64_C(1) << 30 },
	{ UNITS_SIZE, "MiB", UINT64_C(1) << 20 },
	{ UNITS_SIZE, "KiB", UINT64_C(1) << 10 },
	{ UNITS_SIZE, "B", 1 },
	{ UNITS_SIZE, "", 1 },
	{ UNITS_TIME, "d", 86400000 },
	{ UNITS_TIME, "h", 3600000 },
	{ UNITS_TIME, "m", 60000 },
	{ UNITS_TIME, "s", 1000 },
	{ UNITS_TIME, "ms", 1 },
	{ UNITS_COUNT, "", 1 },
	{ UNITS_MODE, "", 1 },
	{ UNITS_PERCENT, "%", 1 },
};

bool units_parse(enum units kind, const char *text, uint64_t *value)
{
	const unsigned base = kind == UNITS_MODE ? 8 : 10;
	uint64_t number = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		unsigned digit = (unsigned)(*p - '0');
		if (digit >= base || __builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, digit, &number))
			return false;
	}
	if (p == text)
		return false;
	if (number == 0 && *p == '\0') { /* nothing needs no unit */
		*value = 0;
		return true;
	}
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (units[i].of == kind && strcmp(units[i].name, p) == 0 &&
		    !__builtin_mul_overflow(number, units[i].factor, &number)) {
			*value = number;
			return true;
		}
	return false;
}

void units_format(enum units kind, uint64_t value, char to[UNITS_TEXT])
{
	if (kind == UNITS_MODE) {
		(void)snprintf(to, UNITS_TEXT, "%04" PRIo64, value);
		return;
	}
	for (size_t i = 0; value > 0 && i < sizeof units / sizeof units[0]; i++)
		if (units[i].of == kind && value % units[i].factor == 0) {
			(void)snprintf(to, UNITS_TEXT, "%" PRIu64 "%s",
			    value / units[i].factor, units[i].name);
			return;
		}
	(void)snprintf(to, UNITS_TEXT, "0");
}
