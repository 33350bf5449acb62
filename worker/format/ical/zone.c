/* SPDX-License-Identifier: ISC */
#include "format/ical/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "codec/content_line.h"

enum {
	DAY = 86400,
	RULE_IN_FORCE = 0x0002, /* TZRULE_FLAG_EFFECTIVE_TZREG */
	MINUTE = 60,
	MOST_BIAS = 24 * 60, /* minutes */
	LAST = 5,
};

int64_t zone_days(int64_t year, unsigned month, unsigned day)
{
	/* Years that begin in March have the odd day at their end. */
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year =
	    (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void zone_date(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100),
		m = (5 * of_year + 2) / 153;

	*day = (unsigned)(of_year - (153 * m + 2) / 5 + 1);
	*month = (unsigned)(m < 10 ? m + 3 : m - 9);
	*year = y + era * 400 + (*month <= 2);
}

void zone_named(struct zone *z, struct arena *a, struct text name)
{
	struct text clean = text_clean(a, name);
	char *copy = arena_copy(a, clean.s, clean.len);

	for (size_t i = 0; i < clean.len; i++)
		if (copy[i] == '"')
			copy[i] = '\'';
	clean.s = copy;
	z->name = clean;
}

static void read_change(struct cursor *in, struct zone_change *c)
{
	c->year = cur_u16le(in);
	c->month = cur_u16le(in);
	c->week_day = cur_u16le(in);
	c->day = cur_u16le(in);
	c->hour = cur_u16le(in);
	c->minute = cur_u16le(in);
	c->second = cur_u16le(in);
	(void)cur_u16le(in); /* milliseconds */
}

static bool is_change(const struct zone_change *c)
{
	return c->month >= 1 && c->month <= 12 && c->day >= 1 && c->hour < 24 &&
	       c->minute < 60 && c->second < 60 && c->week_day < 7 &&
	       c->day <= (c->year ? 31 : LAST);
}

static bool settle_zone(
    struct zone *z, int32_t bias, int32_t standard_bias, int32_t daylight_bias)
{
	if (bias > MOST_BIAS || bias < -MOST_BIAS || standard_bias > MOST_BIAS ||
	    standard_bias < -MOST_BIAS || daylight_bias > MOST_BIAS ||
	    daylight_bias < -MOST_BIAS)
		return false;
	z->standard = -(bias + standard_bias) * MINUTE;
	z->daylight = -(bias + daylight_bias) * MINUTE;
	z->changes = is_change(&z->to_standard) && is_change(&z->to_daylight) &&
		     z->standard != z->daylight;
	return true;
}

bool zone_from_struct(struct arena *a, struct span bytes, struct zone *z)
{
	struct span held = span_load(a, span_sub(bytes, 0, LIMIT_LOAD));
	struct cursor in = cur_over(held.mem, (size_t)held.len);
	int32_t bias = (int32_t)cur_u32le(&in), standard = (int32_t)cur_u32le(&in);
	int32_t daylight = (int32_t)cur_u32le(&in);

	*z = (struct zone){ 0 };
	(void)cur_u16le(&in);
	read_change(&in, &z->to_standard);
	(void)cur_u16le(&in);
	read_change(&in, &z->to_daylight);
	return !in.bad && settle_zone(z, bias, standard, daylight);
}

bool zone_from_definition(struct arena *a, struct span bytes, struct zone *z)
{
	struct span held = span_load(a, span_sub(bytes, 0, LIMIT_LOAD));
	struct cursor in = cur_over(held.mem, (size_t)held.len);
	bool found = false, in_force = false;

	*z = (struct zone){ 0 };
	(void)cur_u16le(&in); /* versions */
	struct cursor header = cur_sub(&in, cur_u16le(&in));
	(void)cur_u16le(&header);
	size_t n = 2 * (size_t)cur_u16le(&header);
	const uint8_t *name = cur_take(&header, n);
	unsigned rules = cur_u16le(&header);
	if (header.bad || !name)
		return false;
	for (; rules > 0 && !in_force; rules--) {
		struct zone one = { 0 };
		(void)cur_u32le(&in); /* versions, size */
		unsigned flags = cur_u16le(&in);
		(void)cur_u16le(&in); /* year */
		(void)cur_take(&in, 14);
		int32_t bias = (int32_t)cur_u32le(&in);
		int32_t standard = (int32_t)cur_u32le(&in);
		int32_t daylight = (int32_t)cur_u32le(&in);
		read_change(&in, &one.to_standard);
		read_change(&in, &one.to_daylight);
		if (in.bad || !settle_zone(&one, bias, standard, daylight))
			break;
		*z = one;
		found = true;
		in_force = flags & RULE_IN_FORCE;
	}
	zone_named(z, a, text_from_utf16(a, name, n));
	return found;
}

/* When, by the clock before it, the change of a year is: seconds since 1970, local. */
static int64_t change_at(const struct zone_change *c, int64_t year)
{
	int64_t first = zone_days(year, c->month, 1), day;

	if (c->year != 0)
		day = first + c->day - 1;
	else {
		int64_t week_day =
		    ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
		day = first + (c->week_day - week_day + 7) % 7 + 7LL * (c->day - 1);
		int64_t next = c->month == 12 ? zone_days(year + 1, 1, 1)
					      : zone_days(year, c->month + 1U, 1);
		while (day >= next)
			day -= 7;
	}
	return day * DAY + c->hour * 3600LL + c->minute * 60LL + c->second;
}

static int64_t zone_year(int64_t seconds)
{
	int64_t year;
	unsigned month, day;

	zone_date(seconds >= 0 ? seconds / DAY : (seconds - DAY + 1) / DAY, &year, &month,
	    &day);
	return year;
}

/* Is it daylight saving time? t is by the standard clock. */
static bool is_daylight(const struct zone *z, int64_t t)
{
	int64_t year = zone_year(t), shift = z->daylight - z->standard;
	int64_t begins = change_at(&z->to_daylight, year);
	int64_t ends = change_at(&z->to_standard, year) - shift;

	if (!z->changes)
		return false;
	return begins < ends ? t >= begins && t < ends : t >= begins || t < ends;
}

int64_t zone_local(const struct zone *z, int64_t utc)
{
	return utc + (is_daylight(z, utc + z->standard) ? z->daylight : z->standard);
}

/* A time that the clock skips is by the standard clock, one that it shows twice by that
 * of daylight saving: as RFC 5545 3.3.5 wants it. */
int64_t zone_utc(const struct zone *z, int64_t local)
{
	int64_t utc = local - z->daylight;

	return zone_local(z, utc) == local ? utc : local - z->standard;
}

static void put_offset(struct content_line *l, const char *name, int32_t offset)
{
	unsigned s = (unsigned)abs(offset);
	char seconds[8] = "";

	if (s % 60)
		(void)snprintf(seconds, sizeof seconds, "%02u", s % 60);
	content_line_say(l, name, "%c%02u%02u%s", offset < 0 ? '-' : '+', s / 3600,
	    s / 60 % 60, seconds);
}

static void put_half(struct content_line *l, const char *half,
    const struct zone_change *c, int32_t from, int32_t to, bool always)
{
	static const char days[7][3] = { "SU", "MO", "TU", "WE", "TH", "FR", "SA" };
	int64_t at = always ? change_at(c, c->year ? c->year : 1601) : 0, year = 1601;
	unsigned month = 1, day = 1;

	content_line_say(l, "BEGIN", "%s", half);
	if (always)
		zone_date(at >= 0 ? at / DAY : (at - DAY + 1) / DAY, &year, &month, &day);
	content_line_say(l, "DTSTART", "%04d%02u%02uT%02u%02u%02u", (int)year, month, day,
	    c->hour, c->minute, c->second);
	if (always && c->year == 0) /* which of its days, or the last */
		content_line_say(l, "RRULE", "FREQ=YEARLY;BYDAY=%d%s;BYMONTH=%u",
		    c->day == LAST ? -1 : c->day, days[c->week_day], c->month);
	put_offset(l, "TZOFFSETFROM", from);
	put_offset(l, "TZOFFSETTO", to);
	content_line_say(l, "END", "%s", half);
}

void zone_write(struct content_line *l, const struct zone *z)
{
	static const struct zone_change begin = { 0 };

	content_line_say(l, "BEGIN", "VTIMEZONE");
	content_line_put(l, "TZID", z->name);
	if (!z->changes)
		put_half(l, "STANDARD", &begin, z->standard, z->standard, false);
	else {
		put_half(l, "STANDARD", &z->to_standard, z->daylight, z->standard, true);
		put_half(l, "DAYLIGHT", &z->to_daylight, z->standard, z->daylight, true);
	}
	content_line_say(l, "END", "VTIMEZONE");
}
