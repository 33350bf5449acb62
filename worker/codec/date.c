/* SPDX-License-Identifier: ISC */
#include "codec/date.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum {
	NUMBER_DIGITS = 9, /* more are no number of a date */
	DAYS_MOST = 31,
	ZONE_MOST = 9959, /* RFC 5322 3.3 */
};

/* What was said of the zone: a number is believed, whatever its name is. */
enum date_zone { ZONE_NONE, ZONE_NAMED, ZONE_NUMBER };

/* A date on its way: what is read and what was found. */
struct date {
	const char *p, *end;
	bool has_year, has_time;
	int year, month, day; /* month and day 0: none yet */
	int time[3];          /* hour, minute, second */
	enum date_zone said;
	int zone;           /* minutes east */
	const char *behind; /* the last month's name */
};

static const struct {
	const char *name;
	int minutes;
} zones[] = {
	{ "GMT", 0 },
	{ "UT", 0 },
	{ "UTC", 0 },
	{ "EDT", -4 * 60 },
	{ "EST", -5 * 60 },
	{ "CDT", -5 * 60 },
	{ "CST", -6 * 60 },
	{ "MDT", -6 * 60 },
	{ "MST", -7 * 60 },
	{ "PDT", -7 * 60 },
	{ "PST", -8 * 60 },
};

static const char *const months[] = { "January", "February", "March", "April", "May",
	"June", "July", "August", "September", "October", "November", "December" };

static const char *const weekdays[] = { "Sunday", "Monday", "Tuesday", "Wednesday",
	"Thursday", "Friday", "Saturday" };

static int date_peek(const struct date *d)
{
	return d->p < d->end ? (unsigned char)*d->p : -1;
}

static bool date_digit(const struct date *d, size_t at)
{
	return (size_t)(d->end - d->p) > at && d->p[at] >= '0' && d->p[at] <= '9';
}

/* RFC 5322 3.2.2. One that is not closed goes up to the end. */
static void date_skip_comment(struct date *d)
{
	size_t depth = 0;

	do {
		char ch = *d->p++;
		if (ch == '\\' && d->p < d->end)
			d->p++;
		depth += ch == '(';
		depth -= ch == ')';
	} while (depth > 0 && d->p < d->end);
}

static void date_skip(struct date *d)
{
	while (d->p < d->end && text_among(" \t\r\n(", *d->p))
		if (*d->p == '(')
			date_skip_comment(d);
		else
			d->p++;
}

/* The number that is next, digits of it; -1: it is too long. */
static int date_number(struct date *d, size_t *digits)
{
	int value = 0;

	for (*digits = 0; date_digit(d, 0); ++*digits, d->p++)
		if (*digits < NUMBER_DIGITS)
			value = value * 10 + (*d->p - '0');
	return *digits <= NUMBER_DIGITS ? value : -1;
}

/* RFC 5322 4.3 of two and of three digits. */
static void date_set_year(struct date *d, int value)
{
	d->has_year = true;
	d->year = value < 50 ? value + 2000 : value < 1000 ? value + 1900 : value;
}

/* A number that stands alone is the day, or the year, which comes behind it or has more
 * than two digits. */
static void date_alone(struct date *d, int value, size_t digits)
{
	if (digits > 4 || value < 0)
		return;
	if (digits <= 2 && d->day == 0) {
		if (value <= DAYS_MOST)
			d->day = value;
	} else if (!d->has_year)
		date_set_year(d, value);
}

/* Three numbers with "-", "/" or "." between. Two of them are as if they were alone. */
static void date_numeric(struct date *d, const int *n, const size_t *digits, char between)
{
	enum { MONTHS = 12 };
	bool year_first = digits[0] > 2, month_first = between != '.' && n[0] <= MONTHS;

	if (d->day || d->month || d->has_year || n[0] < 0 || n[2] < 0)
		return;
	date_set_year(d, year_first ? n[0] : n[2]);
	d->month = year_first || !month_first ? n[1] : n[0];
	d->day = year_first ? n[2] : month_first ? n[1] : n[0];
}

static void date_set_time(struct date *d, const int *n, size_t count)
{
	if (d->has_time)
		return;
	d->has_time = true;
	for (size_t i = 0; i < count; i++)
		d->time[i] = n[i];
	if (date_peek(d) == '.' && date_digit(d, 1)) { /* a fraction */
		size_t digits;
		d->p++;
		(void)date_number(d, &digits);
	}
}

/* Does the number go on with another one behind this separator? Then that is next. */
static bool date_goes_on(struct date *d, char *between)
{
	struct date ahead = *d;

	date_skip(&ahead); /* RFC 5322 4.3: comments and blanks around ":" */
	if (date_peek(&ahead) == ':' && (*between == '\0' || *between == ':')) {
		ahead.p++;
		date_skip(&ahead);
		if (!date_digit(&ahead, 0))
			return false;
		*between = ':';
		d->p = ahead.p;
		return true;
	}
	if (d->p == d->end || !text_among("-/.", *d->p) || !date_digit(d, 1) ||
	    (*between != '\0' && *between != *d->p))
		return false;
	*between = *d->p++;
	return true;
}

