/* SPDX-License-Identifier: ISC */
/* Real processes: tests/unit/supervisor/stub_worker.c does what an order's "to" names. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../worker/kernel.h"
#include "pool/pool.h"

enum { ENDS_MAX = 64 };

struct rig {
	struct event_base *base;
	struct config *config;
	struct pool *pool;
	struct event *child;
	bool hold_corpses; /* do not reap for now */
	uint64_t jobs;     /* given so far */
	unsigned frees, answers, hopeless;
	char why[512];
	unsigned ends;
	struct {
		uint64_t job, worker;
		enum verdict verdict;
		struct autopsy autopsy; /* without what it owns */
		char words[200];
		bool reaped;
		bool has_autopsy;
		uint64_t elapsed, cpu;
	} end[ENDS_MAX];
};

static struct rig rig;

static uint64_t now_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void on_free(void *arg)
{
	((struct rig *)arg)->frees++;
}

/* Each order is heard of by itself: arg is the number of its job. */
static void on_answer(void *arg, const Bulkhead__Answer *r)
{
	cr_expect_eq(r->job, (uintptr_t)arg);
	rig.answers++;
}

static void on_ended(void *arg, const struct pool_end *e)
{
	struct rig *g = &rig;
	uint64_t job = (uintptr_t)arg;
	unsigned i = g->ends++;

	cr_assert_lt(i, (unsigned)ENDS_MAX);
	for (unsigned k = 0; k < i; k++)
		cr_expect_neq(g->end[k].job, job, "ended twice");
	g->end[i].job = job;
	g->end[i].verdict = e->verdict;
	g->end[i].worker = e->worker;
	g->end[i].elapsed = e->elapsed_ms;
	g->end[i].cpu = e->cpu_ms;
	cr_expect_eq(!!e->done, verdict_row(e->verdict)->good);
	cr_expect_eq(!!e->refused, e->verdict == VERDICT_REFUSED);
	cr_expect_eq(e->error, e->verdict == VERDICT_INFRASTRUCTURE ? ECANCELED : 0);
	if (!e->autopsy) {
		cr_expect(e->done || e->refused);
		return;
	}
	g->end[i].has_autopsy = true;
	g->end[i].autopsy = *e->autopsy;
	if (e->autopsy->stderr_tail)
		(void)snprintf(g->end[i].words, sizeof g->end[i].words, "%s",
		    e->autopsy->stderr_tail);
}

static void on_hopeless(void *arg, const char *why)
{
	struct rig *g = arg;
	g->hopeless++;
	(void)snprintf(g->why, sizeof g->why, "%s", why);
}

static void reap(struct rig *g)
{
	struct rusage usage;
	int status;
	pid_t pid;

	while (!g->hold_corpses && (pid = wait4(-1, &status, WNOHANG, &usage)) > 0)
		cr_expect(pool_reaped(g->pool, pid, status, &usage));
}

static void on_child(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	reap(arg);
}

/* Defaults, but hasty. */
static void set_up(void)
{
	char self[PATH_MAX];
	char *none[] = { NULL };
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 32);

	cr_assert_gt(n, 0);
	self[n] = 0;
	(void)strcpy(strrchr(self, '/') + 1, "stub-worker");
	rig.config = config_load(NULL, none, NULL, 0, stderr);
	cr_assert_not_null(rig.config);
	free(rig.config->worker.program);
	rig.config->worker.program = strdup(self);
	rig.config->workers = 1;
	rig.config->spares = 1;
	rig.config->limits.time = 20000;
	rig.config->limits.silence = 10000;
	rig.config->limits.output = 1 << 20;
	rig.config->limits.frame = 300;
	rig.base = event_base_new();
	cr_assert_not_null(rig.base);
	rig.child = evsignal_new(rig.base, SIGCHLD, on_child, &rig);
	cr_assert_eq(event_add(rig.child, NULL), 0);
	(void)unsetenv("BULKHEAD_CHAOS_START");
	(void)unsetenv("BULKHEAD_CHAOS_STAY");
}

