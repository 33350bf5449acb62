/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attempt/charge.h"
#include "attempt/dead.h"
#include "log/log.h"
#include "service/job.h"
#include "service/job_private.h"

/* 2450, once for each failed attempt. */
static void job_settle_log_failed(const struct job *j, const char *where)
{
	log_event(EVENT_FAILED, LOG_J(j->claim->id), LOG_U("worker", j->told.worker),
	    LOG_S("verdict", verdict_row(j->told.verdict)->name),
	    LOG_S("reason",
		j->told.reason ? j->told.reason : verdict_row(j->told.verdict)->text),
	    LOG_S("folder", j->claim->sub), LOG_S("file", j->claim->name),
	    LOG_S("sender", j->told.facts.sender),
	    LOG_S("message_id", j->told.facts.message_id), LOG_S("where", where),
	    LOG_U("crashes", j->claim->charges.crash),
	    LOG_U("timeouts", j->claim->charges.timeout),
	    LOG_U("memory", j->claim->charges.memory),
	    LOG_U("kills", j->claim->charges.kills));
}

/* What becomes of a message whose verdict is final. */
static unsigned plan_for(const struct job *j)
{
	const struct config *config = j->jobs->with.config;
	unsigned notes =
	    json_array_size(j->told.notes) > 0 && config->reports != REPORTS_NONE;

	if (verdict_row(j->told.verdict)->good) {
		bool lossy = j->told.note_count[1] + j->told.note_count[2] > 0;
		bool report = config->reports == REPORTS_ALL || (notes && lossy);
		return PLAN_OUTPUT | (report ? PLAN_NOTES : 0U);
	}
	/* What cannot be read cannot go on as mail, whatever the operator wants. */
	if (j->unreadable || config->on_failure == FAIL_DEAD)
		return PLAN_LETTER | PLAN_WHY;
	if (config->on_failure == FAIL_PASSTHROUGH)
		return PLAN_ORIGINAL | PLAN_NOTES;
	return PLAN_LETTER | PLAN_WHY | PLAN_ORIGINAL;
}

/* Charge an attempt that ended. True: it will be tried again. */
static bool job_settle_charge(struct job *j)
{
	struct jobs *js = j->jobs;
	struct charges c = j->claim->charges;
	bool again = false;

	if (j->alone) /* the service did not die of it */
		c.kills = 0;
	if (!verdict_row(j->told.verdict)->good)
		again = charge_add(&c, j->told.verdict, j->told.used, js->with.config);
	c.waits = again;
	/* Where that fails the claim keeps its charges with its name, by which alone the
	   message is found: it may be tried once more often. */
	if (memcmp(&c, &j->claim->charges, sizeof c) != 0 &&
	    !spool_recharge(js->with.spool, j->claim, c))
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "rename"),
		    LOG_J(j->claim->id), LOG_E(errno));
	return again;
}

static void job_settle_unwound(void *arg, const struct unwind_answer *answer)
{
	struct job *j = arg;

	j->unwind = NULL;
	dead_frames(&j->told, answer, j->jobs->with.config);
	job_settle(j);
}

/* A message whose worker left a stack is settled once the stack is unwound, or after
 * UNWIND_WITHIN_MS. False: there is nothing to wait for. */
static bool job_settle_unwind(struct job *j)
{
	static const struct unwind_answer none = {
		.failure = "too many stacks were to be unwound at once"
	};

	if (!j->told.remains || verdict_row(j->told.verdict)->good)
		return false;
	j->unwind =
	    unwinds_ask(j->jobs->with.unwinds, j->told.remains, job_settle_unwound, j);
	if (!j->unwind) {
		dead_frames(&j->told, &none, j->jobs->with.config);
		return false;
	}
	job_move(j, JOB_SETTLING);
	return true;
}

void job_decide(struct job *j)
{
	struct jobs *js = j->jobs;
	bool alone = j->alone;

	if (j->told.verdict != VERDICT_KILLS && job_settle_charge(j)) {
		job_settle_log_failed(j, "active");
		j->alone = false;
		js->sum.retries++;
		if (js->draining) {
			job_put_back(j);
			return;
		}
		log_event(EVENT_MESSAGE_RETRY, LOG_J(j->claim->id),
		    LOG_U("in_ms", js->with.config->retry.delay));
		job_again(j);
		return;
	}
	j->alone = false;
	if (alone)
		log_event(EVENT_MESSAGE_CLEARED, LOG_J(j->claim->id),
		    LOG_S("verdict", verdict_row(j->told.verdict)->name));
	j->plan = plan_for(j);
	j->late = 0;
	if (!job_settle_unwind(j))
		job_settle(j);
}

