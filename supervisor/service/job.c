/* SPDX-License-Identifier: ISC */
#include "service/job.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attempt/charge.h"
#include "base/clock.h"
#include "base/turns.h"
#include "log/log.h"
#include "service/canary.h"
#include "service/job_private.h"

/* Decided messages waiting for the disk; beyond it intake waits too. Large enough for the
 * janitor to share its syncs, small enough to look through by eye after a crash. */
enum {
	SETTLING_MAX = 256,
	LARGE_MAX = 1000, /* beside them: those that wait for a porter */
	LATE_FIRST_MS = 1000,
	LATE_MOST_MS = 60000,
};

/*
 * Mail that failed does not keep new mail waiting: retries run on at most half of the
 * workers, and while both wait every fourth worker that is free goes to a retry. Only
 * when very many wait, new mail waits for them.
 */
enum { AGAIN_MAX = 1000, AGAIN_SHARE = 4 };

void job_move(struct job *j, enum job_state to)
{
	struct jobs *js = j->jobs;

	TAILQ_REMOVE(&js->in[j->state], j, link);
	js->count[j->state]--;
	if (j->state == JOB_RUNNING && j->retried)
		js->retried--;
	if (to == JOB_RUNNING) {
		j->retried = j->state == JOB_AGAIN;
		js->retried += j->retried;
	}
	j->state = to;
	TAILQ_INSERT_TAIL(&js->in[to], j, link);
	js->count[to]++;
	if (to == JOB_OVER)
		event_active(js->reap, 0, 0);
}

static void job_free(struct job *j)
{
	TAILQ_REMOVE(&j->jobs->in[j->state], j, link);
	j->jobs->count[j->state]--;
	if (j->timer)
		event_free(j->timer);
	claim_free(j->claim);
	told_clear(&j->told);
	unwind_forget(j->unwind);
	free(j);
}

static void job_timer_due(evutil_socket_t fd, short what, void *arg)
{
	struct job *j = arg;

	(void)fd;
	(void)what;
	if (j->state != JOB_PAUSED)
		return;
	if (j->resume == JOB_SETTLING) {
		job_settle(j);
		return;
	}
	job_move(j, j->resume);
	job_dispatch(j->jobs);
}

struct job *job_new(struct jobs *js, struct claim *claim, enum job_state state)
{
	struct job *j = calloc(1, sizeof *j);

	if (!j)
		return NULL;
	j->jobs = js;
	j->claim = claim;
	j->state = state;
	j->timer = evtimer_new(js->with.base, job_timer_due, j);
	if (!j->timer) {
		free(j);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&js->in[state], j, link);
	js->count[state]++;
	return j;
}

void job_pause(struct job *j, enum job_state resume, uint64_t delay_ms)
{
	struct timeval in = { .tv_sec = (time_t)(delay_ms / 1000),
		.tv_usec = (suseconds_t)(delay_ms % 1000 * 1000) };

	j->resume = resume;
	job_move(j, JOB_PAUSED);
	(void)evtimer_add(j->timer, &in);
}

