/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attempt/document.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "log/log.h"
#include "service/job_store.h"

/* What becomes of a message whose verdict is final. */
static unsigned plan_for(const struct job *j)
{
	const struct config *config = j->jobs->with.config;

	if (verdict_row(j->outcome.verdict)->good)
		return PLAN_OUTPUT |
		       (document_wanted(&j->outcome, config) ? PLAN_NOTES : 0U);
	/* What cannot be read cannot go on as mail, and what was taken out shall not. */
	if (j->unreadable || j->outcome.verdict == VERDICT_WITHDRAWN ||
	    config->on_failure == FAIL_DEAD)
		return PLAN_LETTER | PLAN_WHY;
	if (config->on_failure == FAIL_PASSTHROUGH)
		return PLAN_ORIGINAL | PLAN_NOTES;
	return PLAN_LETTER | PLAN_WHY | PLAN_ORIGINAL;
}

void job_decide(struct job *j)
{
	if (j->alone)
		log_event(EVENT_MESSAGE_CLEARED, LOG_J(j->claim->id),
		    LOG_S("verdict", verdict_row(j->outcome.verdict)->name));
	j->alone = j->suspect = false;
	j->decided = clock_us();
	j->plan = plan_for(j);
	job_settle(j);
}

/* kept: what the settlement says of an input that could not be copied; NULL it could. */
static const char *place_of(const struct job *j, const char *kept)
{
	if (kept)
		return strcmp(kept, "held") == 0 ? "active/.held" : "dead";
	if (j->plan & PLAN_LETTER)
		return j->plan & (PLAN_ORIGINAL | PLAN_ITEMS) ? "dead, outgoing" : "dead";
	return "outgoing";
}

static void log_settled(struct job *j, const char *kept)
{
	struct jobs *js = j->jobs;
	const bool renamed = kept && strcmp(kept, settle_renamed) == 0;
	if (renamed) {
		log_event(EVENT_MESSAGE_RENAMED, LOG_J(j->claim->id),
		    LOG_S("folder", j->claim->sub), LOG_S("file", j->claim->name));
		kept = NULL;
	}
	const char *where = place_of(j, kept);

	if (kept)
		log_event(EVENT_MESSAGE_HELD, LOG_J(j->claim->id),
		    LOG_S("folder", j->claim->sub), LOG_S("file", j->claim->name),
		    LOG_S("where", where));

	if (j->outcome.verdict == VERDICT_NONE) {
		js->sum.finished++; /* decided, counted and logged by an earlier run */
		return;
	}
	if (!verdict_row(j->outcome.verdict)->good) {
		js->sum.failed++;
		if (j->plan & PLAN_LETTER)
			burials_add(&js->burials, j->claim, &j->outcome);
		outcome_log_failed(&j->outcome, j->claim, NULL, where);
		return;
	}
	if (j->outcome.verdict == VERDICT_PASSED)
		js->sum.passed++;
	else
		js->sum.converted++;
	outcome_log_done(&j->outcome, j->claim, NULL, j->bytes,
	    j->plan & PLAN_NOTES ? "reports" : "none");
}

static void job_settle_settled(void *arg, uint64_t id, int error, const char *where)
{
	struct job *j = arg;

	(void)id;
	/* Nobody knows what the disk has of it, or somebody took it out of tmp/ before
	 * the mark: it is made anew. */
	const bool missing = error && where && strcmp(where, settle_missing) == 0;
	const bool unsynced = error && where && strcmp(where, settle_unsynced) == 0;
	j->staged = j->staged && !missing;
	if (unsynced && j->store) {
		job_store_doubt(j);
		return;
	}
	if (unsynced || (missing && j->plan & (PLAN_OUTPUT | PLAN_ITEMS))) {
		if (j->jobs->draining)
			job_put_back(j);
		else
			job_pause(j, true, where, error);
		return;
	}
	if (error) {
		job_pause(j, false, where ? where : "settle", error);
		return;
	}
	times_add(TIMES_PUBLISHING, clock_us() - j->decided);
	j->jobs->setback.standing = false;
	log_settled(j, where);
	if (j->awaited && j->jobs->withdrawn)
		j->jobs->withdrawn(j->jobs->withdrawn_arg, j->claim->id);
	job_move(j, JOB_OVER);
}

/* Write what the plan wants delivered beside the message. False: errno. */
static bool stage_documents(struct job *j)
{
	static const struct {
		unsigned plan;
		enum stage stage;
	} documents[] = { { PLAN_WHY, STAGE_WHY }, { PLAN_NOTES, STAGE_NOTES } };
	json_t *more = j->store ? job_store_told(j->store) : NULL;
	const struct document_of about = { j->claim, j->bytes, &j->outcome,
		j->jobs->with.config, more };
	bool good = verdict_row(j->outcome.verdict)->good, ok = true;

	for (size_t i = 0; ok && i < sizeof documents / sizeof documents[0]; i++) {
		size_t n = 0;
		char *text;
		if (!(j->plan & documents[i].plan))
			continue;
		/* Of a store that is kept for some of its items there are both. */
		text = good || (j->store && documents[i].plan == PLAN_NOTES)
			   ? document_notes(&about, &n)
			   : document_letter(&about, &n);
		if (!text)
			errno = ENOMEM;
		ok = text && spool_stage(j->jobs->with.spool, j->claim,
				 documents[i].stage, text, n);
		free(text);
	}
	json_decref(more);
	return ok;
}

/* How much of its result nobody has synced yet. */
static uint64_t synced_by_janitor(const struct job *j)
{
	const uint64_t n = j->outcome.output_size;

	return j->plan & PLAN_OUTPUT && n < SETTLE_SYNCS_BELOW ? n : 0;
}

void job_settle(struct job *j)
{
	/* Once: when this is tried again they may have been delivered. */
	if (!j->staged && j->outcome.verdict != VERDICT_NONE &&
	    j->claim->mark == MARK_NONE && !stage_documents(j)) {
		job_pause(j, false, "write report", errno);
		return;
	}
	j->staged = true;
	j->claim->unsynced = synced_by_janitor(j);
	if (j->state != JOB_SETTLING)
		job_move(j, JOB_SETTLING);
	janitor_settle(j->jobs->with.janitor, j->claim, j->plan, job_settle_settled, j);
}
