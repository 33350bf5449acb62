/* SPDX-License-Identifier: ISC */
#include "convert/convert.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "attempt/charge.h"
#include "base/clock.h"
#include "base/reaper.h"
#include "config/roles.h"
#include "convert/convert_private.h"

enum {
	TURN_MS = 20,  /* what one turn of the loop may take before others get theirs */
	TICK_MS = 200, /* the progress line */
	AHEAD_TURN_MS = 5,      /* counting ahead, each tick */
	EXIT_INTERRUPTED = 130, /* as a shell tells of SIGINT */
};

void input_move(struct input *i, enum input_state to)
{
	struct run *r = i->run;

	TAILQ_REMOVE(&r->in[i->state], i, link);
	r->count[i->state]--;
	i->state = to;
	TAILQ_INSERT_TAIL(&r->in[to], i, link);
	r->count[to]++;
	run_more(r);
}

void run_more(struct run *r)
{
	event_active(r->more, 0, 0);
}

static bool all_taken(const struct run *r)
{
	return r->walked || r->draining;
}

static unsigned convert_busy(const struct run *r)
{
	return r->count[INPUT_WAITING] + r->count[INPUT_RUNNING] +
	       r->count[INPUT_PAUSED] + r->count[INPUT_UNWINDING];
}

/*
 * Give waiting inputs to free workers: retries first, to workers that have served
 * nobody. Returns how many of those must be left alone for them.
 */
static unsigned convert_dispatch(struct run *r)
{
	struct input *i, *next;
	unsigned held = r->count[INPUT_PAUSED];

	for (i = TAILQ_FIRST(&r->in[INPUT_WAITING]); i; i = next) {
		next = TAILQ_NEXT(i, link);
		bool fresh = charge_needs_fresh(&i->claim.charges);
		if (pool_free_count(r->pool, fresh) > 0 && input_start(i))
			continue;
		held += fresh;
		if (fresh)
			pool_want_fresh(r->pool);
	}
	unsigned fresh = pool_free_count(r->pool, true);
	return held < fresh ? held : fresh;
}

static void convert_take(struct run *r, unsigned reserved)
{
	uint64_t until = clock_ms() + TURN_MS;
	struct walk_found found;

	while (!all_taken(r) && r->count[INPUT_WAITING] == 0 &&
	       pool_free_count(r->pool, false) > reserved) {
		if (clock_ms() > until) {
			run_more(r);
			return;
		}
		if (walk_next(r->walk, &found))
			input_take(r, &found);
		else
			r->walked = true;
	}
}

static void convert_on_more(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;

	(void)fd;
	(void)what;
	if (!r->stopping)
		convert_take(r, convert_dispatch(r));
	if (all_taken(r) && convert_busy(r) == 0 && r->count[INPUT_STORING] > 0)
		input_flush(r);
	if (all_taken(r) && convert_busy(r) == 0 && r->count[INPUT_STORING] == 0)
		(void)event_base_loopbreak(r->base);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	input_flush(arg);
}

static void convert_on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;
	uint64_t until = clock_ms() + AHEAD_TURN_MS;
	struct walk_found found;

	(void)fd;
	(void)what;
	while (r->ahead && !r->ahead_done && clock_ms() <= until) {
		if (walk_next(r->ahead, &found))
			r->ahead_found++;
		else
			r->ahead_done = true;
	}
	tell_tick(r);
}

static void on_interrupt(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;

	(void)fd;
	(void)what;
	r->exit = EXIT_INTERRUPTED;
	if (!r->draining) {
		r->draining = true;
		run_more(r);
		return;
	}
	r->stopping = true;
	pool_stop(r->pool);
	input_interrupt_all(r);
}

/* --- from the pool --- */

static void on_free(void *arg)
{
	run_more(arg);
}

static void on_report(void *arg, uint64_t job, const Bulkhead__Report *report)
{
	input_report(arg, job, report);
}

static void on_ended(void *arg, uint64_t job, const struct pool_end *end)
{
	input_ended(arg, job, end);
}