/* From the loop: the worker that failed may not be heard out yet. */
static void dispatch_in(struct jobs *js, uint64_t ms)
{
	struct timeval in = { .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	if (!evtimer_pending(js->again, NULL))
		(void)evtimer_add(js->again, &in);
}

void job_again(struct job *j)
{
	uint64_t delay = j->jobs->with.config->retry.delay;

	told_begin(&j->told); /* what is known of this attempt was logged, and is large */
	j->due = clock_ms() + delay;
	job_move(j, JOB_AGAIN);
	dispatch_in(j->jobs, delay);
}

void job_late(struct job *j, enum job_state resume, const char *call, int err)
{
	uint64_t delay = LATE_FIRST_MS;

	for (unsigned i = 0; i < j->late && delay < LATE_MOST_MS; i++)
		delay *= 2;
	if (delay > LATE_MOST_MS)
		delay = LATE_MOST_MS;
	j->late++;
	log_event(EVENT_MESSAGE_LATE, LOG_J(j->claim->id), LOG_S("call", call),
	    LOG_E(err), LOG_U("again_in_ms", delay));
	if (j->jobs->draining && resume != JOB_SETTLING)
		job_put_back(j); /* nothing will be begun any more */
	else
		job_pause(j, resume, delay);
}

/* Undecided messages that do not wait for their retry. */
static uint64_t job_undecided(const struct jobs *js)
{
	return js->count[JOB_WAITING] + js->count[JOB_RUNNING] + js->count[JOB_PAUSED];
}

/* Who is to be tried while the breaker is open: one that never was; or, if that must do,
 * one that has failed before. */
static struct job *find_canary(const struct jobs *js, bool any)
{
	struct job *j;

	TAILQ_FOREACH (j, &js->in[JOB_WAITING], link)
		if (!charge_needs_fresh(&j->claim->charges))
			return j;
	if (!any)
		return NULL;
	j = TAILQ_FIRST(&js->in[JOB_WAITING]);
	return j ? j : TAILQ_FIRST(&js->in[JOB_AGAIN]);
}

static bool has_room_to_settle(const struct jobs *js)
{
	uint64_t large = janitor_large(js->with.janitor);

	return large < LARGE_MAX && js->count[JOB_SETTLING] - large < SETTLING_MAX;
}

static bool has_room(const struct jobs *js)
{
	uint64_t most = pool_workers(js->with.pool) + js->with.config->spares;

	if (breaker_is_open(js->breaker) &&
	    (!breaker_wants_mail(js->breaker) || find_canary(js, false)))
		return false;
	return !js->draining && js->count[JOB_SUSPECT] == 0 && has_room_to_settle(js) &&
	       js->count[JOB_AGAIN] < AGAIN_MAX && job_undecided(js) - js->retried < most;
}

/* Whether a suspect is at its turn: then nothing runs beside it. */
static bool one_is_alone(const struct jobs *js)
{
	const struct job *j;

	TAILQ_FOREACH (j, &js->in[JOB_WAITING], link)
		if (j->alone)
			return true;
	TAILQ_FOREACH (j, &js->in[JOB_RUNNING], link)
		if (j->alone)
			return true;
	return false;
}

/* The one that ran alone the least often when the service died: bystanders are cleared
 * first, and kills in quick succession do not all meet the same one. */
static struct job *least_suspect(struct jobs *js)
{
	struct job *j, *least = TAILQ_FIRST(&js->in[JOB_SUSPECT]);

	TAILQ_FOREACH (j, &js->in[JOB_SUSPECT], link)
		if (j->claim->charges.kills < least->claim->charges.kills)
			least = j;
	return least;
}

/*
 * Its start alone is charged first, so that it is on record if the whole service dies
 * now; and only when a worker can have it at once: a service that dies again and again
 * while it starts has no culprit among its messages.
 */
static void next_suspect(struct jobs *js)
{
	struct job *j = least_suspect(js);
	struct charges c;

	if (!j || job_undecided(js) > 0 || pool_busy(js->with.pool) > 0 || js->draining)
		return;
	bool fresh = charge_needs_fresh(&j->claim->charges);
	if (pool_free_count(js->with.pool, fresh) == 0) {
		if (fresh)
			pool_want_fresh(js->with.pool);
		return;
	}
	c = j->claim->charges;
	c.kills++;
	if (!spool_recharge(js->with.spool, j->claim, c)) {
		job_late(j, JOB_SUSPECT, "rename", errno);
		return;
	}
	log_event(
	    EVENT_MESSAGE_SUSPECT, LOG_J(j->claim->id), LOG_U("kills", c.kills - 1));
	j->alone = true;
	job_move(j, JOB_WAITING);
}

static void try_canary(struct jobs *js, bool any)
{
	if (js->draining)
		return;
	if (breaker_wants_own(js->breaker) &&
	    canary_give(js->with.pool, js->with.config->convert.to))
		breaker_begun(js->breaker);
	if (!breaker_wants_mail(js->breaker))
		return;
	next_suspect(js);
	struct job *j = find_canary(js, any);
	if (!j)
		return;
	bool fresh = charge_needs_fresh(&j->claim->charges);
	if (pool_free_count(js->with.pool, fresh) == 0) {
		if (fresh)
			pool_want_fresh(js->with.pool);
		return;
	}
	/* It may also end at once, or be late by trouble of ours. */
	if (job_start(j) && j->state == JOB_RUNNING) {
		js->canary = j->claim->id;
		breaker_begun(js->breaker);
	}
}

static void canary_due(void *arg, bool any)
{
	struct jobs *js = arg;

	try_canary(js, any);
	if (js->want && breaker_wants_mail(js->breaker))
		js->want(js->want_arg);
	if (js->room && has_room(js))
		js->room(js->room_arg);
}

/* Who is to be tried again now: its pause is over, and a worker that has served nobody
 * is there; where all have, one is replaced. */
static struct job *next_again(struct jobs *js)
{
	struct job *j = TAILQ_FIRST(&js->in[JOB_AGAIN]);
	uint64_t half = pool_workers(js->with.pool) / 2, now = clock_ms();

	if (!j || js->retried >= (half ? half : 1) || jobs_alone(js))
		return NULL;
	if (j->due > now) {
		dispatch_in(js, j->due - now);
		return NULL;
	}
	if (pool_free_count(js->with.pool, true) > 0)
		return j;
	pool_want_fresh(js->with.pool);
	return NULL;
}

/* New mail leaves alone what other sources are to get. A suspect that runs alone may
 * need a worker that has served nobody. */
static struct job *next_new(struct jobs *js)
{
	struct job *j = TAILQ_FIRST(&js->in[JOB_WAITING]);
	bool fresh = j && charge_needs_fresh(&j->claim->charges);

	if (!j || pool_free_count(js->with.pool, fresh) >
		      (js->others ? js->others(js->others_arg) : 0))
		return j;
	if (fresh)
		pool_want_fresh(js->with.pool);
	return NULL;
}

void job_dispatch(struct jobs *js)
{
	struct job *j, *again;

	if (js->draining)
		return;
	pool_start_plainly(js->with.pool, breaker_is_open(js->breaker));
	if (breaker_is_open(js->breaker)) {
		try_canary(js, false);
		return;
	}
	next_suspect(js);
	do {
		j = next_new(js);
		again = next_again(js);
		if (j && again)
			js->turn = (js->turn + 1) % AGAIN_SHARE;
		if (!j || (again && js->turn == 0))
			j = again;
	} while (j && job_start(j));
}

static void again_due(evutil_socket_t fd, short what, void *arg)
{
	const struct jobs *js = arg;

	(void)fd;
	(void)what;
	turns_mark(js->with.base);
	job_dispatch(arg);
}

static void job_reap(evutil_socket_t fd, short what, void *arg)
{
	struct jobs *js = arg;
	struct job *j;

	(void)fd;
	(void)what;
	turns_mark(js->with.base);
	while ((j = TAILQ_FIRST(&js->in[JOB_OVER])))
		job_free(j); /* NOLINT(clang-analyzer-unix.Malloc) */
	job_dispatch(js);
	if (js->room && has_room(js))
		js->room(js->room_arg);
	if (js->drained && js->draining &&
	    job_undecided(js) + js->count[JOB_SETTLING] == 0) {
		void (*drained)(void *) = js->drained;
		js->drained = NULL;
		drained(js->drained_arg);
	}
}

struct jobs *jobs_new(void)
{
	struct jobs *js = calloc(1, sizeof *js);

	if (!js)
		return NULL;
	for (int s = 0; s < JOB_STATES; s++)
		TAILQ_INIT(&js->in[s]);
	return js;
}

void jobs_use(struct jobs *js, const struct jobs_with *with)
{
	js->with = *with;
	js->reap = event_new(with->base, -1, 0, job_reap, js);
	js->again = evtimer_new(with->base, again_due, js);
	js->breaker = breaker_new(with->base, canary_due, js);
	if (!js->reap || !js->again || !js->breaker)
		abort();
	jobs_reload(js);
}

void jobs_reload(struct jobs *js)
{
	const struct config *config = js->with.config;

	breaker_set(js->breaker, config->breaker.window, config->breaker.share);
	breaker_hurry(js->breaker);
}

bool jobs_held(const struct jobs *js)
{
	return breaker_is_open(js->breaker);
}

void jobs_free(struct jobs *js)
{
	if (!js)
		return;
	for (int s = 0; s < JOB_STATES; s++)
		while (!TAILQ_EMPTY(&js->in[s]))
			/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
			job_free(TAILQ_FIRST(&js->in[s]));
	if (js->reap)
		event_free(js->reap);
	if (js->again)
		event_free(js->again);
	breaker_free(js->breaker);
	free(js);
}

void jobs_on_room(struct jobs *js, void (*room)(void *), void *arg)
{
	js->room = room;
	js->room_arg = arg;
}

void jobs_on_want(struct jobs *js, void (*want)(void *), void *arg)
{
	js->want = want;
	js->want_arg = arg;
}

bool jobs_want_canary(const struct jobs *js)
{
	return breaker_wants_mail(js->breaker) && !find_canary(js, false);
}

void jobs_canary_begun(struct jobs *js)
{
	js->canary_elsewhere = true;
	breaker_begun(js->breaker);
}

void jobs_on_others(struct jobs *js, unsigned (*others)(void *), void *arg)
{
	js->others = others;
	js->others_arg = arg;
}

bool jobs_alone(const struct jobs *js)
{
	return js->count[JOB_SUSPECT] > 0 || one_is_alone(js);
}

void jobs_free_worker(void *arg)
{
	struct jobs *js = arg;

	job_dispatch(js);
	if (js->room && has_room(js))
		js->room(js->room_arg);
}

enum offer jobs_offer(void *arg, const char *sub, const char *name, bool moved_in)
{
	struct jobs *js = arg;
	struct claim *claim = NULL;

	if (!has_room(js) || one_is_alone(js))
		return OFFER_FULL;
	switch (spool_claim(js->with.spool, sub, name, moved_in, &claim)) {
	case CLAIM_GONE:
		return OFFER_TAKEN;
	case CLAIM_LEFT:
		return OFFER_LEFT;
	case CLAIM_BUSY:
		return OFFER_LATER;
	case CLAIM_ERROR:
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "claim"),
		    LOG_S("folder", sub), LOG_S("file", name), LOG_E(errno));
		return OFFER_LATER;
	case CLAIMED:
		break;
	}
	struct job *j = job_new(js, claim, JOB_WAITING);
	if (!j) { /* no memory: as if it had never been taken */
		if (!spool_put_back(js->with.spool, claim))
			log_event(EVENT_MESSAGE_BACK, LOG_J(claim->id),
			    LOG_S("where", "active"));
		claim_free(claim);
		return OFFER_LATER;
	}
	js->sum.claimed++;
	log_event(EVENT_MESSAGE_TAKEN, LOG_J(claim->id), LOG_S("folder", sub),
	    LOG_S("file", name));
	job_dispatch(js);
	return OFFER_TAKEN;
}

