/* SPDX-License-Identifier: ISC */
#include "pool/pool.h"

#include <assert.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/latency.h"
#include "base/metrics.h"
#include "base/timer.h"
#include "log/log.h"
#include "pool/child.h"

enum {
	ROUNDS_MAX = 5, /* of failed starts until there is no hope */
	BACKOFF_FIRST_MS = 1000,
	BACKOFF_MOST_MS = 60 * 1000,
	WEIGH_MS = 100, /* between two looks at the size of one worker */
};

struct pool {
	const struct config *config;
	struct pool_calls calls;
	void *arg;
	struct children children;
	unsigned workers;
	struct event *news;  /* something changed: bury, start, retire, tell */
	struct event *again; /* the pause after failed starts is over */
	bool stopping, has_been_ready, pausing, corpses_told, hopeless_told;
	bool freed;             /* a slot became free since the last news */
	unsigned failed_rounds; /* starts since the last Ready that came to nothing */
	uint64_t round_from;    /* workers with a lower number belong to an older round */
	char why[2 * PROCESS_WHY];
	uint64_t lost_us, lost_busy_us; /* when a busy worker was lost: until it is
					   replaced; until the next message is given; 0 */
};

#define EACH(c, pool, state) TAILQ_FOREACH (c, &(pool)->children.in[state], link)

static unsigned pool_target(const struct pool *p)
{
	return p->workers + (unsigned)p->config->spares;
}

/* Each message gets a process of its own. */
static bool all_fresh(const struct pool *p)
{
	return p->config->fresh == FRESH_MESSAGE;
}

static void pool_tell(struct pool *p)
{
	event_active(p->news, 0, 0);
}

/* Workers in this state that are to stay. */
static unsigned pool_staying(const struct pool *p, enum child_state state)
{
	const struct child *c;
	unsigned n = 0;

	EACH (c, p, state)
		n += !c->retire;
	return n;
}

/* --- starting, and the pauses after starts that came to nothing --- */

static void pause_starts(struct pool *p)
{
	p->pausing = true;
	timer_start(p->again,
	    p->failed_rounds < 2
		? 0
		: timer_backoff(BACKOFF_FIRST_MS, BACKOFF_MOST_MS, p->failed_rounds - 2));
}

/* Workers that started together and died together are one failure. */
static void start_failed(struct pool *p, uint64_t number, const char *why)
{
	(void)snprintf(p->why, sizeof p->why, "%s", why);
	log_event(EVENT_WORKER_NOT_READY, LOG_S("reason", p->why),
	    LOG_U("in_a_row", p->failed_rounds + 1));
	if (p->stopping || number < p->round_from)
		return;
	p->failed_rounds++;
	p->round_from = p->children.last_number + 1;
	pause_starts(p);
}

static void pool_on_again(evutil_socket_t fd, short what, void *arg)
{
	struct pool *p = arg;

	(void)fd;
	(void)what;
	p->pausing = false;
	pool_tell(p);
}

/* A replacement starts before the dying worker's memory is free; this bounds how many do
 * so at once. */
static bool too_many_corpses(struct pool *p)
{
	unsigned corpses = p->children.count[CHILD_DYING];
	bool many = corpses >= pool_target(p);

	if (many && !p->corpses_told)
		log_event(EVENT_CORPSES, LOG_U("corpses", corpses));
	p->corpses_told = many;
	return many;
}

/* One in a turn of the loop: a start waits for the new process to run its program, which
 * takes long where all processors are busy. */
static void start_missing(struct pool *p)
{
	const unsigned *count = p->children.count;
	char why[PROCESS_WHY];

	for (bool one = false; !p->stopping && !p->pausing; one = true) {
		unsigned starting = count[CHILD_STARTING];
		unsigned live = starting + count[CHILD_IDLE] + count[CHILD_BUSY];
		unsigned stay = pool_staying(p, CHILD_STARTING) +
				pool_staying(p, CHILD_IDLE) + pool_staying(p, CHILD_BUSY);
		bool missing = live < pool_target(p);
		bool replace =
		    stay < pool_target(p) && live <= pool_target(p) && starting == 0;
		if (!missing && !replace)
			return;
		/* While starts fail, one at a time is tried. */
		if ((p->failed_rounds > 0 && starting > 0) || too_many_corpses(p))
			return;
		if (one) {
			timer_start(p->again, 0);
			return;
		}
		if (!child_start(&p->children, why))
			start_failed(p, UINT64_MAX, why);
	}
}

/* --- replacing healthy workers: the new one first --- */

static uint64_t with_jitter(uint64_t limit, const struct child *c)
{
	return (uint64_t)((int64_t)limit + (int64_t)(limit / 1000) * c->jitter);
}

/* With recycle.messages 10 and a jitter of 10 % the limit must vary, too, although per
 * mille of 10 round to nothing. */
