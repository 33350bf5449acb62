/* SPDX-License-Identifier: ISC */
#include "service/look.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "attempt/attempt.h"
#include "base/age.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/usage.h"
#include "log/log.h"
#include "service/burials.h"
#include "service/canary.h"
#include "service/history.h"
#include "service/job.h"
#include "service/readiness.h"
#include "spool/intake.h"
#include "spool/spool.h"

enum { MESSAGES_MAX = 1000, TEXT_MAX = 512 };

/* The state in the making. Once memory is out nothing more is added, and it is not told:
 * half a state would be read as a whole one. */
struct look {
	Bulkhead__Door__State *state;
	bool failed;
	uint64_t stored;      /* bytes in hand */
	uint64_t youngest_ms; /* of a full list of messages; 0: not looked for yet */
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

static void look_pool(const struct pool *pool, uint64_t spares)
{
	unsigned ready = pool_idle(pool) + pool_busy(pool), wanted = pool_workers(pool);
	bool complete;
	const char *layers = pool_layers(pool, &complete);

	metric_set(METRIC_SPARES, "wanted", (double)spares);
	metric_set(METRIC_SPARES, "ready", ready > wanted ? ready - wanted : 0);
	metric_set(METRIC_SANDBOX, layers, complete);
}

/* RFC 1566. Of recipients nothing is known: a file has no envelope; and nothing here
 * makes loops. */
static void look_mta(const struct look *l, const struct jobs_counts *c)
{
	const char *label;
	double value;

	metric_set(METRIC_MTA_RECEIVED, NULL, (double)c->claimed);
	metric_set(METRIC_MTA_STORED, NULL,
	    (double)(c->waiting + c->running + c->paused + c->settling + c->suspects +
		     c->stores));
	metric_set(METRIC_MTA_TRANSMITTED, NULL, (double)(c->converted + c->passed));
	metric_set(METRIC_MTA_CONVERTED, NULL, (double)c->converted);
	metric_set(METRIC_MTA_FAILED, NULL, (double)c->failed);
	metric_set(METRIC_MTA_STORED_BYTES, NULL, (double)l->stored);
	metric_set(METRIC_MTA_RECEIVED_BYTES, NULL, 0);
	metric_set(METRIC_MTA_TRANSMITTED_BYTES, NULL, 0);
	for (size_t i = 0; metric_nth(METRIC_BYTES, i, &label, &value); i++)
		metric_set(strcmp(label, "read") == 0 ? METRIC_MTA_RECEIVED_BYTES
						      : METRIC_MTA_TRANSMITTED_BYTES,
		    NULL, value);
}

static void look_counts(const struct look *l, const struct look_at *at)
{
	struct jobs_counts c = jobs_counts(at->jobs);
	const struct intake_stay *stay = at->readiness->stay;

	metric_set(
	    METRIC_QUEUE, "backlog", at->intake ? (double)intake_backlog(at->intake) : 0);
	metric_set(METRIC_QUEUE, "left", stay ? (double)stay->left : 0);
	metric_set(METRIC_QUEUE, "waiting", (double)c.waiting);
	metric_set(METRIC_QUEUE, "running", (double)c.running);
	metric_set(METRIC_QUEUE, "paused", (double)c.paused);
	metric_set(METRIC_QUEUE, "settling", (double)c.settling);
	metric_set(METRIC_QUEUE, "suspects", (double)c.suspects);
	metric_set(METRIC_QUEUE, "stores", (double)c.stores);
	look_mta(l, &c);
}

static void look_volume(const char *folder, uint64_t bytes)
{
	metric_set(METRIC_DISK_FREE, folder, (double)bytes);
}

static void look_machine(const struct look_at *at, bool ready)
{
	const struct pool *pool = attempts_pool(at->attempts);
	struct rusage own, children;

	spool_volumes(at->spool, look_volume);
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
	metric_add(METRIC_LOG_LOST, NULL, 0);
	metric_set(METRIC_READY, NULL, ready);
	metric_set(METRIC_PAUSED, NULL, jobs_held(at->jobs));
	metric_set(METRIC_BREAKER, NULL, canary_holds(at->canary));
	metric_set(
	    METRIC_BUSY, NULL, (double)pool_busy(pool) / (double)pool_workers(pool));
	const char *word = readiness_word(at->readiness);
	for (const char *const *w = readiness_words; *w; w++)
		metric_set(METRIC_INTAKE, *w, word == *w);
	look_pool(pool, at->config->spares);
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
	to->busy_ms = w->busy_ms;
	to->build = look_text(l, w->build);
	*at = to;
}

/* Where a message of this age stands among the oldest: a new place, or that of the
 * youngest when it is younger. NULL: nowhere. */
static Bulkhead__Door__Message *look_place(struct look *l, uint64_t age_ms)
{
	Bulkhead__Door__State *s = l->state;
	size_t youngest = 0;

	if (s->n_messages < MESSAGES_MAX) {
		Bulkhead__Door__Message *m = malloc(sizeof *m);
		void **at = m ? look_grow(l, (void ***)&s->messages, &s->n_messages,
				    &l->messages_capacity)
			      : NULL;
		if (!at) {
			l->failed = true;
			free(m);
			return NULL;
		}
		*at = m;
		return m;
	}
	for (size_t i = 1; i < s->n_messages; i++)
		if (s->messages[i]->age_ms < s->messages[youngest]->age_ms)
			youngest = i;
	l->youngest_ms = s->messages[youngest]->age_ms;
	if (age_ms <= l->youngest_ms)
		return NULL;
	free(s->messages[youngest]->folder);
	free(s->messages[youngest]->file);
	free(s->messages[youngest]->state);
	free(s->messages[youngest]->sender);
	free(s->messages[youngest]->subject);
	return s->messages[youngest];
}

static void look_message(void *arg, const struct attempt_view *v)
{
	struct look *l = arg;
	Bulkhead__Door__State *s = l->state;

	s->messages_all++;
	l->stored += v->bytes;
	if (s->ages)
		s->ages[age_row_of(v->since_ms)]++;
	if (v->since_ms > s->oldest_ms)
		s->oldest_ms = v->since_ms;
	/* The youngest of a full list is only looked for when it may have to go. */
	if (l->failed || (s->n_messages == MESSAGES_MAX && v->since_ms <= l->youngest_ms))
		return;
	Bulkhead__Door__Message *m = look_place(l, v->since_ms);
	if (!m)
		return;
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
}

static int look_older(const void *a, const void *b)
{
	const Bulkhead__Door__Message *const *x = a, *const *y = b;

	if ((*x)->age_ms != (*y)->age_ms)
		return (*x)->age_ms > (*y)->age_ms ? -1 : 1;
	return (*x)->id < (*y)->id ? -1 : (*x)->id > (*y)->id;
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

/* --- what was --- */

static void look_group(struct look *l, const struct burial_group *from)
{
	Bulkhead__Door__State *s = l->state;
	Bulkhead__Door__Group *to = malloc(sizeof *to);

	if (!to) {
		l->failed = true;
		return;
	}
	bulkhead__door__group__init(to);
	to->signature = look_text(l, from->signature);
	to->verdict = look_text(l, from->verdict);
	to->count = from->count;
	to->last_ms = from->last_ms;
	to->sender = look_text(l, from->sender);
	to->reason = look_text(l, from->reason);
	to->last = from->last_id;
	s->groups[s->n_groups++] = to;
}

static void look_groups(struct look *l, const struct burials *b)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression) */
	l->state->groups = calloc(BURIALS_GROUPS, sizeof(void *));
	l->failed = l->failed || !l->state->groups;
	for (unsigned i = 0; i < b->count && !l->failed; i++)
		look_group(l, &b->groups[i]);
}

