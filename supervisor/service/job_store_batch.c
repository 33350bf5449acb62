/* SPDX-License-Identifier: ISC */
/* Batches: what a store's items have left is made sure of, and dead ones become letters,
 * while the others go on. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/timer.h"
#include "files/folder.h"
#include "log/log.h"
#include "service/job_store.h"

/* A loss of power costs so much work at most, or of so long. */
enum { BATCH_ITEMS = 5000, BATCH_MS = 30 * 1000 };

/* Those who waited for the first of them are told. */
static void tell_awaited(struct job_store *s)
{
	const struct jobs *js = s->job->jobs;
	const size_t n = s->awaited_now, left = s->awaited_count - n;

	for (size_t i = 0; i < n && js->withdrawn; i++)
		js->withdrawn(js->withdrawn_arg, s->awaited[i]);
	if (n > 0)
		memmove(s->awaited, s->awaited + n, left * sizeof *s->awaited);
	s->awaited_count = left;
	s->awaited_now = 0;
}

/* With the next ones, or at the end. What the disk has of these is not known if it was
 * their sync. */
static void batch_failed(struct job_store *s, int error, const char *where)
{
	log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", where), LOG_J(s->job->claim->id),
	    LOG_E(error));
	s->awaited_now = 0;
	s->doubted = s->doubted || (where && strcmp(where, settle_unsynced) == 0);
}

static void on_batch(void *arg, uint64_t id, int error, const char *where)
{
	struct job_store *s = arg;

	(void)id;
	s->burying = false;
	if (error) {
		batch_failed(s, error, where);
	} else {
		tell_awaited(s);
		s->to_bury = s->to_bury || job_store_has(s, STAGE_BURYING);
	}
	job_stores_feed(s->job->jobs->stores);
}

/* What has ended so far is made sure of. What is being filled becomes what is delivered,
 * unless that is not delivered yet. */
void job_store_batch(struct job_store *s)
{
	const struct places *p = spool_places(s->job->jobs->with.spool);
	const int tmp = p->tmp[STAGE_BURIED];
	char from[NAME_SIZE], to[NAME_SIZE];

	if (!ledger_close_batch(s->ledger)) {
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "write the store's ledger"),
		    LOG_J(s->job->claim->id), LOG_E(errno));
		return;
	}
	settle_stage_name(s->job->claim->id, STAGE_BURYING, from);
	settle_stage_name(s->job->claim->id, STAGE_BURIED, to);
	s->to_bury = false;
	if (folder_rename(tmp, from, tmp, to) == 0)
		s->awaited_now = s->awaited_count;
	s->burying = true;
	s->unsynced = 0;
	s->synced = clock_ms();
	s->job->claim->unmade &= ~(1U << STAGE_BURIED);
	janitor_settle(
	    s->job->jobs->with.janitor, s->job->claim, PLAN_EARLY, on_batch, s);
}

bool job_store_wants_batch(const struct job_store *s)
{
	return !s->burying && (s->to_bury || s->unsynced >= BATCH_ITEMS ||
				  (s->unsynced > 0 && clock_ms() - s->synced > BATCH_MS));
}

/* What its ledger has of a batch that was not synced is taken back, then it is listed
 * again and gone on with. */
static void on_doubted(void *arg, uint64_t id, int error, const char *where)
{
	struct job_store *s = arg;
	struct job *j = s->job;

	(void)id;
	s->burying = false;
	if (error) {
		batch_failed(s, error, where);
		timer_start(
		    s->round, timer_backoff(LATE_FIRST_MS, LATE_MOST_MS, s->rounds++));
		return;
	}
	const bool draining = j->jobs->draining;
	job_store_drop(s);
	if (draining)
		job_move(j, JOB_OVER);
	else
		job_pause(j, true, settle_unsynced, EIO);
}

void job_store_take_back(struct job_store *s)
{
	if (s->in_hand > 0 || s->burying || evtimer_pending(s->round, NULL))
		return;
	s->burying = true;
	janitor_settle(
	    s->job->jobs->with.janitor, s->job->claim, PLAN_DOUBT, on_doubted, s);
}
