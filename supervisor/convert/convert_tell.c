/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt/limit.h"
#include "base/clock.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "config/roles.h"
#include "convert/convert_private.h"
#include "convert/split.h"

enum { PATH_SHOWN = 8192 };

void tell_begin(struct run *r)
{
	progress_begin(&r->progress, !r->options->quiet);
	if (r->options->json)
		(void)setvbuf(stdout, NULL, _IOLBF, 1 << 16);
}

void tell_tick(struct run *r)
{
	progress_tell(&r->progress,
	    &(struct progress_state){ .done = tally_ended(&r->tally),
		.skipped = r->tally.count[TALLY_SKIPPED] + r->tally.count[TALLY_PLANNED],
		.failed = tally_failed(&r->tally),
		.of = r->ahead_done ? r->ahead_found + r->listed : 0,
		.note = r->draining ? "stopping (again: at once)" : NULL });
}

/* --- one input --- */

void tell_trouble(struct run *r, const char *path, const char *what, const char *detail)
{
	progress_clear(&r->progress);
	(void)fputs("bulkhead convert: ", stderr);
	if (path) {
		utf8_put(stderr, path, PATH_SHOWN, UTF8_ESCAPE_ODD);
		(void)fputs(": ", stderr);
	}
	(void)fprintf(stderr, "%s%s%s\n", what, detail ? ": " : "", detail ? detail : "");
}

/* Why, for people: its own reason, else the verdict's words and the limit that was met,
 * or what is known of the worker's end. */
static char *tell_reason_of(const struct input *i, enum tally_class class)
{
	const struct outcome *t = &i->outcome;
	const char *usual = verdict_row(t->verdict)->text;
	const char *more = t->reason;
	char limit[LIMIT_SIZE], *text = NULL;
	int n;

	if (class < TALLY_REFUSED || class > TALLY_VIOLATED)
		return strdup(t->reason ? t->reason : tally_name(class));
	limit_text(i->run->config, t->verdict, limit);
	if (*limit)
		more = limit;
	if (!more)
		more = json_string_value(json_object_get(t->autopsy, "ending"));
	if (class == TALLY_REFUSED)
		n = asprintf(&text, "%s%s%s%s", t->reason ? t->reason : usual,
		    t->refused_part ? " (" : "", t->refused_part ? t->refused_part : "",
		    t->refused_part ? ")" : "");
	else
		n = asprintf(&text, "%s%s%s", usual, more ? ": " : "", more ? more : "");
	return n == -1 ? NULL : text;
}

static void tell_put(json_t *o, const char *key, json_t *value)
{
	if (json_is_null(value))
		json_decref(value);
	else
		(void)json_object_set_new(o, key, value);
}

static json_t *tell_number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* Standard output may be the terminal that the progress line is on. */
static void clear_for_stdout(struct run *r)
{
	if (isatty(STDOUT_FILENO))
		progress_clear(&r->progress);
}

static void put_line(struct run *r, json_t *o)
{
	clear_for_stdout(r);
	(void)json_print(o, JSON_TEXT_LINE, stdout);
}

char *tell_path(const struct input *i)
{
	const struct run *r = i->run;
	const char *slash = strrchr(i->path, '/');
	char *path = NULL;

	if (r->stream != -1)
		return NULL;
	if (i->item)
		return store_path(i);
	if (!r->out)
		return asprintf(&path, "%.*s%s", slash ? (int)(slash - i->path) + 1 : 0,
			   i->path, i->result_name) == -1
			   ? NULL
			   : path;
	size_t n = strlen(r->out_path);
	bool here = strcmp(r->out_path, ".") == 0;
	if (asprintf(&path, "%s%s%s%s%s", here ? "" : r->out_path,
		here || r->out_path[n - 1] == '/' ? "" : "/", i->result_sub,
		*i->result_sub ? "/" : "", i->result_name) == -1)
		return NULL;
	return path;
}

static void put_good(json_t *o, const struct input *i)
{
	static const char *const kinds[] = { "kept", "changed", "lost" };
	const struct outcome *t = &i->outcome;
	char *path = tell_path(i);

	if (!(i->run->target->can & FORMATS_SPLIT) || split_count(i->split) > 0)
		json_set_name(o, "output", path);
	tell_put(o, "bytes_out", tell_number(t->output_size));
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
		tell_put(o, kinds[k], tell_number(t->note_count[k]));
	if (i->run->target->can & FORMATS_SPLIT) {
		unsigned count = split_count(i->split);
		bool document = (i->run->target->can & FORMATS_DOCUMENT) && count > 0;
		tell_put(o, "attachments", tell_number(count - document));
	}
	free(path);
}

