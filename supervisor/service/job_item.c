/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attempt/descriptors.h"
#include "attempt/document.h"
#include "attempt/store_name.h"
#include "base/json_text.h"
#include "files/copy.h"
#include "files/folder.h"
#include "files/naming.h"
#include "log/log.h"
#include "proto/formats.h"
#include "service/job_store.h"

/* Bytes of a dead item that are copied here; more are copied by a worker. */
enum { BYTES_MOST = 1 << 20 };

/* A larger result is synced by its worker: of a store's batch, thousands of items, the
 * janitor syncs the rest by one call. */
enum { ITEM_SYNCS_FROM = 256 * 1024 };

static const struct jobs_with *item_with(const struct job_item *i)
{
	return &i->store->job->jobs->with;
}

void job_item_free(struct job_item *i)
{
	struct job_store *s = i->store;

	TAILQ_REMOVE(&s->job->jobs->stores->in_hand, i, link);
	result_end(&i->result);
	outcome_clear(&i->outcome);
	outcome_clear(&i->dead);
	free(i->claim.sub);
	free(i->claim.name);
	free(i->folder);
	free(i->name);
	free(i->sub);
	free(i);
}

/* It has ended, and its store knows how. */
static void item_over(struct job_item *i)
{
	struct job_store *s = i->store;

	job_item_free(i);
	job_store_item_over(s);
}

/* --- the ledger --- */

static bool item_put(const struct job_item *i, enum ledger_state state, unsigned class)
{
	const struct charges *c = &i->claim.charges;

	if (ledger_put(i->store->ledger, i->number,
		&(struct ledger_record){ .key = i->lies.key,
		    .state = (uint8_t)state,
		    .class = (uint8_t) class,
		    .crash = (uint8_t)c->crash,
		    .timeout = (uint8_t)c->timeout,
		    .memory = (uint8_t)c->memory,
		    .kills = (uint8_t)c->kills }))
		return true;
	log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "write the store's ledger"),
	    LOG_J(i->store->job->claim->id), LOG_E(errno));
	return false;
}

/* Trouble of ours: the next round through the list finds it untried. */
static void item_untried(struct job_item *i)
{
	i->store->again = true;
	(void)item_put(i, LEDGER_NOTHING, 0);
	item_over(i);
}

/* The end is on record: it counts. */
static void item_count(struct job_item *i, enum ledger_state state, enum verdict v)
{
	if (!item_put(i, state, v)) {
		i->store->again = true;
		item_over(i);
		return;
	}
	i->store->count[v]++;
	const uint64_t awaited = i->awaited ? i->claim.id : 0;
	if (state == LEDGER_FAILED)
		job_store_bury(i->store, awaited);
	else if (awaited && i->store->job->jobs->withdrawn)
		i->store->job->jobs->withdrawn(
		    i->store->job->jobs->withdrawn_arg, awaited);
	item_over(i);
}

/* --- what is said of it --- */

static bool has_bytes(const struct job_item *i)
{
	uint64_t offset, bytes;

	return items_range(&i->lies, &offset, &bytes);
}

static int item_file(const struct job_item *i)
{
	return i->lies.unpacked ? i->store->list : i->store->fd;
}

/* What a report says of its store. saved: what its dead letter is. */
static json_t *item_told(const struct job_item *i, const char *saved)
{
	const struct claim *c = i->store->job->claim;
	json_t *o = json_object();

	(void)json_object_set_new(o, "id", json_sprintf("%016" PRIx64, c->id));
	json_set_name(o, "file", c->name);
	(void)json_object_set_new(o, "item", json_integer((json_int_t)i->number));
	(void)json_object_set_new(o, "key", json_sprintf("%016" PRIx64, i->lies.key));
	json_set_name(o, "folder", i->folder);
	if (*i->name)
		json_set_name(o, "name", i->name);
	if (saved)
		json_set_name(o, "saved", saved);
	return json_pack("{s:o}", "item_of", o);
}

static bool put_document(const struct job_item *i, enum stage stage,
    const struct outcome *o, const char *saved)
{
	const bool good = verdict_row(o->verdict)->good;
	json_t *more = item_told(i, saved);
	const struct document_of about = { &i->claim, i->lies.bytes, o,
		item_with(i)->config, more };
	char name[NAME_SIZE];
	size_t n = 0;

	char *text = good ? document_notes(&about, &n) : document_letter(&about, &n);
	json_decref(more);
	int folder = text ? job_store_folder(i->store, stage, "") : -1;
	(void)snprintf(name, sizeof name, "%016" PRIx64 ".json", i->claim.id);
	bool ok = folder != -1 && folder_write(folder, name, text, n, false);
	int saved_errno = errno;
	if (folder != -1)
		(void)close(folder);
	free(text);
	errno = saved_errno;
	return ok;
}