static void open_pool(void)
{
	static const struct pool_calls calls = { on_free, on_hopeless };
	rig.pool = pool_new(rig.base, rig.config, &calls, &rig);
	cr_assert_not_null(rig.pool);
}

static void tear_down(void)
{
	pool_free(rig.pool);
	cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "a process was left");
	event_free(rig.child);
	event_base_free(rig.base);
	config_free(rig.config);
}

static void turn(void)
{
	struct timeval tick = { .tv_usec = 5000 };
	(void)event_base_loopexit(rig.base, &tick);
	(void)event_base_dispatch(rig.base);
	reap(&rig);
}

/* Let the loop run until it is so. */
#define UNTIL(condition) \
	do { \
		uint64_t begun = now_ms(); \
		while (!(condition)) { \
			cr_assert_lt(now_ms() - begun, 30000, "never: %s", #condition); \
			turn(); \
		} \
	} while (0)

static void run_for(uint64_t ms)
{
	for (uint64_t begun = now_ms(); now_ms() - begun < ms;)
		turn();
}

static const struct pool_listener listener = { on_answer, on_ended };

static bool give_to(const char *to, bool fresh)
{
	struct pool_order order = { .listener = &listener,
		.arg = (void *)(uintptr_t)(rig.jobs + 1),
		.job = rig.jobs + 1,
		.to = to,
		.fresh = fresh };
	bool ok;

	order.input = memfd_create("input", MFD_CLOEXEC);
	order.output = memfd_create("output", MFD_CLOEXEC);
	order.scratch = memfd_create("scratch", MFD_CLOEXEC);
	ok = pool_give(rig.pool, &order);
	(void)close(order.input);
	(void)close(order.scratch); /* output is to stay open */
	rig.jobs += ok;
	return ok;
}

static void give(const char *to)
{
	UNTIL(pool_free_count(rig.pool, false) > 0);
	cr_assert(give_to(to, false), "%s", to);
}

TestSuite(pool, .init = set_up, .fini = tear_down, .timeout = 600);

static const struct deed {
	const char *to;
	enum verdict want;
	uint64_t silence, time, cpu, sync; /* ms, 0: as above */
	uint32_t signal;                   /* that the autopsy must name */
	const char *violation, *words;
} deeds[] = {
	{ .to = "done", .want = VERDICT_DONE },
	{ .to = "passed", .want = VERDICT_PASSED },
	{ .to = "refused", .want = VERDICT_REFUSED },
	{ .to = "facts", .want = VERDICT_DONE },
	{ .to = "crash", .want = VERDICT_CRASHED, .signal = SIGSEGV },
	{ .to = "silent-crash", .want = VERDICT_CRASHED, .signal = SIGBUS },
	{ .to = "done-crash", .want = VERDICT_CRASHED, .signal = SIGSEGV },
	{ .to = "undead", .want = VERDICT_CRASHED, .signal = SIGABRT },
	{ .to = "exit-0", .want = VERDICT_CRASHED },
	{ .to = "no such deed", .want = VERDICT_CRASHED },
	{ .to = "killed", .want = VERDICT_CRASHED, .signal = SIGKILL },
	{ .to = "deaf", .want = VERDICT_CRASHED },
	{ .to = "words",
	    .want = VERDICT_CRASHED,
	    .signal = SIGABRT,
	    .words = "first?line\nthe last line\n" },
	{ .to = "stopped", .want = VERDICT_TIMED_OUT_SILENCE, .silence = 300 },
	{ .to = "hang", .want = VERDICT_TIMED_OUT_SILENCE, .silence = 300 },
	{ .to = "talk", .want = VERDICT_TIMED_OUT_TOTAL, .silence = 5000, .time = 400 },
	{ .to = "spin", .want = VERDICT_TIMED_OUT_CPU, .cpu = 500, .signal = SIGXCPU },
	{ .to = "spin-on", .want = VERDICT_TIMED_OUT_CPU, .cpu = 500 },
	{ .to = "sync", .want = VERDICT_DONE, .silence = 500, .time = 600 },
	{ .to = "sync-for-ever", .want = VERDICT_TIMED_OUT_SILENCE, .sync = 500 },
	{ .to = "memory", .want = VERDICT_MEMORY },
	{ .to = "fill", .want = VERDICT_OUTPUT },
	{ .to = "fill-scratch", .want = VERDICT_OUTPUT },
	{ .to = "fill-lie", .want = VERDICT_CRASHED },
	{ .to = "sandbox", .want = VERDICT_SANDBOX, .signal = SIGSYS },
	{ .to = "flood", .want = VERDICT_PROTOCOL, .violation = "a flood of answers" },
	{ .to = "half-frame",
	    .want = VERDICT_PROTOCOL,
	    .violation = "a begun frame was not completed in time" },
	{ .to = "long-frame",
	    .want = VERDICT_PROTOCOL,
	    .violation = "frame of an impossible length" },
	{ .to = "garbage", .want = VERDICT_PROTOCOL, .violation = "frame is no answer" },
	{ .to = "other-job", .want = VERDICT_PROTOCOL, .violation = "another job" },
	{ .to = "done-twice",
	    .want = VERDICT_PROTOCOL,
	    .violation = "speaks after the end of its order" },
	{ .to = "done-and-byte",
	    .want = VERDICT_PROTOCOL,
	    .violation = "bytes after the end of its order" },
	{ .to = "done-then-more", .want = VERDICT_DONE },
	{ .to = "word-flood", .want = VERDICT_DONE },
};

ParameterizedTestParameters(pool, ends_each_order_with_its_verdict)
{
	static size_t index[sizeof deeds / sizeof deeds[0]];
	for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof deeds / sizeof deeds[0]);
}

