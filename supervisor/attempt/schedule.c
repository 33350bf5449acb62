/* SPDX-License-Identifier: ISC */
#include "attempt/schedule.h"

/* One that failed before needs a worker that has served nobody; others take any. */
static bool schedule_can(
    const struct schedule_view *v, bool failed, struct schedule_choice *c)
{
	if (failed && v->unused == 0)
		c->replace = true;
	return failed ? v->unused > 0 : v->free > 0;
}

static struct schedule_choice schedule_urgent(const struct schedule_view *v)
{
	struct schedule_choice c = { .kind = SCHEDULE_NOBODY };

	for (; c.queue < v->count; c.queue++)
		if (v->queue[c.queue].urgent && v->queue[c.queue].new > 0) {
			if (v->free > 0)
				c.kind = SCHEDULE_NEW;
			break;
		}
	return c;
}

/* The first queue with one to run alone; count: none. */
static size_t schedule_alone_queue(const struct schedule_view *v)
{
	size_t q = 0;

	while (q < v->count && v->queue[q].alone == 0)
		q++;
	return q;
}

static struct schedule_choice schedule_alone(const struct schedule_view *v, size_t q)
{
	struct schedule_choice c = { .queue = q, .trial = v->hold != HOLD_NOTHING };

	if (v->busy == 0 && schedule_can(v, v->queue[q].alone_failed, &c))
		c.kind = SCHEDULE_ALONE;
	return c;
}

/* One to try while all others are held: rather one that never failed. */
static struct schedule_choice schedule_trial(const struct schedule_view *v)
{
	struct schedule_choice c = { .trial = true };

	for (; c.queue < v->count; c.queue++)
		if (v->queue[c.queue].new > 0) {
			if (v->free > 0)
				c.kind = SCHEDULE_NEW;
			return c;
		}
	for (c.queue = 0; v->hold == HOLD_BUT_ONE && c.queue < v->count; c.queue++)
		if (v->queue[c.queue].retry > 0) {
			if (schedule_can(v, true, &c))
				c.kind = SCHEDULE_RETRY;
			return c;
		}
	return c;
}

/* New messages and retries of one queue, in turns. */
static void schedule_within(
    struct schedule *s, const struct schedule_view *v, struct schedule_choice *c)
{
	const struct schedule_queue *q = &v->queue[c->queue];
	unsigned half = v->workers / 2;

	if (q->bulk && v->workers > 1 && q->running >= v->workers - 1)
		return;
	bool fresh = q->new > 0 && v->free > 0;
	bool retry =
	    q->retry > 0 && v->retries < (half ? half : 1) && schedule_can(v, true, c);

	if (fresh && retry)
		s->turn[c->queue] = (s->turn[c->queue] + 1) % SCHEDULE_SHARE;
	if (retry && (!fresh || s->turn[c->queue] == 0))
		c->kind = SCHEDULE_RETRY;
	else if (fresh)
		c->kind = SCHEDULE_NEW;
}

struct schedule_choice schedule_next(struct schedule *s, const struct schedule_view *v)
{
	struct schedule_choice c = schedule_urgent(v);

	if (c.queue < v->count || v->hold == HOLD_ALL || v->alone_runs)
		return c;
	size_t alone = schedule_alone_queue(v);
	if (alone < v->count)
		return schedule_alone(v, alone);
	if (v->hold != HOLD_NOTHING)
		return schedule_trial(v);
	for (size_t i = 1; i <= v->count && c.kind == SCHEDULE_NOBODY; i++) {
		c.queue = (s->last + i) % v->count;
		schedule_within(s, v, &c);
	}
	if (c.kind != SCHEDULE_NOBODY)
		s->last = c.queue;
	return c;
}
