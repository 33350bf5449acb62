/* SPDX-License-Identifier: ISC */
#include "attempt/attempt.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "attempt/charge.h"
#include "attempt/document.h"
#include "attempt/judge.h"
#include "attempt/share.h"
#include "attempt/unwind.h"
#include "base/clock.h"
#include "base/latency.h"
#include "base/metrics.h"
#include "base/timer.h"
#include "base/units.h"
#include "log/log.h"

struct attempt {
	TAILQ_ENTRY(attempt) link;
	struct attempt_queue *queue;
	enum attempt_state state,
	    from; /* from: where it waited before it ran or was late */
	struct claim *claim;
	struct outcome *outcome;
	void *arg;
	uint64_t due;      /* ATTEMPT_RETRY: not before, clock_ms() */
	uint64_t bytes;    /* of the message, once it was opened */
	uint64_t since;    /* clock_ms(), when it was added */
	int output;        /* while it runs; -1 */
	unsigned troubles; /* how often our own trouble delayed it */
	unsigned lacked;   /* how often it met a full disk, see share.h */
	uint64_t took;     /* bytes of the disk, at most, when it did */
	bool trial;        /* tried while others are held */
	bool counted;      /* an attempt has ended that says something of it */
	struct event *timer;
	struct unwind *unwind; /* the question under way, NULL none */
};

TAILQ_HEAD(attempt_list, attempt);

struct attempt_queue {
	struct attempts *all;
	const struct attempt_owner *owner;
	struct attempt_list in[ATTEMPT_STATES];
	unsigned count[ATTEMPT_STATES];
	unsigned retries; /* running */
	bool draining;
};

struct attempts {
	struct event_base *base;
	const struct config *config;
	struct attempts_calls calls;
	void *arg;
	struct attempts_guard guard; /* all NULL: none */
	void *guard_arg;
	struct pool *pool;
	struct unwinds *unwinds;
	struct event *turn; /* something changed, or the first retry is due */
	struct schedule schedule;
	struct attempt_queue *queues[SCHEDULE_QUEUES];
	size_t queue_count;
};

/* The only place that changes a state, so list, count and state cannot disagree. */
static void attempt_move(struct attempt *a, enum attempt_state to)
{
	struct attempt_queue *q = a->queue;

	TAILQ_REMOVE(&q->in[a->state], a, link);
	q->count[a->state]--;
	q->retries -= a->state == ATTEMPT_RUNNING && a->from == ATTEMPT_RETRY;
	q->retries += to == ATTEMPT_RUNNING && a->state == ATTEMPT_RETRY;
	if (to == ATTEMPT_RUNNING || to == ATTEMPT_LATE)
		a->from = a->state == ATTEMPT_RUNNING ? a->from : a->state;
	a->state = to;
	TAILQ_INSERT_TAIL(&q->in[to], a, link);
	q->count[to]++;
	if (to == ATTEMPT_OVER || to == ATTEMPT_RETRY)
		attempts_turn(q->all);
}

void attempts_turn(struct attempts *as)
{
	event_active(as->turn, 0, 0);
}

static void attempt_free(struct attempt *a)
{
	TAILQ_REMOVE(&a->queue->in[a->state], a, link);
	a->queue->count[a->state]--;
	if (a->output != -1)
		(void)close(a->output);
	unwind_forget(a->unwind);
	event_free(a->timer);
	free(a);
}

/* --- its end --- */

static void attempt_count(const struct attempt *a)
{
	const struct outcome *o = a->outcome;

	metric_add(METRIC_MESSAGES, verdict_row(o->verdict)->name, 1);
	metric_add(METRIC_BYTES, "read", a->bytes);
	if (verdict_row(o->verdict)->good)
		metric_add(METRIC_BYTES, "written", o->output_size);
}

static void attempt_finish(struct attempt *a)
{
	int output = a->output;

	a->output = -1;
	(void)evtimer_del(a->timer);
	attempt_move(a, ATTEMPT_OVER);
	attempt_count(a);
	a->queue->owner->ended(a->arg, &output);
	if (output != -1)
		(void)close(output);
}

static void attempt_unwound(void *arg, const struct unwind_answer *answer)
{
	struct attempt *a = arg;

	a->unwind = NULL;
	document_frames(a->outcome, answer, a->queue->all->config);
	attempt_finish(a);
}

