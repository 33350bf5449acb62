/* SPDX-License-Identifier: ISC */
#include "pool/child.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/latency.h"
#include "base/metrics.h"
#include "base/program.h"
#include "base/timer.h"
#include "base/usage.h"
#include "config/config.h"
#include "log/log.h"
#include "pool/child_private.h"

static void state_overdue(struct child *c)
{
	const char *why = c->state == CHILD_STARTING ? "start" : "stop";

	c->due[DUE_STATE] = clock_ms() + KILL_AGAIN_MS;
	if (c->state == CHILD_DYING) {
		if (c->autopsy.killed == KILLED_NOT)
			c->exempt = true;
		child_send_kill(c);
		return;
	}
	log_event(EVENT_WORKER_KILL, LOG_U("worker", c->number),
	    LOG_I("pid", c->process.pid), LOG_S("limit", why));
	child_kill(c, KILLED_STOP, NULL);
}

static void child_overdue(struct child *c, enum child_due which)
{
	const struct config *config = c->all->config;

	switch (which) {
	case DUE_TOTAL:
		child_kill_over(c, KILLED_TOTAL, c->order.time, c->order.granted);
		break;
	case DUE_SILENCE:
		child_kill_over(
		    c, KILLED_SILENCE, config->limits.silence, config->limits.silence);
		break;
	case DUE_SYNC:
		child_kill_over(
		    c, KILLED_SILENCE, config->limits.sync, config->limits.sync);
		break;
	case DUE_FRAME:
		child_kill(
		    c, KILLED_VIOLATION, "a begun frame was not completed in time");
		break;
	case DUE_FUNERAL:
		child_finish(c);
		break;
	case DUE_STATE:
	case DUES:
		state_overdue(c);
		break;
	}
}

/* The loop was late: deadlines move by as much, for we could not hear what was said in
 * time. */
void children_credit(struct children *all)
{
	static const enum child_state waiting[] = { CHILD_STARTING, CHILD_BUSY,
		CHILD_LEAVING };
	uint64_t now = clock_ms();
	struct child *c;

	if (now <= all->beat_due + LATE_MS)
		return;
	uint64_t lag = now - all->beat_due;
	all->beat_due = now + BEAT_MS;
	for (size_t i = 0; i < sizeof waiting / sizeof waiting[0]; i++)
		TAILQ_FOREACH (c, &all->in[waiting[i]], link) {
			for (int k = 0; k < DUES; k++)
				if (c->due[k])
					c->due[k] += lag;
			c->order.granted += lag;
			c->order.sync_since += lag;
		}
	if (lag >= LATE_TOLD_MS)
		log_event(EVENT_LAG, LOG_U("late_ms", lag));
}

static void child_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	latency_mark(c->all->base);
	c->timer_due = 0;
	children_credit(c->all);
	child_listen(c); /* what it said in time counts, whenever we get to hear it */
	uint64_t now = clock_ms();
	for (int i = 0; i < DUES; i++)
		if (c->due[i] && c->due[i] <= now) {
			child_overdue(c, i);
			break;
		}
	if (c->state != CHILD_GONE)
		child_arm(c);
}

static void on_answers(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	latency_mark(c->all->base);
	child_listen(c);
	child_arm(c);
}

static void on_stderr(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	if (!child_read_stderr(c)) {
		(void)event_del(c->on_stderr);
	} else if (c->stderr_heard > STDERR_PER_BEAT) {
		c->stderr_later = event_del(c->on_stderr) == 0;
	}
}

static void child_free(struct child *c)
{
	struct event *events[] = { c->on_answers, c->on_stderr, c->timer };

	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		if (events[i])
			event_free(events[i]);
	if (c->scratch != -1)
		(void)close(c->scratch);
	process_close(&c->process);
	bulkhead__answer__free_unpacked(c->answer, NULL);
	autopsy_clear(&c->autopsy);
	free(c->modules);
	free(c->stderr_tail);
	free(c);
}

/* Between -percent and +percent, in per mille. */
static int child_jitter(uint64_t percent)
{
	uint32_t span = (uint32_t)(percent > 100 ? 100 : percent) * 10;

	return span ? (int)arc4random_uniform(2 * span + 1) - (int)span : 0;
}

