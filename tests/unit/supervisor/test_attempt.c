/* SPDX-License-Identifier: ISC */
/* The engine with real workers: tests/unit/supervisor/stub_worker.c does what an order's
 * target names. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "attempt/attempt_private.h"
#include "attempt/descriptors.h"
#include "engine_ground.h"

enum { MESSAGES = 8 };

/* One message and what its owner was called with. */
struct message {
	const char *to;
	struct attempt *attempt;
	struct claim claim;
	struct outcome outcome;
	struct result result;
	/* What its calls answer. */
	enum attempt_opened opens_as; /* the first fails times */
	unsigned fails;
	uint64_t bytes;
	bool changed;
	/* What was heard. */
	unsigned opened, begun, charged, again, ended;
	unsigned order;  /* of its last begin among all */
	unsigned beside; /* others that ran when it began */
	char output[8];  /* of a good verdict */
};

static struct engine engine;
static struct message message[MESSAGES];
static unsigned begins, running;
static struct results *results; /* a real folder: of memory no lease can tell */

static enum attempt_opened on_open(void *arg, struct pool_order *order, const char **why)
{
	struct message *m = arg;
	int fd = memfd_create("message", MFD_CLOEXEC);

	cr_assert_neq(fd, -1);
	m->opened++;
	order->to = m->to;
	order->input_size = m->bytes;
	enum attempt_opened opened =
	    descriptors_results(order, why, fd, results, &m->result);
	(void)close(fd);
	if (m->opened > m->fails)
		return opened;
	*why = "open it";
	errno = EDQUOT;
	return m->opens_as;
}

static void on_begun(void *arg)
{
	struct message *m = arg;

	m->begun++;
	m->order = ++begins;
	m->beside = running++;
}

static bool on_changed(void *arg, int input)
{
	cr_expect_neq(input, -1);
	running--;
	return ((struct message *)arg)->changed;
}

static void on_charge(void *arg, struct charges c, bool again)
{
	struct message *m = arg;

	m->claim.charges = c;
	m->charged++;
	m->again += again;
}

static bool on_space(void *arg, uint64_t *bytes, uint64_t *inodes)
{
	(void)arg;
	*bytes = UINT64_MAX;
	*inodes = UINT64_MAX;
	return true;
}

static void on_ended(void *arg, int *output)
{
	struct message *m = arg;

	m->ended++;
	m->attempt = NULL;
	cr_expect_eq(*output != -1, verdict_row(m->outcome.verdict)->good);
	if (*output != -1)
		cr_expect_eq(pread(*output, m->output, sizeof m->output - 1, 0),
		    (ssize_t)m->outcome.output_size);
	errno = ENOTTY; /* stale, for all that comes */
}

static struct attempt_owner owner = {
	.source = "test",
	.patience = { .files = 2, .workers = 2, .first_ms = 20, .most_ms = 40 },
	.open = on_open,
	.begun = on_begun,
	.changed = on_changed,
	.charge = on_charge,
	.space = on_space,
	.ended = on_ended,
};

static struct attempt_queue *queue;

static void set_up(void)
{
	static char none[] = "";

	engine_new(&engine);
	int tmp = open("/tmp", O_RDONLY | O_DIRECTORY);
	results = results_open(tmp);
	cr_assert(results);
	(void)close(tmp);
	for (unsigned i = 0; i < MESSAGES; i++)
		message[i] = (struct message){ .to = "write",
			.claim = { .id = i + 1, .name = none, .sub = none },
			.result = { .fd = -1 } };
}

static void open_all(void)
{
	engine_open(&engine);
	queue = attempts_queue(engine.attempts, &owner);
	cr_assert(queue);
}

static void add(struct message *m, enum attempt_state state)
{
	m->attempt = attempt_add(queue, state, &m->claim, &m->outcome, m);
	cr_assert(m->attempt);
}

static void tear_down(void)
{
	for (unsigned i = 0; i < MESSAGES; i++)
		cr_expect_leq(message[i].ended, 1, "ended once");
	engine_free(&engine);
	for (unsigned i = 0; i < MESSAGES; i++)
		outcome_clear(&message[i].outcome), result_end(&message[i].result);
	results_close(results);
}

TestSuite(attempt, .init = set_up, .fini = tear_down, .timeout = 300);

