/* SPDX-License-Identifier: ISC */
#include "service/job_store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt/store_name.h"
#include "base/clock.h"
#include "base/latency.h"
#include "base/timer.h"
#include "files/folder.h"
#include "log/log.h"
#include "proto/formats.h"
#include "service/canary.h"

enum {
	OPEN_MAX = 64, /* each holds three descriptors; more wait, and are listed again */
	TURN_MS = 5,   /* of the loop, for reading lists */
	SKIPPED_MAX = 256,  /* items of one store, before the next one's turn */
	UNWINDING_MAX = 64, /* dead items whose stacks wait */
	BATCH_ITEMS =
	    5000, /* a loss of power costs so much work at most, or of so long */
	BATCH_MS = 30 * 1000,
};

static const struct places *places_of(const struct job_store *s)
{
	return spool_places(s->job->jobs->with.spool);
}

/* --- beginning and end --- */

static void on_discarded(void *arg, uint64_t id, int error, const char *where)
{
	(void)id;
	if (error)
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", where), LOG_E(error));
	claim_free(arg);
}

/* What an earlier list left in tmp/ goes, by a process that has the time: under an id
 * that no message has. */
static void discard(const struct job *j)
{
	static const enum stage stages[] = { STAGE_BURIED, STAGE_BURYING, STAGE_NOTED,
		STAGE_ITEMS };
	const struct places *p = spool_places(j->jobs->with.spool);
	struct claim *c = calloc(1, sizeof *c);
	char from[NAME_SIZE], to[NAME_SIZE];
	bool any = false;

	if (c)
		*c = (struct claim){ .id = name_new_id(),
			.sub = strdup(""),
			.name = strdup("discarded") };
	if (!c || !c->sub || !c->name) {
		claim_free(c);
		return;
	}
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
		settle_stage_name(j->claim->id, stages[i], from);
		settle_stage_name(c->id, stages[i], to);
		any =
		    renameat(p->tmp[stages[i]], from, p->tmp[stages[i]], to) == 0 || any;
	}
	if (any)
		janitor_settle(j->jobs->with.janitor, c, 0, on_discarded, c);
	else
		claim_free(c);
}

/* How many ids its items need, whatever the worker says. */
static uint64_t count_ids(const struct job_store *s)
{
	const uint64_t said = s->job->outcome.entries;

	return said == 0 ? 1 : said < s->listed ? said : s->listed + 1;
}

static bool store_open_ledger(struct job_store *s)
{
	const struct places *p = places_of(s);
	char name[NAME_SIZE];

	s->job->claim->unmade &= ~(1U << STAGE_LEDGER);
	settle_stage_name(s->job->claim->id, STAGE_LEDGER, name);
	s->ledger = ledger_open(p->tmp[STAGE_LEDGER], name, &s->st,
	    s->job->jobs->with.config->convert.to, false);
	if (!s->ledger || (ledger_first_id(s->ledger) == 0 &&
			      !ledger_begin(s->ledger, name_new_ids(count_ids(s)))))
		return false;
	s->resumed = ledger_count(s->ledger) > 0;
	s->to_bury = s->resumed &&
		     (job_store_has(s, STAGE_BURIED) || job_store_has(s, STAGE_BURYING));
	if (!s->resumed) /* it begins anew */
		discard(s->job);
	return true;
}

/* "a.item-12-0123456789abcdef.pst": of this store the one item is wanted. The key says
 * that it is that one. */
static void read_asked(struct job_store *s)
{
	const char *at = strstr(s->job->claim->name, NAME_ITEM);
	char *end;

	if (!at)
		return;
	uint64_t number = strtoull(at + strlen(NAME_ITEM), &end, 10), key;
	if (number > 0 && *end == '-' && name_read_id(end + 1, &key)) {
		s->only = number;
		s->only_key = key;
	}
}

static void on_round(evutil_socket_t fd, short what, void *arg);

static bool store_begin_round(struct job_store *s)
{
	items_close(s->items);
	s->items =
	    items_open(s->list, s->listed, s->listed_file, (uint64_t)s->st.st_size);
	s->round_over = s->again = false;
	s->breach = NULL;
	s->expected = s->orphans = s->left = s->bare = s->entries = 0;
	memset(s->count, 0, sizeof s->count);
	return s->items != NULL;
}

