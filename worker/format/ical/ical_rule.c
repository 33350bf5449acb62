/* SPDX-License-Identifier: ISC */
/* MS-OXCICAL 2.1.3.1.1.20.13 and .19, RFC 5545 3.3.10 */
#include <stdarg.h>
#include <stdlib.h>

#include "base/arena.h"
#include "format/format.h"
#include "format/ical/ical.h"
#include "message/notes.h"

enum { DAY_MINUTES = 1440, ALL_DAYS = 0x7f, LAST = 5, SUNDAY = 0x01 };

static const char days[7][3] = { "SU", "MO", "TU", "WE", "TH", "FR", "SA" };

/* What RRULE says; its pieces are joined by ";". */
struct rule {
	char text[256];
	size_t len;
};

static void rule_add(struct rule *r, const char *fmt, ...)
    __attribute__((format(__printf__, 2, 3)));

static void rule_add(struct rule *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(r->text + r->len, sizeof r->text - r->len, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof r->text - r->len)
		r->len += (size_t)n;
}

static void rule_days(struct rule *r, uint32_t mask)
{
	const char *comma = "";

	rule_add(r, ";BYDAY=");
	for (unsigned i = 0; i < 7; i++)
		if (mask & 1U << i) {
			rule_add(r, "%s%s", comma, days[i]);
			comma = ",";
		}
}

/* A day of the month. Outlook takes the last day of a month that has not so many. */
static void rule_month_day(struct rule *r, uint32_t day)
{
	if (day >= 31) {
		rule_add(r, ";BYMONTHDAY=-1");
		return;
	}
	if (day <= 28) {
		rule_add(r, ";BYMONTHDAY=%u", day);
		return;
	}
	rule_add(r, ";BYMONTHDAY=28");
	for (unsigned d = 29; d <= day; d++)
		rule_add(r, ",%u", d);
	rule_add(r, ";BYSETPOS=-1");
}

/* 2.1.3.1.1.8 */
const char *ical_calendar_of(const struct recurrence *r)
{
	static const char *const names[] = { [8] = "Hebrew",
		[0x0e] = "JapanLunar",
		[0x0f] = "ChineseLunar",
		[0x10] = "Saka",
		[0x11] = "LunarEtoChn",
		[0x12] = "LunarEtoKor",
		[0x13] = "LunarRokuyou",
		[0x14] = "KoreaLunar",
		[CALENDAR_UMALQURA] = "Umalqura" };

	if (r->pattern >= PATTERN_HIJRI ||
	    r->calendar >= sizeof names / sizeof names[0] || !names[r->calendar])
		return "Hijri";
	return names[r->calendar];
}

/* The patterns of the Hijri calendar are the same, by other numbers. */
static unsigned gregorian_pattern(unsigned pattern)
{
	return pattern >= PATTERN_HIJRI ? pattern - PATTERN_HIJRI + PATTERN_MONTH
					: pattern;
}

/* 0: of a calendar whose months nobody here counts. */
static unsigned month_of(const struct recurrence *r)
{
	char text[ICAL_TIME];

	if (r->pattern >= PATTERN_HIJRI || r->calendar == CALENDAR_HIJRI)
		return recurrence_hijri_month(r->start_date);
	if (recurrence_is_foreign(r))
		return 0;
	ical_spell(text, ical_minutes(r->start_date), true);
	return (unsigned)(text[4] - '0') * 10 + (unsigned)(text[5] - '0');
}

static void rule_monthly(struct rule *to, const struct recurrence *r)
{
	bool yearly =
	    r->frequency == RECUR_YEARLY && r->period % 12 == 0 && r->period > 0;
	uint32_t interval = yearly ? r->period / 12 : r->period;

	yearly = yearly && month_of(r) > 0;
	if (!yearly)
		interval = r->period;
	rule_add(to, "FREQ=%s", yearly ? "YEARLY" : "MONTHLY");
	if (interval > 1)
		rule_add(to, ";INTERVAL=%u", interval);
	if (yearly)
		rule_add(to, ";BYMONTH=%u", month_of(r));
	if (gregorian_pattern(r->pattern) == PATTERN_MONTH)
		rule_month_day(to, r->day);
	else if (gregorian_pattern(r->pattern) == PATTERN_MONTH_END)
		rule_add(to, ";BYMONTHDAY=-1");
	else {
		rule_days(to, r->days);
		rule_add(to, ";BYSETPOS=%d", r->nth >= LAST ? -1 : (int)r->nth);
	}
}

