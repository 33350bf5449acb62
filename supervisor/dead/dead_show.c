/* SPDX-License-Identifier: ISC */
#include "dead/dead_show.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/units.h"
#include "base/utf8.h"
#include "dead/dead_return.h"
#include "dead/dead_symbol.h"
#include "files/copy.h"

enum {
	WIDTH = 16,
	TEXT_MAX = 2048,
	NOTES_SHOWN = 50,
	FRAMES_SHOWN = 32,
	LAST_WORDS = 4096
};

void dead_time(int64_t ms, char to[DEAD_TIME_SIZE])
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	(void)snprintf(to, DEAD_TIME_SIZE, "-");
	if (ms > 0 && gmtime_r(&s, &tm))
		(void)strftime(to, DEAD_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* Columns that text takes, as far as a character takes one. */
static size_t columns_of(const char *text)
{
	size_t columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

/* Escaped; to be freed. */
static char *shown_text(const char *text)
{
	char *shown = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&shown, &n);

	if (!f)
		return NULL;
	utf8_put(f, text, TEXT_MAX, UTF8_ESCAPE_ODD);
	(void)fclose(f);
	return shown;
}

void dead_column(FILE *to, const char *text, size_t width)
{
	char *shown = shown_text(*text ? text : "-");
	size_t columns = shown ? columns_of(shown) : 0, left;

	if (columns <= width) {
		(void)fprintf(
		    to, "%s%*s", shown ? shown : "", (int)(width - columns), "");
	} else {
		left = width - 3;
		for (const char *p = shown; *p; p++)
			if (((unsigned char)*p & 0xc0) != 0x80 && left-- == 0)
				break;
			else
				(void)fputc(*p, to);
		(void)fputs("...", to);
	}
	free(shown);
}

/* The last column, not filled up. Of a long path the end says more than the beginning. */
static void dead_column_end(FILE *to, const char *path, size_t width)
{
	char *shown = shown_text(path), *from = shown;
	size_t columns = shown ? columns_of(shown) : 0;

	if (columns > width)
		(void)fputs("...", to);
	for (; columns > width - 3 && *from && columns_of(shown) > width; from++)
		columns -= ((unsigned char)from[1] & 0xc0) != 0x80;
	(void)fputs(from ? from : "", to);
	free(shown);
}

/* ---- list ---- */

/* 80 columns in all. */
enum { VERDICT_WIDTH = 18, SENDER_WIDTH = 15, FILE_WIDTH = 15 };

void dead_list_head(FILE *to)
{
	(void)fprintf(to, "%-16s   %-10s %-*s %-*s %s\n", "ID", "DIED", VERDICT_WIDTH,
	    "VERDICT", SENDER_WIDTH, "SENDER", "FILE");
}

static void put_file(const struct dead_letter *l, FILE *to)
{
	if (*l->sub) {
		utf8_put(to, l->sub, PATH_MAX, UTF8_ESCAPE_ODD);
		(void)fputc('/', to);
	}
	utf8_put(to, l->name, NAME_SIZE, UTF8_ESCAPE_ODD);
}

void dead_list_row(const struct dead_letter *l, FILE *to)
{
	char died[DEAD_TIME_SIZE], address[DEAD_ADDRESS_SIZE], path[PATH_MAX + NAME_SIZE];
	const char *sender = dead_said(l, NULL, "sender");

	dead_time(l->ended_ms, died);
	(void)snprintf(path, sizeof path, "%s%s%s", l->sub, *l->sub ? "/" : "", l->name);
	(void)fprintf(to, "%016" PRIx64 " %c %.10s ", l->id,
	    l->mark != DEAD_NO_MARK ? '>' : (l->held ? 'H' : ' '), died);
	dead_column(to, dead_verdict(l), VERDICT_WIDTH);
	(void)fputc(' ', to);
	dead_column(to, dead_address(sender, address) ? address : sender, SENDER_WIDTH);
	(void)fputc(' ', to);
	dead_column_end(to, path, FILE_WIDTH);
	(void)fputc('\n', to);
}

json_t *dead_as_json(const struct dead_letter *l)
{
	static const char *const said[] = { "sender", "subject", "message_id", "reason" };
	char died[DEAD_TIME_SIZE], group[DEAD_ID_SIZE];

	dead_time(l->ended_ms, died);
	dead_group(l, group);
	json_t *o = json_pack("{s:i}", "version", JSON_VERSION);
	(void)json_object_set_new(o, "id", json_sprintf("%016" PRIx64, l->id));
	json_set_name(o, "folder", l->sub);
	json_set_name(o, "file", l->name);
	json_set_name(o, "letter", l->file);
	(void)json_object_set_new(o, "verdict", json_string(dead_verdict(l)));
	(void)json_object_set_new(o, "group", json_string(group));
	(void)json_object_set_new(o, "died", json_string(died));
	(void)json_object_set_new(o, "bytes", json_integer(l->st.st_size));
	(void)json_object_set_new(o, "held", json_boolean(l->held));
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
		if (*dead_said(l, NULL, said[i]))
			(void)json_object_set_new(
			    o, said[i], json_incref(json_object_get(l->report, said[i])));
	if (l->trouble)
		(void)json_object_set_new(o, "trouble", json_string(l->trouble));
	return o;
}

bool dead_cat(const struct dead_letter *l, FILE *to)
{
	int fd = openat(l->folder, l->file,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	bool ok = fd != -1 && copy_print(fd, to);
	int saved = errno;
	if (fd != -1)
		(void)close(fd);
	errno = saved;
	return ok;
}

/* ---- show ---- */

static void dead_show_key(FILE *to, const char *name)
{
	(void)fprintf(to, "%-*s", WIDTH, name);
}

static void dead_show_put_text(FILE *to, const char *name, const char *text)
{
	if (!*text)
		return;
	dead_show_key(to, name);
	utf8_put(to, text, TEXT_MAX, UTF8_ESCAPE_ODD);
	(void)fputc('\n', to);
}

static json_int_t dead_show_number(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

static const char *dead_show_text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text : "";
}

/* Text of several lines, indented, each escaped. */
static void put_lines(FILE *to, const char *name, const char *text)
{
	char line[1024];
	size_t left = LAST_WORDS;

	if (!*text)
		return;
	(void)fprintf(to, "%s\n", name);
	while (*text && left > 0) {
		size_t n = strcspn(text, "\n");
		size_t take = n < sizeof line - 1 ? n : sizeof line - 1;
		take = take < left ? take : left;
		memcpy(line, text, take);
		line[take] = '\0';
		(void)fputs("  ", to);
		utf8_put(to, line, sizeof line, UTF8_ESCAPE_ODD);
		(void)fputc('\n', to);
		left -= take;
		text += take;
		text += *text == '\n';
	}
	if (*text)
		(void)fputs("  ...\n", to);
}

static void put_where(const struct dead_store *s, const struct dead_letter *l, FILE *to)
{
	const json_t *w = json_object_get(l->report, "worker");
	char symbol[600];

	if (!w)
		return;
	dead_show_put_text(to, "worker ended", dead_show_text_of(w, "ending"));
	if (json_object_get(w, "message_before")) {
		(void)fprintf(to, "%-*s%lld messages, the last ", WIDTH, "had served",
		    (long long)dead_show_number(w, "served_before"));
		utf8_put(to, dead_show_text_of(w, "message_before"), 16, UTF8_ESCAPE_ODD);
		(void)fputc('\n', to);
	}
	if (json_object_get(w, "limit_ms"))
		(void)fprintf(to, "%-*sasked %lld ms, granted %lld ms\n", WIDTH, "time",
		    (long long)dead_show_number(w, "limit_ms"),
		    (long long)dead_show_number(w, "granted_ms"));
	if (*dead_show_text_of(w, "signal_name")) {
		dead_show_put_text(to, "signal", dead_show_text_of(w, "signal_name"));
		dead_show_put_text(
		    to, "fault address", dead_show_text_of(w, "fault_address"));
	}
	if (*dead_show_text_of(w, "module")) {
		dead_show_key(to, "in the code");
		utf8_put(to, dead_show_text_of(w, "module"), 100, UTF8_ESCAPE_ODD);
		(void)fputc('+', to);
		utf8_put(to, dead_show_text_of(w, "module_offset"), 20, UTF8_ESCAPE_ODD);
		(void)fputc('\n', to);
		if (dead_symbol(s->config, dead_show_text_of(w, "build_id"),
			dead_show_text_of(w, "module_offset"), symbol, sizeof symbol))
			dead_show_put_text(to, "", symbol);
		dead_show_put_text(to, "build id", dead_show_text_of(w, "build_id"));
	}
	if (json_object_get(w, "memory_asked"))
		(void)fprintf(to, "%-*s%lld bytes were asked for\n", WIDTH, "memory",
		    (long long)dead_show_number(w, "memory_asked"));
	dead_show_put_text(to, "output", dead_show_text_of(w, "output_error"));
}

/* The stack as it was unwound at the burial: "function at source" or module and offset.
 */
static void put_frames(const struct dead_letter *l, FILE *to)
{
	const json_t *worker = json_object_get(l->report, "worker"), *frame;
	const json_t *list = json_object_get(worker, "frames");
	size_t i;

	if (json_array_size(list) > 0)
		(void)fputs("called through, the innermost first\n", to);
	json_array_foreach(list, i, frame)
	{
		if (i == FRAMES_SHOWN) {
			(void)fprintf(to, "  ... %zu more in the report\n",
			    json_array_size(list) - i);
			break;
		}
		const char *module = dead_show_text_of(frame, "module");
		(void)fputs("  ", to);
		utf8_put(to, *module ? module : "?", 100, UTF8_ESCAPE_ODD);
		(void)fputc('+', to);
		utf8_put(to, dead_show_text_of(frame, *module ? "offset" : "address"), 20,
		    UTF8_ESCAPE_ODD);
		(void)fputc(' ', to);
		utf8_put(to, dead_show_text_of(frame, "function"), 200, UTF8_ESCAPE_ODD);
		if (*dead_show_text_of(frame, "source")) {
			(void)fputs(" at ", to);
			utf8_put(
			    to, dead_show_text_of(frame, "source"), 200, UTF8_ESCAPE_ODD);
		}
		(void)fputc('\n', to);
	}
	dead_show_put_text(to, "no frames", dead_show_text_of(worker, "frames_missing"));
}

static void put_crumbs(const struct dead_letter *l, FILE *to)
{
	const json_t *list =
	    json_object_get(json_object_get(l->report, "worker"), "breadcrumbs");
	const json_t *crumb;
	size_t i;

	if (json_array_size(list) > 0)
		(void)fputs("what was being read, the last one last\n", to);
	json_array_foreach(list, i, crumb)
	{
		(void)fputs("  ", to);
		dead_column(to, dead_show_text_of(crumb, "format"), 8);
		(void)fprintf(to, " depth %lld, part %lld, tag ",
		    (long long)dead_show_number(crumb, "depth"),
		    (long long)dead_show_number(crumb, "part"));
		utf8_put(to, dead_show_text_of(crumb, "tag"), 20, UTF8_ESCAPE_ODD);
		(void)fprintf(
		    to, ", offset %lld\n", (long long)dead_show_number(crumb, "offset"));
	}
}

static void put_notes(const struct dead_letter *l, FILE *to)
{
	const json_t *list = json_object_get(l->report, "notes"), *note;
	size_t i;

	if (json_array_size(list) > 0)
		(void)fputs("notes\n", to);
	json_array_foreach(list, i, note)
	{
		static const char *const keys[] = { "kind", "part", "what", "reason" };
		if (i == NOTES_SHOWN) {
			(void)fprintf(to, "  ... %zu more in the report\n",
			    json_array_size(list) - i);
			break;
		}
		(void)fputs(" ", to);
		for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
			if (!*dead_show_text_of(note, keys[k]))
				continue;
			(void)fputs(k > 1 ? ": " : " ", to);
			utf8_put(to, dead_show_text_of(note, keys[k]), TEXT_MAX,
			    UTF8_ESCAPE_ODD);
		}
		(void)fputc('\n', to);
	}
}

static void put_charges(const struct dead_letter *l, FILE *to)
{
	const json_t *c = json_object_get(l->report, "charges");

	if (c)
		(void)fprintf(to,
		    "%-*scrashes %lld, timeouts %lld, memory %lld, deaths of the service "
		    "%lld\n",
		    WIDTH, "charged with", (long long)dead_show_number(c, "crash"),
		    (long long)dead_show_number(c, "timeout"),
		    (long long)dead_show_number(c, "memory"),
		    (long long)dead_show_number(c, "kills"));
}

static void put_what(const struct dead_letter *l, FILE *to)
{
	char died[DEAD_TIME_SIZE], group[DEAD_ID_SIZE];

	dead_time(l->ended_ms, died);
	dead_group(l, group);
	(void)fprintf(to, "%-*s%016" PRIx64 "%s%s\n", WIDTH, "letter", l->id,
	    l->held ? ", held" : "",
	    l->mark != DEAD_NO_MARK ? ", half moved: retry or remove goes on" : "");
	dead_show_key(to, "file");
	put_file(l, to);
	(void)fprintf(to, "\n%-*s", WIDTH, "lies in dead as");
	if (*l->sub) {
		utf8_put(to, l->sub, PATH_MAX, UTF8_ESCAPE_ODD);
		(void)fputc('/', to);
	}
	utf8_put(to, l->file, NAME_SIZE, UTF8_ESCAPE_ODD);
	(void)fprintf(to, "\n%-*s%lld\n", WIDTH, "bytes", (long long)l->st.st_size);
	dead_show_put_text(to, "format", dead_said(l, NULL, "format"));
	dead_show_put_text(to, "sender", dead_said(l, NULL, "sender"));
	dead_show_put_text(to, "subject", dead_said(l, NULL, "subject"));
	dead_show_put_text(to, "message id", dead_said(l, NULL, "message_id"));
	dead_show_put_text(to, "class", dead_said(l, NULL, "message_class"));
	(void)fprintf(to, "%-*s%s\n", WIDTH, "died", died);
	dead_show_put_text(to, "verdict", dead_verdict(l));
	dead_show_put_text(to, "", dead_said(l, NULL, "text"));
	dead_show_put_text(to, "limit", dead_said(l, NULL, "limit"));
	dead_show_put_text(to, "reason", dead_said(l, NULL, "reason"));
	if (*dead_said(l, NULL, "refused_part")) {
		dead_show_put_text(to, "refused at", dead_said(l, NULL, "refused_part"));
		(void)fprintf(to, "%-*soffset %lld\n", WIDTH, "",
		    (long long)dead_show_number(l->report, "refused_offset"));
	}
	dead_show_put_text(to, "group", group);
}

void dead_show(const struct dead_store *s, const struct dead_letter *l,
    const struct cli_options *o, FILE *to)
{
	put_what(l, to);
	if (l->trouble)
		dead_show_put_text(to, "report", l->trouble);
	put_charges(l, to);
	put_where(s, l, to);
	put_frames(l, to);
	put_crumbs(l, to);
	put_notes(l, to);
	put_lines(
	    to, "end of the worker's standard error", dead_said(l, "worker", "stderr"));
	(void)fprintf(to, "%-*sbulkhead dead %s", WIDTH, "try again",
	    l->held ? "release" : "retry");
	cli_options_put_where(o, to);
	(void)fprintf(to, " %016" PRIx64 "\n", l->id);
}
