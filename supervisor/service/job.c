/* SPDX-License-Identifier: ISC */
#include "service/job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt/charge.h"
#include "base/clock.h"
#include "base/latency.h"
#include "base/timer.h"
#include "log/log.h"
#include "service/canary.h"
#include "service/job_store.h"

enum {
	/* Decided messages waiting for the disk; beyond it intake waits too. Large enough
	 * for the janitor to share its syncs, small enough to look through by eye after a
	 * crash. */
	SETTLING_MAX = 256,
	/* And so many bytes of them, written and not synced: the janitor's syncfs waits
	 * for all of these, and one that is silent for long is taken for stuck. */
	SETTLING_BYTES = 128 << 20,
	LARGE_MAX = 1000, /* beside them: those that wait for a porter */
	/* Mail that failed does not keep new mail waiting but when very much of it waits.
	 */
	AGAIN_MAX = 1000,
	STORES_MAX = 1000, /* in hand; their items wait in them, not here */
	KNOWN_MS = 1000,   /* how long a look at a message counts */
};

static void job_free(struct job *j)
{
	TAILQ_REMOVE(&j->jobs->in[j->state], j, link);
	j->jobs->count[j->state]--;
	event_free(j->timer);
	job_store_free(j->store);
	claim_free(j->claim);
	if (j->input != -1)
		(void)close(j->input);
	outcome_clear(&j->outcome);
	free(j);
}

/* --- on its way --- */

/*
 * On record before a worker has it: it is in hand from now on, and a suspect if the
 * service dies. A suspect's turn alone is charged, and only when a worker can have it at
 * once: a service that dies again and again while it starts has no culprit among its
 * messages.
 */
static bool job_take_turn(struct job *j)
{
	struct charges c = j->claim->charges;
	bool turn = j->suspect && !j->alone;

	c.waits = 0;
	c.kills += turn;
	if (memcmp(&c, &j->claim->charges, sizeof c) != 0 &&
	    !spool_recharge(j->jobs->with.spool, j->claim, c))
		return false;
	if (turn)
		log_event(EVENT_MESSAGE_SUSPECT, LOG_J(j->claim->id),
		    LOG_U("kills", c.kills - 1));
	j->alone = j->suspect;
	return true;
}

static enum attempt_opened job_open(void *arg, struct pool_order *order, const char **why)
{
	struct job *j = arg;
	const struct jobs_with *with = &j->jobs->with;
	const char *unreadable = NULL;
	struct stat st;

	*why = "look at the folders";
	if (spool_away(with->spool)) {
		errno = ESTALE;
		return ATTEMPT_TROUBLE;
	}
	*why = "rename";
	if (!job_take_turn(j))
		return ATTEMPT_TROUBLE;
	/* The claim has just looked at it; and who wrote since then is found out at the
	 * end. */
	const bool known = j->input != -1 && clock_ms() - j->since < KNOWN_MS;
	order->input = j->input;
	j->input = -1;
	if (order->input == -1)
		order->input = spool_input(with->spool, j->claim, &st, &unreadable);
	j->unreadable = order->input == -1 && unreadable;
	*why = unreadable ? unreadable : "open";
	if (order->input == -1)
		return unreadable ? ATTEMPT_UNREADABLE : ATTEMPT_TROUBLE;
	if (!known && spool_written(j->claim, order->input, false))
		return ATTEMPT_CHANGED;
	j->bytes = j->claim->stamp.size;
	j->staged = false; /* an earlier attempt's reports */
	order->to = with->config->convert.to;
	order->input_size = j->bytes;
	order->stores = with->config->stores == TAKE_STORES_ITEMS;
	order->sync_from = SETTLE_SYNCS_BELOW;
	*why = "create output";
	order->output = spool_output(with->spool, j->claim);
	if (order->output == -1)
		return ATTEMPT_TROUBLE;
	if (order->has_scratch)
		return ATTEMPT_OPENED;
	*why = "create scratch";
	order->scratch = spool_scratch(with->spool);
	return order->scratch == -1 ? ATTEMPT_TROUBLE : ATTEMPT_OPENED;
}