/* kept: what the settlement says of an input that could not be copied; NULL it could. */
static const char *place_of(const struct job *j, const char *kept)
{
	if (kept)
		return strcmp(kept, "held") == 0 ? "active/.held" : "dead";
	if (j->plan & PLAN_LETTER)
		return j->plan & PLAN_ORIGINAL ? "dead, outgoing" : "dead";
	return "outgoing";
}

static void log_settled(struct job *j, const char *kept)
{
	struct jobs *js = j->jobs;
	const char *where = place_of(j, kept);

	if (kept)
		log_event(EVENT_MESSAGE_HELD, LOG_J(j->claim->id),
		    LOG_S("folder", j->claim->sub), LOG_S("file", j->claim->name),
		    LOG_S("where", where));

	if (j->told.verdict ==
	    VERDICT_NONE) /* decided, counted and logged by an earlier run */
		return;
	if (!verdict_row(j->told.verdict)->good) {
		js->sum.failed++;
		job_settle_log_failed(j, where);
		return;
	}
	if (j->told.verdict == VERDICT_PASSED)
		js->sum.passed++;
	else
		js->sum.converted++;
	log_event(EVENT_DONE, LOG_J(j->claim->id), LOG_U("worker", j->told.worker),
	    LOG_S("verdict", verdict_row(j->told.verdict)->name),
	    LOG_S("folder", j->claim->sub), LOG_S("file", j->claim->name),
	    LOG_S("format", j->told.facts.format),
	    LOG_S("message_id", j->told.facts.message_id),
	    LOG_U("bytes_in", (uint64_t)j->st.st_size),
	    LOG_U("bytes_out", j->told.output_size), LOG_U("ms", j->told.elapsed_ms),
	    LOG_U("kept", j->told.note_count[0]), LOG_U("changed", j->told.note_count[1]),
	    LOG_U("lost", j->told.note_count[2]));
	if (j->told.note_count[2] > 0)
		log_event(EVENT_LOSSY, LOG_J(j->claim->id),
		    LOG_U("lost", j->told.note_count[2]),
		    LOG_S("report", j->plan & PLAN_NOTES ? "reports" : "none"));
}

static void job_settle_settled(void *arg, uint64_t id, int error, const char *where)
{
	struct job *j = arg;

	(void)id;
	if (error && where && strcmp(where, settle_unsynced) == 0) {
		/* Nobody knows what the disk has of it: it is made anew. */
		job_late(j, JOB_WAITING, where, error);
		return;
	}
	if (error) {
		job_late(j, JOB_SETTLING, where ? where : "settle", error);
		return;
	}
	log_settled(j, where);
	if (j->told.verdict == VERDICT_NONE)
		j->jobs->sum.finished++;
	job_move(j, JOB_OVER);
}

/* Write what the plan wants delivered beside the message. False: errno. */
static bool stage_documents(struct job *j)
{
	static const struct {
		unsigned plan;
		enum stage stage;
	} documents[] = { { PLAN_WHY, STAGE_WHY }, { PLAN_NOTES, STAGE_NOTES } };
	const struct dead_message about = { j->claim, (uint64_t)j->st.st_size, &j->told,
		j->jobs->with.config };
	bool good = verdict_row(j->told.verdict)->good, ok = true;

	for (size_t i = 0; ok && i < sizeof documents / sizeof documents[0]; i++) {
		size_t n = 0;
		char *text;
		if (!(j->plan & documents[i].plan))
			continue;
		text = good ? dead_notes(&about, &n) : dead_letter(&about, &n);
		if (!text)
			errno = ENOMEM;
		ok = text && spool_stage(j->jobs->with.spool, j->claim,
				 documents[i].stage, text, n);
		free(text);
	}
	return ok;
}

void job_settle(struct job *j)
{
	if (j->told.verdict != VERDICT_NONE && j->claim->mark == MARK_NONE &&
	    !stage_documents(j)) {
		job_late(j, JOB_SETTLING, "write report", errno);
		return;
	}
	j->staged = true; /* never again: what was delivered must not be made anew */
	if (j->state != JOB_SETTLING)
		job_move(j, JOB_SETTLING);
	janitor_settle(j->jobs->with.janitor, j->claim, j->plan, job_settle_settled, j);
}
