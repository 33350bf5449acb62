/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/reaper.h"
#include "be_a_janitor.h"
#include "spool/janitor.h"
#include "spool/janitor_wire.h"
#include "spool_ground.h"

struct bench {
	struct ground g;
	struct event_base *base;
	struct janitor *j;
	struct reaper *reaper;
	unsigned answers, errors;
	uint64_t last;
	char where[JANITOR_WHERE];
	unsigned names, folders, chunks;
	bool end;
	int scan_error;
};

static void bench_new(struct bench *b, const char *far)
{
	memset(b, 0, sizeof *b);
	ground_new(&b->g, far);
	log_open(LOG_TEXT, LOG_ERROR, 0);
	b->base = event_base_new();
	b->j = janitor_new(b->base, b->g.spool);
	b->reaper = reaper_new(b->base);
	cr_assert(b->base && b->j && b->reaper);
	reaper_add(b->reaper, janitor_reaped, b->j);
}

static void bench_free(struct bench *b)
{
	janitor_free(b->j);
	reaper_free(b->reaper);
	event_base_free(b->base);
	ground_free(&b->g);
}

static void settled(void *arg, uint64_t id, int error, const char *where)
{
	struct bench *b = arg;

	b->answers++;
	b->errors += error != 0;
	b->last = id;
	snprintf(b->where, sizeof b->where, "%s", where ? where : "");
}

static void scanned(
    void *arg, const struct janitor_entry *e, size_t count, bool end, int error)
{
	struct bench *b = arg;

	b->chunks++;
	b->end = end;
	b->scan_error = error;
	for (size_t i = 0; i < count; i++) {
		cr_assert_gt(strlen(e[i].name), 0u);
		if (e[i].folder)
			b->folders++;
		else
			b->names++;
	}
}

/* Turn the loop until a count is reached, at most 20 s. */
static void until(struct bench *b, const unsigned *count, unsigned want)
{
	for (int i = 0; *count < want && i < 2000; i++) {
		const struct timeval t = { .tv_usec = 10000 };
		(void)event_base_loopexit(b->base, &t);
		(void)event_base_loop(b->base, EVLOOP_ONCE);
	}
	cr_assert_eq(*count, want);
}

static void output(struct bench *b, struct claim *c)
{
	int fd = spool_output(b->g.spool, c);
	cr_assert_neq(fd, -1);
	cr_assert_eq(write(fd, "result", 6), 6);
	close(fd);
}

Test(janitor, settles_each_once, .timeout = 600)
{
	enum { N = 700 }; /* more than a packet has room for, by their number or length */
	static struct claim *claims[N];
	static struct bench b;

	bench_new(&b, "o");
	for (int i = 0; i < N; i++) {
		char name[NAME_SIZE];
		snprintf(name, sizeof name, "m%0*d", i < N / 2 ? 180 : 1, i);
		claims[i] = ground_claim(&b.g, "s", name, "input");
		output(&b, claims[i]);
		janitor_settle(b.j, claims[i], PLAN_OUTPUT, settled, &b);
	}
	cr_expect_eq(janitor_pending(b.j), (size_t)N);
	until(&b, &b.answers, N);
	cr_expect_eq(b.errors, 0u);
	cr_expect_eq(janitor_pending(b.j), 0u);
	cr_expect_eq(ground_count(spool_places(b.g.spool)->outgoing, "s"), (unsigned)N);
	cr_expect_eq(ground_count(spool_places(b.g.spool)->active, "."), 0u);
	for (int i = 0; i < N; i++)
		claim_free(claims[i]);
	bench_free(&b);
}

Test(janitor, says_what_failed, .timeout = 600)
{
	static struct bench b;

	bench_new(&b, "");
	struct claim *c = ground_claim(&b.g, "", "a", "input");
	janitor_settle(b.j, c, PLAN_OUTPUT, settled, &b);
	until(&b, &b.answers, 1);
	cr_expect_eq(b.errors, 1u);
	cr_expect_eq(b.last, c->id);
	cr_expect_str_eq(b.where, "find staged file");
	claim_free(c);
	bench_free(&b);
}

