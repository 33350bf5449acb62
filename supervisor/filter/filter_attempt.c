/* SPDX-License-Identifier: ISC */
#include "filter/filter_attempt.h"

#include "attempt/descriptors.h"
#include "attempt/document.h"
#include "filter/filter_wire.h"

void filter_attempt_begin(struct filter_attempt *f, const struct config *config,
    struct results *room, int input, uint64_t bytes)
{
	static char name[] = FILTER_NAME, none[] = "";

	*f = (struct filter_attempt){
		.config = config,
		.room = room,
		.input = input,
		.bytes = bytes,
		.claim = { .id = name_new_id(), .name = name, .sub = none },
		.result = { .fd = -1 },
	};
}

enum attempt_opened filter_attempt_open(
    void *arg, struct pool_order *order, const char **why)
{
	struct filter_attempt *f = arg;

	order->to = f->config->convert.to;
	order->input_size = f->bytes;
	return descriptors_results(order, why, f->input, f->room, &f->result);
}

bool filter_attempt_space(void *arg, uint64_t *bytes, uint64_t *inodes)
{
	struct filter_attempt *f = arg;

	result_end(&f->result);
	return results_space(f->room, bytes, inodes);
}

void filter_attempt_log(const struct filter_attempt *f, const char *where)
{
	const struct outcome *o = &f->outcome;

	if (verdict_row(o->verdict)->good)
		outcome_log_done(o, &f->claim, "filter", f->bytes, "none");
	else if (o->verdict != VERDICT_INFRASTRUCTURE)
		outcome_log_failed(o, &f->claim, "filter", where);
}

char *filter_attempt_report(const struct filter_attempt *f, size_t *n)
{
	const struct document_of about = { &f->claim, f->bytes, &f->outcome, f->config };

	if (f->outcome.verdict == VERDICT_INFRASTRUCTURE)
		return NULL;
	return document_letter(&about, n);
}

void filter_attempt_clear(struct filter_attempt *f)
{
	result_end(&f->result);
	outcome_clear(&f->outcome);
}
