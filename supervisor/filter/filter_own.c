/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "base/reaper.h"
#include "door/door_attempt.h"
#include "filter/filter.h"

/* One message and a pool of one worker. */
struct own {
	struct door_attempt way;
	struct filter_outcome *outcome;
	struct event_base *base;
};

static void filter_own_trouble(
    struct filter_outcome *o, const char *what, const char *detail)
{
	o->verdict = VERDICT_INFRASTRUCTURE;
	(void)snprintf(o->why, sizeof o->why, "%s%s%s", what, detail ? ": " : "",
	    detail ? detail : "");
}

static void filter_own_ended(void *arg, int *output)
{
	struct own *w = arg;
	const struct outcome *t = &w->way.outcome;
	struct filter_outcome *o = w->outcome;

	door_attempt_log(&w->way, "filter");
	o->verdict = t->verdict;
	o->id = w->way.claim.id;
	memcpy(o->note, t->note_count, sizeof o->note);
	(void)snprintf(o->why, sizeof o->why, "%s", t->reason ? t->reason : "");
	if (verdict_row(t->verdict)->good) {
		o->result_bytes = t->output_size;
		o->result = *output;
		*output = -1;
	}
	o->report = door_attempt_report(&w->way, &o->report_bytes);
	if (!o->report && !verdict_row(t->verdict)->good &&
	    t->verdict != VERDICT_INFRASTRUCTURE)
		filter_own_trouble(o, "the report", strerror(ENOMEM));
	(void)event_base_loopbreak(w->base);
}

static void filter_own_turned(void *arg)
{
	(void)arg; /* there is but one message */
}

static void filter_own_hopeless(void *arg, const char *why)
{
	struct own *w = arg;

	filter_own_trouble(w->outcome, "no worker would start", why);
	(void)event_base_loopbreak(w->base);
}

void filter_own(const struct filter_message *m, struct filter_outcome *o)
{
	static const struct attempts_calls calls = { filter_own_turned,
		filter_own_hopeless };
	static const struct attempt_owner owner = { DOOR_ATTEMPT_OWNER,
		.ended = filter_own_ended };
	struct own w = { .outcome = o, .base = event_base_new() };
	struct reaper *reaper = w.base ? reaper_new(w.base) : NULL;
	struct attempts *attempts = NULL;
	struct attempt_queue *queue = NULL;

	m->config->workers = 1;
	m->config->spares = 0;
	door_attempt_begin(&w.way, m->config, m->results, m->input, m->bytes, NULL, NULL);
	if (reaper)
		attempts = attempts_new(w.base, m->config, reaper, &calls, &w);
	if (attempts)
		queue = attempts_queue(attempts, &owner);
	filter_own_trouble(o, "no answer", NULL);
	if (queue && attempt_add(queue, ATTEMPT_NEW, &w.way.claim, &w.way.outcome, &w))
		(void)event_base_dispatch(w.base);
	else
		filter_own_trouble(o, "cannot start a worker", strerror(errno));
	attempts_free(attempts);
	door_attempt_clear(&w.way);
	reaper_free(reaper);
	if (w.base)
		event_base_free(w.base);
}