static struct way {
	char to[16];
	enum verdict verdict;
	unsigned attempts, crash, memory;
} ways[] = {
	{ "done", VERDICT_DONE, 1, 0, 0 },
	{ "write", VERDICT_DONE, 1, 0, 0 },
	{ "refused", VERDICT_REFUSED, 1, 0, 0 },
	{ "crash", VERDICT_CRASHED, 2, 2, 0 },
	{ "silent-crash", VERDICT_CRASHED, 2, 2, 0 },
	{ "memory", VERDICT_MEMORY, 2, 0, 2 },
	{ "fill", VERDICT_OUTPUT, 2, 0, 2 },
	{ "sandbox", VERDICT_SANDBOX, 1, 1, 0 },
	/* Its worker had served nobody: no second attempt. */
	{ "wrong-length", VERDICT_PROTOCOL, 1, 1, 0 },
	{ "passed", VERDICT_PROTOCOL, 1, 1, 0 }, /* its output stays open */
	{ "garbage", VERDICT_PROTOCOL, 1, 1, 0 },
};

ParameterizedTestParameters(attempt, goes_its_way)
{
	return cr_make_param_array(struct way, ways, sizeof ways / sizeof ways[0]);
}

ParameterizedTest(struct way *w, attempt, goes_its_way)
{
	struct message *m = &message[0];

	m->to = w->to;
	open_all();
	add(m, ATTEMPT_NEW);
	ENGINE_UNTIL(&engine, m->ended);
	cr_expect_eq(m->outcome.verdict, w->verdict, "%s: %s", w->to,
	    verdict_row(m->outcome.verdict)->name);
	cr_expect_eq(m->begun, w->attempts, "%s", w->to);
	cr_expect_eq(m->charged, w->attempts, "%s", w->to);
	cr_expect_eq(m->again, w->attempts - 1, "%s", w->to);
	cr_expect_eq(m->claim.charges.crash, w->crash, "%s", w->to);
	cr_expect_eq(m->claim.charges.memory, w->memory, "%s", w->to);
	cr_expect_not(m->outcome.used, "a retry is for an unused worker: %s", w->to);
	cr_expect_eq(m->outcome.trouble, TROUBLE_NONE);
	if (strcmp(w->to, "write") == 0)
		cr_expect_str_eq(m->output, "data");
	cr_expect_eq(attempts_in_hand(engine.attempts), 0);
}

Test(attempt, a_queue_without_second_attempts_has_none)
{
	struct message *m = &message[0];

	m->to = "crash";
	owner.once = true;
	open_all();
	add(m, ATTEMPT_NEW);
	ENGINE_UNTIL(&engine, m->ended);
	cr_expect_eq(m->begun, 1);
	cr_expect_eq(m->outcome.verdict, VERDICT_CRASHED);
}

Test(attempt, trouble_of_ours_waits_and_is_not_charged)
{
	struct message *m = &message[0];

	m->opens_as = ATTEMPT_TROUBLE;
	m->fails = 2;
	open_all();
	add(m, ATTEMPT_NEW);
	ENGINE_UNTIL(&engine, attempt_queue_count(queue, ATTEMPT_LATE) == 1);
	ENGINE_UNTIL(&engine, m->ended);
	cr_expect_eq(m->opened, 3);
	cr_expect_eq(m->outcome.verdict, VERDICT_DONE);
	cr_expect_eq(m->again, 0);
}

Test(attempt, patience_ends_with_the_errno_of_the_trouble)
{
	struct message *m = &message[0];

	m->opens_as = ATTEMPT_TROUBLE;
	m->fails = 100;
	open_all();
	add(m, ATTEMPT_NEW);
	ENGINE_UNTIL(&engine, m->ended);
	cr_expect_eq(m->opened, 3);
	cr_expect_eq(m->charged, 0);
	cr_expect_eq(m->outcome.verdict, VERDICT_INFRASTRUCTURE);
	cr_expect_eq(m->outcome.trouble, TROUBLE_FILES);
	cr_expect_eq(m->outcome.error, EDQUOT);
	cr_expect_str_eq(m->outcome.call, "open it");
}

/* An order that we end ourselves has an errno of its own, whatever another call left. */
Test(attempt, a_worker_taken_away_says_so)
{
	struct message *m = &message[0];

	m->to = "hang";
	owner.patience.workers = 0;
	open_all();
	add(m, ATTEMPT_NEW);
	ENGINE_UNTIL(&engine, m->begun);
	errno = EBADMSG;
	pool_stop(attempts_pool(engine.attempts));
	cr_assert(m->ended);
	cr_expect_eq(m->outcome.trouble, TROUBLE_WORKERS);
	cr_expect_eq(m->outcome.error, ECANCELED);
	cr_expect_eq(m->charged, 0);
}

/* Who says that the disk is full is believed once, and gets space of its own; after that
 * its word makes nothing free of charge. */
Test(attempt, a_full_disk_is_believed_once)
{
	struct message *m = &message[0];

	m->to = "full-lie";
	open_all();
	add(m, ATTEMPT_NEW);
	ENGINE_UNTIL(&engine, m->ended);
	cr_expect_eq(m->outcome.verdict, VERDICT_OUTPUT);
	cr_expect_eq(m->begun, 3);
	cr_expect_eq(m->claim.charges.memory, 2);
}