/* The verdict is final; a stack that was left comes into the report first. */
static void attempt_conclude(struct attempt *a)
{
	static const struct unwind_answer none = {
		.failure = "too many stacks were to be unwound at once"
	};
	struct attempts *as = a->queue->all;
	struct outcome *o = a->outcome;

	if (a->queue->owner->unwinds && o->remains && !verdict_row(o->verdict)->good) {
		a->unwind = unwinds_ask(as->unwinds, o->remains, attempt_unwound, a);
		if (a->unwind) {
			attempt_move(a, ATTEMPT_UNWINDING);
			return;
		}
		document_frames(o, &none, as->config);
	}
	attempt_finish(a);
}

static void attempt_drained(struct attempt *a)
{
	outcome_trouble(a->outcome, TROUBLE_STOP, "the service stops", ECANCELED);
	attempt_finish(a);
}

/* What was read is not what lies there now. */
static void attempt_changed(struct attempt *a)
{
	outcome_without_worker(
	    a->outcome, VERDICT_INFRASTRUCTURE, "changed while it was read");
	a->outcome->trouble = TROUBLE_CHANGED;
	attempt_finish(a);
}

/* Trouble of ours is never charged: it waits, for so often as its owner has patience. */
static void attempt_late(
    struct attempt *a, enum trouble trouble, const char *call, int error)
{
	const struct attempt_queue *q = a->queue;
	const struct attempt_patience *p = &q->owner->patience;
	unsigned patience = trouble == TROUBLE_FILES ? p->files : p->workers;

	if (q->draining) {
		attempt_drained(a);
		return;
	}
	if (patience != ATTEMPT_FOR_EVER && a->troubles >= patience) {
		outcome_trouble(a->outcome, trouble, call, error);
		log_event(EVENT_MESSAGE_LATE, LOG_J(a->claim->id),
		    LOG_S("source", q->owner->source), LOG_S("call", call), LOG_E(error));
		attempt_finish(a);
		return;
	}
	uint64_t pause = timer_backoff(p->first_ms, p->most_ms, a->troubles++);
	log_event(EVENT_MESSAGE_LATE, LOG_J(a->claim->id),
	    LOG_S("source", q->owner->source), LOG_S("call", call), LOG_E(error),
	    LOG_U("again_in_ms", pause));
	attempt_move(a, ATTEMPT_LATE);
	timer_start(a->timer, pause);
}

static void attempt_again(struct attempt *a)
{
	struct attempt_queue *q = a->queue;
	uint64_t delay = q->all->config->retry.delay;

	outcome_log_failed(a->outcome, a->claim, q->owner->source,
	    q->owner->source ? "again" : "active");
	if (q->draining) {
		attempt_drained(a);
		return;
	}
	metric_add(METRIC_RETRIES, verdict_row(a->outcome->verdict)->name, 1);
	log_event(EVENT_MESSAGE_RETRY, LOG_J(a->claim->id), LOG_U("in_ms", delay));
	outcome_begin(
	    a->outcome); /* what was known of this attempt is logged, and large */
	a->due = clock_ms() + delay;
	attempt_move(a, ATTEMPT_RETRY);
	if (q->owner->hurried)
		timer_start(a->timer, delay + q->all->config->limits.time);
}

/* --- full disks --- */

enum {
	LACKED_ONCE = 1, /* to be tried with space set aside */
	LACKED_TWICE,    /* to be tried with nothing beside it */
};

/* A full disk is our trouble, not the message's: seen by ourselves, without what this
 * attempt wrote, which may take the kernel a while to free. */
static bool attempt_disk_is_full(const struct attempt *a, uint64_t written)
{
	enum { ROOM_LEAST = 1 << 20 };
	uint64_t free = a->output != -1 ? share_free(a->output) : 0, inodes,
		 least = a->queue->all->config->intake.min_free;

	if (a->output == -1 && !a->queue->owner->space(a->arg, &free, &inodes))
		return true;
	/* A result is about as large as its message. */
	if (least < a->bytes + ROOM_LEAST)
		least = a->bytes + ROOM_LEAST;
	return free < least && free + written < least;
}

/* How much it may write; for one that met a full disk before, the space is set aside.
 * False: errno, there is none. */