/* --- converted --- */

static bool item_publish(struct job_item *i)
{
	struct job_store *s = i->store;

	if (!s->folder_made || strcmp(s->folder_sub, i->sub) != 0) {
		int fd = job_store_folder(s, STAGE_ITEMS, i->sub);
		if (fd == -1)
			return false;
		(void)close(fd);
		s->folder_made = strcmp(s->folder_sub, i->sub) == 0;
	}
	char root[NAME_SIZE], *sub = NULL;
	settle_stage_name(s->job->claim->id, STAGE_ITEMS, root);
	if (asprintf(&sub, "%s%s%s", root, *i->sub ? "/" : "", i->sub) == -1)
		return false;
	/* One that is there is of this item, of before a kill. */
	bool ok = result_publish(&i->result, sub, i->result_name, false, false) ||
		  (errno == EEXIST &&
		      result_publish(&i->result, sub, i->result_name, true, false));
	free(sub);
	return ok;
}

static void item_converted(struct job_item *i)
{
	const struct outcome *o = &i->outcome;
	bool noted = document_wanted(o, item_with(i)->config);

	if (!item_publish(i) || (noted && !put_document(i, STAGE_NOTED, o, NULL))) {
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "put an item's result"),
		    LOG_J(i->claim.id), LOG_E(errno));
		item_untried(i);
		return;
	}
	outcome_log_done(o, &i->claim, NULL, i->lies.bytes, noted ? "reports" : "none");
	item_count(i, LEDGER_PLACED, o->verdict);
}

/* --- dead --- */

/* The end of a new file of the item (fd -1: it could not be made), and of its folder,
 * which was open for it. False: errno. */
static bool file_put(int folder, const char *name, int fd, bool ok)
{
	if (fd != -1)
		ok = folder_created(folder, name, fd, ok);
	int saved = errno;
	(void)close(folder);
	errno = saved;
	return ok;
}

/* A letter of the item: from an open file, or a text. */
static bool put_letter(
    const struct job_item *i, int from, uint64_t offset, uint64_t bytes, const char *text)
{
	const struct stat *st = &i->store->st;
	char name[NAME_SIZE];
	int folder = job_store_folder(i->store, STAGE_BURYING, "");

	if (folder == -1)
		return false;
	name_letter(&i->claim, name);
	int fd = folder_create(folder, name);
	bool ok = fd != -1 && fchmod(fd, st->st_mode & 0777) == 0 &&
		  (text ? copy_put(fd, text, strlen(text))
			: copy_range(from, offset, bytes, fd));
	/* The owner of what it was in, where that may be given. */
	if (ok && fchown(fd, st->st_uid, st->st_gid) == -1)
		errno = 0;
	return file_put(folder, name, fd, ok);
}

/* As what an item without bytes of its own is saved: what the report calls it, the target
 * that a worker is asked for, and how its letter's name ends. */
static const struct {
	const char *name, *ending;
} salvages[] = {
	[SALVAGE_NONE] = { "nothing", ".txt" },
	[SALVAGE_JSON] = { "json", ".json" },
	[SALVAGE_DUMP] = { "dump", ".txt" },
};

/* The name that it has among results when it is passed on as it was. */
static void name_passed(const struct job_item *i, const char *ending, char to[NAME_SIZE])
{
	Bulkhead__Entry e;

	bulkhead__entry__init(&e);
	e.number = i->number;
	e.name = i->name;
	store_name_original(&e, ending, to);
}

/* Among the results of its store. */
static bool put_passed(
    const struct job_item *i, int from, uint64_t offset, uint64_t bytes)
{
	char name[NAME_SIZE];
	int folder = job_store_folder(i->store, STAGE_ITEMS, i->sub);

	if (folder == -1)
		return false;
	name_passed(i, has_bytes(i) ? ".eml" : salvages[i->salvage].ending, name);
	int fd = folder_create(folder, name);
	bool ok = fd != -1 && copy_range(from, offset, bytes, fd) &&
		  copy_dress(fd, &spool_places(item_with(i)->spool)->results);
	return file_put(folder, name, fd, ok);
}

static void bury_failed(struct job_item *i)
{
	log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "bury an item"), LOG_J(i->claim.id),
	    LOG_E(errno));
	item_untried(i);
}

