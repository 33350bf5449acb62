/* SPDX-License-Identifier: ISC */
/* Who gets the next free worker, as a table. Two queues, a and b; u is urgent. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "attempt/schedule.h"

static struct rule {
	char name[64];
	enum schedule_hold hold;
	unsigned free, unused, busy, retries;
	bool alone_runs;
	struct schedule_queue u, a, b;
	enum schedule_kind kind;
	char queue; /* of the choice, 'u', 'a', 'b' */
	bool trial, replace;
} rules[] = {
	{ .name = "nobody waits", .free = 2, .unused = 2, .kind = SCHEDULE_NOBODY },
	{ .name = "new mail takes any worker",
	    .free = 1,
	    .a = { .new = 1 },
	    .kind = SCHEDULE_NEW,
	    .queue = 'a' },
	{ .name = "no worker is free", .a = { .new = 1 }, .kind = SCHEDULE_NOBODY },
	{ .name = "a retry needs an unused worker",
	    .free = 1,
	    .a = { .retry = 1 },
	    .kind = SCHEDULE_NOBODY,
	    .replace = true },
	{ .name = "a retry gets an unused worker",
	    .free = 1,
	    .unused = 1,
	    .b = { .retry = 1 },
	    .kind = SCHEDULE_RETRY,
	    .queue = 'b' },
	{ .name = "new mail does not wait for a retry's worker",
	    .free = 1,
	    .a = { .new = 1, .retry = 1 },
	    .kind = SCHEDULE_NEW,
	    .queue = 'a',
	    .replace = true },
	{ .name = "retries have half of the workers",
	    .free = 2,
	    .unused = 2,
	    .busy = 2,
	    .retries = 2,
	    .a = { .retry = 9 },
	    .kind = SCHEDULE_NOBODY },
	{ .name = "half counts over all queues",
	    .free = 2,
	    .unused = 2,
	    .busy = 2,
	    .retries = 2,
	    .a = { .retry = 9 },
	    .b = { .new = 1, .retry = 1 },
	    .kind = SCHEDULE_NEW,
	    .queue = 'b' },
	{ .name = "one alone comes before all others",
	    .free = 1,
	    .a = { .new = 5 },
	    .b = { .alone = 1 },
	    .kind = SCHEDULE_ALONE,
	    .queue = 'b' },
	{ .name = "one alone waits until nothing runs, and others for it",
	    .free = 1,
	    .busy = 1,
	    .a = { .new = 5 },
	    .b = { .alone = 1 },
	    .kind = SCHEDULE_NOBODY },
	{ .name = "one alone that failed needs an unused worker",
	    .free = 1,
	    .b = { .alone = 1, .alone_failed = true },
	    .kind = SCHEDULE_NOBODY,
	    .replace = true },
	{ .name = "nothing runs beside one alone",
	    .free = 3,
	    .unused = 3,
	    .busy = 1,
	    .alone_runs = true,
	    .a = { .new = 5, .retry = 5 },
	    .kind = SCHEDULE_NOBODY },
	{ .name = "all is held",
	    .hold = HOLD_ALL,
	    .free = 4,
	    .unused = 4,
	    .a = { .new = 1, .retry = 1, .alone = 1 },
	    .kind = SCHEDULE_NOBODY },
	{ .name = "the urgent one is not held",
	    .hold = HOLD_ALL,
	    .free = 1,
	    .u = { .urgent = true, .new = 1 },
	    .a = { .new = 1 },
	    .kind = SCHEDULE_NEW,
	    .queue = 'u' },
	{ .name = "the urgent one comes before one alone, and others wait for it",
	    .u = { .urgent = true, .new = 1 },
	    .a = { .alone = 1, .new = 1 },
	    .kind = SCHEDULE_NOBODY },
	{ .name = "a trial is one that never failed",
	    .hold = HOLD_BUT_NEW,
	    .free = 1,
	    .unused = 1,
	    .a = { .retry = 1 },
	    .b = { .new = 1 },
	    .kind = SCHEDULE_NEW,
	    .queue = 'b',
	    .trial = true },
	{ .name = "no trial of one that failed",
	    .hold = HOLD_BUT_NEW,
	    .free = 1,
	    .unused = 1,
	    .a = { .retry = 1 },
	    .kind = SCHEDULE_NOBODY },
	{ .name = "any will do for a trial",
	    .hold = HOLD_BUT_ONE,
	    .free = 1,
	    .unused = 1,
	    .a = { .retry = 1 },
	    .kind = SCHEDULE_RETRY,
	    .queue = 'a',
	    .trial = true },
	{ .name = "a trial is rather one that never failed",
	    .hold = HOLD_BUT_ONE,
	    .free = 1,
	    .unused = 1,
	    .a = { .retry = 1 },
	    .b = { .new = 1 },
	    .kind = SCHEDULE_NEW,
	    .queue = 'b',
	    .trial = true },
	{ .name = "one alone is a trial, too",
	    .hold = HOLD_BUT_NEW,
	    .free = 1,
	    .a = { .new = 1 },
	    .b = { .alone = 1 },
	    .kind = SCHEDULE_ALONE,
	    .queue = 'b',
	    .trial = true },
};

