/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attempt/attempt.h"
#include "attempt/descriptors.h"
#include "attempt/items.h"
#include "base/json_text.h"
#include "base/reaper.h"
#include "base/utf8.h"
#include "config/cli_options.h"
#include "config/config.h"
#include "config/roles.h"
#include "log/log.h"
#include "proto/formats.h"

/* What a store holds, as a worker lists it: folders with how many items each has, or the
 * items. The list is read as it is written out, never held whole. */
struct listing {
	struct event_base *base;
	const struct cli_options *options;
	const char *name;
	struct stat st;
	int input;
	struct claim claim;
	struct outcome outcome;
	char *folder; /* at hand */
	bool wanted;
	uint64_t expected, count, total; /* items in it, in all */
	int exit;
};

enum { SHOWN = 8192 };

static void cli_list_complain(
    const struct listing *l, const char *what, const char *detail)
{
	(void)fprintf(stderr, "bulkhead list: ");
	utf8_put(stderr, l->name, SHOWN, UTF8_ESCAPE_ODD);
	(void)fprintf(
	    stderr, ": %s%s%s\n", what, detail ? ": " : "", detail ? detail : "");
}

/* A file without a name: a list may be longer than memory. */
static int list_file(void)
{
	const char *place = getenv("TMPDIR");
	int fd =
	    open(place && *place ? place : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd;
}

static enum attempt_opened cli_list_open(
    void *arg, struct pool_order *order, const char **why)
{
	const struct listing *l = arg;
	int file = list_file();

	order->to = "dump";
	order->stores = true;
	order->input_size = (uint64_t)l->st.st_size;
	enum attempt_opened opened = descriptors_memory(order, why, l->input);
	if (opened == ATTEMPT_OPENED && file != -1) {
		(void)close(order->output);
		order->output = file;
	}
	return opened;
}

static void list_set(json_t *o, const char *key, uint64_t value)
{
	(void)json_object_set_new(o, key, json_integer((json_int_t)value));
}

/* The folder at hand has ended. */
static void list_folder_end(struct listing *l)
{
	const struct cli_options *o = l->options;

	if (!l->folder || !l->wanted || o->items)
		return;
	if (l->count == 0 && l->expected == 0 && !*l->folder)
		return;
	if (o->json) {
		json_t *line = json_object();
		(void)json_object_set_new(line, "version", json_integer(JSON_VERSION));
		json_set_name(line, "folder", l->folder);
		list_set(line, "items", l->count);
		if (l->expected > 0)
			list_set(line, "expected", l->expected);
		(void)json_print(line, JSON_TEXT_LINE, stdout);
		return;
	}
	(void)printf("%10" PRIu64 "  ", l->count);
	utf8_put(stdout, *l->folder ? l->folder : "(the store itself)", SHOWN,
	    UTF8_ESCAPE_ODD);
	if (l->expected > l->count)
		(void)printf("  (it says it has %" PRIu64 ")", l->expected);
	(void)putchar('\n');
}

static bool list_folder_begin(struct listing *l, const struct items_at *at)
{
	const struct cli_list *globs = &l->options->folders;

	list_folder_end(l);
	free(l->folder);
	l->folder = items_way(at);
	if (!l->folder)
		return false;
	l->expected = at->expected;
	l->count = 0;
	l->wanted = globs->count == 0;
	for (size_t k = 0; k < globs->count && !l->wanted; k++)
		l->wanted = fnmatch(globs->at[k], l->folder, 0) == 0;
	return true;
}

static const struct flag_name {
	unsigned flag;
	const char *name;
} flag_names[] = {
	{ FORMATS_SEEN, "seen" },
	{ FORMATS_ANSWERED, "answered" },
	{ FORMATS_FLAGGED, "flagged" },
	{ FORMATS_DRAFT, "draft" },
	{ FORMATS_DELETED, "deleted" },
	{ FORMATS_PASSED_ON, "forwarded" },
	{ FORMATS_ORPHAN, "orphan" },
	{ FORMATS_ASSOCIATED, "associated" },
};

static void list_date(int64_t date, char to[32])
{
	time_t t = (time_t)date;
	struct tm tm;

	to[0] = '\0';
	if (date && gmtime_r(&t, &tm))
		(void)strftime(to, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void list_item(struct listing *l, const Bulkhead__Entry *e)
{
	const struct cli_options *o = l->options;
	char date[32];

	if (!l->wanted || (!o->associated && e->flags & FORMATS_ASSOCIATED) ||
	    (e->date &&
		((o->since && e->date < o->since) || (o->until && e->date >= o->until))))
		return;
	l->count++;
	l->total++;
	if (!o->items)
		return;
	list_date(e->date, date);
	if (o->json) {
		json_t *line = json_object(), *flags = json_array();
		for (size_t k = 0; k < sizeof flag_names / sizeof flag_names[0]; k++)
			if (e->flags & flag_names[k].flag)
				(void)json_array_append_new(
				    flags, json_string(flag_names[k].name));
		(void)json_object_set_new(line, "version", json_integer(JSON_VERSION));
		list_set(line, "item", e->number);
		json_set_name(line, "folder", l->folder);
		if (*e->name)
			json_set_name(line, "name", e->name);
		if (*date)
			(void)json_object_set_new(line, "date", json_string(date));
		if (e->bytes)
			list_set(line, "bytes", e->bytes);
		(void)json_object_set_new(line, "flags", flags);
		(void)json_print(line, JSON_TEXT_LINE, stdout);
		return;
	}
	(void)printf("%10" PRIu64 "  %-20s %10" PRIu64 "  ", e->number,
	    *date ? date : "-", e->bytes);
	utf8_put(stdout, l->folder, SHOWN, UTF8_ESCAPE_ODD);
	if (*e->name) {
		(void)putchar('/');
		utf8_put(stdout, e->name, SHOWN, UTF8_ESCAPE_ODD);
	}
	(void)putchar('\n');
}

static void list_all(struct listing *l, int fd)
{
	struct items *items = items_open(
	    fd, l->outcome.listed_bytes, l->outcome.output_size, (uint64_t)l->st.st_size);
	struct items_at at = { .breach = strerror(ENOMEM) };
	enum items_next next = items ? ITEMS_FOLDER : ITEMS_BREACH;

	while (items) {
		next = items_next(items, &at);
		if (next == ITEMS_ITEM)
			list_item(l, at.entry);
		else if (next != ITEMS_FOLDER)
			break;
		else if (!list_folder_begin(l, &at)) {
			next = ITEMS_BREACH;
			at.breach = strerror(ENOMEM);
			break;
		}
	}
	list_folder_end(l);
	if (!l->options->json && !l->options->items)
		(void)printf("%10" PRIu64 "  in all\n", l->total);
	l->exit = ROLE_FINE;
	if (next == ITEMS_BREACH) {
		cli_list_complain(l, "the list of its items", at.breach);
		l->exit = ROLE_FAILED;
	}
	for (size_t k = 0; k < json_array_size(l->outcome.notes); k++)
		cli_list_complain(l,
		    json_string_value(
			json_object_get(json_array_get(l->outcome.notes, k), "what")),
		    json_string_value(
			json_object_get(json_array_get(l->outcome.notes, k), "reason")));
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cli_list_complain(l, "standard output takes no more", NULL);
		l->exit = ROLE_FAILED;
	}
	items_close(items);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the form of a call */
static void cli_list_ended(void *arg, int *output)
{
	struct listing *l = arg;
	const struct outcome *o = &l->outcome;

	if (o->verdict == VERDICT_DONE && o->listed)
		list_all(l, *output);
	else if (verdict_row(o->verdict)->good)
		cli_list_complain(l, "is one message, and no store", NULL);
	else
		cli_list_complain(l, verdict_row(o->verdict)->text, o->reason);
	(void)event_base_loopbreak(l->base);
}

static void cli_list_turned(void *arg)
{
	(void)arg; /* there is but one store */
}

static void cli_list_hopeless(void *arg, const char *why)
{
	struct listing *l = arg;

	cli_list_complain(l, "no worker would start", why);
	l->exit = ROLE_HOPELESS;
	(void)event_base_loopbreak(l->base);
}

static bool cli_list_open_input(struct listing *l)
{
	l->input = open(l->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (l->input == -1 || fstat(l->input, &l->st) == -1) {
		cli_list_complain(l, "cannot be opened", strerror(errno));
		return false;
	}
	if (!S_ISREG(l->st.st_mode))
		cli_list_complain(l, "is not a regular file", NULL);
	return S_ISREG(l->st.st_mode);
}

static void cli_list_run(struct listing *l, struct config *config)
{
	static const struct attempts_calls calls = { cli_list_turned, cli_list_hopeless };
	static const struct attempt_owner owner = { .source = "list",
		.once = true,
		.open = cli_list_open,
		.ended = cli_list_ended };
	struct attempts *attempts = NULL;
	struct attempt_queue *queue = NULL;

	config->workers = 1;
	config->spares = 0;
	config->limits.input = 0; /* of what the service takes */
	l->base = event_base_new();
	struct reaper *reaper = l->base ? reaper_new(l->base) : NULL;
	if (reaper)
		attempts = attempts_new(l->base, config, reaper, &calls, l);
	if (attempts)
		queue = attempts_queue(attempts, &owner);
	if (queue && attempt_add(queue, ATTEMPT_NEW, &l->claim, &l->outcome, l))
		(void)event_base_dispatch(l->base);
	else
		cli_list_complain(l, "cannot start a worker", strerror(errno));
	attempts_free(attempts);
	reaper_free(reaper);
	if (l->base)
		event_base_free(l->base);
}

int list_main(int argc, char **argv)
{
	struct cli_options options;
	struct listing l = {
		.input = -1, .claim.id = 1, .exit = ROLE_FAILED, .options = &options
	};
	struct config *config;
	int exit_now = cli_options_read(&options, argc, argv);

	if (exit_now != -1)
		return exit_now;
	l.name = options.operands[0];
	config =
	    config_load(options.file, environ, options.flags, options.flag_count, stderr);
	if (!config) {
		l.exit = ROLE_USAGE;
	} else {
		log_open(LOG_TEXT, LOG_ERROR, 0);
		if (cli_list_open_input(&l))
			cli_list_run(&l, config);
	}
	if (l.input != -1)
		(void)close(l.input);
	free(l.folder);
	outcome_clear(&l.outcome);
	config_free(config);
	cli_options_clear(&options);
	return l.exit;
}