/* passed: it lies among the results, too. */
static void item_buried(struct job_item *i, const struct outcome *o, const char *saved,
    bool letter, bool passed)
{
	const bool whole = strcmp(saved, "bytes") == 0;

	if (!letter || !put_document(i, STAGE_BURYING, o, saved)) {
		bury_failed(i);
		return;
	}
	i->store->bare += !whole;
	burials_add(&i->store->job->jobs->burials, &i->claim, o);
	outcome_log_failed(o, &i->claim, NULL,
	    passed  ? "dead, outgoing"
	    : whole ? "dead"
		    : "dead, with its store");
	item_count(i, LEDGER_FAILED, o->verdict);
}

/* What there is of it goes where the configuration says. */
static void item_failed(struct job_item *i, const struct outcome *o, const char *saved,
    int from, uint64_t bytes, uint64_t offset)
{
	/* What was taken out shall not go on. */
	const enum on_failure what = o->verdict == VERDICT_WITHDRAWN
					 ? FAIL_DEAD
					 : item_with(i)->config->on_failure;
	bool ok = what == FAIL_DEAD || put_passed(i, from, offset, bytes);

	if (what != FAIL_PASSTHROUGH) {
		item_buried(i, o, saved, ok && put_letter(i, from, offset, bytes, NULL),
		    what == FAIL_BOTH);
	} else if (ok && put_document(i, STAGE_NOTED, o, saved)) {
		outcome_log_failed(o, &i->claim, NULL, "outgoing");
		item_count(i, LEDGER_PLACED, o->verdict);
	} else {
		bury_failed(i);
	}
}

/* Its name, which ended as if nothing were to be saved, ends as what was. */
static bool name_saved(struct job_item *i)
{
	const char *was = salvages[SALVAGE_NONE].ending,
		   *is = salvages[i->salvage].ending;
	const size_t n = strlen(i->claim.name), ending = strlen(was);
	char *name;

	if (has_bytes(i) || n < ending || strcmp(i->claim.name + n - ending, was) != 0)
		return true;
	if (asprintf(&name, "%.*s%s", (int)(n - ending), i->claim.name, is) == -1)
		return false;
	free(i->claim.name);
	i->claim.name = name;
	return true;
}

/* Only its report can say what it was. */
static void bury_bare(struct job_item *i, const struct outcome *o)
{
	char *text = NULL;

	bool ok =
	    asprintf(&text,
		"Item %" PRIu64 " of %s%s%s%s: nothing of it could be saved here. "
		"The store itself is a dead letter beside this one, %016" PRIx64 ".\n",
		i->number, i->store->job->claim->name, *i->folder ? " (" : "", i->folder,
		*i->folder ? ")" : "", i->store->job->claim->id) != -1 &&
	    put_letter(i, -1, 0, 0, text);
	free(text);
	item_buried(i, o, salvages[SALVAGE_NONE].name, ok, false);
}

/* A worker is asked for what can be had of it; before, what is known of its end is laid
 * by. */
static void item_salvage(struct job_item *i)
{
	if (i->salvage == SALVAGE_NONE)
		i->dead = i->outcome;
	i->outcome = (struct outcome){ 0 };
	i->salvage = i->salvage == SALVAGE_NONE ? SALVAGE_JSON : SALVAGE_DUMP;
	i->attempt = attempt_add(
	    i->store->job->jobs->stores->queue, ATTEMPT_NEW, &i->claim, &i->outcome, i);
	if (!i->attempt)
		bury_bare(i, &i->dead);
}

static void item_salvaged(struct job_item *i, int output)
{
	const bool good = verdict_row(i->outcome.verdict)->good;

	if (good && i->outcome.output_size > 0 && !name_saved(i))
		bury_failed(i);
	else if (good && i->outcome.output_size > 0)
		item_failed(i, &i->dead,
		    has_bytes(i) ? "bytes" : salvages[i->salvage].name, output,
		    i->outcome.output_size, 0);
	else if (i->outcome.verdict == VERDICT_INFRASTRUCTURE)
		item_untried(i);
	else if (i->salvage == SALVAGE_JSON && !has_bytes(i))
		item_salvage(i);
	else
		bury_bare(i, &i->dead);
}

static void item_died(struct job_item *i)
{
	uint64_t offset, bytes;

	if (items_range(&i->lies, &offset, &bytes) && bytes <= BYTES_MOST)
		item_failed(i, &i->outcome, "bytes", item_file(i), bytes, offset);
	else
		item_salvage(i);
}

