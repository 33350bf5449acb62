/* SPDX-License-Identifier: ISC */
/* Items of stores become inputs, one after the other from the store's list. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "attempt/dirstore.h"
#include "attempt/items.h"
#include "attempt/store_name.h"
#include "base/fnv.h"
#include "convert/convert_private.h"
#include "convert/convert_store.h"
#include "convert/seen.h"
#include "files/folder.h"
#include "files/naming.h"
#include "files/origin.h"

/* Nothing more of it is taken. */
static void store_close(struct store *s)
{
	TAILQ_REMOVE(&s->run->stores, s, link);
	store_release(s);
}

void store_give_up(struct run *r)
{
	while (!TAILQ_EMPTY(&r->stores))
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it is off the list then */
		store_close(TAILQ_FIRST(&r->stores));
}

bool store_any(const struct run *r)
{
	return !TAILQ_EMPTY(&r->stores);
}

/* --- beginning --- */

static bool open_ledger(struct store *s, const struct origin *origin)
{
	const struct run *r = s->run;
	char target[32];

	int folder =
	    folder_make(results_root(s->results), s->sub, results_folder_mode(), false);
	if (folder == -1)
		return false;
	(void)origin_mark(folder, origin); /* so that it is no input beside its store */
	(void)snprintf(target, sizeof target, "%s%s%s", r->target->name,
	    r->options->layout == STORE_FILES ? "" : " in ",
	    r->options->layout == STORE_FILES ? "" : store_layouts[r->options->layout]);
	s->ledger =
	    ledger_open(folder, LEDGER_FILE, &s->state, target, r->options->force);
	int saved = errno;
	(void)close(folder);
	errno = saved;
	return s->ledger != NULL;
}

static bool enter_folder(struct store *s, const struct items_at *at);

/* Where an item's result is appended. */
static char *file_sub(const struct store *s)
{
	const char *slash = strrchr(s->file, '/');
	const int n = slash ? (int)(slash - s->file) : 0;
	char *to = NULL;

	return asprintf(&to, "%s%s%.*s", s->sub, n > 0 ? "/" : "", n, s->file) == -1
		   ? NULL
		   : to;
}

static const char *file_name(const struct store *s)
{
	const char *slash = strrchr(s->file, '/');

	return slash ? slash + 1 : s->file;
}

/* Its list, from the beginning. */
static struct items *store_items(const struct store *s)
{
	return items_open(s->list, s->listed, s->listed_file,
	    s->tree ? UINT64_MAX : (uint64_t)s->st.st_size);
}

/* What an earlier run recorded: how far each file is whole. */
static bool know_files(struct store *s)
{
	struct items *all =
	    items_open(s->list, s->listed, s->listed_file, (uint64_t)s->st.st_size);
	struct items_at at;
	enum items_next next;
	bool ok = all != NULL;

	while (ok && (next = items_next(all, &at)) <= ITEMS_FOLDER) {
		if (next == ITEMS_FOLDER) {
			ok = enter_folder(s, &at);
			continue;
		}
		struct ledger_record record = ledger_get(s->ledger, at.entry->number);
		if (record.state != LEDGER_PLACED || record.id == 0 ||
		    record.key != items_key(at.entry))
			continue;
		char *sub = file_sub(s);
		ok = sub && gather_known(s->gather, sub, file_name(s), record.id);
		free(sub);
	}
	items_close(all);
	return ok;
}

static bool open_gather(struct store *s, const struct origin *origin)
{
	const struct run *r = s->run;
	const struct timespec dates[2] = { s->st.st_atim, s->st.st_mtim };

	if (r->options->layout != STORE_MBOX && r->options->layout != STORE_LINES)
		return true;
	s->gather = gather_new(results_root(s->results),
	    r->options->layout == STORE_MBOX ? gather_form_mail : gather_form_line,
	    origin, r->options->force,
	    r->options->mtime == CONVERT_MTIME_INPUT ? dates : NULL);
	if (!s->gather)
		return false;
	if (ledger_count(s->ledger) > 0)
		return know_files(s);
	/* What was seen of it is no longer in its files. */
	int64_t gone = r->seen ? seen_forget(r->seen, fnv_text(FNV_BASIS, s->sub)) : 0;
	if (gone > 0)
		tell_trouble(s->run, s->path,
		    "is not as an earlier run found it, and its results are made anew; "
		    "with --force those of other stores, too",
		    NULL);
	return gone >= 0;
}

