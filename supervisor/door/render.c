/* SPDX-License-Identifier: ISC */
#include "door/render.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/age.h"
#include "base/json_text.h"
#include "base/metrics.h"

enum { RENDER_VERSION = 1 };

/* To so many parts of one. libm, which nothing else here needs, is a library more to load
 * at each start of the program. */
static double render_rounded(double v, int parts)
{
	const double most = 1e12;

	return v > -most && v < most ? (double)(int64_t)(v * parts + 0.5) / parts : v;
}

static json_t *render_count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *render_id(uint64_t id)
{
	return id ? json_sprintf("%016" PRIx64, id) : json_null();
}

static void render_put(json_t *o, const char *key, json_t *value)
{
	(void)json_object_set_new(o, key, value);
}

static const char *state_text(const char *text)
{
	return text ? text : "";
}

/* {"messages": {"done": 3}, "ready": 1} */
static json_t *render_numbers(const Bulkhead__Door__State *s)
{
	json_t *all = json_object();

	for (size_t i = 0; i < s->n_numbers; i++) {
		const Bulkhead__Door__Number *n = s->numbers[i];
		bool whole = n->value >= 0 && n->value < 9e15 &&
			     n->value == (double)(uint64_t)n->value;
		json_t *value =
		    whole ? render_count((uint64_t)n->value) : json_real(n->value);
		if (!*state_text(n->label)) {
			render_put(all, state_text(n->name), value);
			continue;
		}
		json_t *by = json_object_get(all, state_text(n->name));
		if (!by) {
			by = json_object();
			render_put(all, state_text(n->name), by);
		}
		render_put(by, n->label, value);
	}
	return all;
}

/* The upper bound below which this share of what was counted lies: of histograms people
 * want a number. */
static json_t *render_quantile(const Bulkhead__Door__Histogram *h, double share)
{
	uint64_t all = 0, below = 0;

	for (size_t i = 0; i < h->n_counts; i++)
		all += h->counts[i];
	if (all == 0)
		return json_null();
	for (size_t i = 0; i < h->n_counts && i < TIMES_BOUNDS; i++) {
		below += h->counts[i];
		if ((double)below >= share * (double)all)
			return json_real(times_bounds[i]);
	}
	return json_null();
}

static json_t *render_times(const Bulkhead__Door__State *s)
{
	json_t *all = json_object();

	for (size_t i = 0; i < s->n_histograms; i++) {
		const Bulkhead__Door__Histogram *h = s->histograms[i];
		uint64_t count = 0;
		for (size_t k = 0; k < h->n_counts; k++)
			count += h->counts[k];
		render_put(all, state_text(h->name),
		    json_pack("{s:o, s:f, s:o, s:o}", "count", render_count(count), "sum",
			h->sum, "p50_at_most", render_quantile(h, 0.5), "p95_at_most",
			render_quantile(h, 0.95)));
	}
	return all;
}

json_t *render_groups(const Bulkhead__Door__State *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_groups; i++) {
		const Bulkhead__Door__Group *g = s->groups[i];
		(void)json_array_append_new(list,
		    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "signature",
			json_text(g->signature), "verdict", json_text(g->verdict),
			"count", render_count(g->count), "last", json_time(g->last_ms),
			"sender", json_text(g->sender), "reason", json_text(g->reason),
			"last_id", render_id(g->last)));
	}
	return list;
}

static json_t *render_texts(char **texts, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_text(texts[i]));
	return list;
}

json_t *render_status(const Bulkhead__Door__State *s)
{
	json_t *o = json_pack(
	    "{s:i, s:o}", "version", RENDER_VERSION, "bulkhead", json_text(s->version));

	render_put(o, "now", json_time(s->now_ms));
	render_put(o, "started", json_time(s->started_ms));
	render_put(o, "pid", render_count(s->pid));
	render_put(o, "ready", json_boolean(s->ready));
	render_put(o, "unready", render_texts(s->unready, s->n_unready));
	render_put(o, "held_up", render_texts(s->held_up, s->n_held_up));
	render_put(o, "paused", json_boolean(s->paused));
	render_put(o, "draining", json_boolean(s->draining));
	render_put(o, "breaker", json_text(s->breaker));
	render_put(o, "workers", render_count(s->workers_wanted));
	render_put(o, "spares", render_count(s->spares_wanted));
	render_put(o, "numbers", render_numbers(s));
	render_put(o, "times", render_times(s));
	render_put(o, "groups", render_groups(s));
	return o;
}

double render_cpu_share(const Bulkhead__Door__Worker *w)
{
	if (!w->message || w->since_ms == 0)
		return 0;
	/* It may have more than one processor at work, and the clocks have ticks. */
	double share = (double)w->message_cpu_ms / (double)w->since_ms;
	return share < 1 ? share : 1;
}

