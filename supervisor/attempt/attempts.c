/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>

#include "attempt/attempt_private.h"
#include "attempt/charge.h"
#include "attempt/unwind.h"
#include "base/clock.h"
#include "base/latency.h"
#include "base/timer.h"

/* --- who is next --- */

/* The one with the fewest deaths of the service while it ran alone: bystanders are
 * cleared first, and kills in quick succession do not all meet the same one. Among
 * equals, the one that took most of a full disk. */
static struct attempt *least_killed(const struct attempt_queue *q)
{
	struct attempt *a, *least = TAILQ_FIRST(&q->in[ATTEMPT_ALONE]);

	TAILQ_FOREACH (a, &q->in[ATTEMPT_ALONE], link) {
		unsigned kills = least->claim->charges.kills;
		if (a->claim->charges.kills < kills ||
		    (a->claim->charges.kills == kills && a->took > least->took))
			least = a;
	}
	return least;
}

static bool alone_runs(const struct attempt_queue *q)
{
	const struct attempt *a = TAILQ_FIRST(&q->in[ATTEMPT_RUNNING]);

	return a && a->from == ATTEMPT_ALONE; /* then it is the only one */
}

static void view_queue(
    const struct attempt_queue *q, uint64_t now, struct schedule_view *v)
{
	const struct attempt *retry = TAILQ_FIRST(&q->in[ATTEMPT_RETRY]);
	const struct attempt *alone = least_killed(q);
	struct schedule_queue *to = &v->queue[v->count++];

	v->retries += q->retries;
	v->alone_runs = v->alone_runs || alone_runs(q);
	*to = (struct schedule_queue){ .urgent = q->owner->urgent,
		.bulk = q->owner->bulk,
		.running = q->count[ATTEMPT_RUNNING] };
	if (q->draining)
		return;
	to->alone = q->count[ATTEMPT_ALONE];
	to->alone_failed = alone && charge_needs_fresh(&alone->claim->charges);
	to->new = q->count[ATTEMPT_NEW];
	/* They wait in the order in which they are due. */
	to->retry = retry && retry->due <= now ? q->count[ATTEMPT_RETRY] : 0;
}

static struct schedule_choice attempts_choose(struct attempts *as)
{
	struct schedule_view v = { .hold = HOLD_NOTHING,
		.free = pool_free_count(as->pool, false),
		.unused = pool_free_count(as->pool, true),
		.workers = pool_workers(as->pool),
		.busy = pool_busy(as->pool) };
	uint64_t now = clock_ms();

	if (as->guard.hold)
		v.hold = as->guard.hold(as->guard_arg);
	for (size_t i = 0; i < as->queue_count; i++)
		view_queue(as->queues[i], now, &v);
	struct schedule_choice c = schedule_next(&as->schedule, &v);
	if (c.replace)
		pool_want_fresh(as->pool);
	return c;
}

/* Give out the free workers. */
static void attempts_give(struct attempts *as)
{
	for (;;) {
		const struct schedule_choice c = attempts_choose(as);
		const struct attempt_queue *q = as->queues[c.queue];
		struct attempt *a = NULL;

		if (c.kind == SCHEDULE_ALONE)
			a = least_killed(q);
		else if (c.kind != SCHEDULE_NOBODY)
			a = TAILQ_FIRST(
			    &q->in[c.kind == SCHEDULE_NEW ? ATTEMPT_NEW : ATTEMPT_RETRY]);
		if (!a || !attempt_start(a))
			return;
		/* It may also have ended at once, or be late by trouble of ours. */
		if (c.trial && a->state == ATTEMPT_RUNNING) {
			a->trial = true;
			as->guard.begun(as->guard_arg);
		}
	}
}

/* From the loop only: when an order's end is told, its worker may have more to say. */
static void attempts_on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct attempts *as = arg;
	uint64_t first = 0, now;

	(void)fd;
	(void)what;
	latency_mark(as->base);
	for (size_t i = 0; i < as->queue_count; i++) {
		struct attempt_list *over = &as->queues[i]->in[ATTEMPT_OVER];
		while (!TAILQ_EMPTY(over))
			/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
			attempt_free(TAILQ_FIRST(over));
	}
	attempts_give(as);
	now = clock_ms();
	for (size_t i = 0; i < as->queue_count; i++) {
		const struct attempt *a = TAILQ_FIRST(&as->queues[i]->in[ATTEMPT_RETRY]);
		if (a && a->due > now && (!first || a->due < first))
			first = a->due;
	}
	if (first)
		timer_start(as->turn, first - now);
	as->calls.turned(as->arg);
}

/* --- the interface --- */

static void on_free_worker(void *arg)
{
	attempts_on_turn(-1, 0, arg);
}

static void on_hopeless(void *arg, const char *why)
{
	struct attempts *as = arg;

	as->calls.hopeless(as->arg, why);
}

struct attempts *attempts_new(struct event_base *base, const struct config *config,
    struct reaper *reaper, const struct attempts_calls *calls, void *arg)
{
	static const struct pool_calls from_pool = { on_free_worker, on_hopeless };
	struct attempts *as = calloc(1, sizeof *as);

	if (!as)
		return NULL;
	as->base = base;
	as->config = config;
	as->calls = *calls;
	as->arg = arg;
	as->turn = event_new(base, -1, 0, attempts_on_turn, as);
	as->unwinds = unwinds_new(base);
	if (as->turn && as->unwinds)
		as->pool = pool_new(base, config, &from_pool, as);
	if (!as->pool) {
		attempts_free(as);
		return NULL;
	}
	reaper_add(reaper, pool_reaped, as->pool);
	reaper_add(reaper, unwinds_reaped, as->unwinds);
	return as;
}