/* Its word alone makes nothing free of charge. */
Test(attempt, a_disk_that_has_room_is_no_excuse)
{
	struct message *m = &message[0];

	m->to = "fill-lie";
	open_all();
	add(m, ATTEMPT_NEW);
	ENGINE_UNTIL(&engine, m->ended);
	cr_expect_eq(m->outcome.verdict, VERDICT_CRASHED);
	cr_expect_eq(m->claim.charges.crash, 2);
}

Test(attempt, what_changed_meanwhile_is_not_charged)
{
	struct message *m = &message[0];

	m->to = "crash";
	m->changed = true;
	open_all();
	add(m, ATTEMPT_NEW);
	ENGINE_UNTIL(&engine, m->ended);
	cr_expect_eq(m->outcome.trouble, TROUBLE_CHANGED);
	cr_expect_eq(m->begun, 1);
	cr_expect_eq(m->charged, 0);
}

Test(attempt, no_worker_sees_what_cannot_be_read_or_is_too_large)
{
	message[0].opens_as = ATTEMPT_UNREADABLE;
	message[0].fails = 100;
	engine.config->limits.input = 1 << 20;
	message[1].bytes = (1 << 20) + 1;
	open_all();
	add(&message[0], ATTEMPT_NEW);
	add(&message[1], ATTEMPT_NEW);
	ENGINE_UNTIL(&engine, message[0].ended && message[1].ended);
	for (unsigned i = 0; i < 2; i++) {
		cr_expect_eq(message[i].outcome.verdict, VERDICT_REFUSED);
		cr_expect_eq(message[i].begun, 0);
		cr_expect_eq(message[i].outcome.worker, 0);
	}
	cr_expect_str_eq(message[0].outcome.reason, "open it");
	cr_expect_str_eq(
	    message[1].outcome.reason, "is larger than limits.input allows, 1MiB");
}

Test(attempt, the_hurried_do_not_wait_for_ever)
{
	struct message *m = &message[0];

	(void)setenv("BULKHEAD_CHAOS_START", "hang", 1);
	engine.config->limits.time = 200;
	owner.hurried = true;
	open_all();
	add(m, ATTEMPT_NEW);
	ENGINE_UNTIL(&engine, m->ended);
	cr_expect_eq(m->outcome.trouble, TROUBLE_LATE);
	cr_expect_eq(m->outcome.error, ETIMEDOUT);
	cr_expect_eq(m->opened, 0);
}

Test(attempt, a_drained_queue_begins_nothing)
{
	message[0].to = "gate";
	message[1].to = "crash";
	engine.config->retry.delay = 60000;
	open_all();
	for (unsigned i = 0; i < 4; i++)
		add(&message[i], ATTEMPT_NEW);
	message[2].to = message[3].to = "gate";
	ENGINE_UNTIL(&engine, attempt_queue_count(queue, ATTEMPT_RETRY) == 1 &&
				  attempt_queue_count(queue, ATTEMPT_RUNNING) == 2);
	attempt_queue_drain(queue);
	cr_expect_eq(message[3].ended, 1);
	cr_expect_eq(message[3].outcome.trouble, TROUBLE_STOP);
	cr_expect_eq(message[3].begun, 0);
	cr_expect_eq(message[0].ended, 0);
	engine_open_gate(&engine);
	ENGINE_UNTIL(&engine, message[0].ended && message[1].ended);
	cr_expect_eq(message[0].outcome.verdict, VERDICT_DONE);
	/* Charged, but not tried again. */
	cr_expect_eq(message[1].begun, 1);
	cr_expect_eq(message[1].again, 1);
	cr_expect_eq(message[1].outcome.trouble, TROUBLE_STOP);
}

Test(attempt, what_waits_can_be_cancelled)
{
	message[0].to = "gate";
	open_all();
	for (unsigned i = 0; i < 3; i++)
		add(&message[i], ATTEMPT_NEW);
	cr_expect(attempt_cancel(message[2].attempt));
	ENGINE_UNTIL(&engine, message[0].begun);
	cr_expect_not(attempt_cancel(message[0].attempt), "a worker has it");
	engine_open_gate(&engine);
	ENGINE_UNTIL(&engine, attempts_in_hand(engine.attempts) == 0);
	cr_expect_eq(message[0].ended, 1);
	cr_expect_eq(message[2].ended, 0);
	cr_expect_eq(message[2].opened, 0);
}