static struct schedule_view view_of(const struct rule *r)
{
	return (struct schedule_view){ .hold = r->hold,
		.free = r->free,
		.unused = r->unused,
		.workers = 4,
		.busy = r->busy,
		.retries = r->retries,
		.alone_runs = r->alone_runs,
		.count = 3,
		.queue = { r->u, r->a, r->b } };
}

ParameterizedTestParameters(schedule, rule)
{
	return cr_make_param_array(struct rule, rules, sizeof rules / sizeof rules[0]);
}

ParameterizedTest(struct rule *r, schedule, rule)
{
	struct schedule s = { 0 };
	const struct schedule_view v = view_of(r);
	const struct schedule_choice c = schedule_next(&s, &v);

	cr_expect_eq(c.kind, r->kind, "%s", r->name);
	cr_expect_eq(c.replace, r->replace, "%s", r->name);
	if (c.kind == SCHEDULE_NOBODY)
		return;
	cr_expect_eq("uab"[c.queue], r -> queue, "%s", r->name);
	cr_expect_eq(c.trial, r->trial, "%s", r->name);
}

/* So many choices in a row, as text: n and r of queue a, N and R of b. */
static void choices(const struct rule *r, unsigned n, char *to)
{
	struct schedule s = { 0 };
	const struct schedule_view v = view_of(r);

	while (n-- > 0) {
		const struct schedule_choice c = schedule_next(&s, &v);
		cr_assert_neq(c.kind, SCHEDULE_NOBODY);
		*to++ = (c.queue == 1 ? "?anr" : "?ANR")[c.kind];
	}
	*to = '\0';
}

Test(schedule, queues_take_turns)
{
	const struct rule r = { .free = 1, .a = { .new = 9 }, .b = { .new = 1 } };
	char got[16];

	choices(&r, 6, got);
	cr_expect_str_eq(got, "nNnNnN");
}

Test(schedule, one_of_four_workers_goes_to_a_retry)
{
	const struct rule r = { .free = 1, .unused = 1, .a = { .new = 9, .retry = 9 } };
	char got[16];

	choices(&r, 8, got);
	cr_expect_str_eq(got, "nnnrnnnr");
}

/* A queue of retries only does not lose its turn to one with new mail. */
Test(schedule, a_retry_is_a_turn)
{
	const struct rule r = {
		.free = 1, .unused = 1, .a = { .new = 9 }, .b = { .retry = 9 }
	};
	char got[16];

	choices(&r, 4, got);
	cr_expect_str_eq(got, "nRnR");
}

Test(schedule, one_worker_is_half_of_one)
{
	struct schedule s = { 0 };
	struct schedule_view v = { .free = 1,
		.unused = 1,
		.workers = 1,
		.count = 1,
		.queue = { { .retry = 1 } } };

	cr_expect_eq(schedule_next(&s, &v).kind, SCHEDULE_RETRY);
}