static bool attempt_share(struct attempt *a, struct pool_order *order)
{
	enum { ROOM_TO_BEGIN = 64 << 10 };
	const struct attempts *as = a->queue->all;

	if (!a->queue->owner->space)
		return true;
	uint64_t free = share_free(order->output);
	if (free != UINT64_MAX && free < a->bytes + ROOM_TO_BEGIN) {
		errno = ENOSPC;
		return false;
	}
	order->output_most = share_of(free, as->config->intake.min_free, a->bytes,
	    pool_workers(as->pool), a->state == ATTEMPT_ALONE);
	return a->lacked == 0 ||
	       share_reserve(order->output, a->bytes, order->output_most);
}

/* Uncharged, and at once: what it lacked is to be had, or attempt_share says so. */
static void attempt_with_room(struct attempt *a)
{
	const struct attempt_queue *q = a->queue;

	log_event(EVENT_MESSAGE_LATE, LOG_J(a->claim->id),
	    LOG_S("source", q->owner->source), LOG_S("call", "write output"),
	    LOG_E(ENOSPC), LOG_U("took", a->took),
	    LOG_B("alone", a->lacked == LACKED_TWICE));
	if (q->draining) {
		attempt_drained(a);
		return;
	}
	outcome_begin(a->outcome);
	if (q->owner->charge && a->from != ATTEMPT_ALONE)
		q->owner->charge(a->arg, a->claim->charges, true);
	a->due = clock_ms();
	attempt_move(a, a->lacked == LACKED_TWICE ? ATTEMPT_ALONE : ATTEMPT_RETRY);
	if (q->owner->hurried)
		timer_start(a->timer, q->all->config->limits.time);
}

/* What is to be done about an end by lack of room. */
enum attempt_room {
	ROOM_ENOUGH,     /* it did not lack any, or it is its own fault */
	ROOM_IS_TO_COME, /* it is tried again with more */
	ROOM_NONE,       /* the disk is full, whoever filled it */
};

static enum attempt_room attempt_lacked(struct attempt *a, const struct pool_end *end)
{
	const struct autopsy *x = end->autopsy;
	bool bounded =
	    x && x->output_full && x->output_most < a->queue->all->config->limits.output;

	if (!x || !a->queue->owner->space || !(share_lacked(x) || bounded))
		return ROOM_ENOUGH;
	a->took = x->written > a->took ? x->written : a->took;
	if (a->lacked == 0 && !bounded) {
		a->lacked = LACKED_ONCE;
		return ROOM_IS_TO_COME;
	}
	if (a->lacked < LACKED_TWICE &&
	    (bounded || (a->output != -1 && share_is_short(a->output)))) {
		a->lacked = LACKED_TWICE;
		return ROOM_IS_TO_COME;
	}
	if (attempt_disk_is_full(a, x->written))
		return ROOM_NONE;
	a->outcome->verdict = VERDICT_OUTPUT;
	outcome_because(a->outcome, "it wants more of the disk than is free for it");
	return ROOM_ENOUGH;
}

/* The attempt has a verdict of its own: charge it. */
static void attempt_judged(struct attempt *a)
{
	const struct attempt_owner *owner = a->queue->owner;
	const struct outcome *o = a->outcome;
	struct charges c = a->claim->charges;
	bool again = !verdict_row(o->verdict)->good &&
		     charge_add(&c, o->verdict, o->used, a->queue->all->config) &&
		     !owner->once;

	if (owner->charge)
		owner->charge(a->arg, c, again);
	else
		a->claim->charges = c;
	a->troubles = 0;
	if (again)
		attempt_again(a);
	else
		attempt_conclude(a);
}

/* --- with a worker --- */

static void attempt_answer(void *arg, const Bulkhead__Answer *r)
{
	struct attempt *a = arg;
	const struct attempt_owner *owner = a->queue->owner;

	outcome_answer(a->outcome, r);
	if (r->kind_case == BULKHEAD__ANSWER__KIND_ITEM && owner->item)
		owner->item(a->arg, r->item);
}

static void attempt_tell_breaker(struct attempt *a)
{
	const struct attempts *as = a->queue->all;
	enum verdict v = a->outcome->verdict;
	bool first = !a->counted && v != VERDICT_INFRASTRUCTURE;

	a->counted = a->counted || first;
	if (as->guard.attempted && !a->queue->owner->urgent)
		as->guard.attempted(as->guard_arg, v, first, a->trial);
	a->trial = false;
}

