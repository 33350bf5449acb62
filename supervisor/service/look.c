/* SPDX-License-Identifier: ISC */
#include "service/look.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "attempt/attempt.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/usage.h"
#include "log/log.h"
#include "service/canary.h"
#include "service/job.h"
#include "spool/intake.h"
#include "spool/spool.h"

enum { MESSAGES_MAX = 1000, TEXT_MAX = 512 };

/* The state in the making. Once memory is out nothing more is added, and it is not told:
 * half a state would be read as a whole one. */
struct look {
	Bulkhead__Door__State *state;
	bool failed;
	uint64_t oldest_ms;
	size_t workers_capacity, messages_capacity, numbers_capacity;
};

static char *look_text(struct look *l, const char *text)
{
	char *copy = strndup(text ? text : "", TEXT_MAX);

	l->failed = l->failed || !copy;
	return copy;
}

/* One more place in a list of pointers; NULL: no memory. */
static void **look_grow(struct look *l, void ***list, size_t *n, size_t *capacity)
{
	if (*n == *capacity) {
		size_t more = *capacity ? *capacity * 2 : 16;
		void **larger = reallocarray(*list, more, sizeof *larger);
		if (!larger) {
			l->failed = true;
			return NULL;
		}
		*list = larger;
		*capacity = more;
	}
	return &(*list)[(*n)++];
}

/* --- numbers --- */

static void look_number(struct look *l, const char *name, const char *label, double value)
{
	Bulkhead__Door__State *s = l->state;
	Bulkhead__Door__Number *n = malloc(sizeof *n);
	void **at =
	    n ? look_grow(l, (void ***)&s->numbers, &s->n_numbers, &l->numbers_capacity)
	      : NULL;

	if (!at) {
		l->failed = true;
		free(n);
		return;
	}
	bulkhead__door__number__init(n);
	n->name = look_text(l, name);
	n->label = look_text(l, label);
	n->value = value;
	*at = n;
}

static void look_histogram(struct look *l, enum metric_times t)
{
	Bulkhead__Door__State *s = l->state;
	Bulkhead__Door__Histogram *h = malloc(sizeof *h);
	uint64_t *counts = malloc((TIMES_BOUNDS + 1) * sizeof *counts);

	if (!h || !counts || l->failed) {
		l->failed = true;
		free(h);
		free(counts);
		return;
	}
	bulkhead__door__histogram__init(h);
	h->name = look_text(l, times_rows[t].name);
	memcpy(counts, times_get(t, &h->sum), (TIMES_BOUNDS + 1) * sizeof *counts);
	h->counts = counts;
	h->n_counts = TIMES_BOUNDS + 1;
	s->histograms[s->n_histograms++] = h;
}

static void look_counts(const struct look_at *at)
{
	struct jobs_counts c = jobs_counts(at->jobs);
	struct intake_stay stay =
	    at->intake ? intake_stay(at->intake) : (struct intake_stay){ 0 };

	metric_set(
	    METRIC_QUEUE, "backlog", at->intake ? (double)intake_backlog(at->intake) : 0);
	metric_set(METRIC_QUEUE, "left", (double)stay.left);
	metric_set(METRIC_QUEUE, "waiting", (double)c.waiting);
	metric_set(METRIC_QUEUE, "running", (double)c.running);
	metric_set(METRIC_QUEUE, "paused", (double)c.paused);
	metric_set(METRIC_QUEUE, "settling", (double)c.settling);
	metric_set(METRIC_QUEUE, "suspects", (double)c.suspects);
}