static bool job_changed(void *arg, int input)
{
	const struct job *j = arg;

	return spool_written(j->claim, input, true);
}

/* Where the rename fails the claim keeps its charges with its name, by which alone the
 * message is found: it may be tried once more often. */
static void job_charge(void *arg, struct charges c, bool again)
{
	struct job *j = arg;

	if (j->alone) /* the service did not die of it */
		c.kills = 0;
	c.waits = again;
	if (memcmp(&c, &j->claim->charges, sizeof c) != 0 &&
	    !spool_recharge(j->jobs->with.spool, j->claim, c))
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "rename"),
		    LOG_J(j->claim->id), LOG_E(errno));
	if (again) {
		j->suspect = j->alone = false;
		j->jobs->sum.retries++;
	}
}

static bool job_space(void *arg, uint64_t *bytes, uint64_t *inodes)
{
	const struct job *j = arg;
	int fd = spool_output(j->jobs->with.spool, j->claim); /* unlinks the attempt's */

	if (fd == -1)
		return false;
	(void)close(fd);
	return spool_space(j->jobs->with.spool, bytes, inodes);
}

static void job_late(void *arg, const char *call, int error)
{
	job_set_back(arg, call, error);
}

static void job_ended(void *arg, int *output)
{
	struct job *j = arg;

	j->attempt = NULL;
	if (j->outcome.trouble == TROUBLE_CHANGED)
		job_return(j);
	else if (j->outcome.verdict == VERDICT_INFRASTRUCTURE)
		job_put_back(j);
	else if (j->outcome.verdict == VERDICT_DONE && j->outcome.listed)
		job_store_begin(j, output);
	else
		job_decide(j); /* a result has a name in tmp/ */
}

static const struct attempt_owner job_owner = {
	.unwinds = true,
	.named = true,
	.patience = { ATTEMPT_FOR_EVER, ATTEMPT_FOR_EVER, LATE_FIRST_MS, LATE_MOST_MS },
	.open = job_open,
	.changed = job_changed,
	.charge = job_charge,
	.late = job_late,
	.space = job_space,
	.ended = job_ended,
};

/* --- taking messages --- */

static void job_timer_due(evutil_socket_t fd, short what, void *arg)
{
	struct job *j = arg;

	(void)fd;
	(void)what;
	if (j->state != JOB_PAUSED)
		return;
	if (j->anew)
		job_again(j);
	else
		job_settle(j);
}

static struct job *job_new(struct jobs *js, struct claim *claim, enum job_state state)
{
	struct job *j = calloc(1, sizeof *j);

	if (!j)
		return NULL;
	j->jobs = js;
	j->claim = claim;
	j->state = state;
	j->input = -1;
	j->since = clock_ms();
	j->timer = evtimer_new(js->with.base, job_timer_due, j);
	if (!j->timer) {
		free(j);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&js->in[state], j, link);
	js->count[state]++;
	return j;
}

static bool job_can_be_settled(const struct jobs *js)
{
	uint64_t large = janitor_large(js->with.janitor);
	uint64_t settling =
	    js->count[JOB_SETTLING] + attempt_queue_count(js->queue, ATTEMPT_UNWINDING);

	return large < LARGE_MAX && settling < SETTLING_MAX + large &&
	       janitor_unsynced(js->with.janitor) < SETTLING_BYTES;
}