/* --- calls of the engine --- */

/* As job_take_turn, on record in the ledger. */
static bool item_take_turn(struct job_item *i)
{
	const bool turn = i->suspect && !i->alone;

	i->claim.charges.kills += turn;
	if (!item_put(i, LEDGER_BEGUN, 0)) {
		i->claim.charges.kills -= turn;
		return false;
	}
	if (turn)
		log_event(EVENT_MESSAGE_SUSPECT, LOG_J(i->claim.id),
		    LOG_U("kills", i->claim.charges.kills - 1));
	i->alone = i->suspect;
	return true;
}

static enum attempt_opened item_open(
    void *arg, struct pool_order *order, const char **why)
{
	struct job_item *i = arg;
	const struct job_store *s = i->store;
	const struct jobs_with *with = item_with(i);

	*why = "look at the folders";
	if (spool_away(with->spool)) {
		errno = ESTALE;
		return ATTEMPT_TROUBLE;
	}
	if (ledger_store_is_written(s->fd, &s->st))
		return ATTEMPT_CHANGED;
	*why = "write the store's ledger";
	if (!item_take_turn(i))
		return ATTEMPT_TROUBLE;
	order->to = i->salvage == SALVAGE_NONE ? with->config->convert.to
					       : salvages[i->salvage].name;
	order->item = &i->lies.place;
	order->item_bytes = i->lies.bytes;
	order->store = i->lies.store;
	order->salvage = i->salvage != SALVAGE_NONE;
	order->input_size = i->lies.unpacked ? s->listed_file : (uint64_t)s->st.st_size;
	order->sync_from = ITEM_SYNCS_FROM;
	enum attempt_opened opened = descriptors_results(
	    order, why, item_file(i), s->job->jobs->stores->results, &i->result);
	if (opened == ATTEMPT_OPENED &&
	    !copy_dress(order->output, &spool_places(with->spool)->results)) {
		*why = "give the result its mode and owner";
		opened = ATTEMPT_TROUBLE;
	}
	return opened;
}

static bool item_changed(void *arg, int input)
{
	const struct job_item *i = arg;

	(void)input;
	return ledger_store_is_written(i->store->fd, &i->store->st);
}

static void item_charge(void *arg, struct charges c, bool again)
{
	struct job_item *i = arg;

	if (i->salvage != SALVAGE_NONE) /* it is dead already */
		return;
	if (i->alone)
		c.kills = 0;
	i->claim.charges = c;
	(void)item_put(i, LEDGER_BEGUN, again);
	if (again) {
		i->suspect = i->alone = false;
		i->store->job->jobs->sum.retries++;
	}
}

static bool item_space(void *arg, uint64_t *bytes, uint64_t *inodes)
{
	struct job_item *i = arg;

	result_end(&i->result);
	return spool_space(item_with(i)->spool, bytes, inodes);
}

static void item_ended(void *arg, int *output)
{
	struct job_item *i = arg;
	const struct outcome *o = &i->outcome;

	i->attempt = NULL;
	if (i->alone && o->verdict != VERDICT_INFRASTRUCTURE)
		log_event(EVENT_MESSAGE_CLEARED, LOG_J(i->claim.id),
		    LOG_S("verdict", verdict_row(o->verdict)->name));
	if (o->trouble == TROUBLE_CHANGED)
		i->store->changed = true;
	/* The dead letter is its store then; or it is tried again. */
	if ((i->store->withdrawn && o->verdict == VERDICT_WITHDRAWN) ||
	    (i->salvage == SALVAGE_NONE && o->verdict == VERDICT_INFRASTRUCTURE)) {
		item_untried(i);
	} else if (i->salvage != SALVAGE_NONE) {
		item_salvaged(i, *output);
	} else if (verdict_row(o->verdict)->good) {
		i->result.fd = *output;
		*output = -1;
		item_converted(i);
	} else {
		item_died(i);
	}
}

const struct attempt_owner job_item_owner = {
	.bulk = true,
	.unwinds = true,
	.patience = { ATTEMPT_FOR_EVER, ATTEMPT_FOR_EVER, LATE_FIRST_MS, LATE_MOST_MS },
	.open = item_open,
	.changed = item_changed,
	.charge = item_charge,
	.space = item_space,
	.ended = item_ended,
};

void job_item_withdraw(struct job_item *i)
{
	i->awaited = true;
	if (i->attempt)
		attempt_withdraw(i->attempt);
}