/* The process ids of our children. */
static pid_t child_of(pid_t parent)
{
	char path[64], text[64] = "";

	snprintf(
	    path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
	int fd = open(path, O_RDONLY);
	if (fd == -1)
		return 0;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	return n > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

Test(janitor, a_killed_one_is_replaced_and_nothing_is_lost_or_doubled, .timeout = 600)
{
	enum { N = 200 };
	static struct claim *claims[N];
	static struct bench b;

	bench_new(&b, "");
	for (int i = 0; i < N; i++) {
		char name[16];
		snprintf(name, sizeof name, "m%d", i);
		claims[i] = ground_claim(&b.g, "", name, "input");
		output(&b, claims[i]);
		janitor_settle(b.j, claims[i], PLAN_OUTPUT, settled, &b);
		pid_t pid = i % 50 == 25 ? child_of(getpid()) : 0;
		if (pid > 0)
			cr_assert_eq(kill(pid, SIGKILL), 0);
		const struct timeval t = { .tv_usec = 1000 };
		(void)event_base_loopexit(b.base, &t);
		(void)event_base_loop(b.base, EVLOOP_ONCE);
	}
	until(&b, &b.answers, N);
	cr_expect_eq(b.errors, 0u);
	cr_expect_eq(ground_count(spool_places(b.g.spool)->outgoing, "."), (unsigned)N);
	cr_expect_eq(ground_count(spool_places(b.g.spool)->active, "."), 0u);
	for (int i = 0; i < N; i++)
		claim_free(claims[i]);
	bench_free(&b);
}

Test(janitor, ignores_a_request_to_stop, .timeout = 600)
{
	static struct bench b;

	bench_new(&b, "");
	struct claim *c = ground_claim(&b.g, "", "a", "input");
	output(&b, c);
	/* An answer first: it is up and listens. */
	janitor_scan(b.j, "", true, scanned, &b);
	until(&b, &b.chunks, 1);
	pid_t pid = child_of(getpid());
	cr_assert_gt(pid, 0);
	kill(pid, SIGTERM);
	kill(pid, SIGINT);
	janitor_settle(b.j, c, PLAN_OUTPUT, settled, &b);
	until(&b, &b.answers, 1);
	cr_expect_eq(b.errors, 0u);
	cr_expect_eq(child_of(getpid()), pid);
	claim_free(c);
	bench_free(&b);
}

Test(janitor, scans_in_chunks, .timeout = 600)
{
	enum { N = 1000 };
	static struct bench b;

	bench_new(&b, "");
	int in = spool_incoming(b.g.spool);
	for (int i = 0; i < N; i++) {
		char name[200];
		/* Some long, so that bytes and not names fill an answer. */
		snprintf(name, sizeof name, "%0*d", i % 2 ? 5 : 190, i);
		ground_put(in, name, "");
	}
	ground_put(in, ".hidden", "");
	cr_assert_eq(mkdirat(in, "folder", 0700), 0);
	for (unsigned i = 1; !b.end; i++) {
		janitor_scan(b.j, "", i == 1, scanned, &b);
		until(&b, &b.chunks, i);
	}
	cr_expect_eq(b.names, (unsigned)N);
	cr_expect_eq(b.folders, 1u);
	cr_expect_gt(b.chunks, 3u);
	cr_expect_eq(b.scan_error, 0);
	bench_free(&b);
}

Test(janitor, a_scan_of_a_gone_folder_ends, .timeout = 600)
{
	static struct bench b;

	bench_new(&b, "");
	janitor_scan(b.j, "no/such", true, scanned, &b);
	until(&b, &b.chunks, 1);
	cr_expect(b.end);
	cr_expect_eq(b.scan_error, ENOENT);
	bench_free(&b);
}

Test(janitor, a_scan_goes_on_with_a_new_one, .timeout = 600)
{
	static struct bench b;

	bench_new(&b, "");
	for (int i = 0; i < 600; i++) {
		char name[16];
		snprintf(name, sizeof name, "%d", i);
		ground_put(spool_incoming(b.g.spool), name, "");
	}
	janitor_scan(b.j, "", true, scanned, &b);
	until(&b, &b.chunks, 1);
	cr_assert_eq(kill(child_of(getpid()), SIGKILL), 0);
	for (unsigned i = 2; !b.end; i++) {
		janitor_scan(b.j, "", false, scanned, &b);
		until(&b, &b.chunks, i);
	}
	cr_expect_geq(b.names, 600u);
	bench_free(&b);
}

Test(janitor, dies_with_its_supervisor, .timeout = 600)
{
	struct ground g;
	int pipes[2];
	pid_t janitor = 0;
	char *error = NULL;

	ground_new(&g, "");
	spool_close(g.spool);
	g.spool = NULL;
	cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
	pid_t supervisor = fork();
	if (supervisor == 0) {
		struct spool *s = spool_open(&g.config, &error);
		struct event_base *base = event_base_new();
		struct janitor *j = janitor_new(base, s);
		janitor = child_of(getpid());
		(void)!write(pipes[1], &janitor, sizeof janitor);
		(void)j;
		for (;;)
			pause();
	}
	cr_assert_eq(read(pipes[0], &janitor, sizeof janitor), (ssize_t)sizeof janitor);
	cr_assert_gt(janitor, 0);
	/* While one of both lives nobody else gets the spool. */
	cr_expect_null(spool_open(&g.config, &error));
	cr_expect(strstr(error, "in use by process"), "%s", error);
	free(error);
	kill(supervisor, SIGKILL);
	waitpid(supervisor, NULL, 0);
	ground_open(&g); /* waits for the janitor */
	ground_free(&g);
}

Test(janitor, is_not_for_people)
{
	char *argv[] = { "janitor", NULL };
	cr_expect_eq(janitor_main(1, argv), EXIT_FAILURE);
}
