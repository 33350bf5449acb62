/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <math.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/verdict.h"
#include "service/history.h"

static uint64_t now_ms = 1000000;

uint64_t __wrap_clock_ms(void);
int64_t __wrap_clock_wall_ms(void);

uint64_t __wrap_clock_ms(void)
{
	return now_ms;
}

int64_t __wrap_clock_wall_ms(void)
{
	return (int64_t)now_ms + 7;
}

/* Seconds pass, as the service's beat has them; each decides so many messages. */
static void pass(struct history *h, unsigned seconds, unsigned good, unsigned bad)
{
	const struct history_gauges g = { .queue = 5, .oldest_s = 2.5F, .busy_ratio = 1 };

	for (unsigned i = 0; i < seconds; i++) {
		now_ms += 1000;
		metric_add(METRIC_MESSAGES, verdict_row(VERDICT_DONE)->name, good);
		metric_add(METRIC_MESSAGES, verdict_row(VERDICT_REFUSED)->name, bad);
		metric_add(METRIC_MESSAGES, verdict_row(VERDICT_INFRASTRUCTURE)->name, 9);
		history_tick(h, &g);
	}
}

static float point(const struct history *h, enum history_span s, enum history_row row,
    size_t i, size_t count)
{
	float to[HISTORY_POINTS];
	int64_t last;

	cr_assert_eq(history_get(h, s, row, to, &last), count);
	cr_assert_eq(last, count ? (int64_t)now_ms + 7 : 0);
	return to[i];
}

Test(history, counts_what_came_since_the_last_point)
{
	/* What was before it is none of it. */
	metric_add(METRIC_MESSAGES, verdict_row(VERDICT_DONE)->name, 1000);
	struct history *h = history_new();

	pass(h, 9, 3, 1);
	(void)point(h, HISTORY_HOUR, HISTORY_DECIDED, 0, 0);
	pass(h, 1, 3, 1);
	cr_expect_float_eq(point(h, HISTORY_HOUR, HISTORY_DECIDED, 0, 1), 4, 0.01);
	cr_expect_float_eq(point(h, HISTORY_HOUR, HISTORY_FAILED, 0, 1), 1, 0.01);
	cr_expect_float_eq(point(h, HISTORY_HOUR, HISTORY_QUEUE, 0, 1), 5, 0.01);
	cr_expect_float_eq(point(h, HISTORY_HOUR, HISTORY_OLDEST, 0, 1), 2.5, 0.01);
	cr_expect_float_eq(point(h, HISTORY_HOUR, HISTORY_BUSY, 0, 1), 1, 0.01);
	cr_expect(isnan(point(h, HISTORY_HOUR, HISTORY_HALF, 0, 1)), "none was timed");
	pass(h, 10, 0, 0);
	cr_expect_float_eq(point(h, HISTORY_HOUR, HISTORY_DECIDED, 1, 2), 0, 0.01);
	history_free(h);
}

/* A loop that stood still: what came meanwhile is told as the rate that it was. */
Test(history, divides_by_the_time_that_passed)
{
	struct history *h = history_new();

	now_ms += 39 * 1000;
	pass(h, 1, 80, 0);
	cr_expect_float_eq(point(h, HISTORY_HOUR, HISTORY_DECIDED, 0, 1), 2, 0.01);
	history_free(h);
}

Test(history, knows_how_long_half_and_nearly_all_took)
{
	struct history *h = history_new();

	for (int i = 0; i < 100; i++)
		times_add(TIMES_CONVERTING, i < 60 ? 500 : i < 90 ? 40000 : 3000000);
	pass(h, 10, 0, 0);
	float half = point(h, HISTORY_HOUR, HISTORY_HALF, 0, 1);
	float most = point(h, HISTORY_HOUR, HISTORY_MOST, 0, 1);
	cr_expect(half >= 0.0005F && half < 0.04F, "half: %f", (double)half);
	cr_expect(most >= 3 && most < 40, "most: %f", (double)most);
	for (int i = 0; i < 10; i++) /* longer than any bound */
		times_add(TIMES_CONVERTING, UINT64_C(100000) * 1000000);
	pass(h, 10, 0, 0);
	cr_expect_float_eq(point(h, HISTORY_HOUR, HISTORY_MOST, 1, 2),
	    (float)times_bounds[TIMES_BOUNDS - 1], 0.01);
	history_free(h);
}

Test(history, keeps_the_last_hour_and_the_last_day)
{
	struct history *h = history_new();
	float to[HISTORY_POINTS];
	int64_t last;

	for (unsigned i = 0; i < 400; i++)
		pass(h, 10, i, 0);
	cr_assert_eq(history_get(h, HISTORY_HOUR, HISTORY_DECIDED, to, &last), 360);
	for (unsigned i = 0; i < 360; i++)
		cr_expect_float_eq(to[i], 40 + i, 0.01, "point %u: %f", i, (double)to[i]);
	/* 4,000 s are 13 whole points of the day. */
	cr_assert_eq(history_get(h, HISTORY_DAY, HISTORY_DECIDED, to, &last), 13);
	cr_expect_float_eq(to[0], 14.5, 0.01, "of 0 to 29: %f", (double)to[0]);
	for (unsigned i = 0; i < 9000; i++)
		pass(h, 10, 1, 0);
	cr_expect_eq(history_get(h, HISTORY_DAY, HISTORY_DECIDED, to, &last), 288);
	history_free(h);
}
