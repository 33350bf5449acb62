/* SPDX-License-Identifier: ISC */
#include "service/history.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/verdict.h"

static const struct {
	const char *name;
	unsigned step_s, points;
} spans[HISTORY_SPANS] = {
	[HISTORY_HOUR] = { "hour", 10, 360 },
	[HISTORY_DAY] = { "day", 300, 288 },
};
_Static_assert(HISTORY_POINTS >= 360, "room for the longest span");

static const char *const row_names[HISTORY_ROWS] = {
	[HISTORY_DECIDED] = "decided_per_second",
	[HISTORY_FAILED] = "failed_per_second",
	[HISTORY_ENDS] = "worker_losses_per_second",
	[HISTORY_QUEUE] = "queue_messages",
	[HISTORY_OLDEST] = "oldest_seconds",
	[HISTORY_BUSY] = "busy_ratio",
	[HISTORY_HALF] = "converting_p50_seconds",
	[HISTORY_MOST] = "converting_p95_seconds",
};

/* What only grows, as it was at the last point. */
struct totals {
	double decided, failed, ends;
	uint64_t counts[TIMES_BOUNDS + 1];
};

struct span {
	float rows[HISTORY_ROWS][HISTORY_POINTS];
	size_t used, next;
	uint64_t at_ms; /* clock_ms of the last point */
	int64_t wall_ms;
	struct totals before;
};

struct history {
	struct span spans[HISTORY_SPANS];
};

static struct totals totals_now(void)
{
	struct totals t = { 0 };
	const char *label;
	double value, sum;
	enum verdict v;

	for (size_t i = 0; metric_nth(METRIC_MESSAGES, i, &label, &value); i++) {
		if (!verdict_by_name(label, &v) || v == VERDICT_INFRASTRUCTURE)
			continue;
		t.decided += value;
		t.failed += verdict_row(v)->good ? 0 : value;
	}
	for (size_t i = 0; metric_nth(METRIC_RESTARTS, i, &label, &value); i++)
		if (strcmp(label, "signal") == 0 || strcmp(label, "killed") == 0)
			t.ends += value;
	memcpy(t.counts, times_get(TIMES_CONVERTING, &sum), sizeof t.counts);
	return t;
}

/* The bound below which this share of what was counted since then lies. NaN: nothing was.
 */
static float quantile_since(
    const struct totals *before, const struct totals *now, double share)
{
	uint64_t all = 0, below = 0;

	for (size_t i = 0; i <= TIMES_BOUNDS; i++)
		all += now->counts[i] - before->counts[i];
	if (all == 0)
		return NAN;
	for (size_t i = 0; i < TIMES_BOUNDS; i++) {
		below += now->counts[i] - before->counts[i];
		if ((double)below >= share * (double)all)
			return (float)times_bounds[i];
	}
	return (float)times_bounds[TIMES_BOUNDS - 1];
}

struct history *history_new(void)
{
	struct history *h = calloc(1, sizeof *h);
	struct totals now = totals_now();

	for (int i = 0; h && i < HISTORY_SPANS; i++) {
		h->spans[i].before = now;
		h->spans[i].at_ms = clock_ms();
	}
	return h;
}

void history_free(struct history *h)
{
	free(h);
}

static void span_take(struct span *s, unsigned points, const struct totals *now,
    const struct history_gauges *g, double seconds)
{
	const struct totals *before = &s->before;
	const float point[HISTORY_ROWS] = {
		[HISTORY_DECIDED] = (float)((now->decided - before->decided) / seconds),
		[HISTORY_FAILED] = (float)((now->failed - before->failed) / seconds),
		[HISTORY_ENDS] = (float)((now->ends - before->ends) / seconds),
		[HISTORY_QUEUE] = g->queue,
		[HISTORY_OLDEST] = g->oldest_s,
		[HISTORY_BUSY] = g->busy_ratio,
		[HISTORY_HALF] = quantile_since(before, now, 0.5),
		[HISTORY_MOST] = quantile_since(before, now, 0.95),
	};

	for (int r = 0; r < HISTORY_ROWS; r++)
		s->rows[r][s->next] = point[r];
	s->next = (s->next + 1) % points;
	s->used += s->used < points;
	s->before = *now;
}

void history_tick(struct history *h, const struct history_gauges *g)
{
	uint64_t ms = clock_ms();
	const struct totals now = totals_now();

	for (int i = 0; i < HISTORY_SPANS; i++) {
		struct span *s = &h->spans[i];
		if (ms - s->at_ms < (uint64_t)spans[i].step_s * 1000)
			continue;
		span_take(s, spans[i].points, &now, g, (double)(ms - s->at_ms) / 1000);
		s->at_ms = ms;
		s->wall_ms = clock_wall_ms();
	}
}

const char *history_span_name(enum history_span s)
{
	return spans[s].name;
}

const char *history_row_name(enum history_row r)
{
	return row_names[r];
}

unsigned history_step_s(enum history_span s)
{
	return spans[s].step_s;
}

size_t history_get(const struct history *h, enum history_span which, enum history_row row,
    float to[HISTORY_POINTS], int64_t *last_ms)
{
	const struct span *s = &h->spans[which];
	size_t points = spans[which].points;

	assert(points <= HISTORY_POINTS);
	for (size_t i = 0; i < s->used; i++)
		to[i] = s->rows[row][(s->next + points - s->used + i) % points];
	*last_ms = s->wall_ms;
	return s->used;
}
