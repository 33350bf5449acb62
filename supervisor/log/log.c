/* SPDX-License-Identifier: ISC */
#include "log/log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "log/log_out.h"

enum {
	EVENTS_MAX = 128, /* rows in log_events.c at most */
	WINDOW_MS = 1000, /* in which burst counts */
};

/* How often an event came of late. */
struct flood {
	uint64_t since, count; /* in the window that began then */
	uint64_t held;         /* left out since the last summary */
	uint64_t first, last;  /* their jobs, 0 none */
};

static struct {
	enum log_format format;
	enum log_level level;
	bool quiet;
	bool journal; /* each line begins with its priority */
	uint64_t burst;
	struct flood flood[EVENTS_MAX];
	void (*see)(void *arg, const char *line, size_t n); /* NULL: nobody */
	void *see_arg;
} the = { .format = LOG_JSON, .level = LOG_INFO };

static const char *const levels[] = { "error", "warning", "info", "debug" };
static const int syslog_levels[] = { 3, 4, 6, 7 };
static const char *const loud_levels[] = { "ERROR", "WARNING", "INFO", "DEBUG" };

/* One line to be written. */
struct line {
	const struct log_event_row *row;
	enum log_level level;
	const struct log_field *fields;
	char time[CLOCK_TEXT];
};

/* A string in JSON, whatever its bytes are; NULL without memory. */
static json_t *text_value(const char *text, size_t limit)
{
	char *clean = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&clean, &n);
	if (!f)
		return NULL;
	utf8_put(f, text, limit, UTF8_ESCAPE_BROKEN);
	json_t *value = fclose(f) == 0 ? json_stringn(clean, n) : NULL;
	free(clean);
	return value;
}

static json_t *json_value(const struct log_field *f, size_t limit)
{
	char number[24];

	switch (f->type) {
	case LOG_FIELD_TEXT:
		return text_value(f->text, limit);
	case LOG_FIELD_SIGNED:
		return json_integer(f->number);
	case LOG_FIELD_UNSIGNED:
		if (f->unumber <= INT64_MAX)
			return json_integer((json_int_t)f->unumber);
		/* Readers of JSON keep 63 bits at most. */
		(void)snprintf(number, sizeof number, "%" PRIu64, f->unumber);
		return json_string(number);
	case LOG_FIELD_HEX:
		(void)snprintf(number, sizeof number, "0x%" PRIx64, f->unumber);
		return json_string(number);
	case LOG_FIELD_JOB:
		(void)snprintf(number, sizeof number, "%016" PRIx64, f->unumber);
		return json_string(number);
	case LOG_FIELD_BOOL:
		return json_boolean(f->unumber != 0);
	}
	return NULL;
}

static bool left_out(const struct log_field *f)
{
	return f->type == LOG_FIELD_TEXT && !f->text;
}

static bool put_json(FILE *to, const struct line *l, size_t limit)
{
	json_t *o = json_object();
	bool ok =
	    json_object_set_new(o, "time", json_string(l->time)) == 0 &&
	    json_object_set_new(o, "level", json_string(levels[l->level])) == 0 &&
	    json_object_set_new(o, "event", json_integer((int)l->row->event)) == 0 &&
	    json_object_set_new(o, "name", json_string(l->row->name)) == 0;
	for (const struct log_field *f = l->fields; ok && f->key; f++)
		if (!left_out(f))
			ok = json_object_set_new(o, f->key, json_value(f, limit)) == 0;
	return json_print(o, JSON_COMPACT, to) && ok;
}

static bool log_plain(const char *text)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-_./:@+,%<>";
	return *text && text[strspn(text, safe)] == '\0';
}

static void put_text_value(FILE *to, const struct log_field *f, size_t limit)
{
	switch (f->type) {
	case LOG_FIELD_TEXT:
		if (log_plain(f->text)) {
			utf8_put(to, f->text, limit, UTF8_ESCAPE_ODD);
			break;
		}
		(void)fputc('"', to);
		utf8_put(to, f->text, limit, UTF8_ESCAPE_QUOTED);
		(void)fputc('"', to);
		break;
	case LOG_FIELD_SIGNED:
		(void)fprintf(to, "%" PRId64, f->number);
		break;
	case LOG_FIELD_UNSIGNED:
		(void)fprintf(to, "%" PRIu64, f->unumber);
		break;
	case LOG_FIELD_HEX:
		(void)fprintf(to, "0x%" PRIx64, f->unumber);
		break;
	case LOG_FIELD_JOB:
		(void)fprintf(to, "%016" PRIx64, f->unumber);
		break;
	case LOG_FIELD_BOOL:
		(void)fputs(f->unumber ? "yes" : "no", to);
		break;
	}
}

static bool log_put_text(FILE *to, const struct line *l, size_t limit)
{
	(void)fprintf(to, "%s %s %d %s", l->time, loud_levels[l->level],
	    (int)l->row->event, l->row->name);
	for (const struct log_field *f = l->fields; f->key; f++) {
		if (left_out(f))
			continue;
		(void)fprintf(to, " %s=", f->key);
		put_text_value(to, f, limit);
	}
	return fprintf(to, ": %s\n", l->row->text) > 0 && !ferror(to);
}

/* The whole line, to be freed; NULL without memory. Texts are cut so that the line fits
 * PIPE_BUF: lines of several processes on one pipe then never mix. */