void jobs_found(void *arg, struct claim *claim)
{
	struct jobs *js = arg;
	struct job *j = job_new(js, claim,
	    claim->mark != MARK_NONE ? JOB_SETTLING
	    : claim->charges.waits   ? JOB_AGAIN
				     : JOB_SUSPECT);

	if (!j)
		abort(); /* at start, before anything is in hand: nothing is lost by
			    trying again */
	js->sum.claimed++;
}

void jobs_recover(struct jobs *js)
{
	struct job *j, *next;
	uint64_t finished = js->count[JOB_SETTLING], suspects = js->count[JOB_SUSPECT];

	if (finished + suspects > 0)
		log_event(EVENT_SPOOL_RECOVERED, LOG_U("settled_now", finished),
		    LOG_U("suspects", suspects));
	for (j = TAILQ_FIRST(&js->in[JOB_SETTLING]); j; j = next) {
		next = TAILQ_NEXT(j, link);
		j->told.verdict =
		    VERDICT_NONE; /* its verdict was given and logged by the last run */
		job_settle(j);
	}
	for (j = TAILQ_FIRST(&js->in[JOB_SUSPECT]); j; j = next) {
		next = TAILQ_NEXT(j, link);
		if (j->claim->charges.kills >= js->with.config->retry.kills) {
			j->told.verdict = VERDICT_KILLS;
			job_decide(j);
		}
	}
	job_dispatch(js);
}