static void look_machine(const struct look_at *at, bool ready)
{
	const struct pool *pool = attempts_pool(at->attempts);
	struct rusage own, children;
	uint64_t bytes, inodes;

	if (spool_space(at->spool, &bytes, &inodes))
		metric_set(METRIC_DISK_FREE, "spool", (double)bytes);
	metric_set(METRIC_MEMORY, NULL, (double)usage_resident(getpid()));
	if (getrusage(RUSAGE_SELF, &own) == 0 &&
	    getrusage(RUSAGE_CHILDREN, &children) == 0) {
		metric_set(METRIC_CPU, "supervisor",
		    (double)own.ru_utime.tv_sec + (double)own.ru_stime.tv_sec +
			(double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6);
		metric_set(METRIC_CPU, "ended",
		    (double)children.ru_utime.tv_sec + (double)children.ru_stime.tv_sec +
			(double)(children.ru_utime.tv_usec + children.ru_stime.tv_usec) /
			    1e6);
	}
	metric_set(METRIC_READY, NULL, ready);
	metric_set(METRIC_PAUSED, NULL, jobs_held(at->jobs));
	metric_set(METRIC_BREAKER, NULL, canary_holds(at->canary));
	metric_set(
	    METRIC_BUSY, NULL, (double)pool_busy(pool) / (double)pool_workers(pool));
	metric_set(METRIC_START, NULL, (double)at->started_ms / 1000);
}

static void look_numbers(struct look *l)
{
	const char *label;
	double value;

	for (int m = 0; m < METRICS; m++)
		for (size_t i = 0; metric_nth((enum metric)m, i, &label, &value); i++)
			look_number(l, metric_rows[m].name, label, value);
}

/* --- workers and messages --- */

static void look_worker(void *arg, const struct pool_worker *w)
{
	struct look *l = arg;
	Bulkhead__Door__State *s = l->state;
	Bulkhead__Door__Worker *to = malloc(sizeof *to);
	void **at =
	    to ? look_grow(l, (void ***)&s->workers, &s->n_workers, &l->workers_capacity)
	       : NULL;

	metric_add(METRIC_WORKERS, w->state, 1);
	if (!at) {
		l->failed = true;
		free(to);
		return;
	}
	bulkhead__door__worker__init(to);
	to->number = w->number;
	to->pid = w->pid;
	to->state = look_text(l, w->state);
	to->age_ms = w->age_ms;
	to->served = w->served;
	to->cpu_ms = w->cpu_ms;
	to->resident = w->resident;
	to->message = w->job;
	to->since_ms = w->since_ms;
	to->message_cpu_ms = w->job_cpu_ms;
	to->build = look_text(l, w->build);
	*at = to;
}

static void look_message(void *arg, const struct attempt_view *v)
{
	struct look *l = arg;
	Bulkhead__Door__State *s = l->state;

	s->messages_all++;
	if (v->since_ms > l->oldest_ms)
		l->oldest_ms = v->since_ms;
	if (s->n_messages == MESSAGES_MAX || l->failed)
		return;
	Bulkhead__Door__Message *m = malloc(sizeof *m);
	void **at = m ? look_grow(l, (void ***)&s->messages, &s->n_messages,
			    &l->messages_capacity)
		      : NULL;
	if (!at) {
		l->failed = true;
		free(m);
		return;
	}
	bulkhead__door__message__init(m);
	m->id = v->claim->id;
	m->folder = look_text(l, v->claim->sub);
	m->file = look_text(l, v->claim->name);
	m->state = look_text(l, v->state);
	m->age_ms = v->since_ms;
	m->bytes = v->bytes;
	m->sender = look_text(l, v->outcome->facts.sender);
	m->subject = look_text(l, v->outcome->facts.subject);
	m->crashes = v->claim->charges.crash;
	m->timeouts = v->claim->charges.timeout;
	m->memory = v->claim->charges.memory;
	*at = m;
}

/* Which worker has which message. */
static void look_match(struct look *l)
{
	Bulkhead__Door__State *s = l->state;

	for (size_t w = 0; w < s->n_workers; w++)
		for (size_t i = 0; s->workers[w]->message && i < s->n_messages; i++)
			if (s->messages[i]->id == s->workers[w]->message) {
				s->messages[i]->worker = s->workers[w]->number;
				s->workers[w]->file = look_text(l, s->messages[i]->file);
			}
}

/* --- all of it --- */

static void look_head(struct look *l, const struct look_at *at)
{
	Bulkhead__Door__State *s = l->state;

	s->version = look_text(l, BULKHEAD_VERSION);
	s->now_ms = clock_wall_ms();
	s->started_ms = at->started_ms;
	s->pid = (uint64_t)getpid();
	s->ready = at->lacks == NULL;
	s->paused = jobs_held(at->jobs);
	s->draining = at->stopping;
	s->breaker = look_text(l, canary_holds(at->canary) ? "open" : "closed");
	s->workers_wanted = pool_workers(attempts_pool(at->attempts));
	s->spares_wanted = at->config->spares;
	s->unready = malloc(sizeof(char *));
	/* NOLINTNEXTLINE(bugprone-sizeof-expression) */
	s->histograms = calloc(TIMES, sizeof(void *));
	l->failed = l->failed || !s->unready || !s->histograms;
	if (at->lacks && !l->failed)
		s->unready[s->n_unready++] = look_text(l, at->lacks);
}

Bulkhead__Door__State *look_state(const struct look_at *at, bool messages)
{
	static const char *const states[] = { "starting", "idle", "busy", "leaving",
		"dying", "gone" };
	struct look l = { .state = malloc(sizeof *l.state) };

	if (!l.state)
		return NULL;
	bulkhead__door__state__init(l.state);
	look_head(&l, at);
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		metric_set(METRIC_WORKERS, states[i], 0);
	pool_each(attempts_pool(at->attempts), look_worker, &l);
	attempts_each(at->attempts, look_message, &l);
	jobs_each(at->jobs, look_message, &l);
	metric_set(METRIC_OLDEST, NULL, (double)l.oldest_ms / 1000);
	look_match(&l);
	look_counts(at);
	look_machine(at, l.state->ready);
	look_numbers(&l);
	for (int t = 0; t < TIMES && !l.failed; t++)
		look_histogram(&l, (enum metric_times)t);
	if (!messages) { /* they were needed for the workers' */
		for (size_t i = 0; i < l.state->n_messages; i++)
			bulkhead__door__message__free_unpacked(
			    l.state->messages[i], NULL);
		l.state->n_messages = 0;
	}
	if (!l.failed)
		return l.state;
	bulkhead__door__state__free_unpacked(l.state, NULL);
	return NULL;
}