static void attempt_ended(void *arg, const struct pool_end *end)
{
	struct attempt *a = arg;
	struct outcome *o = a->outcome;

	outcome_ended(o, end);
	times_add(TIMES_CONVERTING, end->elapsed_ms * 1000);
	if (a->lacked && a->output != -1)
		share_release(a->output);
	if (end->done)
		judge_output(o, end, a->queue->all->pool, &a->output);
	const enum attempt_room room = attempt_lacked(a, end);
	if (room != ROOM_ENOUGH)
		o->verdict = VERDICT_INFRASTRUCTURE;
	if (!verdict_row(o->verdict)->good && a->output != -1) {
		(void)close(a->output);
		a->output = -1;
	}
	attempt_tell_breaker(a);
	if (room == ROOM_ENOUGH && o->verdict == VERDICT_INFRASTRUCTURE)
		attempt_late(a, o->trouble, o->call, o->error);
	else if (a->queue->owner->changed && a->queue->owner->changed(a->arg))
		attempt_changed(a);
	else if (room == ROOM_IS_TO_COME)
		attempt_with_room(a);
	else if (room == ROOM_NONE)
		attempt_late(a, TROUBLE_FILES, "write output", ENOSPC);
	else
		attempt_judged(a);
}

static void attempt_close(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

static bool attempt_too_large(struct attempt *a)
{
	uint64_t most = a->queue->all->config->limits.input;
	char reason[96], limit[UNITS_TEXT];

	if (!most || a->bytes <= most)
		return false;
	units_format(UNITS_SIZE, most, limit);
	(void)snprintf(
	    reason, sizeof reason, "is larger than limits.input allows, %s", limit);
	outcome_without_worker(a->outcome, VERDICT_REFUSED, reason);
	attempt_judged(a);
	return true;
}

/* Open what it needs and give it to a worker. False: none took it; it goes on waiting. */
static bool attempt_start(struct attempt *a)
{
	static const struct pool_listener listener = { attempt_answer, attempt_ended };
	const struct attempts *as = a->queue->all;
	const struct attempt_owner *owner = a->queue->owner;
	const char *why = NULL;
	struct pool_order order = { .listener = &listener,
		.arg = a,
		.job = a->claim->id,
		.input = -1,
		.output = -1,
		.scratch = -1,
		.fresh = charge_needs_fresh(&a->claim->charges) };
	bool over = true;

	outcome_begin(a->outcome);
	switch (owner->open(a->arg, &order, &why)) {
	case ATTEMPT_OPENED:
		a->bytes = order.input_size;
		if (attempt_too_large(a))
			break;
		if (!attempt_share(a, &order)) {
			attempt_late(a, TROUBLE_FILES, "write output", errno);
			break;
		}
		over = pool_give(as->pool, &order);
		if (!over)
			break;
		a->output = order.output;
		order.output = -1;
		(void)evtimer_del(a->timer);
		if (a->state != ATTEMPT_RETRY)
			times_add(TIMES_QUEUED, (clock_ms() - a->since) * 1000);
		attempt_move(a, ATTEMPT_RUNNING);
		if (owner->begun)
			owner->begun(a->arg);
		break;
	case ATTEMPT_UNREADABLE:
		outcome_without_worker(a->outcome, VERDICT_REFUSED, why);
		attempt_judged(a);
		break;
	case ATTEMPT_CHANGED:
		attempt_changed(a);
		break;
	case ATTEMPT_TROUBLE:
		attempt_late(a, TROUBLE_FILES, why, errno);
		break;
	}
	attempt_close(&order.input);
	attempt_close(&order.output);
	attempt_close(&order.scratch);
	return over;
}

/* --- who is next --- */

/* The one that ran alone the least often when the service died: bystanders are cleared
 * first, and kills in quick succession do not all meet the same one. Among equals, the
 * one that took most of a full disk. */
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
	*to = (struct schedule_queue){ .urgent = q->owner->urgent };
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

/* From the loop only: the worker that told an end may not be heard out before. */
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

static void attempt_timer_due(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *a = arg;

	(void)fd;
	(void)what;
	if (a->state == ATTEMPT_LATE) {
		attempt_move(a, a->from);
		a->due = 0;
		attempts_turn(a->queue->all);
	} else if (a->state <= ATTEMPT_RETRY) {
		outcome_trouble(
		    a->outcome, TROUBLE_LATE, "no worker was free in time", ETIMEDOUT);
		attempt_finish(a);
	}
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
				see(arg, &(struct attempt_view){ a->claim, a->outcome,
					     as->queues[q]->owner->source, names[s],
					     a->bytes, now - a->since });
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
