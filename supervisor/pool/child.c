/* SPDX-License-Identifier: ISC */
#include "pool/child.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/latency.h"
#include "base/metrics.h"
#include "base/timer.h"
#include "base/usage.h"
#include "config/config.h"
#include "log/log.h"
#include "pool/child_private.h"
#include "proto/blackbox.h"
#include "proto/channel.h"

/* The only place that changes a state, so list, count and state cannot disagree. */
void child_move(struct child *c, enum child_state to)
{
	struct children *all = c->all;

	TAILQ_REMOVE(&all->in[c->state], c, link);
	all->count[c->state]--;
	c->state = to;
	TAILQ_INSERT_TAIL(&all->in[to], c, link);
	all->count[to]++;
	all->calls->changed(all->arg, c);
}

/* Wake up for the earliest deadline. A deadline that moved away is found out when the
 * timer runs: so a frame costs no system call. */
void child_arm(struct child *c)
{
	uint64_t first = 0, now = clock_ms();

	for (int i = 0; i < DUES; i++)
		if (c->due[i] && (!first || c->due[i] < first))
			first = c->due[i];
	if (!first || (c->timer_due && c->timer_due <= first))
		return;
	c->timer_due = first;
	timer_start(c->timer, first > now ? first - now : 0);
}

static void send_kill(const struct child *c)
{
	if (c->autopsy.reaped)
		return; /* the number may be somebody else's by now */
	(void)kill(-c->process.pid, SIGKILL);
	(void)kill(c->process.pid, SIGKILL);
}

/* It works no more: its slot is free. What it had in hand ends when it is reaped, or
 * without its corpse after FUNERAL_MS. */
static void child_die(struct child *c)
{
	uint64_t now = clock_ms();

	(void)event_del(c->on_answers);
	bulkhead__answer__free_unpacked(c->answer, NULL);
	c->answer = NULL;
	memset(c->due, 0, sizeof c->due);
	c->due[DUE_STATE] = now + DYING_MS;
	if (c->order.job)
		c->due[DUE_FUNERAL] = now + FUNERAL_MS;
	c->autopsy.elapsed_ms = c->order.job ? now - c->order.begun : 0;
	child_move(c, CHILD_DYING);
	child_arm(c);
}

void child_lost(struct child *c)
{
	if (c->state < CHILD_DYING)
		child_die(c);
}

/* Killed over a limit of its order: first it is asked where it is, and gets DYING_MS to
 * answer. Its slot is free now, as after any kill. */
static void ask_and_die(struct child *c, enum killed killed)
{
	if (c->state >= CHILD_DYING)
		return;
	c->autopsy.killed = killed;
	if (kill(c->process.pid, CHANNEL_SIGNAL_WHERE) == -1)
		send_kill(c);
	child_die(c);
}

void child_kill(struct child *c, enum killed killed, const char *violation)
{
	if (c->state >= CHILD_DYING)
		return;
	c->autopsy.killed = killed;
	c->autopsy.violation = violation;
	if (killed == KILLED_VIOLATION || violation)
		log_event(EVENT_WORKER_VIOLATION, LOG_U("worker", c->number),
		    LOG_I("pid", c->process.pid),
		    c->order.job ? LOG_J(c->order.job) : LOG_S("job", NULL),
		    LOG_S("violation", violation));
	send_kill(c);
	child_die(c);
}

static void kill_over(
    struct child *c, enum killed killed, uint64_t limit, uint64_t granted)
{
	static const char *const names[] = { [KILLED_TOTAL] = "total",
		[KILLED_SILENCE] = "silence",
		[KILLED_CPU] = "cpu" };

	c->autopsy.limit_ms = limit;
	c->autopsy.granted_ms = granted;
	log_event(EVENT_WORKER_KILL, LOG_J(c->order.job), LOG_U("worker", c->number),
	    LOG_I("pid", c->process.pid), LOG_S("limit", names[killed]),
	    LOG_U("limit_ms", limit), LOG_U("granted_ms", granted));
	ask_and_die(c, killed);
}

static void state_overdue(struct child *c)
{
	const char *why = c->state == CHILD_STARTING ? "start" : "stop";

	c->due[DUE_STATE] = clock_ms() + KILL_AGAIN_MS;
	if (c->state == CHILD_DYING) {
		if (c->autopsy.killed == KILLED_NOT)
			c->exempt = true;
		send_kill(c);
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
		kill_over(c, KILLED_TOTAL, c->order.time, c->order.granted);
		break;
	case DUE_SILENCE:
		kill_over(
		    c, KILLED_SILENCE, config->limits.silence, config->limits.silence);
		break;
	case DUE_SYNC:
		kill_over(c, KILLED_SILENCE, config->limits.sync, config->limits.sync);
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
	if (c->order.output != -1)
		(void)close(c->order.output);
	if (c->order.scratch != -1)
		(void)close(c->order.scratch);
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
	c->order.output = c->order.scratch = -1;
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
		send_kill(c);
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

	/* Reports that it wrote before it ended may still be in the pipe. */
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

/* The loop was late: what could not be heard is not held against anybody. */
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
		 * It lets the worker say where it was. Who ignores it is killed. */
		if (used > limit && !c->order.warned)
			c->order.warned = kill(c->process.pid, SIGXCPU) == 0;
		else if (used > limit + CPU_GRACE_MS)
			kill_over(c, KILLED_CPU, limit, used);
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

/* A process that hangs in the kernel must not keep us from ending: init gets it. */
static void child_wait_until(pid_t pid, uint64_t deadline)
{
	enum { NAP_FIRST_NS = 50 * 1000, NAP_MOST_NS = 2 * 1000 * 1000 };
	struct timespec nap = { .tv_nsec = NAP_FIRST_NS };

	/* Most are gone at once: a command that is done should not make people wait. */
	while (waitpid(pid, NULL, WNOHANG) == 0 && clock_ms() < deadline) {
		(void)nanosleep(&nap, NULL);
		if (nap.tv_nsec < NAP_MOST_NS)
			nap.tv_nsec *= 2;
	}
}

void children_close(struct children *all)
{
	uint64_t deadline = clock_ms() + FUNERAL_MS;
	struct child *c;

	for (int i = 0; i < CHILD_GONE; i++)
		TAILQ_FOREACH (c, &all->in[i], link)
			send_kill(c);
	for (int i = 0; i < CHILD_STATES; i++)
		while ((c = TAILQ_FIRST(&all->in[i]))) {
			TAILQ_REMOVE(&all->in[i], c, link);
			if (!c->autopsy.reaped)
				child_wait_until(c->process.pid, deadline);
			child_free(c);
		}
	pid_t zygote = all->zygote.pid;
	zygote_end(&all->zygote);
	if (zygote > 0)
		child_wait_until(zygote, deadline);
	if (all->beat)
		event_free(all->beat);
	*all = (struct children){ .zygote = ZYGOTE_NONE };
}
