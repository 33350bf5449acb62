/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "base/reaper.h"
#include "be_a_janitor.h"
#include "spool/intake.h"
#include "spool/janitor.h"
#include "spool_ground.h"

/* A service that takes what it is offered, with room for so many at a time. */
struct bench {
	struct ground g;
	struct event_base *base;
	struct janitor *j;
	struct intake *in;
	struct reaper *reaper;
	unsigned offers, taken, later, room;
	bool claim; /* take by a claim, else by an unlink */
	char last[NAME_SIZE], last_sub[NAME_SIZE];
	bool last_moved;
};

static enum offer offered(void *arg, const char *sub, const char *name, bool moved_in)
{
	struct bench *b = arg;
	struct claim *c;

	b->offers++;
	snprintf(b->last, sizeof b->last, "%s", name);
	snprintf(b->last_sub, sizeof b->last_sub, "%s", sub);
	b->last_moved = moved_in;
	if (b->room == 0)
		return OFFER_FULL;
	switch (ground_take(b->g.spool, sub, name, moved_in, &c)) {
	case CLAIMED:
		b->taken++;
		b->room--;
		claim_free(c);
		return OFFER_TAKEN;
	case CLAIM_GONE:
		return OFFER_TAKEN;
	case CLAIM_LEFT:
		return OFFER_LEFT;
	case CLAIM_BUSY:
	case CLAIM_ERROR:
	default:
		b->later++;
		return OFFER_LATER;
	}
}

static void count_suspect(void *arg, struct claim *c)
{
	++*(unsigned *)arg;
	claim_free(c);
}

static void bench_new(struct bench *b, uint64_t scan_ms)
{
	memset(b, 0, sizeof *b);
	ground_new(&b->g, "");
	b->g.config.intake.scan = scan_ms;
	b->g.config.intake.min_free = 1;
	b->room = 1000000;
	b->base = event_base_new();
	b->j = janitor_new(b->base, b->g.spool);
	b->reaper = reaper_new(b->base);
	reaper_add(b->reaper, janitor_reaped, b->j);
}

static void bench_start(struct bench *b)
{
	b->in = intake_new(b->base, b->g.spool, b->j, &b->g.config, offered, b);
	cr_assert(b->in);
}

static void bench_free(struct bench *b)
{
	intake_free(b->in);
	janitor_free(b->j);
	reaper_free(b->reaper);
	event_base_free(b->base);
	ground_free(&b->g);
}

static void turn(struct bench *b, long ms)
{
	const struct timeval t = { .tv_usec = ms * 1000 };
	(void)event_base_loopexit(b->base, &t);
	(void)event_base_dispatch(b->base);
}

static void until(struct bench *b, const unsigned *count, unsigned want)
{
	for (int i = 0; *count < want && i < 2000; i++)
		turn(b, 5);
	cr_assert_eq(*count, want, "%u of %u", *count, want);
}

enum { NEVER = 3600 * 1000 }; /* no second full scan: inotify alone must do it */

Test(intake, finds_what_lies_there_at_the_start, .timeout = 600)
{
	static struct bench b;

	bench_new(&b, NEVER);
	int in = spool_incoming(b.g.spool);
	mkdirat(in, "a", 0700);
	mkdirat(in, "a/b", 0700);
	mkdirat(in, ".hidden", 0700);
	ground_put(in, "1", "x");
	ground_put(in, "a/2", "x");
	ground_put(in, "a/b/3", "x");
	ground_put(in, "a/b/4.part", "x");
	ground_put(in, ".hidden/5", "x");
	bench_start(&b);
	until(&b, &b.taken, 3);
	turn(&b, 50);
	cr_expect_eq(b.taken, 3u);
	cr_expect_eq(intake_backlog(b.in), 0u);
	bench_free(&b);
}

