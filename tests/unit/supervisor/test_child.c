/* SPDX-License-Identifier: ISC */
/* One worker's states, without a process: what is done to it, and what it then waits for.
 * Real workers are in test_pool.c. */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/log.h"
#include "pool/child_private.h"
#include "proto/blackbox.h"

static struct config config;
static struct children all;
static unsigned changed, ended;
static struct pool_end end;
static int its_answers;

static void on_changed(void *arg, struct child *c)
{
	const struct child *o;
	unsigned n = 0, found = 0;

	(void)arg;
	changed++;
	for (int s = 0; s < CHILD_STATES; s++)
		TAILQ_FOREACH (o, &all.in[s], link) {
			n++;
			found += o == c && (int)c->state == s;
		}
	cr_expect_eq(n, 1, "it is in one list");
	cr_expect_eq(found, 1, "which is that of its state");
	cr_expect_eq(all.count[c->state], 1);
}

static void on_beat(void *arg)
{
	(void)arg;
}

static void on_answer(void *arg, const Bulkhead__Answer *r)
{
	(void)arg;
	(void)r;
}

static void on_ended(void *arg, const struct pool_end *e)
{
	(void)arg;
	ended++;
	end = *e;
}

static void nothing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* A child whose process was reaped long ago: nobody is killed. */
static struct child *child_in(enum child_state state)
{
	static const struct pool_listener listener = { on_answer, on_ended };
	struct child *c = calloc(1, sizeof *c);
	int fd[2];

	cr_assert(c);
	cr_assert_eq(pipe2(fd, O_CLOEXEC | O_NONBLOCK), 0);
	its_answers = fd[1];
	c->all = &all;
	c->state = state;
	c->autopsy.reaped = true;
	c->process =
	    (struct process){ .orders = -1, .stderr_pipe = -1, .answers = fd[0] };
	c->order.output = c->scratch = -1;
	c->stderr_tail = malloc(1);
	c->stderr_max = 1;
	c->process.box = mmap(
	    NULL, sizeof(struct blackbox), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	c->on_answers = event_new(all.base, fd[0], EV_READ, nothing, NULL);
	c->on_stderr = event_new(all.base, -1, 0, nothing, NULL);
	c->timer = event_new(all.base, -1, 0, nothing, NULL);
	c->said.ready = state != CHILD_STARTING;
	if (state == CHILD_BUSY) {
		c->order.job = 7;
		c->order.listener = &listener;
		c->order.begun = clock_ms();
		answer_begin(&c->said, 7, 0, 100);
	}
	TAILQ_INSERT_TAIL(&all.in[state], c, link);
	all.count[state]++;
	return c;
}

static void set_up(void)
{
	static const struct child_calls calls = { on_changed, on_beat };

	log_quiet();
	config.limits.silence = 60000;
	config.limits.frame = 60000;
	cr_assert(children_open(&all, event_base_new(), &config, &calls, NULL));
}

static void tear_down(void)
{
	struct event_base *base = all.base;

	(void)close(its_answers);
	children_close(&all);
	event_base_free(base);
}

TestSuite(child, .init = set_up, .fini = tear_down);

/* From any state in which it lives, a kill leads to one wait, for its corpse. */
Test(child, a_kill_frees_its_slot_and_waits_for_the_corpse)
{
	struct child *c = child_in(CHILD_BUSY);

	c->due[DUE_TOTAL] = c->due[DUE_SILENCE] = clock_ms() + 1000;
	child_kill(c, KILLED_VIOLATION, "it lied");
	cr_expect_eq(c->state, CHILD_DYING);
	cr_expect_eq(
	    c->due[DUE_TOTAL] + c->due[DUE_SILENCE], 0, "no limit holds any more");
	cr_expect_neq(c->due[DUE_STATE], 0);
	cr_expect_neq(c->due[DUE_FUNERAL], 0);
	cr_expect_eq(ended, 0, "its end is not known yet");
	child_kill(c, KILLED_STOP, NULL);
	cr_expect_eq(c->autopsy.killed, KILLED_VIOLATION, "it dies once");
	cr_expect_eq(changed, 1);
	child_finish(c);
	cr_expect_eq(ended, 1);
	cr_expect_eq(end.verdict, VERDICT_PROTOCOL);
	cr_expect_eq(end.error, 0);
	child_finish(c);
	cr_expect_eq(ended, 1, "an order ends once");
}

Test(child, an_idle_one_has_no_order_to_end)
{
	struct child *c = child_in(CHILD_IDLE);

	child_lost(c);
	cr_expect_eq(c->state, CHILD_DYING);
	cr_expect_eq(c->due[DUE_FUNERAL], 0);
	child_finish(c);
	cr_expect_eq(ended, 0);
}

Test(child, a_stop_of_ours_has_its_own_errno)
{
	struct child *c = child_in(CHILD_BUSY);

	child_kill(c, KILLED_STOP, NULL);
	child_finish(c);
	cr_expect_eq(end.verdict, VERDICT_INFRASTRUCTURE);
	cr_expect_eq(end.error, ECANCELED);
}

/* Closing its answers is dying, whatever it had in hand. */
Test(child, closed_answers_are_a_death)
{
	struct child *c = child_in(CHILD_BUSY);

	(void)close(its_answers);
	its_answers = -1;
	child_listen(c);
	cr_expect_eq(c->state, CHILD_DYING);
}

Test(child, a_corpse_is_gone_and_buried_later)
{
	struct child *c = child_in(CHILD_BUSY);
	const struct rusage usage = { 0 };

	child_reaped(c, SIGSEGV, &usage);
	cr_expect_eq(c->state, CHILD_GONE);
	cr_expect_eq(changed, 2, "dying, then gone");
	cr_expect_eq(ended, 1);
	cr_expect_eq(end.verdict, VERDICT_CRASHED);
	cr_expect_eq(all.count[CHILD_GONE], 1, "callbacks do not free");
	children_bury(&all);
	cr_expect_eq(all.count[CHILD_GONE], 0);
}

/* What we could not hear, because we were late ourselves, is held against nobody. */
Test(child, our_own_lag_moves_deadlines)
{
	struct child *c = child_in(CHILD_BUSY);
	uint64_t now = clock_ms();

	c->due[DUE_TOTAL] = now + 100;
	all.beat_due = now - 5000;
	children_credit(&all);
	cr_expect_geq(c->due[DUE_TOTAL], now + 5100);
	cr_expect_geq(c->order.granted, 5000);
	all.beat_due = clock_ms() + 1000;
	uint64_t due = c->due[DUE_TOTAL];
	children_credit(&all);
	cr_expect_eq(c->due[DUE_TOTAL], due, "no lag, no credit");
}