ParameterizedTest(size_t *i, pool, ends_each_order_with_its_verdict)
{
	const struct deed *d = &deeds[*i];
	struct config *c = rig.config;

	if (!kernel_filters() && (d->words || strcmp(d->to, "spin-on") == 0))
		cr_skip_test(EMULATED);

	c->limits.silence = d->silence ? d->silence : c->limits.silence;
	c->limits.time = d->time ? d->time : c->limits.time;
	c->limits.cpu = d->cpu ? d->cpu : c->limits.cpu;
	c->limits.sync = d->sync ? d->sync : c->limits.sync;
	open_pool();
	give(d->to);
	cr_expect_eq(pool_busy(rig.pool), 1);
	UNTIL(rig.ends == 1);
	cr_expect_eq(rig.end[0].verdict, d->want, "%s: %s", d->to,
	    verdict_row(rig.end[0].verdict)->name);
	cr_expect_eq(rig.end[0].has_autopsy, d->want > VERDICT_REFUSED, "%s", d->to);
	const struct autopsy *a = &rig.end[0].autopsy;
	if (d->signal)
		cr_expect_eq(a->signal, d->signal, "%s: %u", d->to, a->signal);
	if (d->violation)
		cr_expect_str_eq(a->violation, d->violation, "%s", d->to);
	if (d->words)
		cr_expect_str_eq(rig.end[0].words, d->words, "%s", d->to);
	if (rig.end[0].has_autopsy) {
		cr_expect(a->reaped, "%s", d->to);
		cr_expect_gt(a->peak_rss, 0, "%s", d->to);
		cr_expect_eq(a->worker, rig.end[0].worker);
	}
	/* Whatever it was, the next message is served; time to find a liar out. */
	run_for(strcmp(d->to, "done-then-more") == 0 ? 300 : 0);
	give("done");
	UNTIL(rig.ends == 2);
	cr_expect_eq(rig.end[1].verdict, VERDICT_DONE, "after %s", d->to);
}

