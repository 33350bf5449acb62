/* SPDX-License-Identifier: ISC */
#include "attempt/outcome.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attempt/document.h"
#include "base/clock.h"
#include "base/json_text.h"
#include "files/name.h"
#include "log/log.h"

static void outcome_forget(struct outcome *o)
{
	json_decref(o->notes);
	o->notes = NULL;
	memset(o->note_count, 0, sizeof o->note_count);
	json_decref(o->autopsy);
	o->autopsy = NULL;
	free(o->remains);
	o->remains = NULL;
	free(o->reason);
	o->reason = NULL;
	free(o->refused_part);
	o->refused_part = NULL;
	o->refused_offset = 0;
	o->output_size = 0;
	o->listed = false;
	o->verdict = VERDICT_NONE;
	o->used = false;
	o->trouble = TROUBLE_NONE;
	o->error = 0;
	o->call = NULL;
}

void outcome_begin(struct outcome *o)
{
	outcome_forget(o);
	o->notes = json_array();
	o->started_ms = clock_wall_ms();
}

/* Keep a text of the worker's; empty ones count as not said. */
static void outcome_keep(char **to, const char *text)
{
	free(*to);
	*to = text && *text ? strdup(text) : NULL;
}

void outcome_answer(struct outcome *o, const Bulkhead__Answer *r)
{
	static const char *const kinds[] = { "kept", "changed", "lost" };

	if (r->kind_case == BULKHEAD__ANSWER__KIND_FACTS) {
		outcome_keep(&o->facts.format, r->facts->format);
		outcome_keep(&o->facts.sender, r->facts->sender);
		outcome_keep(&o->facts.subject, r->facts->subject);
		outcome_keep(&o->facts.message_id, r->facts->message_id);
		outcome_keep(&o->facts.message_class, r->facts->message_class);
		o->facts.automatic = r->facts->automatic;
		o->facts.date = r->facts->date;
		o->facts.flags = r->facts->flags;
	} else if (r->kind_case == BULKHEAD__ANSWER__KIND_NOTE) {
		assert((unsigned)r->note->kind < 3);
		(void)json_array_append_new(o->notes,
		    json_pack("{s:s, s:o, s:o, s:o, s:I}", "kind", kinds[r->note->kind],
			"part", json_text(r->note->part), "what",
			json_text(r->note->what), "reason", json_text(r->note->reason),
			"count", (json_int_t)r->note->count));
	}
}

/* Which call the sandbox did not let through is the reason, in one word. */
static void keep_call(struct outcome *o, const struct autopsy *a)
{
	const char *call = autopsy_call(a);
	char text[80];

	if (o->verdict != VERDICT_SANDBOX)
		return;
	/* Where it had blocked all signals its handler could not say which. */
	(void)snprintf(text, sizeof text, "the converter tried %s%s",
	    call ? "the system call " : "a forbidden system call", call ? call : "");
	outcome_because(o, text);
}

/* The stack of a worker that died of a fault or was asked where it was. */
static void keep_autopsy(struct outcome *o, const struct autopsy *a)
{
	o->autopsy = document_autopsy(a);
	o->seed = document_seed(a);
	o->place = document_place(a);
	o->sampled = document_is_sample(a);
	o->remains = a->remains ? malloc(sizeof *o->remains) : NULL;
	if (o->remains)
		memcpy(o->remains, a->remains, sizeof *o->remains);
}

void outcome_ended(struct outcome *o, const struct pool_end *end)
{
	o->ended_ms = clock_wall_ms();
	o->elapsed_ms = end->elapsed_ms;
	o->cpu_ms = end->cpu_ms;
	o->worker = end->worker;
	o->verdict = end->verdict;
	o->used = end->served > 0;
	if (end->done) {
		o->note_count[0] = end->done->kept;
		o->note_count[1] = end->done->changed;
		o->note_count[2] = end->done->lost;
		o->listed = end->done->outcome == BULKHEAD__DONE__OUTCOME__LISTED;
		o->listed_bytes = end->done->listed;
		o->entries = end->done->entries;
	}
	if (end->refused) {
		outcome_because(o, end->refused->reason);
		o->refused_part = strdup(end->refused->part);
		o->refused_offset = end->refused->offset;
	}
	if (end->verdict == VERDICT_INFRASTRUCTURE) {
		o->trouble = TROUBLE_WORKERS;
		o->error = end->error;
		o->call = "the worker was taken away";
		if (end->autopsy && end->autopsy->output_errno) {
			o->trouble = TROUBLE_FILES;
			o->error = (int)end->autopsy->output_errno;
			o->call = "write output";
		}
	}
	if (end->autopsy) {
		keep_autopsy(o, end->autopsy);
		keep_call(o, end->autopsy);
	}
}

void outcome_without_worker(struct outcome *o, enum verdict verdict, const char *reason)
{
	outcome_because(o, reason);
	o->started_ms = o->ended_ms = clock_wall_ms();
	o->worker = 0;
	o->verdict = verdict;
}

void outcome_trouble(struct outcome *o, enum trouble trouble, const char *call, int error)
{
	char text[256];

	(void)snprintf(text, sizeof text, "%s: %s", call, strerror(error));
	outcome_without_worker(o, VERDICT_INFRASTRUCTURE, text);
	o->trouble = trouble;
	o->call = call;
	o->error = error;
}

void outcome_because(struct outcome *o, const char *reason)
{
	free(o->reason);
	o->reason = strdup(reason);
}

void outcome_clear(struct outcome *o)
{
	outcome_forget(o);
	free(o->facts.format);
	free(o->facts.sender);
	free(o->facts.subject);
	free(o->facts.message_id);
	free(o->facts.message_class);
	*o = (struct outcome){ 0 };
}

const char *outcome_reason(const struct outcome *o)
{
	return o->reason ? o->reason : verdict_row(o->verdict)->text;
}

void outcome_log_failed(
    const struct outcome *o, const struct claim *c, const char *source, const char *where)
{
	log_event(EVENT_FAILED, LOG_J(c->id), LOG_U("worker", o->worker),
	    LOG_S("verdict", verdict_row(o->verdict)->name),
	    LOG_S("reason", outcome_reason(o)), LOG_S("source", source),
	    LOG_S("folder", source ? NULL : c->sub),
	    LOG_S("file", source ? NULL : c->name), LOG_S("sender", o->facts.sender),
	    LOG_S("message_id", o->facts.message_id), LOG_S("where", where),
	    LOG_U("crashes", c->charges.crash), LOG_U("timeouts", c->charges.timeout),
	    LOG_U("memory", c->charges.memory), LOG_U("kills", c->charges.kills));
}

void outcome_log_done(const struct outcome *o, const struct claim *c, const char *source,
    uint64_t bytes, const char *report)
{
	log_event(EVENT_DONE, LOG_J(c->id), LOG_U("worker", o->worker),
	    LOG_S("verdict", verdict_row(o->verdict)->name), LOG_S("source", source),
	    LOG_S("folder", source ? NULL : c->sub),
	    LOG_S("file", source ? NULL : c->name), LOG_S("format", o->facts.format),
	    LOG_S("message_id", o->facts.message_id), LOG_U("bytes_in", bytes),
	    LOG_U("bytes_out", o->output_size), LOG_U("ms", o->elapsed_ms),
	    LOG_U("kept", o->note_count[0]), LOG_U("changed", o->note_count[1]),
	    LOG_U("lost", o->note_count[2]));
	if (o->note_count[2] > 0)
		log_event(EVENT_LOSSY, LOG_J(c->id), LOG_U("lost", o->note_count[2]),
		    LOG_S("report", report));
}