int job_item_fetch(const struct job_item *i, uint64_t *bytes)
{
	uint64_t offset;

	if (!items_range(&i->lies, &offset, bytes) || *bytes > BYTES_MOST) {
		errno = ENOENT;
		return -1;
	}
	int fd = memfd_create("item", MFD_CLOEXEC);
	if (fd != -1 && copy_range(item_file(i), offset, *bytes, fd) &&
	    lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	if (fd != -1)
		(void)close(fd);
	return -1;
}

/* --- taking it from the list --- */

/* Its names: that of its result, and the one that it has among messages. */
static void give_names(struct job_item *i, const Bulkhead__Entry *e)
{
	const struct claim *store = i->store->job->claim;
	char stem[NAME_SIZE], extension[NAME_SIZE], own[NAME_SIZE];

	store_name_item(e, stem);
	(void)snprintf(extension, sizeof extension, ".%s",
	    spool_places(item_with(i)->spool)->extension);
	store_name_result(e, extension, i->result_name);
	/* Bytes go back to incoming/ under this name. */
	(void)snprintf(own, sizeof own, "%.100s-%.140s%s", store->name, stem,
	    *e->name       ? ""
	    : has_bytes(i) ? ".eml"
			   : salvages[SALVAGE_NONE].ending);
	i->claim.name = strdup(own);
}

/* A result of an earlier run, which was killed before it was on record: the end may be
 * another one now. */
static void remove_result(const struct job_item *i)
{
	if (!i->store->resumed)
		return;
	int folder = job_store_open(i->store, STAGE_ITEMS, i->sub);
	if (folder == -1)
		return;
	(void)unlinkat(folder, i->result_name, 0);
	for (size_t k = 0; k < sizeof salvages / sizeof salvages[0]; k++) {
		char name[NAME_SIZE];
		name_passed(i, has_bytes(i) ? ".eml" : salvages[k].ending, name);
		(void)unlinkat(folder, name, 0);
	}
	(void)close(folder);
}

static struct job_item *job_item_new(
    struct job_store *s, const Bulkhead__Entry *e, const struct ledger_record *had)
{
	const struct claim *store = s->job->claim;
	struct job_item *i = calloc(1, sizeof *i);

	if (!i)
		return NULL;
	*i = (struct job_item){ .store = s,
		.number = e->number,
		.result = { .fd = -1 },
		.folder = strdup(s->folder),
		.name = strdup(e->name),
		.sub = strdup(s->folder_sub) };
	TAILQ_INSERT_TAIL(&s->job->jobs->stores->in_hand, i, link);
	items_keep(&i->lies, s->items, e);
	i->claim = (struct claim){ .id = ledger_first_id(s->ledger) + i->number - 1,
		.sub = strdup(store->sub) };
	if (had && had->state == LEDGER_BEGUN) {
		i->claim.charges = (struct charges){ .crash = had->crash,
			.timeout = had->timeout,
			.memory = had->memory,
			.kills = had->kills };
		i->suspect = had->class == 0; /* else it only waited */
	}
	give_names(i, e);
	if (i->folder && i->name && i->sub && i->claim.sub && i->claim.name) {
		remove_result(i);
		return i;
	}
	job_item_free(i);
	return NULL;
}

/* True: an earlier run has its end. */
static bool count_known(
    struct job_store *s, const Bulkhead__Entry *e, const struct ledger_record *had)
{
	if (had->state != LEDGER_PLACED && had->state != LEDGER_FAILED)
		return false;
	if (had->class >= VERDICTS)
		return false;
	s->count[had->class]++;
	s->bare += had->state == LEDGER_FAILED && e->place->bytes == 0 &&
		   *e->place->format != '\0';
	return true;
}

bool job_item_take(struct job_store *s, const Bulkhead__Entry *e)
{
	struct jobs *js = s->job->jobs;
	struct ledger_record had = ledger_get(s->ledger, e->number);
	const bool same = had.key == items_key(e);

	if (same && count_known(s, e, &had))
		return true;
	struct job_item *i = job_item_new(s, e, same ? &had : NULL);
	if (!i)
		return false;
	s->in_hand++;
	if (i->suspect && i->claim.charges.kills >= js->with.config->retry.kills) {
		outcome_begin(&i->outcome);
		i->outcome.verdict = VERDICT_KILLS;
		item_died(i);
		return true;
	}
	i->attempt = attempt_add(js->stores->queue,
	    i->suspect ? ATTEMPT_ALONE : ATTEMPT_NEW, &i->claim, &i->outcome, i);
	if (!i->attempt)
		item_untried(i);
	return true;
}
