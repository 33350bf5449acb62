/* Real processes: tests/unit/supervisor/stub_worker.c does what an order's "to" names. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
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

#include "pool.h"

enum { ENDS_MAX = 64 };

struct rig {
	struct event_base *base;
	struct config *config;
	struct pool *pool;
	struct event *child;
	bool hold_corpses; /* do not reap for now */
	uint64_t jobs;     /* given so far */
	unsigned frees, reports, hopeless;
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

static void on_report(void *arg, uint64_t job, const Bulkhead__Report *r)
{
	struct rig *g = arg;
	cr_expect_eq(r->job, job);
	g->reports++;
}

static void on_ended(void *arg, uint64_t job, const struct pool_end *e)
{
	struct rig *g = arg;
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
	if (!e->autopsy) {
		cr_expect(e->done || e->refused);
		return;
	}
	g->end[i].has_autopsy = true;
	g->end[i].autopsy = *e->autopsy;
	if (e->autopsy->last_words)
		(void)snprintf(g->end[i].words, sizeof g->end[i].words, "%s",
		    e->autopsy->last_words);
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
	static const struct pool_calls calls = { on_free, on_report, on_ended,
		on_hopeless };
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

static bool give_to(const char *to, bool fresh)
{
	struct pool_order order = { .job = rig.jobs + 1, .to = to, .fresh = fresh };
	bool ok;

	order.input = memfd_create("input", MFD_CLOEXEC);
	order.output = memfd_create("output", MFD_CLOEXEC);
	order.scratch = memfd_create("scratch", MFD_CLOEXEC);
	ok = pool_give(rig.pool, &order);
	(void)close(order.input);
	(void)close(order.output);
	(void)close(order.scratch);
	rig.jobs += ok;
	return ok;
}

static void give(const char *to)
{
	UNTIL(pool_free_count(rig.pool, false) > 0);
	cr_assert(give_to(to, false), "%s", to);
}

TestSuite(pool, .init = set_up, .fini = tear_down, .timeout = 120);

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
	{ .to = "flood", .want = VERDICT_PROTOCOL, .violation = "a flood of reports" },
	{ .to = "half-frame",
	    .want = VERDICT_PROTOCOL,
	    .violation = "a begun frame was not completed in time" },
	{ .to = "long-frame",
	    .want = VERDICT_PROTOCOL,
	    .violation = "frame of an impossible length" },
	{ .to = "garbage", .want = VERDICT_PROTOCOL, .violation = "frame is no report" },
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