Test(attempt, one_alone_has_nothing_beside_it)
{
	open_all();
	for (unsigned i = 0; i < 5; i++) {
		message[i].to = "slow";
		add(&message[i], i < 3 ? ATTEMPT_ALONE : ATTEMPT_NEW);
	}
	message[0].claim.charges.kills = 2;
	message[1].claim.charges.kills = 1;
	cr_expect(attempt_queue_alone(queue));
	ENGINE_UNTIL(&engine, attempts_in_hand(engine.attempts) == 0);
	/* The least killed first, then the others together. */
	cr_expect_eq(message[2].order, 1);
	cr_expect_eq(message[1].order, 2);
	cr_expect_eq(message[0].order, 3);
	for (unsigned i = 0; i < 3; i++)
		cr_expect_eq(message[i].beside, 0);
	cr_expect_leq(message[3].beside + message[4].beside, 1);
	cr_expect_not(attempt_queue_alone(queue));
}

/* --- a circuit breaker --- */

static struct {
	enum schedule_hold hold;
	unsigned begun, trials, firsts, heard;
} guarded;

static enum schedule_hold guard_hold(void *arg)
{
	(void)arg;
	return guarded.hold;
}

static void guard_begun(void *arg)
{
	(void)arg;
	guarded.begun++;
	guarded.hold = HOLD_ALL;
}

static void guard_attempted(void *arg, enum verdict v, bool first, bool trial)
{
	(void)arg;
	(void)v;
	guarded.heard++;
	guarded.firsts += first;
	guarded.trials += trial;
}

static const struct attempts_guard guard = { guard_hold, guard_begun, guard_attempted };

/* Nothing else may happen that would have the queues looked at: one that is to run alone
 * once all others are done. */
Test(attempt, one_that_becomes_alone_is_looked_for)
{
	guarded.hold = HOLD_ALL;
	open_all();
	attempts_guard(engine.attempts, &guard, NULL);
	add(&message[0], ATTEMPT_NEW);
	ENGINE_UNTIL(
	    &engine, pool_free_count(attempts_pool(engine.attempts), false) == 2);
	for (int i = 0; i < 100; i++)
		engine_turn(&engine);
	cr_expect_eq(begins, 0);
	guarded.hold = HOLD_NOTHING;
	attempt_move(message[0].attempt, ATTEMPT_ALONE);
	ENGINE_UNTIL(&engine, message[0].ended);
	cr_expect_eq(begins, 1);
}

Test(attempt, what_is_held_waits_but_for_one)
{
	guarded.hold = HOLD_ALL;
	open_all();
	attempts_guard(engine.attempts, &guard, NULL);
	message[0].to = message[1].to = "crash";
	add(&message[0], ATTEMPT_NEW);
	add(&message[1], ATTEMPT_NEW);
	ENGINE_UNTIL(
	    &engine, attempts_free_workers(engine.attempts) == 0 &&
			 pool_free_count(attempts_pool(engine.attempts), false) == 2);
	cr_expect_eq(begins, 0);
	guarded.hold = HOLD_BUT_NEW;
	attempts_turn(engine.attempts);
	ENGINE_UNTIL(&engine, attempt_queue_count(queue, ATTEMPT_RETRY) == 1);
	cr_expect_eq(begins, 1);
	cr_expect_eq(guarded.begun, 1);
	cr_expect_eq(guarded.trials, 1);
	guarded.hold = HOLD_NOTHING;
	attempts_turn(engine.attempts);
	ENGINE_UNTIL(&engine, message[0].ended && message[1].ended);
	cr_expect_eq(guarded.heard, 4, "each attempt");
	cr_expect_eq(guarded.firsts, 2, "each message once");
	cr_expect_eq(guarded.trials, 1);
}

Test(attempt, the_urgent_are_neither_held_nor_heard_of)
{
	static struct attempt_owner urgent;

	urgent = owner;
	urgent.urgent = urgent.once = true;
	guarded.hold = HOLD_ALL;
	open_all();
	attempts_guard(engine.attempts, &guard, NULL);
	add(&message[0], ATTEMPT_NEW);
	queue = attempts_queue(engine.attempts, &urgent);
	message[1].to = "crash";
	add(&message[1], ATTEMPT_NEW);
	ENGINE_UNTIL(&engine, message[1].ended);
	cr_expect_eq(message[1].begun, 1);
	cr_expect_eq(message[0].begun, 0);
	cr_expect_eq(guarded.heard, 0);
}

/* One input, many items: each an order of its own, heard of by itself. */
Test(attempt, each_hears_of_its_own)
{
	open_all();
	for (unsigned i = 0; i < MESSAGES; i++) {
		message[i].to = i % 2 ? "refused" : "write";
		add(&message[i], ATTEMPT_NEW);
	}
	ENGINE_UNTIL(&engine, attempts_in_hand(engine.attempts) == 0);
	for (unsigned i = 0; i < MESSAGES; i++) {
		cr_expect_eq(message[i].ended, 1);
		cr_expect_eq(
		    message[i].outcome.verdict, i % 2 ? VERDICT_REFUSED : VERDICT_DONE);
	}
}