static void on_hopeless(void *arg, const char *why)
{
	struct run *r = arg;

	tell_trouble(r, NULL, "no worker would start", why);
	r->exit = ROLE_HOPELESS;
	r->draining = r->stopping = true;
	input_interrupt_all(r);
	run_more(r);
}

/* --- begin and end --- */

static bool convert_listen_to_signals(struct run *r)
{
	static const struct {
		int number;
		event_callback_fn call;
	} handlers[] = { { SIGINT, on_interrupt }, { SIGTERM, on_interrupt } };

	for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
		r->signals[i] =
		    evsignal_new(r->base, handlers[i].number, handlers[i].call, r);
		if (!r->signals[i] || event_add(r->signals[i], NULL) == -1)
			return false;
	}
	return signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

static bool convert_start(struct run *r)
{
	static const struct pool_calls calls = { on_free, on_report, on_ended,
		on_hopeless };
	const struct convert_options *o = r->options;
	struct timeval tick = { .tv_usec = TICK_MS * 1000L };

	r->base = event_base_new();
	r->walk = walk_new(o->paths, r->standard_input == -1 ? o->count : 0, &r->leave);
	if (!r->base || !r->walk || !convert_listen_to_signals(r))
		return false;
	if (r->progress.terminal)
		r->ahead = walk_new(o->paths, o->count, &r->leave);
	r->more = event_new(r->base, -1, 0, convert_on_more, r);
	r->flush = event_new(r->base, -1, 0, on_flush, r);
	r->tick = event_new(r->base, -1, EV_PERSIST, convert_on_tick, r);
	if (!r->more || !r->flush || !r->tick ||
	    (r->progress.terminal && event_add(r->tick, &tick) == -1))
		return false;
	r->reaper = reaper_new(r->base);
	r->unwinds = unwinds_new(r->base);
	if (!r->reaper || !r->unwinds)
		return false;
	r->pool = pool_new(r->base, r->config, &calls, r);
	if (!r->pool)
		return false;
	reaper_add(r->reaper, pool_reaped, r->pool);
	reaper_add(r->reaper, unwinds_reaped, r->unwinds);
	return true;
}

static void convert_end(struct run *r)
{
	struct event *events[] = { r->more, r->flush, r->tick, r->signals[0],
		r->signals[1] };

	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		if (events[i])
			event_free(events[i]);
	reaper_free(r->reaper);
	pool_free(r->pool);
	unwinds_free(r->unwinds);
	walk_free(r->walk);
	walk_free(r->ahead);
	if (r->base)
		event_base_free(r->base);
	target_close(r);
}

/* With --attachments the messages themselves come, too, when that is asked for. */
static const struct target *target_of(const struct convert_options *o)
{
	if (!o->attachments)
		return target_by_name(o->to);
	return target_by_name(o->named_target ? "json-files" : "attachments");
}

int convert_run(const struct convert_options *options, struct config *config)
{
	struct run r = { .options = options,
		.config = config,
		.standard_input = -1,
		.exit = ROLE_FAILED,
		.target = target_of(options) };

	r.extension = r.target->extension;
	for (int i = 0; i < INPUT_STATES; i++)
		TAILQ_INIT(&r.in[i]);
	tell_begin(&r);
	if (!target_open(&r))
		goto out;
	if (!convert_start(&r)) {
		tell_trouble(&r, NULL, "cannot start", strerror(errno));
		goto out;
	}
	r.exit = ROLE_FINE;
	if (r.standard_input != -1)
		input_take(&r, &(struct walk_found){ .whole = true,
				   .root = -1,
				   .folder = -1,
				   .sub = "",
				   .name = "stdin" });
	r.walked = r.standard_input != -1;
	run_more(&r);
	(void)event_base_dispatch(r.base);
	tell_summary(&r);
	if (r.exit == ROLE_FINE && tally_failed(&r.tally) > 0)
		r.exit = ROLE_FAILED;
out:
	convert_end(&r);
	return r.exit;
}