json_t *render_workers(const Bulkhead__Door__State *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_workers; i++) {
		const Bulkhead__Door__Worker *w = s->workers[i];
		json_t *o = json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		    "worker", render_count(w->number), "pid", (json_int_t)w->pid, "state",
		    json_text(w->state), "since_ms", render_count(w->since_ms), "age_ms",
		    render_count(w->age_ms), "served", render_count(w->served), "cpu_ms",
		    render_count(w->cpu_ms), "resident_bytes", render_count(w->resident),
		    "build", json_text(w->build));
		render_put(o, "busy_ms", render_count(w->busy_ms));
		render_put(o, "message", render_id(w->message));
		if (w->message) {
			render_put(o, "file", json_text(w->file));
			render_put(o, "message_cpu_ms", render_count(w->message_cpu_ms));
			render_put(o, "cpu_share",
			    json_real(render_rounded(render_cpu_share(w), 1000)));
		}
		(void)json_array_append_new(list, o);
	}
	return json_pack("{s:i, s:o}", "version", RENDER_VERSION, "workers", list);
}

static json_t *render_ages(const Bulkhead__Door__State *s)
{
	json_t *o = json_object();

	for (size_t i = 0; i < AGES && i < s->n_ages; i++)
		render_put(o, age_rows[i].name, render_count(s->ages[i]));
	return o;
}

json_t *render_queue(const Bulkhead__Door__State *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_messages; i++) {
		const Bulkhead__Door__Message *m = s->messages[i];
		(void)json_array_append_new(list,
		    json_pack(
			"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:o}",
			"id", render_id(m->id), "folder", json_text(m->folder), "file",
			json_text(m->file), "state", json_text(m->state), "age_ms",
			render_count(m->age_ms), "bytes", render_count(m->bytes),
			"sender", json_text(m->sender), "subject", json_text(m->subject),
			"crashes", (int)m->crashes, "timeouts", (int)m->timeouts,
			"memory", (int)m->memory, "worker", render_count(m->worker)));
	}
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}", "version", RENDER_VERSION,
	    "all", render_count(s->messages_all), "held_up",
	    render_texts(s->held_up, s->n_held_up), "oldest_ms",
	    render_count(s->oldest_ms), "ages", render_ages(s), "messages", list);
}

static json_t *render_rows(const Bulkhead__Door__History *h)
{
	json_t *rows = json_object();

	for (size_t r = 0; r < h->n_rows; r++) {
		const Bulkhead__Door__Row *row = h->rows[r];
		json_t *values = json_array();
		for (size_t i = 0; i < row->n_values; i++) {
			double v = row->values[i];
			(void)json_array_append_new(
			    values, isfinite(v) ? json_real(render_rounded(v, 100000))
						: json_null());
		}
		render_put(rows, state_text(row->name), values);
	}
	return rows;
}

json_t *render_history(const Bulkhead__Door__State *s)
{
	json_t *o = json_pack("{s:i}", "version", RENDER_VERSION);

	for (size_t i = 0; i < s->n_history; i++) {
		const Bulkhead__Door__History *h = s->history[i];
		render_put(o, state_text(h->name),
		    json_pack("{s:i, s:o, s:o}", "step_s", (int)h->step_s, "last",
			json_time(h->last_ms), "rows", render_rows(h)));
	}
	return o;
}

json_t *render_live(const Bulkhead__Door__State *s)
{
	return json_pack("{s:i, s:o, s:o, s:o}", "version", RENDER_VERSION, "status",
	    render_status(s), "workers", render_workers(s), "queue", render_queue(s));
}

/* --- OpenMetrics --- */

static void put_label(FILE *f, const char *text)
{
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			(void)fprintf(f, "\\%c", *text);
		else
			(void)fputc(*text == '\n' ? ' ' : *text, f);
}

/* A metric's head. In OpenMetrics a counter's family goes without "_total"; in the older
 * text format of Prometheus it has it, and there are no units. */
static void put_head(FILE *f, bool open, const char *name, const char *type,
    const char *unit, const char *help)
{
	const char *total = !open && strcmp(type, "counter") == 0 ? "_total" : "";
	size_t n = strlen(name), u = unit ? strlen(unit) : 0;

	if (strcmp(type, "info") == 0 && !open) {
		total = "_info";
		type = "gauge";
	}
	(void)fprintf(f, "# TYPE bulkhead_%s%s %s\n", name, total, type);
	if (open && unit && n > u && strcmp(name + n - u, unit) == 0)
		(void)fprintf(f, "# UNIT bulkhead_%s %s\n", name, unit);
	(void)fprintf(f, "# HELP bulkhead_%s%s %s\n", name, total, help);
}

