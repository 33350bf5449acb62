/* SPDX-License-Identifier: ISC */
#include "attempt/errand.h"
#include "attempt/judge.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "attempt/charge.h"
#include "attempt/dead.h"
#include "log/log.h"

enum state {
	WAITING, /* for a worker */
	RUNNING, /* a worker has it */
	PAUSED,  /* for its timer, then it waits again */
	ENDING,  /* failed for good; its worker's stack is being unwound */
	OVER,    /* to be freed */
	STATES,
};

struct errand {
	TAILQ_ENTRY(errand) link;
	struct errands *all;
	enum state state;
	struct claim claim; /* its strings are not owned */
	char name[NAME_ROOM];
	int input, scratch;
	uint64_t bytes;
	struct result result;
	struct told told;
	struct event *timer;
	struct unwind *unwind; /* the question under way, NULL none */
	struct errand_calls calls;
	void *arg;
};

TAILQ_HEAD(list, errand);

struct errands {
	struct errands_with with;
	struct list in[STATES];
	unsigned count[STATES];
	struct event *reap; /* frees those that are over, once callbacks are through */
	void (*turn)(void *);
	void *turn_arg;
};

/* The only place that changes a state, so list and state cannot disagree. */
static void errand_move(struct errand *e, enum state to)
{
	struct errands *es = e->all;

	TAILQ_REMOVE(&es->in[e->state], e, link);
	es->count[e->state]--;
	e->state = to;
	TAILQ_INSERT_TAIL(&es->in[to], e, link);
	es->count[to]++;
	if (to == OVER)
		event_active(es->reap, 0, 0);
}

static void drop_files(struct errand *e)
{
	result_end(&e->result);
	if (e->scratch != -1)
		(void)close(e->scratch);
	e->scratch = -1;
}

static void errand_free(struct errand *e)
{
	TAILQ_REMOVE(&e->all->in[e->state], e, link);
	e->all->count[e->state]--;
	drop_files(e);
	if (e->input != -1)
		(void)close(e->input);
	if (e->timer)
		event_free(e->timer);
	if (e->unwind)
		unwind_forget(e->unwind);
	told_clear(&e->told);
	free(e);
}