/* Names the folder of its items' results, which has the store's own name where results
 * do not lie beside it. */
static bool name_results(struct store *s, const struct input *i)
{
	struct run *r = s->run;
	char name[NAME_SIZE];
	char *result = tell_path(i), *slash = result ? strrchr(result, '/') : NULL;
	bool apart = r->out && !r->leave.extension && !r->leave.folder_extension;

	if (apart)
		(void)snprintf(name, sizeof name, "%s", i->claim.name);
	else
		naming_result(i->claim.name, STORE_EXTENSION, name);
	bool ok = result &&
		  asprintf(&s->sub, "%s%s%s", i->result_sub, *i->result_sub ? "/" : "",
		      name) != -1 &&
		  asprintf(&s->claim_sub, "%s%s%s", i->claim.sub,
		      *i->claim.sub ? "/" : "", i->claim.name) != -1 &&
		  asprintf(&s->shown, "%.*s%s", slash ? (int)(slash - result) + 1 : 0,
		      result, name) != -1;
	free(result);
	return ok;
}

/* state: by which it is known again; tree: it is a folder. */
static void begin_as(struct input *i, int *output, const struct stat *state, bool tree)
{
	struct run *r = i->run;
	struct store *s = calloc(1, sizeof *s);
	const char *call = "open the store";

	if (!s) {
		input_end_because(i, TALLY_INTERRUPTED, strerror(ENOMEM));
		return;
	}
	*s = (struct store){ .run = r,
		.holders = 1,
		.fd = fcntl(i->fd, F_DUPFD_CLOEXEC, 3),
		.list = *output,
		.listed = i->outcome.listed_bytes,
		.listed_file = i->outcome.output_size,
		.st = i->st,
		.state = *state,
		.tree = tree,
		.results = results_hold(i->results),
		.path = strdup(i->path) };
	*output = -1;
	s->items = store_items(s);
	bool ok = s->fd != -1 && s->items && s->path && name_results(s, i);
	if (ok) {
		call = "open the store's ledger";
		ok = open_ledger(s, &i->origin) && open_gather(s, &i->origin);
	}
	if (!ok) {
		char reason[256];
		(void)snprintf(reason, sizeof reason, "%s: %s", call, strerror(errno));
		input_end_because(i, TALLY_UNWRITTEN, reason);
		store_release(s);
		return;
	}
	TAILQ_INSERT_TAIL(&r->stores, s, link);
	r->listed += i->outcome.entries;
	input_end(i, TALLY_OPENED);
}

void store_begin(struct input *i, int *output)
{
	begin_as(i, output, &i->st, false);
}

void store_begin_tree(struct input *i)
{
	struct outcome *o = &i->outcome;
	struct dirstore_list list;
	struct stat state = i->st;
	int file = results_scratch(i->results);

	if (file == -1 || !dirstore_list(i->fd, i->claim.name, file, &list)) {
		input_unwritten(i, "list its files");
	} else {
		o->listed_bytes = o->output_size = list.bytes;
		o->entries = list.entries;
		/* A folder's own dates say little of what is in it. */
		state.st_size = (off_t)(list.state & INT64_MAX);
		state.st_mtim = (struct timespec){ .tv_sec = 0 };
		begin_as(i, &file, &state, true);
	}
	if (file != -1)
		(void)close(file);
}

/* --- items --- */

