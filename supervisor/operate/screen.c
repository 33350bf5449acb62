/* SPDX-License-Identifier: ISC */
#include "operate/screen.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/age.h"
#include "base/metrics.h"
#include "base/utf8.h"
#include "door/render.h"

enum { HUNG_MS = 10 * 1000, BAR = 10 };

/* "350 ms", "12 s", "5 min", "3 h", "2 d". */
static const char *screen_time(uint64_t ms, char text[16])
{
	if (ms < 1000)
		(void)snprintf(text, 16, "%" PRIu64 " ms", ms);
	else if (ms < UINT64_C(120) * 1000)
		(void)snprintf(text, 16, "%" PRIu64 " s", ms / 1000);
	else if (ms < UINT64_C(120) * 60 * 1000)
		(void)snprintf(text, 16, "%" PRIu64 " min", ms / 60000);
	else if (ms < UINT64_C(48) * 3600 * 1000)
		(void)snprintf(text, 16, "%" PRIu64 " h", ms / 3600000);
	else
		(void)snprintf(text, 16, "%" PRIu64 " d", ms / 86400000);
	return text;
}

static const char *screen_size(uint64_t bytes, char text[16])
{
	static const char units[] = " KMGTP";
	double n = (double)bytes;
	size_t u = 0;

	while (n >= 1024 && u + 2 < sizeof units) {
		n /= 1024;
		u++;
	}
	(void)snprintf(text, 16, u && n < 10 ? "%.1f %c" : "%.0f %c", n, units[u]);
	return text;
}

/* The sum of a figure's values, or the value under a label. */
static double screen_value(
    const Bulkhead__Door__State *s, enum metric m, const char *label)
{
	double sum = 0;

	for (size_t i = 0; i < s->n_numbers; i++)
		if (strcmp(s->numbers[i]->name, metric_rows[m].name) == 0 &&
		    (!label || strcmp(s->numbers[i]->label, label) == 0))
			sum += s->numbers[i]->value;
	return sum;
}

static void screen_counts(FILE *to, const Bulkhead__Door__State *s)
{
	const char *between = "";

	(void)fputs("decided  ", to);
	for (size_t i = 0; i < s->n_numbers; i++)
		if (strcmp(s->numbers[i]->name, metric_rows[METRIC_MESSAGES].name) == 0) {
			(void)fprintf(to, "%s%.0f %s", between, s->numbers[i]->value,
			    s->numbers[i]->label);
			between = ", ";
		}
	(void)fputs(*between ? "\n" : "none yet\n", to);
}

static void put_held_up(FILE *to, const Bulkhead__Door__State *s)
{
	for (size_t i = 0; i < s->n_held_up; i++)
		(void)fprintf(to, "  held up %s\n", s->held_up[i]);
}

void screen_status(FILE *to, const Bulkhead__Door__State *s, int columns)
{
	char age[16], oldest[16];

	(void)columns;
	(void)fprintf(to, "bulkhead %s, pid %" PRIu64 ", up %s: %s\n", s->version, s->pid,
	    screen_time((uint64_t)(s->now_ms - s->started_ms), age),
	    s->ready ? "mail is taken" : "NO MAIL IS TAKEN");
	for (size_t i = 0; i < s->n_unready; i++)
		(void)fprintf(to, "  because %s\n", s->unready[i]);
	put_held_up(to, s);
	(void)fprintf(to,
	    "queue    %.0f not taken yet, %.0f waiting, %.0f with workers, %.0f paused, "
	    "%.0f being delivered; the oldest in hand %s\n",
	    screen_value(s, METRIC_QUEUE, "backlog"),
	    screen_value(s, METRIC_QUEUE, "waiting"),
	    screen_value(s, METRIC_QUEUE, "running"),
	    screen_value(s, METRIC_QUEUE, "paused") +
		screen_value(s, METRIC_QUEUE, "suspects"),
	    screen_value(s, METRIC_QUEUE, "settling"),
	    screen_time((uint64_t)(screen_value(s, METRIC_OLDEST, NULL) * 1000), oldest));
	(void)fprintf(to,
	    "workers  %" PRIu64 " and %" PRIu64 " to spare, %.0f busy; breaker %s\n",
	    s->workers_wanted, s->spares_wanted, screen_value(s, METRIC_WORKERS, "busy"),
	    s->breaker);
	screen_counts(to, s);
}

/* A worker that has had its message for long and used no processor is what the operators
 * of the original looked for: it must jump to the eye. */