static void errand_wait_for(struct errand *e, uint64_t ms)
{
	struct timeval in = { .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	(void)evtimer_add(e->timer, &in);
}

/* --- its end --- */

static void errand_log_failed(const struct errand *e, const char *next)
{
	const struct told *t = &e->told;
	const struct charges *c = &e->claim.charges;

	log_event(EVENT_FAILED, LOG_J(e->claim.id),
	    LOG_S("verdict", verdict_row(t->verdict)->name),
	    LOG_S("reason", t->reason ? t->reason : verdict_row(t->verdict)->text),
	    LOG_S("source", e->all->with.source), LOG_S("sender", t->facts.sender),
	    LOG_S("message_id", t->facts.message_id), LOG_S("where", next),
	    LOG_U("crashes", c->crash), LOG_U("timeouts", c->timeout),
	    LOG_U("memory", c->memory));
}

static void log_done(const struct errand *e)
{
	const struct told *t = &e->told;

	log_event(EVENT_DONE, LOG_J(e->claim.id),
	    LOG_S("verdict", verdict_row(t->verdict)->name),
	    LOG_S("source", e->all->with.source), LOG_S("format", t->facts.format),
	    LOG_S("message_id", t->facts.message_id), LOG_U("bytes_in", e->bytes),
	    LOG_U("bytes_out", t->output_size), LOG_U("ms", t->elapsed_ms),
	    LOG_U("kept", t->note_count[0]), LOG_U("changed", t->note_count[1]),
	    LOG_U("lost", t->note_count[2]));
	if (t->note_count[2] > 0)
		log_event(EVENT_LOSSY, LOG_J(e->claim.id),
		    LOG_U("lost", t->note_count[2]), LOG_S("report", "none"));
}

static void errand_finish(struct errand *e, bool too_late)
{
	struct errand_end end = { .claim = &e->claim,
		.told = &e->told,
		.bytes = e->bytes,
		.too_late = too_late,
		.result = -1 };

	if (verdict_row(e->told.verdict)->good) {
		end.result = e->result.fd;
		log_done(e);
	} else if (e->told.verdict != VERDICT_INFRASTRUCTURE) {
		errand_log_failed(
		    e, e->calls.ended ? e->all->with.source : "nobody waits");
	}
	(void)evtimer_del(e->timer);
	if (e->calls.ended)
		e->calls.ended(e->arg, &end);
	e->calls = (struct errand_calls){ 0 };
	errand_move(e, OVER);
}

/* Never charged. Whoever brought it has it still, and decides. */
static void our_trouble(struct errand *e, const char *what, bool too_late)
{
	told_without_worker(&e->told, VERDICT_INFRASTRUCTURE, what);
	log_event(EVENT_MESSAGE_LATE, LOG_J(e->claim.id),
	    LOG_S("source", e->all->with.source), LOG_S("reason", what));
	errand_finish(e, too_late);
}

static void errand_unwound(void *arg, const struct unwind_answer *answer)
{
	struct errand *e = arg;

	e->unwind = NULL;
	dead_frames(&e->told, answer, e->all->with.config);
	errand_finish(e, false);
}

/* As a message of the spool, it ends once the stack is unwound that its worker left. */
static void finish_unwound(struct errand *e)
{
	static const struct unwind_answer none = {
		.failure = "too many stacks were to be unwound at once"
	};

	if (e->told.remains && !verdict_row(e->told.verdict)->good) {
		e->unwind =
		    unwinds_ask(e->all->with.unwinds, e->told.remains, errand_unwound, e);
		if (e->unwind) {
			errand_move(e, ENDING);
			return;
		}
		dead_frames(&e->told, &none, e->all->with.config);
	}
	errand_finish(e, false);
}

static void errand_timer_due(evutil_socket_t fd, short what, void *arg)
{
	struct errand *e = arg;

	(void)fd;
	(void)what;
	if (e->state == WAITING) {
		our_trouble(e, "no worker was free in time", true);
	} else if (e->state == PAUSED) {
		errand_move(e, WAITING);
		errand_wait_for(e, e->all->with.config->limits.time);
		if (e->all->turn)
			e->all->turn(e->all->turn_arg);
	}
}

/* --- with a worker --- */

/* False: no worker took it; it goes on waiting. */
static bool errand_start(struct errand *e)
{
	struct errands *es = e->all;
	const struct config *config = es->with.config;

	if (config->limits.input && e->bytes > config->limits.input) {
		told_without_worker(
		    &e->told, VERDICT_REFUSED, "is larger than limits.input allows");
		errand_finish(e, false);
		return true;
	}
	drop_files(e);
	if (result_begin(es->with.room, &e->result))
		e->scratch = results_scratch(es->with.room);
	if (e->scratch == -1) {
		our_trouble(e, strerror(errno), false);
		return true;
	}
	struct pool_order order = {
		.job = e->claim.id,
		.to = config->convert.to,
		.input_size = e->bytes,
		.input = e->input,
		.output = e->result.fd,
		.scratch = e->scratch,
		.fresh = charge_needs_fresh(&e->claim.charges),
	};
	if (!pool_give(es->with.pool, &order))
		return false;
	told_begin(&e->told);
	(void)evtimer_del(e->timer);
	errand_move(e, RUNNING);
	if (e->calls.begun)
		e->calls.begun(e->arg);
	return true;
}

unsigned errands_give(struct errands *es, unsigned most)
{
	struct errand *e, *next;
	unsigned running = es->count[RUNNING];

	for (e = TAILQ_FIRST(&es->in[WAITING]); e; e = next) {
		next = TAILQ_NEXT(e, link);
		if (es->count[RUNNING] - running >= most)
			break;
		bool fresh = charge_needs_fresh(&e->claim.charges);
		if (pool_free_count(es->with.pool, fresh) > 0 && errand_start(e))
			continue;
		if (fresh)
			pool_want_fresh(es->with.pool);
	}
	return es->count[RUNNING] - running;
}

static struct errand *errand_running(struct errands *es, uint64_t id)
{
	struct errand *e;

	TAILQ_FOREACH (e, &es->in[RUNNING], link)
		if (e->claim.id == id)
			return e;
	return NULL;
}

void errands_report(struct errands *es, uint64_t job, const Bulkhead__Report *r)
{
	struct errand *e = errand_running(es, job);

	if (e)
		told_report(&e->told, r);
}

/* A full disk is our trouble. Seen by ourselves, after what this attempt wrote is gone.
 */
static bool errand_disk_is_full(struct errand *e, const struct pool_end *end)
{
	enum { ROOM_LEAST = 1 << 20 };
	uint64_t least = e->all->with.config->intake.min_free;
	struct statvfs fs;

	if (!end->autopsy || !end->autopsy->output_errno)
		return false;
	drop_files(e);
	if (fstatvfs(results_root(e->all->with.room), &fs) == -1)
		return true;
	/* A result is about as large as its message. */
	if (least < e->bytes + ROOM_LEAST)
		least = e->bytes + ROOM_LEAST;
	return (uint64_t)fs.f_bavail * fs.f_frsize < least ||
	       (fs.f_files > 0 && fs.f_favail == 0);
}

void errands_ended(struct errands *es, uint64_t job, const struct pool_end *end)
{
	struct errand *e = errand_running(es, job);

	if (!e)
		return;
	told_ended(&e->told, end);
	if (end->done)
		e->told.verdict =
		    judge_output(result_seal(&e->result, &e->told.output_size), end,
			es->with.pool, &e->told);
	if (es->with.attempted)
		es->with.attempted(es->with.arg, e->told.verdict,
		    !charge_needs_fresh(&e->claim.charges));
	if (e->told.verdict == VERDICT_INFRASTRUCTURE) {
		our_trouble(e, "its worker was taken away", false);
	} else if (errand_disk_is_full(e, end)) {
		our_trouble(e, strerror(ENOSPC), false);
	} else if (!verdict_row(e->told.verdict)->good &&
		   charge_add(&e->claim.charges, e->told.verdict, e->told.used,
		       es->with.config)) {
		errand_log_failed(e, "again");
		log_event(EVENT_MESSAGE_RETRY, LOG_J(e->claim.id),
		    LOG_U("in_ms", es->with.config->retry.delay));
		drop_files(e);
		errand_move(e, PAUSED);
		errand_wait_for(e, es->with.config->retry.delay);
	} else {
		finish_unwound(e);
	}
}

/* --- the interface --- */

static void free_all(struct errands *es, enum state state)
{
	struct errand *e, *next;

	for (e = TAILQ_FIRST(&es->in[state]); e; e = next) {
		next = TAILQ_NEXT(e, link);
		errand_free(e);
	}
}

static void errand_reap(evutil_socket_t fd, short what, void *arg)
{
	struct errands *es = arg;

	(void)fd;
	(void)what;
	free_all(es, OVER);
	if (es->turn)
		es->turn(es->turn_arg);
}

struct errands *errands_new(const struct errands_with *with)
{
	struct errands *es = calloc(1, sizeof *es);

	if (!es)
		return NULL;
	es->with = *with;
	for (int s = 0; s < STATES; s++)
		TAILQ_INIT(&es->in[s]);
	es->reap = event_new(with->base, -1, 0, errand_reap, es);
	if (!es->reap) {
		free(es);
		return NULL;
	}
	return es;
}

void errands_free(struct errands *es)
{
	if (!es)
		return;
	for (int s = 0; s < STATES; s++)
		free_all(es, s);
	event_free(es->reap);
	free(es);
}

void errands_on_turn(struct errands *es, void (*turn)(void *), void *arg)
{
	es->turn = turn;
	es->turn_arg = arg;
}

struct errand *errands_add(struct errands *es, int input, uint64_t bytes,
    const char *name, const struct errand_calls *calls, void *arg)
{
	struct errand *e = calloc(1, sizeof *e);

	if (!e)
		goto failed;
	e->timer = evtimer_new(es->with.base, errand_timer_due, e);
	if (!e->timer)
		goto failed;
	e->all = es;
	e->input = input;
	e->scratch = e->result.fd = -1;
	e->bytes = bytes;
	e->calls = *calls;
	e->arg = arg;
	(void)strncpy(e->name, name, sizeof e->name - 1);
	e->claim = (struct claim){ .id = name_new_id(), .name = e->name, .sub = e->name };
	e->claim.sub += strlen(e->name); /* "": below no folder */
	TAILQ_INSERT_TAIL(&es->in[WAITING], e, link);
	es->count[WAITING]++;
	errand_wait_for(e, es->with.config->limits.time);
	return e;
failed:;
	int saved = errno;
	free(e);
	(void)close(input);
	errno = saved;
	return NULL;
}

void errand_forget(struct errand *e)
{
	e->calls = (struct errand_calls){ 0 };
	if (e->state == WAITING || e->state == PAUSED) {
		(void)evtimer_del(e->timer);
		errand_move(e, OVER);
	}
}

unsigned errands_waiting(const struct errands *es)
{
	return es->count[WAITING];
}

unsigned errands_in_hand(const struct errands *es)
{
	return es->count[WAITING] + es->count[RUNNING] + es->count[PAUSED] +
	       es->count[ENDING];
}

void errands_drain(struct errands *es)
{
	static const enum state idle[] = { WAITING, PAUSED };

	for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
		while (!TAILQ_EMPTY(&es->in[idle[i]]))
			our_trouble(
			    TAILQ_FIRST(&es->in[idle[i]]), "the service stops", false);
}