/* As a copy, where they have to be started often. */
static bool start_process(struct children *all, struct child *c, char why[PROCESS_WHY])
{
	enum { OFTEN_MS = 10 * 1000 };
	uint64_t now = clock_ms();
	bool often = all->proven && now - all->last_start < OFTEN_MS;

	all->last_start = now;
	if (all->plain || all->config->fresh == FRESH_MESSAGE)
		return process_start(all->config, &c->process, NULL, NULL, why);
	bool started = process_copy(all->config, &c->process, &all->zygote, now, why);
	if (started && often)
		zygote_start(&all->zygote, all->config, now);
	return started;
}

struct child *child_start(struct children *all, char why[PROCESS_WHY])
{
	struct child *c = calloc(1, sizeof *c);

	(void)snprintf(why, PROCESS_WHY, "memory for a worker: %s", strerror(ENOMEM));
	if (!c)
		return NULL;
	c->all = all;
	c->order.output = c->scratch = -1;
	c->process = (struct process){ .orders = -1, .answers = -1, .stderr_pipe = -1 };
	c->stderr_max =
	    all->config->dead.stderr_bytes ? all->config->dead.stderr_bytes : 1;
	c->stderr_tail = malloc(c->stderr_max);
	c->jitter = child_jitter(all->config->recycle.jitter);
	if (!c->stderr_tail || !start_process(all, c, why)) {
		child_free(c);
		return NULL;
	}
	c->number = ++all->last_number;
	c->cpu_clock = usage_clock(c->process.pid);
	c->autopsy.pid = c->process.pid;
	c->autopsy.worker = c->number;
	c->started = clock_ms();
	c->state = CHILD_STARTING;
	c->on_answers =
	    event_new(all->base, c->process.answers, EV_READ | EV_PERSIST, on_answers, c);
	c->on_stderr = event_new(
	    all->base, c->process.stderr_pipe, EV_READ | EV_PERSIST, on_stderr, c);
	c->timer = event_new(all->base, -1, 0, child_on_timer, c);
	if (!c->on_answers || !c->on_stderr || !c->timer ||
	    event_add(c->on_answers, NULL) == -1 || event_add(c->on_stderr, NULL) == -1) {
		child_send_kill(c);
		(void)waitpid(c->process.pid, NULL, 0);
		child_free(c);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&all->in[CHILD_STARTING], c, link);
	all->count[CHILD_STARTING]++;
	c->due[DUE_STATE] = c->started + all->config->limits.start;
	child_arm(c);
	log_event(
	    EVENT_WORKER_START, LOG_U("worker", c->number), LOG_I("pid", c->process.pid));
	return c;
}

void child_leave(struct child *c)
{
	(void)close(c->process.orders);
	c->process.orders = -1;
	c->due[DUE_STATE] = clock_ms() + LEAVE_MS;
	child_move(c, CHILD_LEAVING);
	child_arm(c);
}

/* How it ended, in words for the log. */
static void log_end(const struct child *c)
{
	const struct autopsy *a = &c->autopsy;
	bool by_signal = WIFSIGNALED(a->wait_status);
	int code = WIFEXITED(a->wait_status) ? WEXITSTATUS(a->wait_status) : 0;

	metric_add(METRIC_RESTARTS,
	    c->retire   ? c->retire
	    : by_signal ? "signal"
	    : a->killed ? "killed"
			: "exit",
	    1);
	log_event(EVENT_WORKER_END, LOG_U("worker", c->number), LOG_I("pid", a->pid),
	    LOG_U("served", c->served),
	    LOG_S("signal", by_signal
				? autopsy_signal_name((uint32_t)WTERMSIG(a->wait_status))
				: NULL),
	    by_signal ? LOG_S("exit", NULL) : LOG_I("exit", code),
	    LOG_S("retired", c->retire));
}