static uint64_t messages_with_jitter(uint64_t limit, const struct child *c)
{
	uint64_t n = (limit * (uint64_t)(1000 + c->jitter) + 500) / 1000;

	return n ? n : 1;
}

static const char *why_retire(const struct pool *p, struct child *c)
{
	uint64_t messages = p->config->recycle.messages, age = p->config->recycle.age,
		 memory = p->config->recycle.memory;

	if (messages && c->served >= messages_with_jitter(messages, c))
		return "messages";
	if (age && clock_ms() - c->started >= with_jitter(age, c))
		return "age";
	/* A read of /proc: not for each of many small messages. Each beat asks again. */
	if (memory && c->weighed < c->served && clock_ms() - c->weighed_at >= WEIGH_MS) {
		c->weighed = c->served;
		c->weighed_at = clock_ms();
		return child_resident(c) > with_jitter(memory, c) ? "memory" : NULL;
	}
	return NULL;
}

static void pool_retire(struct child *c, const char *why)
{
	c->retire = why;
	log_event(EVENT_WORKER_RETIRE, LOG_U("worker", c->number),
	    LOG_I("pid", c->process.pid), LOG_S("reason", why),
	    LOG_U("served", c->served));
}

/* The idle worker that can be spared first: one to be replaced, else the one that served
 * longest ago. */
static struct child *pool_spared(const struct pool *p)
{
	struct child *c, *best = NULL;

	EACH (c, p, CHILD_IDLE)
		if (!best || (c->retire && !best->retire) ||
		    (!c->retire == !best->retire && c->last_end < best->last_end))
			best = c;
	return best;
}

/* Idle workers that have served are let go; others that were started meanwhile take
 * their places. */
static void let_go_served(struct pool *p)
{
	struct child *c, *next;

	for (c = TAILQ_FIRST(&p->children.in[CHILD_IDLE]); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->served == 0)
			continue;
		c->retire = "message"; /* not logged: too many */
		child_leave(c);
	}
}

static void let_go(struct pool *p)
{
	const unsigned *count = p->children.count;
	struct child *c;

	if (all_fresh(p))
		let_go_served(p);

	EACH (c, p, CHILD_IDLE)
		if (!c->retire) {
			const char *why = why_retire(p, c);
			if (why)
				pool_retire(c, why);
		}
	while (count[CHILD_IDLE] + count[CHILD_BUSY] > pool_target(p) &&
	       (c = pool_spared(p))) {
		unsigned stay = pool_staying(p, CHILD_IDLE) + pool_staying(p, CHILD_BUSY);
		if (!c->retire && stay <= pool_target(p))
			return; /* a busy worker is to be replaced: this idle one stays */
		if (!c->retire)
			pool_retire(c, "scale");
		child_leave(c);
	}
}

/* --- callbacks --- */

static void on_news(evutil_socket_t fd, short what, void *arg)
{
	struct pool *p = arg;

	(void)fd;
	(void)what;
	latency_mark(p->children.base);
	children_bury(&p->children);
	let_go(p);
	/* First what waits for a worker, then new workers: a start takes milliseconds. */
	if (p->freed) {
		p->freed = false;
		p->calls.free(p->arg);
	}
	start_missing(p);
	if (p->failed_rounds >= ROUNDS_MAX && !p->has_been_ready && !p->hopeless_told &&
	    !p->stopping) {
		p->hopeless_told = true;
		p->stopping = true;
		p->calls.hopeless(p->arg, p->why);
		return;
	}
}

/* It died before Ready. By now it is reaped, and all that it wrote was read. */
static void died_early(struct pool *p, const struct child *c)
{
	char line[PROCESS_WHY], why[2 * PROCESS_WHY];
	const char *what = "ended before it was ready";

	if (c->autopsy.violation)
		what = c->autopsy.violation;
	else if (c->autopsy.killed != KILLED_NOT)
		what = "was not ready in time";
	(void)child_last_line(c, line);
	(void)snprintf(why, sizeof why, "a worker %s%s%s", what, *line ? ": " : "", line);
	start_failed(p, c->number, why);
}

static void pool_changed(void *arg, struct child *c)
{
	struct pool *p = arg;

	if (c->state == CHILD_GONE && !c->said.ready)
		died_early(p, c);
	if (c->state == CHILD_DYING && c->order.job)
		p->lost_us = p->lost_busy_us = clock_us();
	if (c->state == CHILD_IDLE && c->served == 0) {
		if (p->lost_us)
			times_add(TIMES_REPLACED, clock_us() - p->lost_us);
		p->lost_us = 0;
		p->has_been_ready = true;
		p->failed_rounds = 0;
	}
	if (c->state == CHILD_IDLE || c->state == CHILD_DYING)
		p->freed = true;
	pool_tell(p);
}