Test(intake, hears_of_files_and_folders_at_once, .timeout = 600)
{
	static struct bench b;

	bench_new(&b, NEVER);
	int in = spool_incoming(b.g.spool);
	bench_start(&b);
	turn(&b, 100);
	ground_put(in, "1", "x");
	until(&b, &b.taken, 1);
	cr_expect_not(b.last_moved);
	ground_put(in, "2.tmp", "x");
	turn(&b, 30);
	cr_expect_eq(b.offers, 1u);
	renameat(in, "2.tmp", in, "2");
	until(&b, &b.taken, 2);
	cr_expect(b.last_moved);
	mkdirat(in, "s", 0700);
	ground_put(in, "s/3", "x"); /* before the watch is there */
	until(&b, &b.taken, 3);
	ground_put(in, "s/4", "x");
	until(&b, &b.taken, 4);
	cr_expect_str_eq(b.last_sub, "s");
	/* Moved: known by its new name. */
	renameat(in, "s", in, "t");
	turn(&b, 100);
	ground_put(in, "t/5", "x");
	until(&b, &b.taken, 5);
	cr_expect_str_eq(b.last_sub, "t");
	unlinkat(in, "t", AT_REMOVEDIR);
	turn(&b, 30);
	mkdirat(in, "t", 0700);
	turn(&b, 30);
	ground_put(in, "t/6", "x");
	until(&b, &b.taken, 6);
	bench_free(&b);
}

Test(intake, waits_for_a_writer, .timeout = 600)
{
	static struct bench b;

	bench_new(&b, NEVER);
	int in = spool_incoming(b.g.spool);
	bench_start(&b);
	int fd = openat(in, "slow", O_WRONLY | O_CREAT, 0600);
	turn(&b, 600);
	cr_expect_eq(b.taken, 0u);
	cr_expect_gt(b.later, 1u, "offered again after a while");
	close(fd);
	until(&b, &b.taken, 1);
	bench_free(&b);
}

Test(intake, does_not_follow_a_linked_folder, .timeout = 600)
{
	static struct bench b;

	bench_new(&b, NEVER);
	int in = spool_incoming(b.g.spool);
	mkdirat(spool_places(b.g.spool)->outgoing, "elsewhere", 0700);
	ground_put(spool_places(b.g.spool)->outgoing, "elsewhere/precious", "x");
	cr_assert_eq(symlinkat("../outgoing/elsewhere", in, "link"), 0);
	bench_start(&b);
	until(&b, &b.taken, 1);
	turn(&b, 50);
	cr_expect_str_eq(b.last, "link");
	cr_expect(ground_has(spool_places(b.g.spool)->outgoing, "elsewhere/precious"));
	bench_free(&b);
}

