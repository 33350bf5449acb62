/* SPDX-License-Identifier: ISC */
#include "attempt/told.h"
#include "base/json_text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attempt/dead.h"

int64_t told_clock(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void told_forget(struct told *t)
{
	json_decref(t->notes);
	t->notes = NULL;
	memset(t->note_count, 0, sizeof t->note_count);
	json_decref(t->autopsy);
	t->autopsy = NULL;
	free(t->remains);
	t->remains = NULL;
	free(t->reason);
	t->reason = NULL;
	free(t->refused_part);
	t->refused_part = NULL;
	t->refused_offset = 0;
	t->output_size = 0;
	t->verdict = VERDICT_NONE;
	t->used = false;
}

void told_begin(struct told *t)
{
	told_forget(t);
	t->notes = json_array();
	t->started_ms = told_clock();
}

/* Keep a text of the worker's; empty ones count as not told. */
static void told_keep(char **to, const char *text)
{
	free(*to);
	*to = text && *text ? strdup(text) : NULL;
}

void told_report(struct told *t, const Bulkhead__Report *r)
{
	static const char *const kinds[] = { "kept", "changed", "lost" };

	if (r->kind_case == BULKHEAD__REPORT__KIND_FACTS) {
		told_keep(&t->facts.format, r->facts->format);
		told_keep(&t->facts.sender, r->facts->sender);
		told_keep(&t->facts.subject, r->facts->subject);
		told_keep(&t->facts.message_id, r->facts->message_id);
		told_keep(&t->facts.message_class, r->facts->message_class);
		t->facts.automatic = r->facts->automatic;
	} else if (r->kind_case == BULKHEAD__REPORT__KIND_NOTE) {
		assert((unsigned)r->note->kind < 3);
		(void)json_array_append_new(t->notes,
		    json_pack("{s:s, s:o, s:o, s:o, s:I}", "kind", kinds[r->note->kind],
			"part", json_text(r->note->part), "what",
			json_text(r->note->what), "reason", json_text(r->note->reason),
			"count", (json_int_t)r->note->count));
	}
}

/* Which call the sandbox did not let through is the reason, in one word. */
static void keep_call(struct told *t, const struct autopsy *a)
{
	const char *call = autopsy_call(a);
	char text[80];

	if (t->verdict != VERDICT_SANDBOX || !call)
		return;
	(void)snprintf(text, sizeof text, "the converter tried the system call %s", call);
	told_because(t, text);
}

/* The stack of a worker that died of a fault or was asked where it was. */
static void keep_autopsy(struct told *t, const struct autopsy *a)
{
	t->autopsy = dead_autopsy(a);
	t->seed = dead_seed(a);
	t->place = dead_place(a);
	t->sampled = dead_is_sample(a);
	t->remains = a->remains ? malloc(sizeof *t->remains) : NULL;
	if (t->remains)
		memcpy(t->remains, a->remains, sizeof *t->remains);
}

void told_ended(struct told *t, const struct pool_end *end)
{
	t->ended_ms = told_clock();
	t->elapsed_ms = end->elapsed_ms;
	t->cpu_ms = end->cpu_ms;
	t->worker = end->worker;
	t->verdict = end->verdict;
	t->used = end->served > 0;
	if (end->done) {
		t->note_count[0] = end->done->kept;
		t->note_count[1] = end->done->changed;
		t->note_count[2] = end->done->lost;
	}
	if (end->refused) {
		told_because(t, end->refused->reason);
		t->refused_part = strdup(end->refused->part);
		t->refused_offset = end->refused->offset;
	}
	if (end->autopsy) {
		keep_autopsy(t, end->autopsy);
		keep_call(t, end->autopsy);
	}
}

void told_without_worker(struct told *t, enum verdict verdict, const char *reason)
{
	told_because(t, reason);
	t->started_ms = t->ended_ms = told_clock();
	t->worker = 0;
	t->verdict = verdict;
}

void told_because(struct told *t, const char *reason)
{
	free(t->reason);
	t->reason = strdup(reason);
}

void told_clear(struct told *t)
{
	told_forget(t);
	free(t->facts.format);
	free(t->facts.sender);
	free(t->facts.subject);
	free(t->facts.message_id);
	free(t->facts.message_class);
	*t = (struct told){ 0 };
}