bool jobs_take_more(const struct jobs *js)
{
	const struct jobs_with *with = &js->with;
	uint64_t most =
	    pool_workers(attempts_pool(with->attempts)) + with->config->spares;

	if (canary_holds(with->canary) &&
	    (!canary_wants_mail(with->canary) ||
		attempt_queue_count(js->queue, ATTEMPT_NEW) > 0))
		return false;
	return !js->draining && !js->held && !spool_away(js->with.spool) &&
	       !attempt_queue_alone(js->queue) && job_can_be_settled(js) &&
	       attempt_queue_count(js->queue, ATTEMPT_RETRY) < AGAIN_MAX &&
	       js->count[JOB_STORE] < STORES_MAX &&
	       attempt_queue_undecided(js->queue) + js->count[JOB_PAUSED] < most;
}

enum offer jobs_offer(void *arg, const char *sub, const char *name, bool moved_in)
{
	struct jobs *js = arg;
	struct claim *claim = NULL;
	int input = -1;

	if (!jobs_take_more(js))
		return OFFER_FULL;
	switch (spool_claim(js->with.spool, sub, name, moved_in, &claim, &input)) {
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
	struct job *j = job_new(js, claim, JOB_UNDER_WAY);
	if (j)
		j->input = input;
	else if (input != -1)
		(void)close(input);
	if (!j || !job_set_out(j, ATTEMPT_NEW)) { /* no memory: as if never taken */
		if (!spool_put_back(js->with.spool, claim))
			log_event(EVENT_MESSAGE_BACK, LOG_J(claim->id),
			    LOG_S("where", "active"));
		if (j)
			job_free(j);
		else
			claim_free(claim);
		return OFFER_LATER;
	}
	js->sum.claimed++;
	log_event(EVENT_MESSAGE_TAKEN, LOG_J(claim->id), LOG_S("folder", sub),
	    LOG_S("file", name));
	return OFFER_TAKEN;
}

/* --- what the last run left --- */

void jobs_found(void *arg, struct claim *claim)
{
	struct jobs *js = arg;
	bool marked = claim->mark != MARK_NONE;
	struct job *j = job_new(js, claim, marked ? JOB_SETTLING : JOB_PAUSED);

	if (!j)
		abort(); /* at start, before anything is in hand: nothing is lost by
			    trying again */
	/* A store that was listed once did not kill us; an item of it may have. */
	j->suspect = !marked && !claim->charges.waits && !job_store_is_begun(j);
	js->sum.claimed++;
}

/* Its turns alone are used up, or it sets out. */
static void job_recover(struct job *j)
{
	if (j->suspect && j->claim->charges.kills >= j->jobs->with.config->retry.kills) {
		j->outcome.verdict = VERDICT_KILLS;
		job_decide(j);
		return;
	}
	if (!job_set_out(j, j->suspect ? ATTEMPT_ALONE : ATTEMPT_RETRY))
		abort();
	job_move(j, JOB_UNDER_WAY);
}

void jobs_recover(struct jobs *js)
{
	struct job *j, *next;
	uint64_t suspects = 0;

	TAILQ_FOREACH (j, &js->in[JOB_PAUSED], link)
		suspects += j->suspect;
	if (js->count[JOB_SETTLING] + suspects > 0)
		log_event(EVENT_SPOOL_RECOVERED,
		    LOG_U("settled_now", js->count[JOB_SETTLING]),
		    LOG_U("suspects", suspects));
	for (j = TAILQ_FIRST(&js->in[JOB_SETTLING]); j; j = next) {
		next = TAILQ_NEXT(j, link);
		/* Its verdict was given and logged by the last run: VERDICT_NONE. */
		job_settle(j);
	}
	for (j = TAILQ_FIRST(&js->in[JOB_PAUSED]); j; j = next) {
		next = TAILQ_NEXT(j, link);
		job_recover(j);
	}
}

/* --- all of them --- */

static void job_reap(evutil_socket_t fd, short what, void *arg)
{
	struct jobs *js = arg;
	struct job *j;

	(void)fd;
	(void)what;
	latency_mark(js->with.base);
	while ((j = TAILQ_FIRST(&js->in[JOB_OVER])))
		job_free(j); /* NOLINT(clang-analyzer-unix.Malloc) */
	if (js->take_more && jobs_take_more(js))
		js->take_more(js->take_more_arg);
	if (js->drained && js->count[JOB_UNDER_WAY] + js->count[JOB_STORE] +
				   js->count[JOB_PAUSED] + js->count[JOB_SETTLING] ==
			       0) {
		void (*drained)(void *) = js->drained;
		js->drained = NULL;
		drained(js->drained_arg);
	}
}

struct jobs *jobs_new(const struct jobs_with *with)
{
	struct jobs *js = calloc(1, sizeof *js);

