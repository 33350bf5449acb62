/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attempt/single.h"
#include "door/door_attempt.h"
#include "filter/filter.h"

/* One message and a pool of one worker. */
struct own {
	struct door_attempt way;
	struct filter_outcome *outcome;
};

static void filter_own_trouble(
    struct filter_outcome *o, const char *what, const char *detail)
{
	o->verdict = VERDICT_INFRASTRUCTURE;
	(void)snprintf(o->why, sizeof o->why, "%s%s%s", what, detail ? ": " : "",
	    detail ? detail : "");
}

static void filter_own_ended(void *arg, int *output)
{
	struct own *w = arg;
	const struct outcome *t = &w->way.outcome;
	struct filter_outcome *o = w->outcome;

	door_attempt_log(&w->way, "filter");
	o->verdict = t->verdict;
	o->id = w->way.claim.id;
	memcpy(o->note, t->note_count, sizeof o->note);
	(void)snprintf(o->why, sizeof o->why, "%s", t->reason ? t->reason : "");
	if (verdict_row(t->verdict)->good) {
		o->result_bytes = t->output_size;
		o->result = *output;
		*output = -1;
	}
	o->report = door_attempt_report(&w->way, &o->report_bytes);
	if (!o->report && !verdict_row(t->verdict)->good &&
	    t->verdict != VERDICT_INFRASTRUCTURE)
		filter_own_trouble(o, "the report", strerror(ENOMEM));
}

void filter_own(const struct filter_message *m, struct filter_outcome *o)
{
	static const struct attempt_owner owner = { DOOR_ATTEMPT_OWNER,
		.ended = filter_own_ended };
	struct own w = { .outcome = o };
	struct single *single = single_new(m->config, &owner);
	char why[SINGLE_WHY];

	door_attempt_begin(&w.way, m->config, m->results, m->input, m->bytes, NULL, NULL);
	filter_own_trouble(o, "no answer", NULL);
	if (!single_run(single, &w.way.claim, &w.way.outcome, &w, why))
		filter_own_trouble(o, why, NULL);
	single_free(single);
	door_attempt_clear(&w.way);
}