static char *log_render(const struct line *l, enum log_format format, size_t *n)
{
	static const size_t limits[] = { 1024, 256, 48 };

	for (size_t i = 0;; i++) {
		char *text = NULL;
		FILE *f = open_memstream(&text, n);
		if (!f)
			return NULL;
		if (the.journal) /* sd-daemon(3): its priorities are syslog's */
			(void)fprintf(f, "<%d>", syslog_levels[l->level]);
		bool ok = format == LOG_JSON ? put_json(f, l, limits[i])
					     : log_put_text(f, l, limits[i]);
		ok = fclose(f) == 0 && ok;
		if (ok && (*n <= PIPE_BUF || i + 1 == sizeof limits / sizeof limits[0]))
			return text;
		free(text);
		if (!ok)
			return NULL;
	}
}

/* To whoever looks on, in one form whatever the log's own is. */
static void log_show(const struct line *l, const char *text, size_t n)
{
	char *json = NULL;

	if (!the.see)
		return;
	if (the.format != LOG_JSON)
		text = json = log_render(l, LOG_JSON, &n);
	for (; text && n > 1 && *text != '{'; n--) /* the journal's priority */
		text++;
	if (text && n > 1)
		the.see(the.see_arg, text, n - 1);
	free(json);
}

/* False: it is lost. */
static bool log_emit(
    enum log_number event, enum log_level level, const struct log_field *fields)
{
	struct line l = { log_event_row(event), level, fields, "" };
	size_t n = 0;

	clock_text(clock_wall_ms(), l.time);
	char *text = log_render(&l, the.format, &n);
	bool ok = text && log_out_put(text, n);
	log_show(&l, text, n);
	free(text);
	return ok;
}

/* False: nor could that be written. */
static bool tell_lost(void)
{
	const uint64_t lines = log_out_lost();
	const struct log_field lost[] = { LOG_U("lines", lines), { .key = NULL } };

	if (lines == 0)
		return true;
	if (!log_emit(EVENT_LOG_LOST, log_event_row(EVENT_LOG_LOST)->level, lost))
		return false;
	log_out_told(lines);
	return true;
}

/* Those that are lost are counted, and told by the first that is not. */
static void emit_or_count(
    enum log_number event, enum log_level level, const struct log_field *fields)
{
	if (!tell_lost() || !log_emit(event, level, fields))
		log_out_lose(1);
}

/* Is standard error the journal's? systemd.exec(5), $JOURNAL_STREAM: "device:inode". */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;

	/* NOLINTNEXTLINE(cert-err34-c): a number out of range is no device */
	return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
	       st.st_ino == inode;
}

void log_open(enum log_format format, enum log_level level, uint64_t burst)
{
	the.journal = is_journal();
	/* A reader of standard error that is gone must not end the service. */
	(void)signal(SIGPIPE, SIG_IGN);
	the.format = format;
	the.level = level;
	the.burst = burst;
}

void log_stand_alone(void)
{
	log_out_stand_alone();
}

void log_close(void)
{
	log_tick();
	log_out_drain();
	(void)tell_lost();
	log_out_close();
}

bool log_reaped(void *nothing, pid_t pid, int status, const struct rusage *usage)
{
	(void)nothing;
	(void)status;
	(void)usage;
	if (!log_out_reaped(pid))
		return false;
	log_event(EVENT_HELPER_LOST, LOG_S("helper", "log"), LOG_I("pid", pid));
	return true;
}

void log_tap(void (*see)(void *arg, const char *line, size_t n), void *arg)
{
	the.see = see;
	the.see_arg = arg;
}

void log_quiet(void)
{
	the.quiet = true;
}

static struct flood *flood_of(enum log_number event)
{
	for (unsigned i = 0; log_event_nth(i); i++)
		if (log_event_nth(i)->event == event) {
			assert(i < EVENTS_MAX);
			return &the.flood[i];
		}
	abort(); /* log_event_row has found it */
}

/* Count this event; true when it is one too many and only the summary will tell. */
static bool log_held(enum log_number event, const struct log_field *fields)
{
	struct flood *f = flood_of(event);
	uint64_t now = clock_ms();

	if (f->count == 0 || now - f->since >= WINDOW_MS) {
		f->since = now;
		f->count = 0;
	}
	if (++f->count <= the.burst || the.burst == 0)
		return false;
	f->held++;
	for (; fields->key; fields++)
		if (fields->type == LOG_FIELD_JOB) {
			f->first = f->first ? f->first : fields->unumber;
			f->last = fields->unumber;
		}
	return true;
}

void log_write(enum log_number event, const struct log_field *fields)
{
	const struct log_event_row *row = log_event_row(event);
	int saved = errno; /* callers log before they have looked at it */

	assert(row);
	if (!the.quiet && row->level <= the.level && !log_held(event, fields))
		emit_or_count(event, row->level, fields);
	errno = saved;
}

void log_tick(void)
{
	const struct log_event_row *row;
	int saved = errno;

	for (unsigned i = 0; (row = log_event_nth(i)); i++) {
		struct flood *f = &the.flood[i];
		if (f->held == 0)
			continue;
		struct log_field fields[] = { LOG_I("of", (int)row->event),
			LOG_S("of_name", row->name), LOG_U("count", f->held),
			LOG_J(f->first), LOG_J(f->last), { .key = NULL } };
		fields[3].key = f->first ? "first_job" : NULL;
		fields[4].key = f->first ? "last_job" : NULL;
		/* At the level of what was left out, or a summary of errors might be
		 * filtered away. */
		emit_or_count(EVENT_SUPPRESSED, row->level, fields);
		f->held = f->first = f->last = 0;
	}
	log_out_tick();
	errno = saved;
}