static void put_input(const struct input *i, enum tally_class class, const char *reason)
{
	const struct outcome *t = &i->outcome;
	bool good = class == TALLY_CONVERTED || class == TALLY_PASSED;
	json_t *o = json_object();

	tell_put(o, "version", json_integer(JSON_VERSION));
	json_set_name(o, "input", i->path);
	if (i->item) {
		json_t *more = store_json(i);
		(void)json_object_update(o, more);
		json_decref(more);
	}
	tell_put(o, "result", json_string(tally_name(class)));
	if (t->verdict != VERDICT_NONE)
		tell_put(o, "verdict", json_string(verdict_row(t->verdict)->name));
	if (!good)
		tell_put(o, "reason", json_text(reason));
	if (i->opened)
		tell_put(o, "bytes", tell_number((uint64_t)i->st.st_size));
	if (good)
		put_good(o, i);
	tell_put(o, "format", json_text(t->facts.format));
	tell_put(o, "sender", json_text(t->facts.sender));
	tell_put(o, "subject", json_text(t->facts.subject));
	tell_put(o, "message_id", json_text(t->facts.message_id));
	if (t->verdict != VERDICT_NONE)
		tell_put(o, "elapsed_ms", tell_number(t->elapsed_ms));
	if (json_array_size(t->notes) > 0)
		tell_put(o, "notes", json_incref(t->notes));
	if (i->remembered)
		tell_put(o, "remembered", json_true());
	if (i->equals)
		tell_put(o, "equals", json_text(i->equals));
	put_line(i->run, o);
}

/* "a.msg: converted: out/a.msg.eml" */
static void tell_fine(const struct input *i, enum tally_class class, const char *reason)
{
	char *path = tell_path(i);
	bool made =
	    class == TALLY_CONVERTED || class == TALLY_PASSED || class == TALLY_PLANNED;

	tell_trouble(i->run, i->path, tally_name(class), made ? path : reason);
	free(path);
}

/* "a.msg -> out/a.msg.eml" */
static void tell_plan(const struct input *i)
{
	char *path = tell_path(i);

	clear_for_stdout(i->run);
	utf8_put(stdout, i->path, PATH_SHOWN, UTF8_ESCAPE_ODD);
	(void)fputs(" -> ", stdout);
	utf8_put(stdout, path ? path : "-", PATH_SHOWN, UTF8_ESCAPE_ODD);
	(void)fputc('\n', stdout);
	free(path);
}

void tell_ended(const struct input *i, enum tally_class class)
{
	struct run *r = i->run;
	char *reason = tell_reason_of(i, class);

	if (!tally_is_fine(class))
		tell_trouble(r, i->path, tally_name(class), reason);
	else if (r->options->verbose)
		tell_fine(i, class, reason);
	else if (class == TALLY_PLANNED && !r->options->json)
		tell_plan(i);
	if (r->summary)
		summary_add(r->summary, tally_name(class),
		    i->outcome.verdict == VERDICT_NONE
			? NULL
			: verdict_row(i->outcome.verdict)->name,
		    tally_is_fine(class) && class != TALLY_DUPLICATE ? NULL : reason,
		    i->claim.sub);
	/* Never without the line for long: complaints scroll above it. */
	if (!r->progress.shown && r->progress.terminal)
		tell_tick(r);
	if (r->options->json)
		put_input(i, class, reason);
	free(reason);
}

/* --- the end --- */

void tell_summary(struct run *r)
{
	uint64_t ms = clock_ms() - r->progress.began_ms;

	progress_clear(&r->progress);
	if (r->summary &&
	    !summary_write(r->summary, r->options->summary, &r->tally, ms)) {
		tell_trouble(
		    r, r->options->summary, "cannot be written", strerror(errno));
		r->exit = r->exit == ROLE_FINE ? ROLE_FAILED : r->exit;
	}
	if (r->unnamed != 0) {
		tell_trouble(r, NULL,
		    "files of a store cannot get their names; run it again",
		    strerror(r->unnamed));
		r->exit = r->exit == ROLE_FINE ? ROLE_FAILED : r->exit;
	}
	if ((r->stream != -1 || r->options->quiet) && tally_failed(&r->tally) == 0 &&
	    !r->options->json)
		return; /* as a filter is silent */
	(void)fputs("bulkhead convert: ", stderr);
	tally_print(&r->tally, stderr);
	(void)fprintf(
	    stderr, ", in %" PRIu64 ".%" PRIu64 " s\n", ms / 1000, ms / 100 % 10);
	if (r->options->json) {
		json_t *sum = tally_json(&r->tally), *o = json_object();
		tell_put(sum, "elapsed_ms", tell_number(ms));
		tell_put(o, "version", json_integer(JSON_VERSION));
		tell_put(o, "summary", sum);
		put_line(r, o);
		if (fflush(stdout) != 0 || ferror(stdout)) {
			tell_trouble(r, NULL, "standard output takes no more", NULL);
			r->exit = r->exit == ROLE_FINE ? ROLE_FAILED : r->exit;
		}
	}
}