/* The three folders of a Maildir. */
static bool make_maildir(struct store *s)
{
	static const char *const parts[] = { "tmp", "new", "cur" };
	bool ok = true;

	for (size_t k = 0; k < sizeof parts / sizeof parts[0] && ok; k++) {
		char *sub = NULL;
		ok = asprintf(&sub, "%s%s%s/%s", s->sub, *s->folder_sub ? "/" : "",
			 s->folder_sub, parts[k]) != -1;
		int fd = ok ? folder_make(results_root(s->results), sub,
				  results_folder_mode(), false)
			    : -1;
		ok = fd != -1;
		if (fd != -1)
			(void)close(fd);
		free(sub);
	}
	return ok;
}

/* The folder at hand has changed. */
static bool enter_folder(struct store *s, const struct items_at *at)
{
	const struct choice *choice = &s->run->options->choice;
	const enum store_layout layout = s->run->options->layout;

	free(s->folder);
	free(s->folder_sub);
	free(s->file);
	s->folder = items_way(at);
	s->folder_sub =
	    store_name_folder(at, layout == STORE_MAILDIR ? layout : STORE_FILES);
	s->file = store_name_folder(at, layout);
	if (!s->folder || !s->folder_sub || !s->file)
		return false;
	s->folder_made = false;
	s->folder_wanted = choice->folders.count == 0;
	for (size_t k = 0; k < choice->folders.count && !s->folder_wanted; k++)
		s->folder_wanted = fnmatch(choice->folders.at[k], s->folder, 0) == 0;
	return true;
}

static bool item_wanted(const struct store *s, const Bulkhead__Entry *e)
{
	const struct choice *choice = &s->run->options->choice;

	/* An item without a date might be meant: it is taken. */
	return s->folder_wanted &&
	       (choice->associated || !(e->flags & FORMATS_ASSOCIATED)) &&
	       (e->date == 0 || ((!choice->since || e->date >= choice->since) &&
				    (!choice->until || e->date < choice->until)));
}

/* Its name among all of the store: a number, so that a later run finds it again. */
static void name_item(struct input *i, const Bulkhead__Entry *e)
{
	const struct run *r = i->run;
	char stem[NAME_SIZE];

	store_name_item(e, stem);
	i->claim.name = strdup(stem);
	if (i->item->store->gather) {
		(void)snprintf(i->result_name, sizeof i->result_name, "%s",
		    file_name(i->item->store));
		return;
	}
	if (r->options->layout == STORE_MAILDIR) {
		store_name_mail(e, i->result_name);
		return;
	}
	store_name_result(e, r->extension, i->result_name);
}

static char *join(const char *a, const char *b)
{
	char *to = NULL;

	return asprintf(&to, "%s%s%s", a, *b ? "/" : "", b) == -1 ? NULL : to;
}

static char *item_sub(const struct store *s)
{
	if (s->gather)
		return file_sub(s);
	char *folder = join(s->sub, s->folder_sub), *to = folder;
	if (s->run->options->layout == STORE_MAILDIR) {
		to = folder ? join(folder, "cur") : NULL;
		free(folder);
	}
	return to;
}

static char *item_path(const struct store *s, const Bulkhead__Entry *e)
{
	char *to = NULL;
	int n = s->tree ? asprintf(&to, "%s/%s", s->path, e->name)
			: asprintf(&to, "%s: %s%sitem %" PRIu64 "%s%s", s->path,
			      s->folder, *s->folder ? ": " : "", e->number,
			      *e->name ? " " : "", e->name);

	return n == -1 ? NULL : to;
}

static struct input *item_new(struct store *s, const Bulkhead__Entry *e)
{
	struct run *r = s->run;
	struct input *i = calloc(1, sizeof *i);
	struct store_item *item = calloc(1, sizeof *item);

