/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt/dead.h"
#include "attempt/errand.h"
#include "base/reaper.h"
#include "filter/filter.h"
#include "filter/filter_wire.h"

/* One errand on a pool of one. */
struct own {
	const struct filter_message *message;
	struct filter_outcome *outcome;
	struct event_base *base;
	struct reaper *reaper;
	struct pool *pool;
	struct unwinds *unwinds;
	struct errands *errands;
};

static void filter_own_trouble(
    struct filter_outcome *o, const char *what, const char *detail)
{
	o->verdict = VERDICT_INFRASTRUCTURE;
	(void)snprintf(o->why, sizeof o->why, "%s%s%s", what, detail ? ": " : "",
	    detail ? detail : "");
}

static void filter_own_ended(void *arg, const struct errand_end *end)
{
	struct own *w = arg;
	struct filter_outcome *o = w->outcome;
	const struct told *t = end->told;
	const struct dead_message about = { end->claim, end->bytes, t,
		w->message->config };

	o->verdict = t->verdict;
	o->id = end->claim->id;
	memcpy(o->note, t->note_count, sizeof o->note);
	(void)snprintf(o->why, sizeof o->why, "%s", t->reason ? t->reason : "");
	if (end->result != -1) {
		o->result_bytes = t->output_size;
		o->result = fcntl(end->result, F_DUPFD_CLOEXEC, 3);
		if (o->result == -1)
			filter_own_trouble(o, "the result", strerror(errno));
	} else if (t->verdict != VERDICT_INFRASTRUCTURE) {
		o->report = dead_letter(&about, &o->report_bytes);
		if (!o->report)
			filter_own_trouble(o, "the report", strerror(ENOMEM));
	}
	(void)event_base_loopbreak(w->base);
}

/* --- from the pool --- */

static void filter_own_turn(void *arg)
{
	struct own *w = arg;

	(void)errands_give(w->errands, UINT_MAX);
}

static void filter_own_report(void *arg, uint64_t job, const Bulkhead__Report *r)
{
	struct own *w = arg;

	errands_report(w->errands, job, r);
}

static void order_ended(void *arg, uint64_t job, const struct pool_end *end)
{
	struct own *w = arg;

	errands_ended(w->errands, job, end);
}

static void filter_own_hopeless(void *arg, const char *why)
{
	struct own *w = arg;

	filter_own_trouble(w->outcome, "no worker would start", why);
	(void)event_base_loopbreak(w->base);
}

static bool filter_own_start(struct own *w)
{
	static const struct pool_calls pool_calls = { filter_own_turn, filter_own_report,
		order_ended, filter_own_hopeless };
	static const struct errand_calls calls = { NULL, filter_own_ended };
	const struct filter_message *m = w->message;

	w->base = event_base_new();
	w->reaper = w->base ? reaper_new(w->base) : NULL;
	if (!w->reaper)
		return false;
	w->unwinds = unwinds_new(w->base);
	w->pool = pool_new(w->base, m->config, &pool_calls, w);
	if (!w->pool || !w->unwinds)
		return false;
	reaper_add(w->reaper, pool_reaped, w->pool);
	reaper_add(w->reaper, unwinds_reaped, w->unwinds);
	w->errands = errands_new(&(struct errands_with){
	    w->base, m->config, w->pool, m->room, w->unwinds, "filter", NULL, NULL });
	if (!w->errands)
		return false;
	errands_on_turn(w->errands, filter_own_turn, w);
	int input = fcntl(m->input, F_DUPFD_CLOEXEC, 3);
	return input != -1 &&
	       errands_add(w->errands, input, m->bytes, FILTER_NAME, &calls, w);
}

void filter_own(const struct filter_message *m, struct filter_outcome *o)
{
	struct own w = { .message = m, .outcome = o };

	m->config->workers = 1;
	m->config->spares = 0;
	filter_own_trouble(o, "no answer", NULL);
	if (filter_own_start(&w))
		(void)event_base_dispatch(w.base);
	else
		filter_own_trouble(o, "cannot start a worker", strerror(errno));
	errands_free(w.errands);
	unwinds_free(w.unwinds);
	pool_free(w.pool);
	reaper_free(w.reaper);
	if (w.base)
		event_base_free(w.base);
}
