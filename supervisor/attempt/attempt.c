/* SPDX-License-Identifier: ISC */
#include "attempt/attempt_private.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt/charge.h"
#include "attempt/document.h"
#include "attempt/judge.h"
#include "attempt/share.h"
#include "attempt/unwind.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/timer.h"
#include "base/units.h"
#include "log/log.h"

void attempts_turn(struct attempts *as)
{
	event_active(as->turn, 0, 0);
}

/* The only place that changes a state, so list, count and state cannot disagree. */
void attempt_move(struct attempt *a, enum attempt_state to)
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
	/* It may be all that is left: then no other event would make us look again. */
	if (to == ATTEMPT_OVER || to == ATTEMPT_RETRY || to == ATTEMPT_ALONE)
		attempts_turn(q->all);
}

static void attempt_close(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

void attempt_free(struct attempt *a)
{
	TAILQ_REMOVE(&a->queue->in[a->state], a, link);
	a->queue->count[a->state]--;
	attempt_close(&a->input);
	attempt_close(&a->output);
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

void attempt_drained(struct attempt *a)
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

/* Trouble of ours is never charged: the message waits, as often as its owner's patience
 * allows. */
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
	if (q->owner->late)
		q->owner->late(a->arg, call, error);
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

/* It is tried again, uncharged and at once; attempt_share finds out whether there is
 * space for it now. */
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

void attempt_end_withdrawn(struct attempt *a)
{
	outcome_without_worker(
	    a->outcome, VERDICT_WITHDRAWN, verdict_row(VERDICT_WITHDRAWN)->text);
	attempt_finish(a);
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
		judge_output(
		    o, end, a->queue->all->pool, &a->output, a->queue->owner->named);
	const enum attempt_room room = attempt_lacked(a, end);
	if (room != ROOM_ENOUGH)
		o->verdict = VERDICT_INFRASTRUCTURE;
	if (!verdict_row(o->verdict)->good)
		attempt_close(&a->output);
	int input = a->input;
	a->input = -1;
	if (a->withdrawn && !verdict_row(o->verdict)->good) {
		attempt_close(&input); /* we killed the worker: it says nothing */
		attempt_end_withdrawn(a);
		return;
	}
	attempt_tell_breaker(a);
	if (room == ROOM_ENOUGH && o->verdict == VERDICT_INFRASTRUCTURE)
		attempt_late(a, o->trouble, o->call, o->error);
	else if (a->queue->owner->changed && a->queue->owner->changed(a->arg, input))
		attempt_changed(a);
	else if (room == ROOM_IS_TO_COME)
		attempt_with_room(a);
	else if (room == ROOM_NONE)
		attempt_late(a, TROUBLE_FILES, "write output", ENOSPC);
	else
		attempt_judged(a);
	attempt_close(&input);
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

bool attempt_start(struct attempt *a)
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
		.scratch_of = a->queue,
		.fresh = charge_needs_fresh(&a->claim->charges) };
	bool over = true;

	order.has_scratch = pool_has_scratch(as->pool, order.fresh, order.scratch_of);
	outcome_begin(a->outcome);
	switch (owner->open(a->arg, &order, &why)) {
	case ATTEMPT_OPENED:
		a->bytes = order.item ? order.item_bytes : order.input_size;
		if (attempt_too_large(a))
			break;
		if (!attempt_share(a, &order)) {
			attempt_late(a, TROUBLE_FILES, "write output", errno);
			break;
		}
		over = pool_give(as->pool, &order);
		if (!over)
			break;
		a->input = order.input;
		a->output = order.output;
		order.input = order.output = -1;
		(void)evtimer_del(a->timer);
		if (a->state != ATTEMPT_RETRY)
			times_add(TIMES_QUEUED,
			    (clock_ms() - a->since + a->claim->waited_ms) * 1000);
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

void attempt_timer_due(evutil_socket_t fd, short what, void *arg)
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
