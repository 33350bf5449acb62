/* SPDX-License-Identifier: ISC */
#ifndef ICAL_ZONE_H
#define ICAL_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "base/text.h"

struct arena;
struct content_line;
struct props;

/*
 * Time zones as a message has them ([MS-OXOCAL] 2.2.1.39 to 2.2.1.43): a name, offsets
 * and the days on which they change. The machine's own zones are never asked.
 *
 * A local time is seconds since 1970-01-01T00:00:00 of the zone's own clock.
 */
struct zone_change {
	uint16_t year; /* 0: every year */
	uint16_t month, week_day, day, hour, minute, second;
	/* With year 0 the day is which week_day of the month, 5 the last. */
};

struct zone {
	struct text name;
	int32_t standard, daylight; /* seconds to be added to UTC */
	struct zone_change to_standard, to_daylight;
	bool changes; /* there are both halves of the year */
};

/* PidLidTimeZoneStruct; the name comes from elsewhere. False: damaged. */
bool zone_from_struct(struct arena *, struct span, struct zone *);

/* A PidLidAppointmentTimeZoneDefinition...: the rule that is marked as the one in force,
 * else the last. False: damaged. */
bool zone_from_definition(struct arena *, struct span, struct zone *);

/* Give it a name, on one line; without double quotes, which a parameter cannot have in
 * all programs (RFC 5545 3.1, before RFC 6868). */
void zone_named(struct zone *, struct arena *, struct text name);

/* The local time of a point in time, and back. */
int64_t zone_local(const struct zone *, int64_t utc);
int64_t zone_utc(const struct zone *, int64_t local);

/* VTIMEZONE (RFC 5545 3.6.5). */
void zone_write(struct content_line *, const struct zone *);

/* Days since 1970-01-01 of a date in the Gregorian calendar, and back. */
int64_t zone_days(int64_t year, unsigned month, unsigned day);
void zone_date(int64_t days, int64_t *year, unsigned *month, unsigned *day);

#endif