/* A scratch file stays with its worker, for orders of the same owner. */
Test(pool, keeps_a_scratch_file_for_its_owner)
{
	const char owner = 0, other = 0;
	struct pool_order order = {
		.listener = &listener, .arg = (void *)1, .job = 1, .to = "done"
	};

	open_pool();
	UNTIL(pool_free_count(rig.pool, false) == 1);
	cr_expect_not(pool_has_scratch(rig.pool, false, &owner));
	order.input = order.output = memfd_create("file", MFD_CLOEXEC);
	order.scratch = -1;
	order.scratch_of = &owner;
	cr_expect_not(pool_give(rig.pool, &order), "there is none yet");
	order.scratch = memfd_create("scratch", MFD_CLOEXEC);
	cr_assert(pool_give(rig.pool, &order));
	(void)close(order.scratch);
	UNTIL(rig.ends == 1);
	UNTIL(pool_free_count(rig.pool, false) == 1);
	cr_expect(pool_has_scratch(rig.pool, false, &owner));
	cr_expect_not(pool_has_scratch(rig.pool, false, &other));
	cr_expect_not(pool_has_scratch(rig.pool, true, &owner), "nobody else's");
	order.scratch = -1;
	order.scratch_of = &other;
	cr_expect_not(pool_give(rig.pool, &order));
	order.scratch_of = &owner;
	order.job = 2;
	order.arg = (void *)2;
	cr_assert(pool_give(rig.pool, &order));
	UNTIL(rig.ends == 2);
	cr_expect_eq(rig.end[1].verdict, VERDICT_DONE);
}

Test(pool, hands_over_before_the_corpse_is_reaped)
{
	open_pool();
	UNTIL(pool_free_count(rig.pool, true) == 1);
	run_for(100); /* the spare, too */
	rig.hold_corpses = true;
	give("big-crash");
	UNTIL(pool_busy(rig.pool) == 0);
	cr_expect_eq(rig.ends, 0, "not ended yet: its corpse is missing");
	cr_assert(give_to("done", false), "the spare is there at once");
	UNTIL(rig.ends == 1);
	cr_expect_eq(rig.end[0].job, 2);
	cr_expect_eq(rig.end[0].verdict, VERDICT_DONE);
	rig.hold_corpses = false;
	UNTIL(rig.ends == 2);
	cr_expect_eq(rig.end[1].verdict, VERDICT_CRASHED);
	cr_expect_neq(rig.end[0].worker, rig.end[1].worker);
	cr_expect(rig.end[1].autopsy.reaped);
	cr_expect_eq(rig.end[1].autopsy.address, 8);
	cr_expect_gt(rig.end[1].autopsy.peak_rss, 250UL << 20);
}

Test(pool, ends_an_order_without_its_corpse)
{
	open_pool();
	give("crash");
	rig.hold_corpses = true;
	UNTIL(rig.ends == 1);
	cr_expect_eq(rig.end[0].verdict, VERDICT_CRASHED);
	cr_expect_eq(rig.end[0].autopsy.signal, SIGSEGV);
	cr_expect_not(rig.end[0].autopsy.reaped);
	rig.hold_corpses = false;
	run_for(50);
	cr_expect_eq(rig.ends, 1);
}

Test(pool, waits_when_corpses_pile_up)
{
	open_pool();
	rig.hold_corpses = true;
	/* The first corpse is replaced; with the second there are as many as workers. */
	for (int i = 0; i < 3; i++)
		give("crash");
	run_for(400);
	cr_expect_eq(pool_free_count(rig.pool, false), 0);
	rig.hold_corpses = false;
	give("done");
	UNTIL(rig.ends == 4);
}

Test(pool, leaves_neighbours_alone)
{
	rig.config->workers = 3;
	open_pool();
	UNTIL(pool_free_count(rig.pool, false) == 3);
	give("slow");
	give("crash");
	give("slow");
	cr_expect_eq(
	    pool_free_count(rig.pool, false), 0, "the spare is none of the three");
	UNTIL(rig.ends == 3);
	for (unsigned i = 0; i < 3; i++)
		cr_expect_eq(rig.end[i].verdict,
		    rig.end[i].job == 2 ? VERDICT_CRASHED : VERDICT_DONE);
}