/* False: a pattern that no rule says. */
static bool rule_pattern(struct rule *to, const struct recurrence *r)
{
	unsigned pattern = gregorian_pattern(r->pattern);
	bool month = pattern >= PATTERN_MONTH && pattern <= PATTERN_MONTH_END;

	switch (pattern) {
	case PATTERN_DAY:
		if (r->period == 0 || r->period % DAY_MINUTES != 0)
			return false;
		rule_add(to, "FREQ=DAILY");
		if (r->period > DAY_MINUTES)
			rule_add(to, ";INTERVAL=%u", r->period / DAY_MINUTES);
		return true;
	case PATTERN_WEEK:
		if (!(r->days & ALL_DAYS))
			return false;
		rule_add(to, "FREQ=WEEKLY");
		if (r->period > 1)
			rule_add(to, ";INTERVAL=%u", r->period);
		rule_days(to, r->days);
		/* It counts from which day on weeks are left out. */
		if (r->week_start < 7)
			rule_add(to, ";WKST=%s", days[r->week_start]);
		return true;
	default:
		if (!month || r->period == 0 ||
		    (pattern == PATTERN_MONTH && (r->day < 1 || r->day > 31)) ||
		    (pattern == PATTERN_MONTH_NTH &&
			(!(r->days & ALL_DAYS) || r->nth < 1)))
			return false;
		rule_monthly(to, r);
		return true;
	}
}

static void rule_end(const struct ical *ic, struct rule *to)
{
	const struct recurrence *r = &ic->recur;
	int64_t last = ical_minutes(r->end_date) + (int64_t)r->start_offset * 60;
	bool date = ic->all_day;
	char text[ICAL_TIME];

	if (r->end == RECUR_END_COUNT && r->count > 0)
		rule_add(to, ";COUNT=%u", r->count);
	else if (r->end == RECUR_END_DATE && r->end_date != RECUR_NO_END) {
		ical_spell(text, date ? last : ical_utc(ic, last), date);
		rule_add(to, ";UNTIL=%s%s", text, date ? "" : "Z");
	}
}

static int by_date(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* Deleted, and not moved or changed: those are exceptions of their own. */
static void put_deleted(struct ical *ic, const char *name)
{
	const struct recurrence *r = &ic->recur;
	uint32_t count = r->exception_count;
	uint32_t *changed = arena_array(ic->a, count + 1U, sizeof *changed);

	for (uint32_t i = 0; i < count; i++)
		changed[i] =
		    r->exceptions[i].original - r->exceptions[i].original % DAY_MINUTES;
	qsort(changed, count, sizeof *changed, by_date);
	for (uint32_t i = 0; i < r->deleted_count; i++)
		if (!bsearch(&r->deleted[i], changed, count, sizeof *changed, by_date))
			ical_put_local(ic, name,
			    ical_minutes(r->deleted[i]) + (int64_t)r->start_offset * 60);
}

void ical_put_rule(struct ical *ic)
{
	const struct recurrence *r = &ic->recur;
	struct rule rule = { .len = 0 };
	bool foreign = recurrence_is_foreign(r);

	if (!ic->recurring)
		return;
	if (!rule_pattern(&rule, r)) {
		notes_add(&ic->c->notes, NOTE_LOST, "message", "recurrence",
		    "of a pattern that cannot be (0x%x): only the first is written",
		    r->pattern);
		return;
	}
	rule_end(ic, &rule);
	if (r->sliding)
		notes_add(&ic->c->notes, NOTE_CHANGED, "message", "recurrence",
		    "the next one begins so long after this one is done: written as by "
		    "the calendar");
	/* 2.1.3.1.1.20.47: never both; what knows no other calendar shows the first. */
	if (foreign)
		notes_add(&ic->c->notes, NOTE_CHANGED, "message", "recurrence",
		    "by the months of another calendar (%s): as X-MICROSOFT-RRULE, which "
		    "few programs know",
		    ical_calendar_of(r));
	content_line_say(
	    &ic->l, foreign ? "X-MICROSOFT-RRULE" : "RRULE", "%s", rule.text);
	/* 2.1.3.1.1.20.39 */
	put_deleted(ic, foreign ? "X-MICROSOFT-EXDATE" : "EXDATE");
}