static struct job_store *store_new(struct job *j, int *output)
{
	struct job_store *s = calloc(1, sizeof *s);
	const char *why;

	if (!s)
		return NULL;
	*s = (struct job_store){ .job = j,
		.fd = -1,
		.list = *output,
		.listed = j->outcome.listed_bytes,
		.listed_file = j->outcome.output_size,
		.moved = clock_ms(),
		.synced = clock_ms() };
	*output = -1;
	s->fd = spool_input(j->jobs->with.spool, j->claim, &s->st, &why);
	s->round = evtimer_new(j->jobs->with.base, on_round, s);
	if (s->fd != -1 && s->round && store_open_ledger(s) && store_begin_round(s))
		return s;
	int saved = errno;
	job_store_free(s);
	errno = saved;
	return NULL;
}

bool job_store_is_begun(const struct job *j)
{
	char name[NAME_SIZE];

	settle_stage_name(j->claim->id, STAGE_LEDGER, name);
	return faccessat(spool_places(j->jobs->with.spool)->tmp[STAGE_LEDGER], name, F_OK,
		   AT_SYMLINK_NOFOLLOW) == 0;
}

static unsigned open_count(const struct job_stores *all)
{
	const struct job_store *s;
	unsigned n = 0;

	TAILQ_FOREACH (s, &all->open, link)
		n++;
	return n;
}

void job_store_begin(struct job *j, int *output)
{
	struct job_stores *all = j->jobs->stores;
	char name[NAME_SIZE];

	/* The list needs no name. */
	settle_stage_name(j->claim->id, STAGE_OUTPUT, name);
	(void)unlinkat(spool_places(j->jobs->with.spool)->tmp[STAGE_OUTPUT], name, 0);
	if (j->store) {
		/* What was made of it is not on the disk for certain: all anew. */
		job_store_free(j->store);
		j->store = NULL;
		settle_stage_name(j->claim->id, STAGE_LEDGER, name);
		(void)unlinkat(
		    spool_places(j->jobs->with.spool)->tmp[STAGE_LEDGER], name, 0);
	}
	if (open_count(all) >= OPEN_MAX) {
		job_move(j, JOB_STORE); /* shelved: without a list */
		return;
	}
	j->store = store_new(j, output);
	if (!j->store) {
		job_pause(j, true, "open a store", errno);
		return;
	}
	read_asked(j->store);
	log_event(EVENT_STORE_OPENED, LOG_J(j->claim->id), LOG_S("folder", j->claim->sub),
	    LOG_S("file", j->claim->name), LOG_S("format", j->outcome.facts.format),
	    LOG_U("items", j->outcome.entries));
	TAILQ_INSERT_TAIL(&all->open, j->store, link);
	job_move(j, JOB_STORE);
	job_stores_feed(all);
}

/* --- its end --- */

static uint64_t store_failed(const struct job_store *s)
{
	uint64_t n = 0;

	for (int v = 0; v < VERDICTS; v++)
		n += verdict_row((enum verdict)v)->good ? 0 : s->count[v];
	return n;
}

static void log_store(const struct job_store *s)
{
	log_event(EVENT_STORE_DONE, LOG_J(s->job->claim->id),
	    LOG_S("folder", s->job->claim->sub), LOG_S("file", s->job->claim->name),
	    LOG_U("expected", s->expected > s->entries ? s->expected : s->entries),
	    LOG_U("listed", s->entries), LOG_U("converted", s->count[VERDICT_DONE]),
	    LOG_U("passed", s->count[VERDICT_PASSED]),
	    LOG_U("refused", s->count[VERDICT_REFUSED]),
	    LOG_U("crashed", s->count[VERDICT_CRASHED]), LOG_U("failed", store_failed(s)),
	    LOG_U("orphans", s->orphans), LOG_U("left_out", s->left));
}

