/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt/descriptors.h"
#include "attempt/dirstore.h"
#include "attempt/items.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "cli_file.h"
#include "config/roles.h"
#include "proto/formats.h"

/* What a store holds, as a worker lists it: folders with how many items each has, or the
 * items. The list is read as it is written out, never held whole. */
struct listing {
	struct cli_file file; /* first: it is the calls' arg */
	char *folder;         /* at hand */
	bool is_tree;         /* it is a folder of files */
	bool wanted;
	uint64_t expected, count, total; /* items in it, in all */
};

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
	order->input_size = (uint64_t)l->file.st.st_size;
	enum attempt_opened opened = descriptors_memory(order, why, l->file.input);
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
	const struct cli_options *o = &l->file.options;

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
	utf8_put(stdout, *l->folder ? l->folder : "(the store itself)", CLI_FILE_SHOWN,
	    UTF8_ESCAPE_ODD);
	if (l->expected > l->count)
		(void)printf("  (it says it has %" PRIu64 ")", l->expected);
	(void)putchar('\n');
}

static bool list_folder_begin(struct listing *l, const struct items_at *at)
{
	const struct cli_list *globs = &l->file.options.folders;

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

static void list_item(struct listing *l, const Bulkhead__Entry *e)
{
	const struct cli_options *o = &l->file.options;
	char date[ITEMS_DATE];

	if (!l->wanted || (!o->associated && e->flags & FORMATS_ASSOCIATED) ||
	    (e->date &&
		((o->since && e->date < o->since) || (o->until && e->date >= o->until))))
		return;
	l->count++;
	l->total++;
	if (!o->items)
		return;
	items_date(e->date, date);
	if (o->json) {
		json_t *line = json_object();
		(void)json_object_set_new(line, "version", json_integer(JSON_VERSION));
		list_set(line, "item", e->number);
		json_set_name(line, "folder", l->folder);
		if (*e->name)
			json_set_name(line, "name", e->name);
		if (*date)
			(void)json_object_set_new(line, "date", json_string(date));
		if (e->bytes)
			list_set(line, "bytes", e->bytes);
		(void)json_object_set_new(line, "flags", items_flags(e->flags));
		(void)json_print(line, JSON_TEXT_LINE, stdout);
		return;
	}
	(void)printf("%10" PRIu64 "  %-20s %10" PRIu64 "  ", e->number,
	    *date ? date : "-", e->bytes);
	utf8_put(stdout, l->folder, CLI_FILE_SHOWN, UTF8_ESCAPE_ODD);
	if (*e->name) {
		(void)putchar('/');
		utf8_put(stdout, e->name, CLI_FILE_SHOWN, UTF8_ESCAPE_ODD);
	}
	(void)putchar('\n');
}

static void list_all(struct listing *l, int fd)
{
	struct items *items =
	    items_open(fd, l->file.outcome.listed_bytes, l->file.outcome.output_size,
		l->is_tree ? UINT64_MAX : (uint64_t)l->file.st.st_size);
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
	if (!l->file.options.json && !l->file.options.items)
		(void)printf("%10" PRIu64 "  in all\n", l->total);
	l->file.exit = ROLE_FINE;
	if (next == ITEMS_BREACH) {
		cli_file_complain(&l->file, "the list of its items", at.breach);
		l->file.exit = ROLE_FAILED;
	}
	for (size_t k = 0; k < json_array_size(l->file.outcome.notes); k++)
		cli_file_complain(&l->file,
		    json_string_value(json_object_get(
			json_array_get(l->file.outcome.notes, k), "what")),
		    json_string_value(json_object_get(
			json_array_get(l->file.outcome.notes, k), "reason")));
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cli_file_complain(&l->file, "standard output takes no more", NULL);
		l->file.exit = ROLE_FAILED;
	}
	items_close(items);
}

static void list_tree(struct listing *l, const char *name)
{
	struct dirstore_list list;
	int file = list_file();

	if (file != -1 && dirstore_list(l->file.input, name, file, &list)) {
		l->file.outcome.listed_bytes = l->file.outcome.output_size = list.bytes;
		l->is_tree = true;
		list_all(l, file);
	} else {
		cli_file_complain(&l->file, "cannot be listed", strerror(errno));
	}
	if (file != -1)
		(void)close(file);
}

/* A folder that is a store is listed here; a .mbox folder of older Apple Mail holds an
 * mbox file, which is one. */
static bool list_its_folder(struct cli_file *f)
{
	char *real = realpath(f->name, NULL);
	const char *slash = real ? strrchr(real, '/') : NULL;
	int inner = -1;

	if (real && dirstore_is_store(AT_FDCWD, real)) {
		list_tree((struct listing *)(void *)f, slash ? slash + 1 : real);
		free(real);
		return false;
	}
	free(real);
	inner = openat(f->input, "mbox", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (inner == -1 || fstat(inner, &f->st) == -1) {
		cli_file_complain(
		    f, "is a folder, and neither a Maildir nor a .mbox folder", NULL);
		if (inner != -1)
			(void)close(inner);
		return false;
	}
	(void)close(f->input);
	f->input = inner;
	return true;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the form of a call */
static void cli_list_ended(void *arg, int *output)
{
	struct listing *l = arg;
	const struct outcome *o = &l->file.outcome;

	if (o->verdict == VERDICT_DONE && o->listed)
		list_all(l, *output);
	else if (verdict_row(o->verdict)->good)
		cli_file_complain(&l->file, "is one message, and no store", NULL);
	else
		cli_file_complain(&l->file, verdict_row(o->verdict)->text, o->reason);
}

int list_main(int argc, char **argv)
{
	static const struct attempt_owner owner = { .source = "list",
		.once = true,
		.open = cli_list_open,
		.ended = cli_list_ended };
	struct listing l = { .file = { .input = -1, .folder = list_its_folder } };
	int code = cli_file_main(&l.file, "list", &owner, argc, argv);

	free(l.folder);
	return code;
}