void job_put_back(struct job *j)
{
	struct jobs *js = j->jobs;
	struct charges c = j->claim->charges;
	bool back = false;

	if (j->alone) { /* it was not the service's death that ended this turn */
		c.kills--;
		if (!spool_recharge(js->with.spool, j->claim, c))
			log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "rename"),
			    LOG_J(j->claim->id), LOG_E(errno));
	} else if (j->state != JOB_PAUSED || j->resume != JOB_SUSPECT) {
		back = spool_put_back(js->with.spool, j->claim);
	}
	log_event(EVENT_MESSAGE_BACK, LOG_J(j->claim->id), LOG_S("file", j->claim->name),
	    LOG_S("where", back ? "incoming" : "active"));
	if (back)
		js->sum.put_back++;
	else
		js->sum.kept++;
	job_move(j, JOB_OVER);
}

void job_return(struct job *j, enum job_state resume)
{
	struct jobs *js = j->jobs;
	const struct charges none = { .crash = 0 };
	bool back = spool_recharge(js->with.spool, j->claim, none) &&
		    spool_put_back(js->with.spool, j->claim);

	j->alone = false;
	log_event(EVENT_MESSAGE_CHANGED, LOG_J(j->claim->id),
	    LOG_S("folder", j->claim->sub), LOG_S("file", j->claim->name),
	    LOG_S("where", back ? "incoming" : "active"));
	if (!back) {
		job_late(j, resume, "put back", errno);
		return;
	}
	js->sum.put_back++;
	job_move(j, JOB_OVER);
}