	if (!js)
		return NULL;
	for (int s = 0; s < JOB_STATES; s++)
		TAILQ_INIT(&js->in[s]);
	js->with = *with;
	js->reap = event_new(with->base, -1, 0, job_reap, js);
	js->queue = attempts_queue(with->attempts, &job_owner);
	js->stores = job_stores_new(js);
	if (!js->reap || !js->queue || !js->stores) {
		jobs_free(js);
		return NULL;
	}
	return js;
}

void jobs_free(struct jobs *js)
{
	if (!js)
		return;
	job_stores_free(js->stores);
	for (int s = 0; s < JOB_STATES; s++)
		while (!TAILQ_EMPTY(&js->in[s]))
			/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
			job_free(TAILQ_FIRST(&js->in[s]));
	if (js->reap)
		event_free(js->reap);
	free(js);
}

void jobs_hurry(struct jobs *js)
{
	struct job *j;

	TAILQ_FOREACH (j, &js->in[JOB_PAUSED], link) {
		j->troubles = 0;
		timer_start(j->timer, 0);
	}
	event_active(js->reap, 0, 0);
}

void jobs_on_take_more(struct jobs *js, void (*take_more)(void *), void *arg)
{
	js->take_more = take_more;
	js->take_more_arg = arg;
}

/* Asked to stop, the service is soon killed by whoever has no patience: no fault of what
 * runs now. On disk it only waits to be tried again, and is no suspect at the next start.
 */
static void job_absolve(struct job *j)
{
	struct charges c = j->claim->charges;

	if (j->alone)
		c.kills--;
	c.waits = 1;
	j->alone = j->suspect = false;
	if (!spool_recharge(j->jobs->with.spool, j->claim, c))
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "rename"),
		    LOG_J(j->claim->id), LOG_E(errno));
}

void jobs_drain(struct jobs *js, void (*drained)(void *), void *arg)
{
	struct job *j, *next;

	js->draining = true;
	js->drained = drained;
	js->drained_arg = arg;
	attempt_queue_drain(js->queue);
	job_stores_drain(js->stores);
	/* What is left has a worker, or had one whose stack is being unwound. */
	TAILQ_FOREACH (j, &js->in[JOB_UNDER_WAY], link)
		job_absolve(j);
	for (j = TAILQ_FIRST(&js->in[JOB_PAUSED]); j; j = next) {
		next = TAILQ_NEXT(j, link);
		(void)evtimer_del(j->timer);
		if (j->anew)
			job_put_back(j);
		else
			job_settle(j);
	}
	event_active(js->reap, 0, 0);
}

/* --- what operators do with one --- */

static struct job *jobs_find(const struct jobs *js, uint64_t id)
{
	struct job *j;

	for (int s = 0; s < JOB_OVER; s++)
		TAILQ_FOREACH (j, &js->in[s], link)
			if (j->claim->id == id)
				return j;
	return NULL;
}

