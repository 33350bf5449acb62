/* SPDX-License-Identifier: ISC */
/*
 * Results are published together: first the bytes of all are on the disk, then what is
 * recorded of them, then they get their names. Where one depends on another - results
 * appended to a file, duplicates - it is done in the order in which inputs were taken, so
 * that two runs come to the same, and a result waits for the inputs before it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fnv.h"
#include "base/timer.h"
#include "convert/convert_private.h"
#include "convert/seen.h"
#include "files/sync_aside.h"

enum {
	BATCH_MAX = 128, /* descriptors that wait for one sync */
	BATCH_MS = 1000,
	NAMED_MAX = 8,     /* in one turn: meanwhile no worker gets its next message */
	WAITING_MAX = 256, /* the same, where one is slow and others wait for it */
	ID_MOST = 880,     /* a Message-ID that is longer may have been cut (facts) */
};

static bool is_ordered(const struct run *r)
{
	return r->seen || r->options->layout == STORE_MBOX ||
	       r->options->layout == STORE_LINES;
}

bool input_must_wait(const struct run *r)
{
	return r->count[INPUT_STORING] >= (is_ordered(r) ? WAITING_MAX : BATCH_MAX);
}

void input_changed(struct input *i)
{
	if (i->item || !input_rest(i))
		input_end_because(i, TALLY_UNREADABLE,
		    i->writer ? "somebody has it open for writing"
			      : "changed while it was read");
}

/* Nobody's result is replaced but that of this input; by --force anybody's, but for those
 * of this very run. */
static bool may_replace(const struct input *i, enum there there)
{
	if (there == THERE_THIS_RUN || there == THERE_INPUT)
		return false;
	return i->run->options->force || !i->stale || there <= THERE_STALE;
}

static void input_publish(struct input *i)
{
	bool replaces = i->run->options->force || i->stale;
	enum there there = THERE_NOTHING;

	if (replaces && !i->item)
		there = there_look(i, &i->st);
	if (!may_replace(i, there)) {
		input_end_because(i, TALLY_IN_THE_WAY, there_text(there));
		return;
	}
	bool ok = target_publish(i);
	int error = errno;
	if (ok && i->item)
		store_placed(i);
	bool taken = !ok && error == EEXIST && i->run->stream == -1;
	if (ok || (taken && there_is_equal(i))) {
		input_end(i, tally_class_of(i->outcome.verdict));
	} else if (taken) {
		input_end_because(i, TALLY_IN_THE_WAY, there_text(there_taken(i)));
	} else {
		errno = error;
		input_unwritten(i, "put the result in its place");
	}
}

/* --- batches --- */

/* Among those that are stored by the order of taking: most come in it. */
static void input_sort(struct input *i)
{
	struct input_list *list = &i->run->in[INPUT_STORING];
	struct input *before = i;

	do
		before = TAILQ_PREV(before, input_list, link);
	while (before && before->claim.id > i->claim.id);
	TAILQ_REMOVE(list, i, link);
	if (before)
		TAILQ_INSERT_AFTER(list, before, i, link);
	else
		TAILQ_INSERT_HEAD(list, i, link);
}

/* Results of a store's items are, whatever --sync says: their records are what the next
 * run goes by. What is written to a stream gets no name there, and its own file goes
 * away: to sync that would be to wait for whatever else its disk has to do. */
bool input_is_batched(const struct input *i)
{
	const struct run *r = i->run;

	return i->item || is_ordered(r) ||
	       (r->options->sync == CONVERT_SYNC_BATCH && r->stream == -1);
}

void input_converted(struct input *i)
{
	struct run *r = i->run;

	if (!input_is_batched(i)) {
		input_publish(i);
		return;
	}
	input_move(i, INPUT_STORING);
	if (is_ordered(r))
		input_sort(i);
	if (r->count[INPUT_STORING] >= BATCH_MAX)
		input_flush(r);
	else if (!event_pending(r->flush, EV_TIMEOUT, NULL))
		timer_start(r->flush, BATCH_MS);
}

/* The first of those that are not to be published yet; NULL: all are. */
static struct input *flush_end(const struct run *r)
{
	uint64_t first = UINT64_MAX;
	struct input *i;

	if (!is_ordered(r))
		return NULL;
	TAILQ_FOREACH (i, &r->in[INPUT_UNDER_WAY], link)
		first = i->claim.id < first ? i->claim.id : first;
	TAILQ_FOREACH (i, &r->in[INPUT_STORING], link)
		if (i->claim.id > first)
			break;
	return i;
}

/* --- duplicates --- */

/* False: it has none. */
static bool seen_hash_of(const struct input *i, uint8_t hash[SEEN_HASH])
{
	const char *id = i->outcome.facts.message_id;

	if (i->run->options->dedupe == CONVERT_DEDUPE_CONTENT)
		return seen_hash_file(i->result.fd, i->outcome.output_size, hash);
	errno = 0;
	if (!id || *id == '\0' || strlen(id) > ID_MOST)
		return false;
	seen_hash_text(id, hash);
	return true;
}

static uint64_t seen_place(const struct input *i)
{
	char number[32];

	(void)snprintf(number, sizeof number, "//%" PRIu64, i->origin.place);
	return fnv_text(
	    fnv_text(fnv_text(fnv_text(FNV_BASIS, i->result_sub), "/"), i->result_name),
	    i->item ? number : "");
}