	if (!i || !item) {
		free(i);
		free(item);
		return NULL;
	}
	*item = (struct store_item){ .store = s,
		.number = e->number,
		.flags = e->flags,
		.date = e->date,
		.folder = strdup(s->folder),
		.name = s->tree ? dirstore_file_name(e->name) : strdup(e->name),
		.way = s->tree ? strdup(e->name) : NULL };
	items_keep(&item->lies, s->items, e);
	s->holders++;
	*i = (struct input){ .run = r,
		.state = INPUT_UNDER_WAY,
		.claim = { .id = ++r->last_id, .sub = join(s->claim_sub, s->folder_sub) },
		.path = item_path(s, e),
		.result_sub = item_sub(s),
		.fd = -1,
		.st = s->st,
		.opened = true,
		.results = results_hold(s->results),
		.result = { .fd = -1 },
		.item = item };
	i->origin = origin_of(0, "", &s->st, r->id, r->target->name);
	i->origin.place = item->lies.key;
	i->st.st_size = (off_t)item->lies.bytes;
	if (e->date) {
		i->st.st_mtim = (struct timespec){ .tv_sec = (time_t)e->date };
		i->st.st_atim = i->st.st_mtim;
	}
	TAILQ_INSERT_TAIL(&r->in[INPUT_UNDER_WAY], i, link);
	r->count[INPUT_UNDER_WAY]++;
	name_item(i, e);
	if (i->claim.sub && i->claim.name && i->path && i->result_sub && item->folder &&
	    item->name && (item->way || !s->tree))
		return i;
	input_free(i);
	return NULL;
}

/* True: it has ended, as an earlier run left it. */
static bool item_known(struct input *i)
{
	const struct run *r = i->run;
	struct ledger_record record = ledger_get(i->item->store->ledger, i->item->number);
	bool same = record.key == i->item->lies.key;
	struct stat st;

	if (r->options->force)
		return false;
	if (same &&
	    (record.state == LEDGER_PLACED ||
		(record.state == LEDGER_MARKED && results_look(i->results, i->result_sub,
						      i->result_name, &st) != -1))) {
		input_end_because(i, TALLY_SKIPPED,
		    record.class == TALLY_DUPLICATE ? "an earlier run found a duplicate"
						    : "an earlier run converted it");
		return true;
	}
	bool failed = same && record.state == LEDGER_FAILED;
	if (r->options->only_failed && !failed) {
		input_end_because(i, TALLY_SKIPPED, "it has not failed before");
		return true;
	}
	if (failed && record.class == TALLY_REFUSED && !r->options->only_failed) {
		i->remembered = true;
		outcome_without_worker(&i->outcome, VERDICT_REFUSED,
		    "an earlier run was told that it cannot be converted; "
		    "--only-failed tries it again");
		input_end(i, TALLY_REFUSED);
		return true;
	}
	return false;
}

static void item_take(struct store *s, const Bulkhead__Entry *e)
{
	struct run *r = s->run;
	struct input *i = item_new(s, e);

	/* If the folder cannot be made now, its first item will say so. */
	if (r->options->layout == STORE_MAILDIR && !s->folder_made)
		s->folder_made = make_maildir(s);
	r->tally.found++;
	if (!i) {
		r->tally.count[TALLY_INTERRUPTED]++;
		tell_trouble(r, s->path, "interrupted", strerror(ENOMEM));
	} else if (!item_known(i) &&
		   !attempt_add(r->queue, ATTEMPT_NEW, &i->claim, &i->outcome, i)) {
		input_end_because(i, TALLY_INTERRUPTED, strerror(ENOMEM));
	}
}

/* What its list has not said yet is lost to this run. */
static void store_unlisted(struct store *s, const char *why)
{
	struct run *r = s->run;

	r->tally.found++;
	r->tally.count[TALLY_VIOLATED]++;
	tell_trouble(r, s->path, "the list of its items", why);
	store_close(s);
}

bool store_take(struct run *r)
{
	struct items_at at;

	while (!TAILQ_EMPTY(&r->stores)) {
		struct store *s = TAILQ_FIRST(&r->stores);
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it is off the list then */
		switch (items_next(s->items, &at)) {
		case ITEMS_FOLDER:
			if (!enter_folder(s, &at))
				store_unlisted(s, strerror(ENOMEM));
			break;
		case ITEMS_BREACH:
			s->whole = true;
			store_unlisted(s, at.breach);
			break;
		case ITEMS_END:
			s->whole = true;
			store_close(s);
			break;
		case ITEMS_ITEM:
			if (!item_wanted(s, at.entry))
				break;
			item_take(s, at.entry);
			return true;
		}
	}
	return false;
}
