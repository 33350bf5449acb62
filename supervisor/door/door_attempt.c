/* SPDX-License-Identifier: ISC */
#include "door/door_attempt.h"
#include "base/unconst.h"

#include <stdio.h>
#include <string.h>

#include "attempt/descriptors.h"
#include "attempt/document.h"
#include "proto/formats.h"

/* NOLINTNEXTLINE(readability-function-size): all that a message is */
void door_attempt_begin(struct door_attempt *f, const struct config *config,
    struct results *results, int input, uint64_t bytes, const char *name, const char *to)
{
	static char own[] = DOOR_NAME, none[] = "";

	*f = (struct door_attempt){
		.config = config,
		.results = results,
		.input = input,
		.bytes = bytes,
		.claim = { .id = name_new_id(),
		    .name = name && *name ? unconst(name) : own,
		    .sub = none },
		.to = to && *to ? to : config->convert.to,
		.result = { .fd = -1 },
	};
}

enum attempt_opened door_attempt_open(
    void *arg, struct pool_order *order, const char **why)
{
	struct door_attempt *f = arg;

	order->to = f->to;
	order->input_size = f->bytes;
	order->time_most = f->wishes.time_ms;
	order->output_most = f->wishes.output;
	order->memory_most = f->wishes.memory;
	return descriptors_results(order, why, f->input, f->results, &f->result);
}

bool door_attempt_space(void *arg, uint64_t *bytes, uint64_t *inodes)
{
	struct door_attempt *f = arg;

	result_end(&f->result);
	return results_space(f->results, bytes, inodes);
}

void door_attempt_log(const struct door_attempt *f, const char *where)
{
	const struct outcome *o = &f->outcome;

	if (verdict_row(o->verdict)->good)
		outcome_log_done(o, &f->claim, "door", f->bytes,
		    document_wanted(o, f->config) ? where : "none");
	else if (o->verdict != VERDICT_INFRASTRUCTURE)
		outcome_log_failed(o, &f->claim, "door", where);
}

/* The limits that were in force. */
static void door_attempt_limits(const struct door_attempt *f, struct config *c)
{
	const struct door_wishes *w = &f->wishes;
	uint64_t mib = (f->bytes >> 20) + (f->bytes % (1 << 20) != 0);

	if (w->time_ms && w->time_ms < c->limits.time + c->limits.time_per_mib * mib) {
		c->limits.time = w->time_ms;
		c->limits.time_per_mib = 0;
	}
	if (w->output && w->output < c->limits.output)
		c->limits.output = w->output;
	if (w->memory && w->memory < c->limits.memory)
		c->limits.memory = w->memory;
}

char *door_attempt_report(const struct door_attempt *f, size_t *n)
{
	struct config config = *f->config;
	const struct document_of about = { &f->claim, f->bytes, &f->outcome, &config,
		NULL };

	if (f->outcome.verdict == VERDICT_INFRASTRUCTURE)
		return NULL;
	door_attempt_limits(f, &config);
	if (!verdict_row(f->outcome.verdict)->good)
		return document_letter(&about, n);
	return f->wishes.notes || document_wanted(&f->outcome, f->config)
		   ? document_notes(&about, n)
		   : NULL;
}

void door_attempt_clear(struct door_attempt *f)
{
	result_end(&f->result);
	outcome_clear(&f->outcome);
}

bool door_attempt_can(const char *to)
{
	for (size_t i = 0; to && *to && formats_targets[i]; i++)
		if (strcmp(to, formats_targets[i]) == 0)
			return true;
	return !to || !*to;
}

/* The first word of its types. */
void door_attempt_media(const struct door_attempt *f, char type[64], char extension[32])
{
	const struct formats_row *row = formats_by_name(f->to);

	(void)snprintf(type, 64, "%.*s", row ? (int)strcspn(row->types, " ") : 0,
	    row ? row->types : "");
	(void)snprintf(extension, 32, "%s",
	    row && row->extension[0] == '.' ? row->extension + 1 : "");
}