static void pool_beat(void *arg)
{
	pool_tell(arg);
}

/* --- the interface --- */

struct pool *pool_new(struct event_base *base, const struct config *config,
    const struct pool_calls *calls, void *arg)
{
	static const struct child_calls from_child = { pool_changed, pool_beat };
	struct pool *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->config = config;
	p->calls = *calls;
	p->arg = arg;
	p->workers = config_workers(config);
	p->news = event_new(base, -1, 0, on_news, p);
	p->again = event_new(base, -1, 0, pool_on_again, p);
	if (!children_open(&p->children, base, config, &from_child, p) || !p->news ||
	    !p->again) {
		pool_free(p);
		return NULL;
	}
	pool_tell(p);
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	children_close(&p->children);
	if (p->news)
		event_free(p->news);
	if (p->again)
		event_free(p->again);
	free(p);
}

unsigned pool_free_count(const struct pool *p, bool fresh)
{
	const struct child *c;
	unsigned idle = 0, busy = p->children.count[CHILD_BUSY];

	fresh = fresh || all_fresh(p);
	if (p->stopping || busy >= p->workers)
		return 0;
	EACH (c, p, CHILD_IDLE)
		idle += !fresh || c->served == 0;
	return idle < p->workers - busy ? idle : p->workers - busy;
}

/* The one that served last: its memory is warm, and those that served nobody stay so. */
static struct child *pool_choose(const struct pool *p, bool fresh)
{
	struct child *c, *best = NULL;

	EACH (c, p, CHILD_IDLE) {
		if (fresh && c->served > 0)
			continue;
		if (!best || (!c->retire && best->retire) ||
		    (!c->retire == !best->retire && c->last_end > best->last_end))
			best = c;
	}
	return best;
}

bool pool_has_scratch(const struct pool *p, bool fresh, const void *scratch_of)
{
	fresh = fresh || all_fresh(p);
	const struct child *c =
	    pool_free_count(p, fresh) > 0 ? pool_choose(p, fresh) : NULL;

	return c && c->scratch != -1 && c->scratch_of == scratch_of;
}

bool pool_give(struct pool *p, const struct pool_order *order)
{
	bool fresh = order->fresh || all_fresh(p);

	while (pool_free_count(p, fresh) > 0) {
		struct child *c = pool_choose(p, fresh);
		if (child_give(c, order)) {
			if (p->lost_busy_us)
				times_add(
				    TIMES_HANDED_OVER, clock_us() - p->lost_busy_us);
			p->lost_busy_us = 0;
			return true;
		}
		if (c->state == CHILD_IDLE)
			return false; /* our own trouble, not this worker's end */
	}
	return false;
}

void pool_want_fresh(struct pool *p)
{
	struct child *c, *served = NULL;

	if (p->children.count[CHILD_STARTING] > 0)
		return;
	EACH (c, p, CHILD_IDLE) {
		if (c->served == 0 || c->retire)
			return; /* one is there, or its replacement is on its way */
		if (!served || c->last_end < served->last_end)
			served = c;
	}
	if (served) {
		pool_retire(served, "fresh");
		pool_tell(p);
	}
}

/* One that lives, by its number or else by what it has in hand; NULL: none. */
static struct child *pool_find(const struct pool *p, uint64_t worker, uint64_t job)
{
	struct child *c;

	for (int i = 0; i < CHILD_DYING; i++)
		EACH (c, p, i)
			if (worker ? c->number == worker : c->order.job == job)
				return c;
	return NULL;
}

bool pool_kill_number(struct pool *p, uint64_t worker)
{
	const struct child *c = worker ? pool_find(p, worker, 0) : NULL;

	if (!c || kill(c->process.pid, SIGKILL) == -1)
		return false;
	log_event(EVENT_WORKER_KILL, LOG_U("worker", c->number),
	    LOG_I("pid", c->process.pid),
	    c->order.job ? LOG_J(c->order.job) : LOG_S("job", NULL),
	    LOG_S("reason", "command"));
	return true;
}

/* If it has the next order in hand by now, that one is innocent: it ends as
 * infrastructure. */
void pool_kill_worker(struct pool *p, uint64_t worker, const char *violation)
{
	struct child *c = worker ? pool_find(p, worker, 0) : NULL;

	if (c)
		child_kill(c, c->order.job ? KILLED_STOP : KILLED_VIOLATION, violation);
}

void pool_kill_order(struct pool *p, uint64_t job)
{
	struct child *c = job ? pool_find(p, 0, job) : NULL;

	if (!c)
		return;
	log_event(EVENT_WORKER_KILL, LOG_J(job), LOG_U("worker", c->number),
	    LOG_I("pid", c->process.pid), LOG_S("reason", "withdrawn"));
	child_kill(c, KILLED_STOP, NULL);
}