bool jobs_withdraw(struct jobs *js, uint64_t id)
{
	struct job *j = js->draining ? NULL : jobs_find(js, id);
	struct job_item *i = j || js->draining ? NULL : job_stores_find(js->stores, id);

	if (i)
		job_item_withdraw(i);
	if (!j)
		return i != NULL;
	j->awaited = true;
	if (j->state == JOB_STORE && j->store) {
		job_store_withdraw(j->store);
	} else if (j->state == JOB_UNDER_WAY && j->attempt) {
		attempt_withdraw(j->attempt);
	} else if (j->state == JOB_STORE || (j->state == JOB_PAUSED && j->anew)) {
		(void)evtimer_del(j->timer);
		outcome_without_worker(
		    &j->outcome, VERDICT_WITHDRAWN, verdict_row(VERDICT_WITHDRAWN)->text);
		job_decide(j);
	}
	return true;
}

void jobs_on_withdrawn(struct jobs *js, void (*withdrawn)(void *, uint64_t), void *arg)
{
	js->withdrawn = withdrawn;
	js->withdrawn_arg = arg;
}

int jobs_fetch(const struct jobs *js, uint64_t id, uint64_t *bytes)
{
	const struct job *j = jobs_find(js, id);
	const struct job_item *i = j ? NULL : job_stores_find(js->stores, id);
	const char *why;
	struct stat st = { 0 };

	if (i)
		return job_item_fetch(i, bytes);
	errno = ENOENT;
	int fd = j ? spool_input(js->with.spool, j->claim, &st, &why) : -1;
	*bytes = (uint64_t)st.st_size;
	return fd;
}

const struct burials *jobs_burials(const struct jobs *js)
{
	return &js->burials;
}

void jobs_buried(struct jobs *js, const struct claim *claim, const struct outcome *o)
{
	burials_add(&js->burials, claim, o);
}

void jobs_hold(struct jobs *js, bool held)
{
	js->held = held;
	job_stores_feed(js->stores);
}

bool jobs_held(const struct jobs *js)
{
	return js->held;
}

void jobs_each(const struct jobs *js, attempt_see_fn *see, void *arg)
{
	static const char *const names[JOB_STATES] = {
		[JOB_PAUSED] = "late", [JOB_SETTLING] = "settling"
	};
	uint64_t now = clock_ms();
	const struct job *j;

	for (int s = JOB_PAUSED; s <= JOB_SETTLING; s++)
		TAILQ_FOREACH (j, &js->in[s], link)
			see(arg,
			    &(struct attempt_view){ j->claim, &j->outcome, NULL, names[s],
				j->bytes, now - j->since + j->claim->waited_ms });
	TAILQ_FOREACH (j, &js->in[JOB_STORE], link)
		job_store_see(j, see, arg);
}

/* Messages, and items of stores. */
static unsigned jobs_count(const struct jobs *js, enum attempt_state state)
{
	return attempt_queue_count(js->queue, state) +
	       attempt_queue_count(js->stores->queue, state);
}

struct jobs_counts jobs_counts(const struct jobs *js)
{
	struct jobs_counts c = js->sum;

	c.waiting = jobs_count(js, ATTEMPT_NEW);
	c.running = jobs_count(js, ATTEMPT_RUNNING);
	c.late = jobs_count(js, ATTEMPT_LATE) + js->count[JOB_PAUSED];
	c.paused = c.late + jobs_count(js, ATTEMPT_RETRY);
	c.settling = jobs_count(js, ATTEMPT_UNWINDING) + js->count[JOB_SETTLING];
	c.suspects = jobs_count(js, ATTEMPT_ALONE);
	c.stores = js->count[JOB_STORE];
	return c;
}

const struct setback *jobs_setback(const struct jobs *js)
{
	return &js->setback;
}

uint64_t jobs_oldest_ms(const struct jobs *js)
{
	uint64_t now = clock_ms(), oldest = now;
	const struct job *j;

	/* Of a store it is told when an item of it ended last: it may take days. */
	for (int s = 0; s < JOB_OVER; s++)
		TAILQ_FOREACH (j, &js->in[s], link) {
			uint64_t since = j->store ? j->store->moved : j->since;
			oldest = since < oldest ? since : oldest;
		}
	return now - oldest;
}