/* Everything of it has ended. */
static void store_conclude(struct job_store *s)
{
	struct job *j = s->job;
	char reason[160];

	if (s->only &&
	    store_failed(s) + s->count[VERDICT_DONE] + s->count[VERDICT_PASSED] == 0) {
		outcome_without_worker(&j->outcome, VERDICT_REFUSED,
		    "the item that its name asks for (.item-NUMBER-KEY) is not in it");
		job_store_drop(s);
		job_decide(j);
		return;
	}
	int fd = job_store_folder(s, STAGE_ITEMS, "");
	if (fd == -1) {
		s->again = true;
		timer_start(
		    s->round, timer_backoff(LATE_FIRST_MS, LATE_MOST_MS, s->rounds++));
		return;
	}
	(void)close(fd);
	log_store(s);
	if (s->breach) {
		(void)snprintf(reason, sizeof reason,
		    "the list of its items could not be read to its end: %s", s->breach);
		outcome_without_worker(&j->outcome, VERDICT_PROTOCOL, reason);
	} else if (s->bare > 0) {
		(void)snprintf(reason, sizeof reason,
		    "%" PRIu64 " of its %" PRIu64
		    " items failed and have no bytes of their "
		    "own: it is kept for them; the others are in outgoing/",
		    s->bare, s->entries);
		outcome_without_worker(&j->outcome, VERDICT_REFUSED, reason);
	}
	j->plan = job_store_plan(s);
	job_store_leave(s);
	j->decided = clock_us();
	job_settle(j);
}

/* Perhaps nothing is left to do. */
static void store_look(struct job_store *s)
{
	struct job *j = s->job;
	struct jobs *js = j->jobs;

	if (s->doubted) {
		job_store_take_back(s);
		return;
	}
	if (job_store_wants_batch(s))
		job_store_batch(s);
	if (s->in_hand > 0 || s->burying)
		return;
	if (s->withdrawn) {
		outcome_without_worker(
		    &j->outcome, VERDICT_WITHDRAWN, verdict_row(VERDICT_WITHDRAWN)->text);
		job_store_drop(s);
		job_decide(j);
	} else if (js->draining) {
		/* The ledger has what became of its items. */
		log_event(EVENT_MESSAGE_BACK, LOG_J(j->claim->id),
		    LOG_S("file", j->claim->name), LOG_S("where", "active"));
		js->sum.kept++;
		job_store_drop(s);
		job_move(j, JOB_OVER);
	} else if (s->changed || (s->round_over && !s->again &&
				     spool_written(j->claim, s->fd, false))) {
		job_store_drop(s);
		discard(j);
		job_return(j);
	} else if (s->round_over && s->again) {
		if (!evtimer_pending(s->round, NULL))
			timer_start(s->round,
			    timer_backoff(LATE_FIRST_MS, LATE_MOST_MS, s->rounds++));
	} else if (s->round_over) {
		store_conclude(s);
	}
}

static void on_round(evutil_socket_t fd, short what, void *arg)
{
	struct job_store *s = arg;

	(void)fd;
	(void)what;
	if (!s->doubted && (s->in_hand > 0 || !store_begin_round(s)))
		timer_start(s->round, LATE_FIRST_MS);
	else
		job_stores_feed(s->job->jobs->stores);
}

/* --- its items --- */

static void store_end_round(struct job_store *s, const char *breach)
{
	s->round_over = true;
	s->breach = breach;
}

/* The folder at hand has changed. */
static bool store_enter(struct job_store *s, const struct items_at *at)
{
	free(s->folder);
	free(s->folder_sub);
	s->folder = items_way(at);
	s->folder_sub = store_name_folder(at, STORE_FILES);
	s->folder_made = false;
	s->expected += at->expected;
	return s->folder && s->folder_sub;
}

static bool store_wants(struct job_store *s, const Bulkhead__Entry *e)
{
	s->entries++;
	s->orphans += (e->flags & FORMATS_ORPHAN) != 0;
	if (s->only ? e->number == s->only && items_key(e) == s->only_key
		    : !(e->flags & FORMATS_ASSOCIATED))
		return true;
	s->left++;
	return false;
}

/* Read on until an item is begun, or this was enough. */
static void take_some(struct job_store *s)
{
	const unsigned had = s->in_hand;
	struct items_at at;

	for (unsigned n = 0; !s->round_over && s->in_hand == had && n < SKIPPED_MAX; n++)
		switch (items_next(s->items, &at)) {
		case ITEMS_FOLDER:
			if (!store_enter(s, &at)) {
				s->again = true;
				store_end_round(s, NULL);
			}
			break;
		case ITEMS_BREACH:
			store_end_round(s, at.breach);
			break;
		case ITEMS_END:
			store_end_round(s, NULL);
			break;
		case ITEMS_ITEM:
			if (store_wants(s, at.entry) && !job_item_take(s, at.entry)) {
				s->again = true;
				store_end_round(s, NULL);
			}
			break;
		}
}