void jobs_drain(struct jobs *js, void (*drained)(void *), void *arg)
{
	struct job *j, *next;

	js->draining = true;
	js->drained = drained;
	js->drained_arg = arg;
	js->sum.kept += js->count[JOB_SUSPECT]; /* they stay in active/ */
	for (j = TAILQ_FIRST(&js->in[JOB_WAITING]); j; j = next) {
		next = TAILQ_NEXT(j, link);
		job_put_back(j);
	}
	for (j = TAILQ_FIRST(&js->in[JOB_AGAIN]); j; j = next) {
		next = TAILQ_NEXT(j, link);
		job_put_back(j);
	}
	for (j = TAILQ_FIRST(&js->in[JOB_PAUSED]); j; j = next) {
		next = TAILQ_NEXT(j, link);
		(void)evtimer_del(j->timer);
		if (j->resume == JOB_SETTLING)
			job_settle(j);
		else
			job_put_back(j);
	}
	event_active(js->reap, 0, 0);
}

void jobs_stop_running(struct jobs *js)
{
	js->stopping = true;
	pool_stop(js->with.pool);
}

struct jobs_counts jobs_counts(const struct jobs *js)
{
	struct jobs_counts c = js->sum;

	c.waiting = js->count[JOB_WAITING];
	c.running = js->count[JOB_RUNNING];
	c.paused = js->count[JOB_PAUSED] + js->count[JOB_AGAIN];
	c.settling = js->count[JOB_SETTLING];
	c.suspects = js->count[JOB_SUSPECT];
	return c;
}