static void put_metric(
    FILE *f, bool open, const struct metric_row *row, const Bulkhead__Door__State *s)
{
	put_head(
	    f, open, row->name, row->counter ? "counter" : "gauge", row->unit, row->help);
	for (size_t i = 0; i < s->n_numbers; i++) {
		const Bulkhead__Door__Number *n = s->numbers[i];
		if (strcmp(state_text(n->name), row->name) != 0)
			continue;
		(void)fprintf(
		    f, "bulkhead_%s%s", row->name, row->counter ? "_total" : "");
		if (row->label) {
			(void)fprintf(f, "{%s=\"", row->label);
			put_label(f, state_text(n->label));
			(void)fputs("\"}", f);
		}
		(void)fprintf(f, " %.17g\n", n->value);
	}
}

static void put_histogram(
    FILE *f, bool open, const struct times_row *row, const Bulkhead__Door__State *s)
{
	uint64_t below = 0;

	put_head(f, open, row->name, "histogram", "seconds", row->help);
	for (size_t i = 0; i < s->n_histograms; i++) {
		const Bulkhead__Door__Histogram *h = s->histograms[i];
		if (strcmp(state_text(h->name), row->name) != 0 ||
		    h->n_counts != TIMES_BOUNDS + 1)
			continue;
		for (size_t k = 0; k < TIMES_BOUNDS; k++) {
			below += h->counts[k];
			(void)fprintf(f, "bulkhead_%s_bucket{le=\"%g\"} %" PRIu64 "\n",
			    row->name, times_bounds[k], below);
		}
		below += h->counts[TIMES_BOUNDS];
		(void)fprintf(f,
		    "bulkhead_%s_bucket{le=\"+Inf\"} %" PRIu64
		    "\nbulkhead_%s_count %" PRIu64 "\nbulkhead_%s_sum %.9g\n",
		    row->name, below, row->name, below, row->name, h->sum);
	}
}

/* Each worker's figures, under its number. */
static double worker_cpu(const Bulkhead__Door__Worker *w)
{
	return (double)w->cpu_ms / 1000;
}

static double worker_busy(const Bulkhead__Door__Worker *w)
{
	return (double)w->busy_ms / 1000;
}

static double worker_memory(const Bulkhead__Door__Worker *w)
{
	return (double)w->resident;
}

static double worker_served(const Bulkhead__Door__Worker *w)
{
	return (double)w->served;
}

static const struct worker_row {
	const char *name, *unit, *help;
	bool counter;
	double (*value)(const Bulkhead__Door__Worker *);
} worker_rows[] = {
	{ "worker_cpu_seconds", "seconds", "Processor time of one worker.", true,
	    worker_cpu },
	{ "worker_busy_seconds", "seconds",
	    "How long one worker has had messages in hand: its rate is its busy share.",
	    true, worker_busy },
	{ "worker_resident_memory_bytes", "bytes", "Resident memory of one worker.",
	    false, worker_memory },
	{ "worker_served_messages", NULL, "Messages that one worker has ended.", true,
	    worker_served },
};

static void put_workers(FILE *f, bool open, const Bulkhead__Door__State *s)
{
	for (size_t r = 0; r < sizeof worker_rows / sizeof worker_rows[0]; r++) {
		const struct worker_row *row = &worker_rows[r];
		put_head(f, open, row->name, row->counter ? "counter" : "gauge",
		    row->unit, row->help);
		for (size_t i = 0; i < s->n_workers; i++)
			(void)fprintf(f, "bulkhead_%s%s{worker=\"%" PRIu64 "\"} %.17g\n",
			    row->name, row->counter ? "_total" : "",
			    s->workers[i]->number, row->value(s->workers[i]));
	}
}

/* Dead letters of this run, by what they died of. */
static void put_groups(FILE *f, bool open, const Bulkhead__Door__State *s)
{
	put_head(f, open, "dead_letters", "counter", NULL,
	    "Dead letters of this run by group: verdict, and signature of the fault.");
	for (size_t i = 0; i < s->n_groups; i++) {
		const Bulkhead__Door__Group *g = s->groups[i];
		(void)fputs("bulkhead_dead_letters_total{signature=\"", f);
		put_label(f, state_text(g->signature));
		(void)fputs("\",verdict=\"", f);
		put_label(f, state_text(g->verdict));
		(void)fprintf(f, "\"} %" PRIu64 "\n", g->count);
	}
}

char *render_metrics(const Bulkhead__Door__State *s, bool open, size_t *n)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, n);

	if (!f)
		return NULL;
	put_head(f, open, "build", "info", NULL, "What runs.");
	(void)fputs("bulkhead_build_info{version=\"", f);
	put_label(f, state_text(s->version));
	(void)fputs("\"} 1\n", f);
	for (size_t i = 0; i < METRICS; i++)
		put_metric(f, open, &metric_rows[i], s);
	for (size_t i = 0; i < TIMES; i++)
		put_histogram(f, open, &times_rows[i], s);
	put_workers(f, open, s);
	put_groups(f, open, s);
	if (open)
		(void)fputs("# EOF\n", f);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}