bool pool_reaped(void *pool, pid_t pid, int wait_status, const struct rusage *usage)
{
	struct pool *p = pool;
	struct child *c;

	if (zygote_reaped(&p->children.zygote, pid))
		return true;
	for (int i = 0; i < CHILD_GONE; i++)
		EACH (c, p, i)
			if (c->process.pid == pid) {
				child_reaped(c, wait_status, usage);
				return true;
			}
	return false;
}

void pool_scale(struct pool *p, int delta)
{
	int64_t n = (int64_t)p->workers + delta;

	p->workers = n < 1                    ? 1
		     : n > CONFIG_WORKERS_MAX ? CONFIG_WORKERS_MAX
					      : (unsigned)n;
	p->freed = true;
	pool_tell(p);
}

void pool_reload(struct pool *p)
{
	struct child *c;

	p->workers = config_workers(p->config);
	for (int i = 0; i <= CHILD_BUSY; i++)
		EACH (c, p, i)
			if (!c->retire)
				pool_retire(c, "reload");
	/* The new program gets its own chances. */
	zygote_end(&p->children.zygote);
	p->children.zygote.failures = 0;
	p->failed_rounds = 0;
	p->pausing = false;
	(void)event_del(p->again);
	p->freed = true;
	pool_tell(p);
}

void pool_start_plainly(struct pool *p, bool plain)
{
	p->children.plain = plain;
	if (plain)
		zygote_end(&p->children.zygote);
}

void pool_stop(struct pool *p)
{
	struct child *c;

	p->stopping = true;
	while ((c = TAILQ_FIRST(&p->children.in[CHILD_BUSY]))) {
		child_kill(c, KILLED_STOP, NULL);
		child_finish(c);
	}
	EACH (c, p, CHILD_DYING)
		child_finish(c);
}

unsigned pool_busy(const struct pool *p)
{
	return p->children.count[CHILD_BUSY];
}

unsigned pool_workers(const struct pool *p)
{
	return p->workers;
}

bool pool_has_been_ready(const struct pool *p)
{
	return p->has_been_ready;
}

const char *pool_without_worker(const struct pool *p)
{
	const unsigned *count = p->children.count;

	return p->failed_rounds > 0 && count[CHILD_IDLE] + count[CHILD_BUSY] == 0 ? p->why
										  : NULL;
}

unsigned pool_idle(const struct pool *p)
{
	const struct child *c;
	unsigned n = 0;

	EACH (c, p, CHILD_IDLE)
		n++;
	return n;
}

const char *pool_layers(const struct pool *p, bool *complete)
{
	const char *layers = p->children.layers;

	*complete = *layers && strcmp(layers + strlen(layers) - 2, "; ") == 0;
	return layers;
}

void pool_each(
    const struct pool *p, void (*see)(void *arg, const struct pool_worker *), void *arg)
{
	static const char *const names[CHILD_STATES] = {
		[CHILD_STARTING] = "starting",
		[CHILD_IDLE] = "idle",
		[CHILD_BUSY] = "busy",
		[CHILD_LEAVING] = "leaving",
		[CHILD_DYING] = "dying",
		[CHILD_GONE] = "gone",
	};
	const struct child *c;
	uint64_t now = clock_ms();

	for (int i = 0; i < CHILD_STATES; i++)
		EACH (c, p, i) {
			uint64_t cpu = child_cpu_ms(c);
			see(arg,
			    &(struct pool_worker){ .number = c->number,
				.served = c->served,
				.age_ms = now - c->started,
				.cpu_ms = cpu,
				.resident = child_resident(c),
				.pid = c->process.pid,
				.state = names[i],
				.job = c->order.job,
				.since_ms = now - (c->order.job     ? c->order.begun
						      : c->last_end ? c->last_end
								    : c->started),
				.job_cpu_ms = c->order.job && cpu > c->order.cpu_begun
						  ? cpu - c->order.cpu_begun
						  : 0,
				.busy_ms = c->busy_ms +
					   (c->order.job ? now - c->order.begun : 0),
				.build = c->autopsy.build,
				.retire = c->retire });
		}
}

static void pool_log_worker(void *arg, const struct pool_worker *w)
{
	(void)arg;
	log_event(EVENT_STATE_WORKER, LOG_U("worker", w->number), LOG_I("pid", w->pid),
	    LOG_S("state", w->state), w->job ? LOG_J(w->job) : LOG_S("job", NULL),
	    w->job ? LOG_U("since_ms", w->since_ms) : LOG_S("since_ms", NULL),
	    LOG_U("served", w->served), LOG_U("age_ms", w->age_ms),
	    LOG_U("cpu_ms", w->cpu_ms), LOG_U("resident", w->resident),
	    LOG_S("retire", w->retire));
}

void pool_log_state(const struct pool *p)
{
	pool_each(p, pool_log_worker, NULL);
}