void attempts_free(struct attempts *as)
{
	if (!as)
		return;
	pool_free(as->pool);
	for (size_t i = 0; i < as->queue_count; i++) {
		struct attempt_queue *q = as->queues[i];
		for (int s = 0; s < ATTEMPT_STATES; s++)
			while (!TAILQ_EMPTY(&q->in[s]))
				/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
				attempt_free(TAILQ_FIRST(&q->in[s]));
		free(q);
	}
	unwinds_free(as->unwinds); /* of whom attempts ask */
	if (as->turn)
		event_free(as->turn);
	free(as);
}

void attempts_guard(struct attempts *as, const struct attempts_guard *guard, void *arg)
{
	as->guard = *guard;
	as->guard_arg = arg;
}

struct pool *attempts_pool(const struct attempts *as)
{
	return as->pool;
}

struct attempt_queue *attempts_queue(
    struct attempts *as, const struct attempt_owner *owner)
{
	struct attempt_queue *q = calloc(1, sizeof *q);

	assert(as->queue_count < SCHEDULE_QUEUES);
	if (!q)
		return NULL;
	q->all = as;
	q->owner = owner;
	for (int s = 0; s < ATTEMPT_STATES; s++)
		TAILQ_INIT(&q->in[s]);
	as->queues[as->queue_count++] = q;
	return q;
}

struct attempt *attempt_add(struct attempt_queue *q, enum attempt_state state,
    struct claim *claim, struct outcome *outcome, void *arg)
{
	struct attempt *a = calloc(1, sizeof *a);

	assert(state <= ATTEMPT_RETRY);
	if (!a)
		return NULL;
	*a = (struct attempt){ .queue = q,
		.state = state,
		.from = state,
		.claim = claim,
		.outcome = outcome,
		.arg = arg,
		.since = clock_ms(),
		.input = -1,
		.output = -1 };
	a->timer = evtimer_new(q->all->base, attempt_timer_due, a);
	if (!a->timer) {
		free(a);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&q->in[state], a, link);
	q->count[state]++;
	if (q->owner->hurried)
		timer_start(a->timer, q->all->config->limits.time);
	attempts_turn(q->all);
	return a;
}

bool attempt_cancel(struct attempt *a)
{
	if (a->state == ATTEMPT_RUNNING || a->state == ATTEMPT_UNWINDING)
		return false;
	(void)evtimer_del(a->timer);
	attempt_move(a, ATTEMPT_OVER);
	return true;
}

void attempt_withdraw(struct attempt *a)
{
	a->withdrawn = true;
	if (a->state == ATTEMPT_RUNNING)
		pool_kill_order(a->queue->all->pool, a->claim->id);
	else if (a->state <= ATTEMPT_RETRY || a->state == ATTEMPT_LATE)
		attempt_end_withdrawn(a);
}

void attempt_queue_drain(struct attempt_queue *q)
{
	static const enum attempt_state idle[] = { ATTEMPT_ALONE, ATTEMPT_NEW,
		ATTEMPT_RETRY, ATTEMPT_LATE };

	q->draining = true;
	for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
		while (!TAILQ_EMPTY(&q->in[idle[i]]))
			attempt_drained(TAILQ_FIRST(&q->in[idle[i]]));
}

bool attempt_queue_alone(const struct attempt_queue *q)
{
	return q->count[ATTEMPT_ALONE] > 0 || alone_runs(q);
}

unsigned attempt_queue_undecided(const struct attempt_queue *q)
{
	return q->count[ATTEMPT_ALONE] + q->count[ATTEMPT_NEW] +
	       q->count[ATTEMPT_RUNNING] - q->retries + q->count[ATTEMPT_LATE];
}

void attempts_each(const struct attempts *as, attempt_see_fn *see, void *arg)
{
	static const char *const names[ATTEMPT_STATES] = { [ATTEMPT_ALONE] = "suspect",
		[ATTEMPT_NEW] = "waiting",
		[ATTEMPT_RETRY] = "retrying",
		[ATTEMPT_RUNNING] = "running",
		[ATTEMPT_LATE] = "late",
		[ATTEMPT_UNWINDING] = "unwinding",
		[ATTEMPT_OVER] = "over" };
	uint64_t now = clock_ms();
	const struct attempt *a;

	for (size_t q = 0; q < as->queue_count; q++)
		for (int s = 0; s < ATTEMPT_OVER; s++)
			TAILQ_FOREACH (a, &as->queues[q]->in[s], link)
				see(arg,
				    &(struct attempt_view){ a->claim, a->outcome,
					as->queues[q]->owner->source, names[s], a->bytes,
					now - a->since + a->claim->waited_ms });
}

unsigned attempt_queue_count(const struct attempt_queue *q, enum attempt_state state)
{
	return q->count[state];
}

unsigned attempts_count(const struct attempts *as, enum attempt_state state)
{
	unsigned n = 0;

	for (size_t i = 0; i < as->queue_count; i++)
		n += as->queues[i]->count[state];
	return n;
}

unsigned attempts_free_workers(const struct attempts *as)
{
	unsigned free = pool_free_count(as->pool, false);
	unsigned waiting = attempts_count(as, ATTEMPT_NEW);

	return free > waiting ? free - waiting : 0;
}

unsigned attempts_in_hand(const struct attempts *as)
{
	unsigned n = 0;

	for (int s = 0; s < ATTEMPT_OVER; s++)
		n += attempts_count(as, (enum attempt_state)s);
	return n;
}