static const char *screen_verdict(const Bulkhead__Door__Worker *w)
{
	if (!w->message || w->since_ms < HUNG_MS)
		return "";
	return w->message_cpu_ms * 20 < w->since_ms ? "  HANGS?" : "  long";
}

/* The share of a processor that its message has had so far. */
static void screen_bar(FILE *to, const Bulkhead__Door__Worker *w)
{
	double share = render_cpu_share(w);

	for (int i = 0; i < BAR; i++)
		(void)fputc(i < (int)(share * BAR) ? '#' : '.', to);
	if (w->message)
		(void)fprintf(to, " %3.0f%%", share * 100);
	else
		(void)fputs("    -", to);
}

void screen_workers(FILE *to, const Bulkhead__Door__State *s, int columns)
{
	enum { FIXED = 69 };
	char since[16], memory[16];

	(void)fprintf(to, "%6s %8s %-9s %7s %-15s %8s %8s  %s\n", "worker", "pid",
	    "state", "for", "cpu", "memory", "served", "in hand");
	for (size_t i = 0; i < s->n_workers; i++) {
		const Bulkhead__Door__Worker *w = s->workers[i];
		(void)fprintf(to, "%6" PRIu64 " %8" PRId64 " %-9s %7s ", w->number,
		    w->pid, w->state, screen_time(w->since_ms, since));
		screen_bar(to, w);
		(void)fprintf(to, " %8s %8" PRIu64 "  ", screen_size(w->resident, memory),
		    w->served);
		if (w->message) {
			(void)fprintf(to, "%016" PRIx64 " ", w->message);
			utf8_put(to, w->file,
			    columns > FIXED + 30 ? (size_t)(columns - FIXED - 20) : 20,
			    UTF8_ESCAPE_ODD);
		}
		(void)fprintf(to, "%s\n", screen_verdict(w));
	}
}

/* How many are how old. */
static void screen_ages(FILE *to, const Bulkhead__Door__State *s)
{
	char oldest[16];

	(void)fprintf(to, "%-9s", "age");
	for (size_t i = 0; i < AGES; i++)
		(void)fprintf(to, " %8s", age_rows[i].title);
	(void)fprintf(to, "\n%-9s", "messages");
	for (size_t i = 0; i < AGES; i++)
		(void)fprintf(to, " %8" PRIu64, i < s->n_ages ? s->ages[i] : 0);
	(void)fprintf(to, "   the oldest %s\n", screen_time(s->oldest_ms, oldest));
}

/* Text of a message, the next column behind it. */
static void screen_column(FILE *to, const char *text, size_t width)
{
	char *column = NULL;
	size_t n = 0, shown = 0;
	FILE *f = open_memstream(&column, &n);

	if (!f)
		return;
	utf8_put(f, text, width > 3 ? width - 3 : width, UTF8_ESCAPE_ODD);
	if (fclose(f) == 0) {
		for (size_t i = 0; i < n; i++)
			shown += ((unsigned char)column[i] & 0xC0) != 0x80;
		(void)fprintf(to, "%s%*s", column,
		    (int)(shown < width ? width - shown + 2 : 2), "");
	}
	free(column);
}

void screen_queue(FILE *to, const Bulkhead__Door__State *s, int columns)
{
	enum { FIXED = 49, LEAST = 20 };
	char age[16], bytes[16];
	size_t text = columns > FIXED + 3 * LEAST ? (size_t)(columns - FIXED) / 3 : LEAST;

	screen_ages(to, s);
	(void)fprintf(to, "\n%-16s %-9s %7s %8s  %-*s  %-*s  %s\n", "id", "state", "age",
	    "bytes", (int)text, "file", (int)text, "sender", "subject");
	for (size_t i = 0; i < s->n_messages; i++) {
		const Bulkhead__Door__Message *m = s->messages[i];
		(void)fprintf(to, "%016" PRIx64 " %-9s %7s %8s  ", m->id, m->state,
		    screen_time(m->age_ms, age),
		    m->bytes ? screen_size(m->bytes, bytes) : "-");
		screen_column(to, m->file, text);
		screen_column(to, m->sender, text);
		utf8_put(to, m->subject, text, UTF8_ESCAPE_ODD);
		(void)fputc('\n', to);
	}
	if (s->messages_all > s->n_messages)
		(void)fprintf(
		    to, "and %" PRIu64 " more\n", s->messages_all - s->n_messages);
	(void)fprintf(to, "%" PRIu64 " in hand; %.0f more lie in incoming\n",
	    s->messages_all, screen_value(s, METRIC_QUEUE, "backlog"));
	put_held_up(to, s);
}