static void look_row(struct look *l, Bulkhead__Door__History *h,
    const struct history *from, enum history_span span, enum history_row row)
{
	Bulkhead__Door__Row *to = malloc(sizeof *to);
	float *values = malloc(HISTORY_POINTS * sizeof *values);

	if (!to || !values) {
		l->failed = true;
		free(to);
		free(values);
		return;
	}
	bulkhead__door__row__init(to);
	to->name = look_text(l, history_row_name(row));
	to->n_values = history_get(from, span, row, values, &h->last_ms);
	to->values = values;
	h->rows[h->n_rows++] = to;
}

static void look_span(struct look *l, const struct history *from, enum history_span span)
{
	Bulkhead__Door__State *s = l->state;
	Bulkhead__Door__History *h = malloc(sizeof *h);

	if (!h) {
		l->failed = true;
		return;
	}
	bulkhead__door__history__init(h);
	s->history[s->n_history++] = h;
	h->name = look_text(l, history_span_name(span));
	h->step_s = history_step_s(span);
	/* NOLINTNEXTLINE(bugprone-sizeof-expression) */
	h->rows = calloc(HISTORY_ROWS, sizeof(void *));
	l->failed = l->failed || !h->rows;
	for (int r = 0; r < HISTORY_ROWS && !l->failed; r++)
		look_row(l, h, from, span, (enum history_row)r);
}

