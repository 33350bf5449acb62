/* SPDX-License-Identifier: ISC */
/* The spool's messages in hand: a real spool, a real janitor, and workers that do what a
 * message's text names (stub_worker.c). */
#include <signal.h>

#include "be_a_janitor.h"
#include "engine_ground.h"
#include "service/canary.h"
#include "service/job.h"
#include "spool_ground.h"

static struct ground g;
static struct engine engine;
static struct janitor *janitor;
static struct canary *canary;
static struct jobs *jobs;
static bool drained;

static void set_up(void)
{
	ground_new(&g, "");
	engine_new(&engine);
	engine.config->retry.kills = 3;
	log_quiet();
}

static void open_all(void)
{
	engine_open(&engine);
	janitor = janitor_new(engine.base, g.spool);
	canary = canary_new(engine.base, engine.config, engine.attempts);
	cr_assert(janitor && canary);
	reaper_add(engine.reaper, janitor_reaped, janitor);
	jobs = jobs_new(&(struct jobs_with){
	    engine.base, engine.config, g.spool, janitor, engine.attempts, canary });
	cr_assert(jobs);
	cr_assert(spool_recover(g.spool, jobs_found, jobs));
	jobs_recover(jobs);
}

static void close_all(void)
{
	attempts_free(engine.attempts);
	engine.attempts = NULL;
	janitor_free(janitor);
	jobs_free(jobs);
	canary_free(canary);
	reaper_free(engine.reaper);
	engine.reaper = NULL;
}

static void tear_down(void)
{
	close_all();
	engine_free(&engine);
	ground_free(&g);
}

TestSuite(job, .init = set_up, .fini = tear_down, .timeout = 300);

static void offer(const char *name, const char *text)
{
	ground_put(spool_incoming(g.spool), name, text);
	ENGINE_UNTIL(&engine, jobs_take_more(jobs));
	cr_assert_eq(jobs_offer(jobs, "", name, true), OFFER_TAKEN);
}

static uint64_t in_hand(void)
{
	const struct jobs_counts c = jobs_counts(jobs);

	return c.waiting + c.running + c.paused + c.settling + c.suspects;
}

static void on_settled(void *arg, uint64_t id, int error, const char *where)
{
	(void)arg;
	(void)id;
	cr_expect_eq(error, 0, "%s", where);
}

static void on_drained(void *arg)
{
	(void)arg;
	drained = true;
}

/* The name of the one message in active/. */
static void name_in_active(char to[NAME_SIZE])
{
	int fd = dup(spool_places(g.spool)->active);
	DIR *d = fdopendir(fd);

	cr_assert(d);
	rewinddir(d);
	*to = '\0';
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.')
			(void)snprintf(to, NAME_SIZE, "%s", e->d_name);
	closedir(d);
}

Test(job, each_message_ends_once)
{
	open_all();
	offer("a", "write");
	offer("b", "refused");
	offer("c", "crash");
	offer("d", "done");
	ENGINE_UNTIL(&engine, in_hand() == 0);
	const struct jobs_counts c = jobs_counts(jobs);
	cr_expect_eq(c.claimed, 4);
	cr_expect_eq(c.converted, 2);
	cr_expect_eq(c.failed, 2);
	cr_expect_eq(c.retries, 1);
	cr_expect_eq(ground_count(spool_places(g.spool)->active, "."), 0);
	cr_expect_eq(ground_count(spool_places(g.spool)->outgoing, "."), 2);
	/* The letter and its report. */
	cr_expect_eq(ground_count(spool_places(g.spool)->dead, "."), 4);
}

/* On record while it waits: a start after a kill knows that nobody has it. */
Test(job, what_waits_for_its_retry_is_no_suspect)
{
	char name[NAME_SIZE];

	engine.config->retry.delay = 60000;
	open_all();
	offer("a", "crash");
	ENGINE_UNTIL(&engine, jobs_counts(jobs).retries == 1);
	name_in_active(name);
	cr_expect(strstr(name, ".c1t0m0k0w."), "%s", name);
	close_all();
	engine.config->retry.delay = 50;
	open_all();
	cr_expect_eq(jobs_counts(jobs).suspects, 0);
	cr_expect_eq(jobs_counts(jobs).paused, 1);
	ENGINE_UNTIL(&engine, in_hand() == 0);
	cr_expect_eq(jobs_counts(jobs).failed, 1);
	cr_expect_eq(jobs_counts(jobs).retries, 0, "its second attempt was its last");
}

