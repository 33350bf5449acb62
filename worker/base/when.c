/* SPDX-License-Identifier: ISC */
#include "base/when.h"

#include <stdio.h>

/* Seconds from 1601-01-01 to 1970-01-01. */
#define EPOCH_1601 11644473600LL
/* 10000-01-01: from here on years have more than four digits. */
#define FILETIME_END 2650467744000000000ULL
enum { TICKS = 10000000, DAY = 86400 };

static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	"Sep", "Oct", "Nov", "Dec" };
static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

struct civil {
	int64_t year;
	int month, day, hour, minute, second, weekday;
};

/*
 * Days since 1970-01-01 in the Gregorian calendar, and back. Years are counted
 * from March, so that the leap day is the last; 400 years have 146097 days.
 */
static int64_t days_from_civil(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400, in_era = year - era * 400;
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static struct civil civil_from_unix(int64_t s)
{
	int64_t day = s / DAY, second = s % DAY;
	if (second < 0) {
		second += DAY;
		day--;
	}
	int weekday = (int)(((day + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
	day += 719468;
	int64_t era = (day >= 0 ? day : day - 146096) / 146097,
		in_era = day - era * 146097;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int march = (int)((5 * in_year + 2) / 153);
	int month = march < 10 ? march + 3 : march - 9;

	return (struct civil){
		.year = year + era * 400 + (month <= 2),
		.month = month,
		.day = (int)(in_year - (153 * march + 2) / 5 + 1),
		.hour = (int)(second / 3600),
		.minute = (int)(second / 60 % 60),
		.second = (int)(second % 60),
		.weekday = weekday,
	};
}

struct when when_from_filetime(uint64_t filetime)
{
	if (filetime == 0 || filetime >= FILETIME_END)
		return (struct when){ 0 };
	return (struct when){
		.unix_s = (int64_t)(filetime / TICKS) - EPOCH_1601,
		.ns = (uint32_t)(filetime % TICKS * 100),
		.valid = true,
	};
}

uint64_t when_to_filetime(struct when w)
{
	if (!w.valid || w.unix_s < -EPOCH_1601 ||
	    w.unix_s >= (int64_t)(FILETIME_END / TICKS) - EPOCH_1601)
		return 0;
	return (uint64_t)(w.unix_s + EPOCH_1601) * TICKS + w.ns / 100;
}

static int days_in_month(int year, int month)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return length[month - 1] + (month == 2 && leap);
}

/* Years before 1601 are refused: a FILETIME cannot hold them. */
struct when when_from_dtr(const uint16_t field[6])
{
	int year = field[0], month = field[1], day = field[2];

	if (year < 1601 || year > 9999 || month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month) || field[3] > 23 || field[4] > 59 ||
	    field[5] > 59)
		return (struct when){ 0 };
	return (struct when){
		.unix_s = days_from_civil(year, month, day) * DAY + field[3] * 3600L +
			  field[4] * 60L + field[5],
		.valid = true,
	};
}

void when_rfc5322(struct when w, char *to, size_t size)
{
	struct civil c = civil_from_unix(w.unix_s);

	if (size == 0)
		return;
	to[0] = '\0';
	if (w.valid)
		(void)snprintf(to, size, "%s, %d %s %04lld %02d:%02d:%02d +0000",
		    days[c.weekday], c.day, months[c.month - 1], (long long)c.year,
		    c.hour, c.minute, c.second);
}

void when_iso8601(struct when w, char *to, size_t size)
{
	struct civil c = civil_from_unix(w.unix_s);
	char fraction[12] = "";

	if (size == 0)
		return;
	to[0] = '\0';
	if (!w.valid)
		return;
	if (w.ns) {
		int n = snprintf(fraction, sizeof fraction, ".%09u", w.ns % 1000000000U);
		while (n > 0 && fraction[n - 1] == '0')
			fraction[--n] = '\0';
	}
	(void)snprintf(to, size, "%04lld-%02d-%02dT%02d:%02d:%02d%sZ", (long long)c.year,
	    c.month, c.day, c.hour, c.minute, c.second, fraction);
}