/* Many files and room for few: one scan serves all, in bounded memory. */
Test(intake, a_large_folder_is_read_once, .timeout = 600)
{
	enum { N = 20000 };
	static struct bench b;
	struct timespec from, to;

	bench_new(&b, 50);
	int in = spool_incoming(b.g.spool);
	for (int i = 0; i < N; i++) {
		char name[16];
		snprintf(name, sizeof name, "%d", i);
		ground_put(in, name, "");
	}
	b.room = 10;
	bench_start(&b);
	clock_gettime(CLOCK_MONOTONIC, &from);
	while (b.taken < N) {
		const struct timeval t = { .tv_sec = 10 };
		unsigned before = b.offers;
		(void)event_base_loopexit(b.base, &t);
		while (b.room > 0 && b.taken < N)
			(void)event_base_loop(b.base, EVLOOP_ONCE);
		cr_assert_leq(b.offers - before, 100u);
		cr_assert_leq(intake_backlog(b.in), 1024u + 256u);
		b.room = 10;
		intake_kick(b.in);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	cr_expect_lt(to.tv_sec - from.tv_sec, 60);
	/* A name is offered when taken, and now and then when there was no room. */
	cr_expect_leq(b.offers, (unsigned)(N + N / 10 + 200));
	bench_free(&b);
}

Test(intake, more_events_than_it_keeps, .timeout = 600)
{
	enum { N = 5000 };
	static struct bench b;

	bench_new(&b, NEVER);
	int in = spool_incoming(b.g.spool);
	mkdirat(in, "s", 0700);
	b.room = 0;
	bench_start(&b);
	turn(&b, 100);
	for (int i = 0; i < N; i++) {
		char name[16];
		snprintf(name, sizeof name, "s/%d", i);
		ground_put(in, name, "");
		if (i % 100 == 0)
			turn(&b, 1);
	}
	turn(&b, 50);
	cr_expect_eq(b.taken, 0u);
	cr_expect_leq(intake_backlog(b.in), 1024u + 256u);
	b.room = N;
	intake_kick(b.in);
	until(&b, &b.taken, N);
	bench_free(&b);
}

Test(intake, pauses_when_space_is_short, .timeout = 600)
{
	static struct bench b;

	bench_new(&b, NEVER);
	b.g.config.intake.min_free = UINT64_MAX;
	ground_put(spool_incoming(b.g.spool), "1", "x");
	bench_start(&b);
	turn(&b, 100);
	cr_expect(intake_paused(b.in));
	cr_expect_eq(b.offers, 0u);
	b.g.config.intake.min_free = 1;
	until(&b, &b.taken, 1);
	cr_expect_not(intake_paused(b.in));
	bench_free(&b);
}

Test(intake, stopped_it_offers_nothing_more, .timeout = 600)
{
	static struct bench b;

	bench_new(&b, 20);
	bench_start(&b);
	turn(&b, 50);
	intake_stop(b.in);
	ground_put(spool_incoming(b.g.spool), "1", "x");
	intake_kick(b.in);
	turn(&b, 100);
	cr_expect_eq(b.offers, 0u);
	bench_free(&b);
}

Test(intake, scans_where_it_cannot_watch, .timeout = 600)
{
	static struct bench b;
	struct rlimit none;

	bench_new(&b, 50);
	int in = spool_incoming(b.g.spool);
	/* No descriptor left for inotify: as when its limits are reached. */
	getrlimit(RLIMIT_NOFILE, &none);
	struct rlimit few = { .rlim_cur = 0, .rlim_max = none.rlim_max };
	setrlimit(RLIMIT_NOFILE, &few);
	b.in = intake_new(b.base, b.g.spool, b.j, &b.g.config, offered, &b);
	setrlimit(RLIMIT_NOFILE, &none);
	cr_assert(b.in);
	turn(&b, 50);
	mkdirat(in, "s", 0700);
	ground_put(in, "s/1", "x");
	until(&b, &b.taken, 1);
	ground_put(in, "2", "x");
	until(&b, &b.taken, 2);
	bench_free(&b);
}

Test(intake, survives_a_lost_scanner, .timeout = 600)
{
	static struct bench b;
	char text[64] = "", path[64];

	bench_new(&b, 50);
	bench_start(&b);
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	for (unsigned i = 1; i <= 20; i++) {
		char name[16];
		snprintf(name, sizeof name, "%u", i);
		ground_put(spool_incoming(b.g.spool), name, "x");
		int fd = open(path, O_RDONLY);
		ssize_t n = read(fd, text, sizeof text - 1);
		close(fd);
		if (n > 0 && i % 5 == 0)
			kill((pid_t)strtol(text, NULL, 10), SIGKILL);
		turn(&b, 10);
	}
	until(&b, &b.taken, 20);
	bench_free(&b);
}

Test(intake, too_deep_a_tree_is_left_alone_and_harms_nothing, .timeout = 600)
{
	static struct bench b;
	int at;

	bench_new(&b, 50);
	at = dup(spool_incoming(b.g.spool));
	for (int i = 1; i <= 300; i++) {
		cr_assert_eq(mkdirat(at, "d", 0700), 0);
		int down = openat(at, "d", O_RDONLY | O_DIRECTORY);
		close(at);
		at = down;
		if (i == 100 || i == 200)
			ground_put(at, "x", "x");
	}
	close(at);
	bench_start(&b);
	until(&b, &b.taken, 1);
	turn(&b, 200);
	cr_expect_eq(b.taken, 1u);
	ground_put(spool_incoming(b.g.spool), "y", "x");
	until(&b, &b.taken, 2);
	intake_free(b.in);
	b.in = NULL;
	spool_close(b.g.spool);
	b.g.spool = NULL;
	janitor_free(b.j);
	b.j = NULL;
	/* What was claimed so deep down is found again. */
	ground_open(&b.g);
	unsigned suspects = 0;
	cr_expect(
	    spool_recover(b.g.spool, count_suspect, &suspects), "%s", strerror(errno));
	cr_expect_eq(suspects, 2u);
	bench_free(&b);
}