/* What is written and not synced is bounded: the janitor waits for all of it. */
Test(job, no_more_is_taken_than_the_disk_can_follow)
{
	open_all();
	offer("a", "write");
	/* A turn of the loop at a time: it is settled sooner than ENGINE_UNTIL looks. */
	for (uint64_t begun = clock_ms(); jobs_counts(jobs).settling == 0;) {
		cr_assert_lt(clock_ms() - begun, 60000);
		(void)event_base_loop(engine.base, EVLOOP_ONCE);
	}
	cr_expect_eq(janitor_unsynced(janitor), 4);
	ENGINE_UNTIL(&engine, in_hand() == 0);
	cr_expect_eq(janitor_unsynced(janitor), 0);

	struct claim *c = ground_claim(&g, "", "b", "input");
	c->unsynced = 1 << 30;
	janitor_settle(janitor, c, PLAN_LETTER, on_settled, NULL);
	cr_expect_not(jobs_take_more(jobs));
	ENGINE_UNTIL(&engine, jobs_take_more(jobs));
	cr_expect_eq(janitor_pending(janitor), 0);
	claim_free(c);
}

/* Left in active/ by a run that was killed. */
static void leave(const char *name, const char *text, unsigned kills)
{
	struct claim *c = ground_claim(&g, "", name, text);
	struct charges charges = { .kills = kills };

	cr_assert(kills == 0 || spool_recharge(g.spool, c, charges));
	claim_free(c);
}

Test(job, a_suspect_is_charged_its_turn_alone_and_cleared)
{
	char name[NAME_SIZE];

	leave("a", "gate", 1);
	open_all();
	cr_expect_eq(jobs_counts(jobs).suspects, 1);
	cr_expect_not(jobs_take_more(jobs), "nothing is taken beside it");
	ENGINE_UNTIL(&engine, jobs_counts(jobs).running == 1);
	name_in_active(name);
	cr_expect(strstr(name, ".c0t0m0k2."), "%s", name);
	cr_expect_not(jobs_take_more(jobs));
	engine_open_gate(&engine);
	ENGINE_UNTIL(&engine, in_hand() == 0);
	cr_expect_eq(jobs_counts(jobs).converted, 1);
	cr_expect(jobs_take_more(jobs));
}

Test(job, a_suspect_of_too_many_kills_is_buried_unseen)
{
	leave("a", "write", 3);
	open_all();
	ENGINE_UNTIL(&engine, in_hand() == 0);
	cr_expect_eq(jobs_counts(jobs).failed, 1);
	cr_expect_eq(ground_count(spool_places(g.spool)->dead, "."), 2);
}

Test(job, what_waits_goes_back_when_the_service_stops)
{
	engine.config->workers = 1;
	open_all();
	offer("a", "gate");
	offer("b", "write");
	ENGINE_UNTIL(&engine, jobs_counts(jobs).running == 1);
	cr_assert_eq(jobs_counts(jobs).waiting, 1);
	jobs_drain(jobs, on_drained, NULL);
	cr_expect_eq(jobs_offer(jobs, "", "c", true), OFFER_FULL);
	engine_open_gate(&engine);
	ENGINE_UNTIL(&engine, drained);
	const struct jobs_counts c = jobs_counts(jobs);
	cr_expect_eq(c.put_back, 1);
	cr_expect_eq(c.converted, 1);
	cr_expect(ground_has(spool_incoming(g.spool), "b"));
	cr_expect_eq(ground_count(spool_places(g.spool)->active, "."), 0);
}

/* A suspect whose turn was cut off by our own stop is not charged for it, and waits. */
Test(job, a_stop_is_no_death)
{
	char name[NAME_SIZE];

	leave("a", "hang", 1);
	open_all();
	ENGINE_UNTIL(&engine, jobs_counts(jobs).running == 1);
	jobs_drain(jobs, on_drained, NULL);
	pool_stop(attempts_pool(engine.attempts));
	ENGINE_UNTIL(&engine, drained);
	cr_expect_eq(jobs_counts(jobs).kept, 1);
	name_in_active(name);
	cr_expect(strstr(name, ".c0t0m0k1w."), "%s", name);
}

Test(job, what_was_written_meanwhile_goes_back_uncharged)
{
	char name[NAME_SIZE];

	open_all();
	offer("a", "gate");
	ENGINE_UNTIL(&engine, jobs_counts(jobs).running == 1);
	name_in_active(name);
	ground_put(spool_places(g.spool)->active, name, "write, and more");
	engine_open_gate(&engine);
	ENGINE_UNTIL(&engine, in_hand() == 0);
	cr_expect_eq(jobs_counts(jobs).put_back, 1);
	cr_expect(ground_is(spool_incoming(g.spool), "a", "write, and more"));
	cr_expect_eq(ground_count(spool_places(g.spool)->outgoing, "."), 0);
}