static void look_history(struct look *l, const struct history *from)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression) */
	l->state->history = calloc(HISTORY_SPANS, sizeof(void *));
	l->failed = l->failed || !l->state->history;
	for (int i = 0; i < HISTORY_SPANS && !l->failed; i++)
		look_span(l, from, (enum history_span)i);
}

/* --- all of it --- */

/* Why it is not ready, and what is held up. */
static void look_readiness(struct look *l, const struct readiness *r)
{
	enum { HELD_UP_MOST = 2 };
	Bulkhead__Door__State *s = l->state;
	char text[READINESS_SIZE];

	s->unready = malloc(sizeof(char *));
	s->held_up = calloc(HELD_UP_MOST, sizeof(char *));
	l->failed = l->failed || !s->unready || !s->held_up;
	if (l->failed)
		return;
	const char *lacks = readiness_lacks(r, text);
	s->ready = lacks == NULL;
	if (lacks)
		s->unready[s->n_unready++] = look_text(l, lacks);
	for (unsigned i = 0; i < HELD_UP_MOST && readiness_held_up(r, i, text); i++)
		s->held_up[s->n_held_up++] = look_text(l, text);
}

static void look_head(struct look *l, const struct look_at *at)
{
	Bulkhead__Door__State *s = l->state;

	s->version = look_text(l, BULKHEAD_VERSION);
	s->now_ms = clock_wall_ms();
	s->started_ms = at->started_ms;
	s->pid = (uint64_t)getpid();
	s->paused = jobs_held(at->jobs);
	s->draining = at->readiness->stopping;
	s->breaker = look_text(l, canary_holds(at->canary) ? "open" : "closed");
	s->workers_wanted = pool_workers(attempts_pool(at->attempts));
	s->spares_wanted = at->config->spares;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression) */
	s->histograms = calloc(TIMES, sizeof(void *));
	s->ages = calloc(AGES, sizeof *s->ages);
	s->n_ages = s->ages ? AGES : 0;
	l->failed = l->failed || !s->histograms || !s->ages;
	look_readiness(l, at->readiness);
}

Bulkhead__Door__State *look_state(
    const struct look_at *at, const Bulkhead__Door__Look *wanted)
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
	if (l.state->n_messages > 1)
		/* NOLINTNEXTLINE(bugprone-sizeof-expression) */
		qsort(l.state->messages, l.state->n_messages, sizeof *l.state->messages,
		    look_older);
	metric_set(METRIC_OLDEST, NULL, (double)l.state->oldest_ms / 1000);
	look_match(&l);
	look_counts(&l, at);
	look_machine(at, l.state->ready);
	look_numbers(&l);
	for (int t = 0; t < TIMES && !l.failed; t++)
		look_histogram(&l, (enum metric_times)t);
	look_groups(&l, jobs_burials(at->jobs));
	if (wanted->history)
		look_history(&l, at->history);
	if (!wanted->queue) { /* they were needed for the workers' */
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