static long resident_kib(void)
{
	struct rusage usage;
	(void)getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

Test(pool, stays_small_under_floods)
{
	open_pool();
	give("done");
	UNTIL(rig.ends == 1);
	long before = resident_kib();
	for (unsigned i = 0; i < 10; i++) {
		give(i % 2 ? "flood" : "word-flood");
		UNTIL(rig.ends == i + 2);
	}
#ifndef BULKHEAD_SANITIZE /* whose allocator keeps what was freed */
	cr_expect_lt(resident_kib() - before, 4096);
#else
	(void)before;
#endif
}

Test(pool, gives_warm_workers_first_and_fresh_ones_to_retries)
{
	rig.config->workers = 2;
	open_pool();
	UNTIL(pool_free_count(rig.pool, true) == 2);
	run_for(100);
	for (unsigned i = 0; i < 4; i++) {
		give("done");
		UNTIL(rig.ends == i + 1);
		cr_expect_eq(rig.end[i].worker, rig.end[0].worker, "the warm one");
	}
	cr_assert(give_to("done", true));
	UNTIL(rig.ends == 5);
	cr_expect_neq(rig.end[4].worker, rig.end[0].worker);
	cr_assert(give_to("done", true));
	UNTIL(rig.ends == 6);
	cr_expect_eq(pool_free_count(rig.pool, true), 0, "all have served");
	cr_expect_not(give_to("done", true));
	for (int i = 0; i < 5; i++)
		pool_want_fresh(rig.pool);
	UNTIL(pool_free_count(rig.pool, true) == 1);
	run_for(200);
	cr_expect_eq(pool_free_count(rig.pool, true), 1, "one wish, one worker");
}

Test(pool, retires_after_so_many_messages_the_new_one_first)
{
	if (!kernel_filters())
		cr_skip_test(EMULATED);
	rig.config->recycle.messages = 3;
	rig.config->recycle.jitter = 0;
	rig.config->spares = 0;
	open_pool();
	for (unsigned i = 0; i < 8; i++) {
		give("done"); /* never without a worker */
		UNTIL(rig.ends == i + 1);
		cr_expect_eq(pool_free_count(rig.pool, false), 1);
		run_for(150);
	}
	cr_expect_eq(rig.end[0].worker, rig.end[2].worker);
	cr_expect_neq(rig.end[2].worker, rig.end[3].worker);
	cr_expect_neq(rig.end[5].worker, rig.end[6].worker);
}

Test(pool, gives_each_message_a_worker_of_its_own_if_asked)
{
	rig.config->fresh = FRESH_MESSAGE;
	rig.config->workers = 2;
	rig.config->spares = 2;
	open_pool();
	for (unsigned i = 0; i < 6; i++) {
		UNTIL(pool_free_count(rig.pool, false) > 0);
		give("done");
		UNTIL(rig.ends == i + 1);
		for (unsigned k = 0; k < i; k++)
			cr_expect_neq(rig.end[k].worker, rig.end[i].worker);
	}
	UNTIL(pool_free_count(rig.pool, false) == 2);
	UNTIL(pool_free_count(rig.pool, true) == 2);
}

Test(pool, retires_by_age_and_size)
{
	if (!kernel_filters())
		cr_skip_test(EMULATED);
	rig.config->recycle.memory = 32 << 20;
	rig.config->spares = 0;
	open_pool();
	give("grow");
	UNTIL(rig.ends == 1);
	run_for(200);
	give("done");
	UNTIL(rig.ends == 2);
	cr_expect_neq(rig.end[1].worker, rig.end[0].worker);
	rig.config->recycle.age = 300;
	run_for(1000);
	give("done");
	UNTIL(rig.ends == 3);
	cr_expect_gt(rig.end[2].worker, rig.end[1].worker);
}

Test(pool, scales)
{
	open_pool();
	UNTIL(pool_free_count(rig.pool, false) == 1);
	pool_scale(rig.pool, 1);
	pool_scale(rig.pool, 1);
	cr_expect_eq(pool_workers(rig.pool), 3);
	UNTIL(pool_free_count(rig.pool, false) == 3);
	pool_scale(rig.pool, -100);
	cr_expect_eq(pool_workers(rig.pool), 1);
	run_for(200);
	cr_expect_eq(pool_free_count(rig.pool, false), 1);
	pool_scale(rig.pool, 5000);
	cr_expect_eq(pool_workers(rig.pool), 1024);
	pool_scale(rig.pool, -1023);
	give("done");
	UNTIL(rig.ends == 1);
}

Test(pool, kills_a_worker_that_does_not_leave)
{
	if (!kernel_filters())
		cr_skip_test(EMULATED);
	(void)setenv("BULKHEAD_CHAOS_STAY", "1", 1);
	rig.config->recycle.messages = 1;
	rig.config->spares = 0;
	open_pool();
	for (unsigned i = 0; i < 2; i++) {
		give("done");
		UNTIL(rig.ends == i + 1);
		UNTIL(pool_free_count(rig.pool, true) == 1);
	}
	run_for(5500);
	int status;
	cr_expect_neq(rig.end[0].worker, rig.end[1].worker);
	cr_expect_eq(waitpid(-1, &status, WNOHANG), 0, "only living ones are left");
}

Test(pool, replaces_all_at_a_reload)
{
	rig.config->workers = 3;
	open_pool();
	UNTIL(pool_free_count(rig.pool, false) == 3);
	run_for(100);
	give("slow");
	pool_reload(rig.pool);
	for (int i = 0; i < 100; i++) {
		cr_expect_geq(pool_free_count(rig.pool, false) + pool_busy(rig.pool), 3,
		    "never fewer than before");
		run_for(5);
	}
	UNTIL(rig.ends == 1);
	cr_expect_eq(rig.end[0].verdict, VERDICT_DONE, "what is in hand is finished");
	for (int i = 0; i < 3; i++)
		give("slow");
	UNTIL(rig.ends == 4);
	for (unsigned i = 1; i < 4; i++)
		cr_expect_gt(rig.end[i].worker, 4);
}

Test(pool, keeps_old_workers_when_new_ones_fail)
{
	open_pool();
	UNTIL(pool_free_count(rig.pool, false) == 1);
	run_for(50);
	(void)setenv("BULKHEAD_CHAOS_START", "fail", 1);
	pool_reload(rig.pool);
	run_for(3000);
	give("done");
	UNTIL(rig.ends == 1);
	cr_expect_leq(rig.end[0].worker, 2);
	cr_expect_eq(rig.hopeless, 0);
	(void)unsetenv("BULKHEAD_CHAOS_START");
	pool_reload(rig.pool);
	run_for(500);
	give("done");
	UNTIL(rig.ends == 2);
	cr_expect_gt(rig.end[1].worker, 2);
}

Test(pool, gives_up_when_no_worker_ever_was_ready)
{
	(void)setenv("BULKHEAD_CHAOS_START", "fail", 1);
	rig.config->workers = 4;
	uint64_t begun = now_ms();
	open_pool();
	UNTIL(rig.hopeless == 1);
	uint64_t took = now_ms() - begun;
	cr_expect_geq(
	    took, 6900, "pauses of 0, 0, 1, 2 and 4 s: %lu", (unsigned long)took);
	cr_expect_leq(took, 12000);
	cr_expect_str_eq(
	    rig.why, "a worker ended before it was ready: cannot set up: no luck");
	cr_expect_not(pool_has_been_ready(rig.pool));
	cr_expect_eq(pool_free_count(rig.pool, false), 0);
	run_for(300);
	cr_expect_eq(rig.hopeless, 1);
}

Test(pool, gives_up_when_the_program_is_not_there)
{
	if (!kernel_filters())
		cr_skip_test(EMULATED);
	free(rig.config->worker.program);
	rig.config->worker.program = strdup("/no/such/program");
	open_pool();
	UNTIL(rig.hopeless == 1);
	cr_expect_str_eq(rig.why, "start /no/such/program: No such file or directory");
}

Test(pool, kills_a_worker_that_is_never_ready)
{
	(void)setenv("BULKHEAD_CHAOS_START", "hang", 1);
	rig.config->limits.start = 200;
	open_pool();
	run_for(500);
	(void)unsetenv("BULKHEAD_CHAOS_START");
	give("done");
	UNTIL(rig.ends == 1);
	cr_expect_eq(rig.end[0].verdict, VERDICT_DONE);
}

Test(pool, is_not_slowed_down_by_messages_that_kill)
{
	open_pool();
	uint64_t begun = now_ms();
	for (unsigned i = 0; i < 40; i++)
		give("silent-crash");
	UNTIL(rig.ends == 40);
	cr_expect_lt(now_ms() - begun, 10000);
	for (unsigned i = 0; i < 40; i++)
		cr_expect_eq(rig.end[i].verdict, VERDICT_CRASHED);
}

Test(pool, credits_its_own_lag)
{
	struct timespec nap = { .tv_sec = 1 };

	rig.config->limits.silence = 400;
	rig.config->limits.time = 700;
	open_pool();
	UNTIL(pool_free_count(rig.pool, false) == 1);
	run_for(100);
	give("slow");
	(void)nanosleep(&nap, NULL); /* the loop is late by a second */
	UNTIL(rig.ends == 1);
	cr_expect_eq(rig.end[0].verdict, VERDICT_DONE);
	give("hang");
	(void)nanosleep(&nap, NULL);
	UNTIL(rig.ends == 2);
	cr_expect_eq(rig.end[1].verdict, VERDICT_TIMED_OUT_SILENCE);
	cr_expect_eq(rig.end[1].autopsy.limit_ms, 400);
	cr_expect_geq(rig.end[1].elapsed, 1000, "the lag was credited");
}

Test(pool, grants_time_for_size)
{
	rig.config->limits.time = 100;
	rig.config->limits.time_per_mib = 200;
	open_pool();
	UNTIL(pool_free_count(rig.pool, false) == 1);
	struct pool_order order = { .listener = &listener,
		.arg = (void *)1,
		.job = 1,
		.to = "talk",
		.input_size = (1 << 20) + 1 };
	order.input = order.output = order.scratch = memfd_create("file", MFD_CLOEXEC);
	cr_assert(pool_give(rig.pool, &order));
	UNTIL(rig.ends == 1);
	cr_expect_eq(rig.end[0].verdict, VERDICT_TIMED_OUT_TOTAL);
	cr_expect_eq(rig.end[0].autopsy.limit_ms, 100);
	cr_expect_geq(rig.end[0].autopsy.granted_ms, 500);
	cr_expect_geq(rig.end[0].elapsed, 500);
}

Test(pool, kills_a_worker_on_demand)
{
	open_pool();
	give("done");
	UNTIL(rig.ends == 1);
	pool_kill_worker(rig.pool, rig.end[0].worker, "kept the output open");
	run_for(100);
	give("hang");
	cr_expect_eq(rig.ends, 1);
	for (uint64_t n = 1; n < 10; n++)
		pool_kill_worker(rig.pool, n, "kept the output open");
	UNTIL(rig.ends == 2);
	cr_expect_eq(rig.end[1].verdict, VERDICT_INFRASTRUCTURE,
	    "what it has in hand by now is innocent");
	give("done");
	UNTIL(rig.ends == 3);
}

Test(pool, stops_at_once)
{
	rig.config->workers = 3;
	open_pool();
	UNTIL(pool_free_count(rig.pool, false) == 3);
	give("hang");
	give("talk");
	rig.hold_corpses = true;
	give("crash");
	run_for(100);
	pool_stop(rig.pool);
	cr_expect_eq(rig.ends, 3, "without waiting for anybody");
	for (unsigned i = 0; i < 3; i++)
		cr_expect_eq(rig.end[i].verdict,
		    rig.end[i].job == 3 ? VERDICT_CRASHED : VERDICT_INFRASTRUCTURE);
	cr_expect_eq(pool_free_count(rig.pool, false), 0);
	cr_expect_not(give_to("done", false));
	rig.hold_corpses = false;
	run_for(100);
	cr_expect_eq(rig.ends, 3);
}

Test(pool, does_not_know_strangers)
{
	struct rusage usage = { .ru_maxrss = 0 };
	open_pool();
	cr_expect_not(pool_reaped(rig.pool, getpid(), 0, &usage));
	pool_log_state(rig.pool);
	pool_free(NULL);
}