static void date_numbers(struct date *d)
{
	int n[3];
	size_t digits[3], count = 0;
	char between = '\0';

	do
		n[count] = date_number(d, &digits[count]);
	while (++count < 3 && date_goes_on(d, &between));
	bool dated = d->day && d->month;
	if (between == ':' || (between == '.' && (count == 2 || dated)))
		date_set_time(d, n, count);
	else if (count == 3)
		date_numeric(d, n, digits, between);
	else
		for (size_t i = 0; i < count; i++)
			date_alone(d, n[i], digits[i]);
}

/* "-0600", "+1", "+01:00". What is no zone's number is none. */
static void date_offset(struct date *d)
{
	int sign = *d->p++ == '-' ? -1 : 1;
	size_t digits, more = 0;
	int value = date_number(d, &digits), minutes = 0;

	if (digits <= 2 && date_peek(d) == ':' && date_digit(d, 1)) {
		d->p++;
		minutes = date_number(d, &more);
	}
	if (digits <= 2)
		value = value * 100 + (more <= 2 ? minutes : 0);
	if (digits > 4 || value > ZONE_MOST || value % 100 > 59 || d->said == ZONE_NUMBER)
		return;
	d->said = ZONE_NUMBER;
	d->zone = sign * (value / 100 * 60 + value % 100);
}

/* Is it the zone's number, and no "-" of "21-Nov-97"? */
static bool date_is_offset(const struct date *d)
{
	bool dated = d->day && d->month && d->has_year;

	return text_among("+-", *d->p) && date_digit(d, 1) && (d->has_time || dated) &&
	       d->p != d->behind;
}

static bool date_is_word(const char *p, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(p, word, n) == 0;
}

/* Which name it is, whole or its beginning: "Nov", "Sept"; count: none. */
static size_t date_name(const char *p, size_t n, const char *const *names, size_t count)
{
	size_t i = 0;

	while (i < count &&
	       (n < 3 || n > strlen(names[i]) || strncasecmp(p, names[i], n) != 0))
		i++;
	return i;
}

/* Is it the name of a day or month, before there was a month? */
static bool date_named(struct date *d, const char *p, size_t n)
{
	enum {
		MONTHS = sizeof months / sizeof months[0],
		DAYS = sizeof weekdays / sizeof weekdays[0],
	};
	size_t month = date_name(p, n, months, MONTHS);

	if (d->month)
		return false;
	if (month < MONTHS) {
		d->month = (int)month + 1;
		d->behind = d->p;
		return true;
	}
	if (date_name(p, n, weekdays, DAYS) == DAYS)
		return false;
	/* Numbers before it are of something else: "=?iso-8859-1?Q?Fri, 21 Nov". */
	d->day = 0;
	d->has_year = false;
	return true;
}

/* A name, "PM", "EST". */
static void date_word(struct date *d)
{
	const char *p = d->p;

	while (d->p < d->end && isalpha((unsigned char)*d->p))
		d->p++;
	size_t n = (size_t)(d->p - p);
	if (date_named(d, p, n))
		return;
	int hour = d->time[0];
	if (d->has_time && date_is_word(p, n, "AM") && hour == 12)
		d->time[0] = 0;
	else if (d->has_time && date_is_word(p, n, "PM") && hour > 0 && hour < 12)
		d->time[0] = hour + 12;
	for (size_t i = 0; i < sizeof zones / sizeof zones[0] && d->said == ZONE_NONE;
	     i++)
		if (date_is_word(p, n, zones[i].name)) {
			d->said = ZONE_NAMED;
			d->zone = zones[i].minutes;
		}
}

/* A second 60 is a leap second (RFC 5322 3.3), which this count does not know: the next
 * one. */
static struct when date_settle(const struct date *d)
{
	enum { LEAP = 60 };
	int second = d->time[2];
	const int parts[] = { d->year, d->month, d->day, d->time[0], d->time[1],
		second == LEAP ? LEAP - 1 : second };
	uint16_t field[6];

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (parts[i] < 0 || parts[i] > UINT16_MAX)
			return (struct when){ 0 };
		field[i] = (uint16_t)parts[i];
	}
	struct when w = d->has_year ? when_from_dtr(field) : (struct when){ 0 };
	if (w.valid)
		w.unix_s += (second == LEAP) - d->zone * 60;
	return w;
}

struct when date_read(const char *s, size_t n)
{
	struct date d = { .p = s, .end = s + n };

	for (date_skip(&d); d.p < d.end; date_skip(&d)) {
		if (date_digit(&d, 0))
			date_numbers(&d);
		else if (isalpha((unsigned char)*d.p))
			date_word(&d);
		else if (date_is_offset(&d))
			date_offset(&d);
		else
			d.p++;
	}
	return date_settle(&d);
}