void child_reaped(struct child *c, int wait_status, const struct rusage *usage)
{
	struct autopsy *a = &c->autopsy;

	/* Answers that it wrote before it ended may still be in the pipe. */
	if (c->state < CHILD_DYING)
		child_listen(c);
	child_lost(c);
	a->reaped = true;
	a->wait_status = wait_status;
	a->usage = *usage;
	a->peak_rss = (uint64_t)usage->ru_maxrss * 1024;
	child_finish(c);
	(void)child_read_stderr(c);
	log_end(c);
	(void)event_del(c->timer);
	(void)event_del(c->on_stderr);
	child_move(c, CHILD_GONE);
}

void children_bury(struct children *all)
{
	struct child *c;

	while ((c = TAILQ_FIRST(&all->in[CHILD_GONE]))) {
		TAILQ_REMOVE(&all->in[CHILD_GONE], c, link);
		all->count[CHILD_GONE]--;
		child_free(c);
	}
}

/* Who had said enough for a while is heard again. */
static void hear_again(struct children *all)
{
	struct child *c;

	for (int i = 0; i < CHILD_GONE; i++)
		TAILQ_FOREACH (c, &all->in[i], link) {
			c->stderr_heard = 0;
			if (c->stderr_later)
				c->stderr_later = event_add(c->on_stderr, NULL) != 0;
		}
}

static void on_beat(evutil_socket_t fd, short what, void *arg)
{
	struct children *all = arg;
	struct child *c, *next;

	(void)fd;
	(void)what;
	latency_mark(all->base);
	children_credit(all);
	all->beat_due = clock_ms() + BEAT_MS;
	if (all->zygote.pid && all->beat_due - all->zygote.used > ZYGOTE_IDLE_MS)
		zygote_end(&all->zygote);
	if (all->count[CHILD_DYING] == 0)
		all->oom_kills = usage_oom_kills();
	for (c = TAILQ_FIRST(&all->in[CHILD_BUSY]); c; c = next) {
		next = TAILQ_NEXT(c, link);
		uint64_t used = child_cpu_ms(c) - c->order.cpu_begun;
		uint64_t limit = all->config->limits.cpu;
		if (used > UINT64_MAX / 2)
			continue; /* unknown */
		/* RLIMIT_CPU knows whole seconds only; this is the same signal in time.
		 * It lets the worker say where it was. A worker that ignores it is
		 * killed. */
		if (used > limit && !c->order.warned)
			c->order.warned = kill(c->process.pid, SIGXCPU) == 0;
		else if (used > limit + CPU_GRACE_MS)
			child_kill_over(c, KILLED_CPU, limit, used);
	}
	hear_again(all);
	all->calls->beat(all->arg);
	timer_start(all->beat, BEAT_MS);
}

bool children_open(struct children *all, struct event_base *base,
    const struct config *config, const struct child_calls *calls, void *arg)
{
	const struct timeval wait = timer_value(BEAT_MS);

	*all = (struct children){ .base = base,
		.config = config,
		.calls = calls,
		.arg = arg,
		.zygote = ZYGOTE_NONE };
	for (int i = 0; i < CHILD_STATES; i++)
		TAILQ_INIT(&all->in[i]);
	all->oom_kills = usage_oom_kills();
	all->beat = event_new(base, -1, 0, on_beat, all);
	all->beat_due = clock_ms() + BEAT_MS;
	return all->beat && event_add(all->beat, &wait) == 0;
}

void children_close(struct children *all)
{
	uint64_t deadline = clock_ms() + FUNERAL_MS;
	struct child *c;

	for (int i = 0; i < CHILD_GONE; i++)
		TAILQ_FOREACH (c, &all->in[i], link)
			child_send_kill(c);
	for (int i = 0; i < CHILD_STATES; i++)
		while ((c = TAILQ_FIRST(&all->in[i]))) {
			TAILQ_REMOVE(&all->in[i], c, link);
			if (!c->autopsy.reaped)
				(void)program_wait(c->process.pid, deadline);
			child_free(c);
		}
	pid_t zygote = all->zygote.pid;
	zygote_end(&all->zygote);
	if (zygote > 0)
		(void)program_wait(zygote, deadline);
	if (all->beat)
		event_free(all->beat);
	*all = (struct children){ .zygote = ZYGOTE_NONE };
}
