/* SPDX-License-Identifier: ISC */
#include "convert/tally.h"

#include <inttypes.h>

static const struct row {
	const char *name, *text;
	bool fine;
} rows[TALLY_CLASSES] = {
	[TALLY_CONVERTED] = { "converted", "converted", true },
	[TALLY_PASSED] = { "passed-through", "passed through", true },
	[TALLY_REFUSED] = { "refused", "refused", false },
	[TALLY_CRASHED] = { "crashed", "crashed", false },
	[TALLY_TIMED_OUT] = { "timed-out", "timed out", false },
	[TALLY_MEMORY] = { "out-of-memory", "out of memory", false },
	[TALLY_OUTPUT] = { "output-limit", "over the output limit", false },
	[TALLY_VIOLATED] = { "violation", "in violation of sandbox or protocol", false },
	[TALLY_OPENED] = { "opened", "opened as stores", true },
	[TALLY_SKIPPED] = { "skipped", "skipped", true },
	[TALLY_DUPLICATE] = { "duplicate", "duplicates", true },
	[TALLY_IN_THE_WAY] = { "in-the-way", "in the way", false },
	[TALLY_PLANNED] = { "to-convert", "to convert", true },
	[TALLY_UNREADABLE] = { "unreadable", "unreadable", false },
	[TALLY_UNWRITTEN] = { "unwritten", "unwritten", false },
	[TALLY_INTERRUPTED] = { "interrupted", "interrupted", false },
};

enum tally_class tally_class_of(enum verdict v)
{
	static const enum tally_class classes[VERDICTS] = {
		[VERDICT_NONE] = TALLY_INTERRUPTED,
		[VERDICT_DONE] = TALLY_CONVERTED,
		[VERDICT_PASSED] = TALLY_PASSED,
		[VERDICT_REFUSED] = TALLY_REFUSED,
		[VERDICT_CRASHED] = TALLY_CRASHED,
		[VERDICT_TIMED_OUT_TOTAL] = TALLY_TIMED_OUT,
		[VERDICT_TIMED_OUT_SILENCE] = TALLY_TIMED_OUT,
		[VERDICT_TIMED_OUT_CPU] = TALLY_TIMED_OUT,
		[VERDICT_MEMORY] = TALLY_MEMORY,
		[VERDICT_OUTPUT] = TALLY_OUTPUT,
		[VERDICT_SANDBOX] = TALLY_VIOLATED,
		[VERDICT_PROTOCOL] = TALLY_VIOLATED,
		[VERDICT_KILLS] = TALLY_CRASHED,
		[VERDICT_WITHDRAWN] = TALLY_INTERRUPTED,
		[VERDICT_INFRASTRUCTURE] = TALLY_INTERRUPTED,
	};

	return classes[v];
}

const char *tally_name(enum tally_class class)
{
	return rows[class].name;
}

bool tally_is_fine(enum tally_class class)
{
	return rows[class].fine;
}

uint64_t tally_ended(const struct tally *t)
{
	uint64_t n = 0;

	for (int i = 0; i < TALLY_CLASSES; i++)
		n += t->count[i];
	return n;
}

uint64_t tally_failed(const struct tally *t)
{
	uint64_t n = 0;

	for (int i = 0; i < TALLY_CLASSES; i++)
		n += rows[i].fine ? 0 : t->count[i];
	return n;
}

void tally_print(const struct tally *t, FILE *to)
{
	const char *sign = "=";

	(void)fprintf(to, "%" PRIu64 " found", t->found);
	for (int i = 0; i < TALLY_CLASSES; i++)
		if (t->count[i] > 0) {
			(void)fprintf(
			    to, " %s %" PRIu64 " %s", sign, t->count[i], rows[i].text);
			sign = "+";
		}
}

json_t *tally_json(const struct tally *t)
{
	json_t *o = json_object();

	(void)json_object_set_new(o, "found", json_integer((json_int_t)t->found));
	for (int i = 0; i < TALLY_CLASSES; i++)
		(void)json_object_set_new(
		    o, rows[i].name, json_integer((json_int_t)t->count[i]));
	return o;
}