/* False: errno; it has ended. */
static bool look_for_equal(struct input *i)
{
	uint8_t hash[SEEN_HASH];

	errno = 0;
	bool has = seen_hash_of(i, hash);
	const struct seen_of of = { store_owner(i), seen_place(i), i->path };
	if ((!has && errno != 0) ||
	    (has && seen_ask(i->run->seen, hash, &of, &i->equals) == SEEN_FAILED)) {
		input_unwritten(i, "look for duplicates");
		return false;
	}
	return true;
}

/* --- the steps of a batch --- */

/* What nobody may see half: false, and it has ended. */
static bool flush_prepare(struct input *i)
{
	if (input_was_written(i)) {
		input_changed(i);
		return false;
	}
	if (i->run->seen && !look_for_equal(i))
		return false;
	if (i->equals || !i->item)
		return true;
	if (!store_gathers(i)) {
		store_name_again(i);
		if (store_mark(i))
			return true;
		input_unwritten(i, "write the store's ledger");
		return false;
	}
	if (store_append(i))
		return true;
	if (errno == EEXIST)
		input_end_because(i, TALLY_IN_THE_WAY, there_text(THERE_DOUBTFUL));
	else if (errno == ESTALE)
		input_end_because(i, TALLY_IN_THE_WAY, there_text(THERE_GROWN));
	else
		input_unwritten(i, "append the result");
	return false;
}

/* The bytes of all are on the disk. A store whose files fail takes its items along; so it
 * does when what was seen is not there. */
static bool flush_bytes(struct run *r, const struct input *end, bool seen)
{
	struct results *synced = NULL;
	struct input *i, *next;
	bool ok = true;

	for (i = TAILQ_FIRST(&r->in[INPUT_STORING]); i != end; i = next) {
		next = TAILQ_NEXT(i, link);
		if (!i->equals && store_gathers(i)) {
			if (!store_gathered(i, seen) || !store_record_end(i))
				input_unwritten(i, "write results to the disk");
			continue;
		}
		if (!i->equals && i->results != synced) {
			ok = syncfs(results_root(i->results)) == 0 && ok;
			synced = i->results;
		}
	}
	return ok;
}

static void input_end_equal(struct input *i)
{
	char *reason = NULL;

	if (i->item)
		store_placed(i);
	if (asprintf(&reason, "equals %s", i->equals) == -1)
		reason = NULL;
	input_end_because(i, TALLY_DUPLICATE, reason ? reason : "equals another");
	free(reason);
}

static void flush_one(struct input *i, bool ok, int error)
{
	errno = error;
	if (!ok) {
		input_unwritten(i, "write results to the disk");
	} else if (i->equals) {
		input_end_equal(i);
	} else if (store_gathers(i)) {
		input_end(i, tally_class_of(i->outcome.verdict));
	} else {
		input_publish(i);
	}
}

/* In the order in which they were taken, which is not left for a moment. */
static void flush_in_order(struct run *r)
{
	struct input *i, *next, *end = flush_end(r);

	for (i = TAILQ_FIRST(&r->in[INPUT_STORING]); i != end; i = next) {
		next = TAILQ_NEXT(i, link);
		(void)flush_prepare(i);
	}
	/* First the bytes of all, then their names: a name tells of a whole file. */
	bool ok = !r->seen || seen_sync(r->seen);
	ok = flush_bytes(r, end, ok) && ok && store_sync_marks(r);
	int error = errno;
	for (i = TAILQ_FIRST(&r->in[INPUT_STORING]); i != end; i = next) {
		next = TAILQ_NEXT(i, link);
		flush_one(i, ok, error);
	}
}

/* The same of results that do not depend on each other: workers go on meanwhile. A mark
 * may be on the disk before the bytes: it counts when the result has its name. */
static void flush_aside(struct run *r)
{
	const struct results *added = NULL;
	struct input *i, *next;

	if (r->count[INPUT_SYNCING] > 0)
		return;
	for (i = TAILQ_FIRST(&r->in[INPUT_STORING]); i; i = next) {
		next = TAILQ_NEXT(i, link);
		if (!flush_prepare(i))
			continue;
		input_move(i, INPUT_SYNCING);
		if (i->results != added)
			sync_aside_add(
			    r->syncing, results_root(i->results), SYNC_FILE_SYSTEM);
		added = i->results;
	}
	if (r->count[INPUT_SYNCING] == 0)
		return;
	store_add_marks(r, r->syncing);
	sync_aside_start(r->syncing);
}

void input_synced(void *run, int error)
{
	struct run *r = run;

	r->sync_error = error;
	input_name_some(r);
}

void input_name_some(struct run *r)
{
	struct input *i;

	for (int n = 0; n < NAMED_MAX && (i = TAILQ_FIRST(&r->in[INPUT_SYNCING])); n++)
		flush_one(i, r->sync_error == 0, r->sync_error);
	if (r->count[INPUT_SYNCING] > 0) {
		timer_start(r->name, 0);
		return;
	}
	/* What came meanwhile, if it was its time. */
	if (r->count[INPUT_STORING] > 0 && !event_pending(r->flush, EV_TIMEOUT, NULL))
		input_flush(r);
}

void input_flush(struct run *r)
{
	(void)event_del(r->flush);
	if (!is_ordered(r)) {
		flush_aside(r);
		return;
	}
	flush_in_order(r);
	if (r->count[INPUT_STORING] > 0)
		timer_start(r->flush, BATCH_MS);
}
