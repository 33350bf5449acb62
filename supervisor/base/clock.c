/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

uint64_t clock_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000 + 1;
}

int64_t clock_wall_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_stamp_ms(const struct timespec *t)
{
	int64_t ms;

	if (__builtin_mul_overflow((int64_t)t->tv_sec, 1000, &ms) ||
	    __builtin_add_overflow(ms, t->tv_nsec / 1000000, &ms))
		return t->tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return ms;
}

int64_t clock_stamp(const struct timespec *t)
{
	return (int64_t)((uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_nsec);
}

int64_t clock_between_ms(const struct timespec *from, const struct timespec *to)
{
	const int64_t before = clock_stamp_ms(from), after = clock_stamp_ms(to);
	int64_t ms;

	if (__builtin_sub_overflow(after, before, &ms))
		return before < 0 ? INT64_MAX : INT64_MIN;
	return ms;
}

int64_t clock_age_ms(const struct timespec *then)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return clock_between_ms(then, &now);
}

uint64_t clock_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void clock_text(int64_t wall_ms, char to[CLOCK_TEXT])
{
	const time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;
	char day[24] = "";

	to[0] = '\0';
	if (gmtime_r(&seconds, &tm) &&
	    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm) > 0)
		(void)snprintf(to, CLOCK_TEXT, "%s.%03dZ", day, (int)(wall_ms % 1000));
}