static bool may_feed(const struct job_stores *all)
{
	const struct jobs *js = all->jobs;

	return !js->draining && !js->held && !spool_away(js->with.spool) &&
	       !canary_holds(js->with.canary) &&
	       attempt_queue_count(all->queue, ATTEMPT_UNWINDING) < UNWINDING_MAX &&
	       attempt_queue_count(all->queue, ATTEMPT_NEW) +
		       attempt_queue_count(all->queue, ATTEMPT_ALONE) <
		   pool_workers(attempts_pool(js->with.attempts));
}

/* A store from which more can be taken, the one that waited for its turn the longest. */
static struct job_store *next_store(struct job_stores *all)
{
	struct job_store *s;

	TAILQ_FOREACH (s, &all->open, link)
		if (!s->round_over && !s->changed && !s->withdrawn && !s->doubted) {
			TAILQ_REMOVE(&all->open, s, link);
			TAILQ_INSERT_TAIL(&all->open, s, link);
			return s;
		}
	return NULL;
}

static void on_feed(evutil_socket_t fd, short what, void *arg)
{
	struct job_stores *all = arg;
	const uint64_t until = clock_ms() + TURN_MS;
	struct job_store *s, *next;

	(void)fd;
	(void)what;
	latency_mark(all->jobs->with.base);
	while (may_feed(all) && (s = next_store(all))) {
		if (clock_ms() > until) {
			event_active(all->feed, 0, 0);
			return;
		}
		take_some(s);
	}
	for (s = TAILQ_FIRST(&all->open); s; s = next) {
		next = TAILQ_NEXT(s, link);
		store_look(s);
	}
}

void job_stores_drain(struct job_stores *all)
{
	struct job *j, *next;

	attempt_queue_drain(all->queue);
	for (j = TAILQ_FIRST(&all->jobs->in[JOB_STORE]); j; j = next) {
		next = TAILQ_NEXT(j, link);
		if (!j->store)
			job_put_back(j);
	}
	job_stores_feed(all);
}

void job_store_withdraw(struct job_store *s)
{
	struct job_item *i;

	s->withdrawn = true;
	TAILQ_FOREACH (i, &s->job->jobs->stores->in_hand, link)
		if (i->store == s && i->attempt)
			attempt_withdraw(i->attempt);
	job_stores_feed(s->job->jobs->stores);
}

struct job_item *job_stores_find(const struct job_stores *all, uint64_t id)
{
	struct job_item *i;

	TAILQ_FOREACH (i, &all->in_hand, link)
		if (i->claim.id == id)
			return i;
	return NULL;
}

void job_store_see(const struct job *j, attempt_see_fn *see, void *arg)
{
	const struct job_store *s = j->store;
	const uint64_t now = clock_ms();
	uint64_t ended = 0;
	char state[64] = "listed, waiting";

	for (int v = 0; s && v < VERDICTS; v++)
		ended += s->count[v];
	if (s)
		(void)snprintf(state, sizeof state, "%" PRIu64 " of %" PRIu64 " items",
		    ended, j->outcome.entries);
	see(arg, &(struct attempt_view){ j->claim, &j->outcome, NULL, state, j->bytes,
		     now - (s ? s->moved : j->since) });
}

/* --- all of them --- */

struct job_stores *job_stores_new(struct jobs *js)
{
	struct job_stores *all = calloc(1, sizeof *all);

	if (!all)
		return NULL;
	all->jobs = js;
	TAILQ_INIT(&all->open);
	TAILQ_INIT(&all->in_hand);
	all->results = results_open(spool_places(js->with.spool)->tmp[STAGE_ITEMS]);
	all->feed = event_new(js->with.base, -1, 0, on_feed, all);
	all->queue = attempts_queue(js->with.attempts, &job_item_owner);
	if (all->results && all->feed && all->queue)
		return all;
	job_stores_free(all);
	return NULL;
}

void job_stores_free(struct job_stores *all)
{
	if (!all)
		return;
	while (!TAILQ_EMPTY(&all->in_hand))
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it is off the list then */
		job_item_free(TAILQ_FIRST(&all->in_hand));
	if (all->feed)
		event_free(all->feed);
	results_close(all->results);
	free(all);
}
