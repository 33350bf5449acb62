/* SPDX-License-Identifier: ISC */
#include "service/breaker.h"

#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/timer.h"
#include "log/log.h"

enum { FIRST_MS = 1000, MOST_MS = 60000, ANY_AFTER_MS = 1000, WINDOW_MAX = 1000 };

struct breaker {
	breaker_due_fn *due;
	void *arg;
	struct event *timer;
	uint64_t window, share;
	bool crashed[WINDOW_MAX]; /* a ring of the last window messages */
	uint64_t next, counted, crashes;
	enum { CLOSED, PAUSE, OWN_DUE, OWN, MAIL_DUE, MAIL } state;
	uint64_t pause, canaries;
	bool asked; /* for the canary that is due */
};

static void breaker_forget(struct breaker *b)
{
	b->next = b->counted = b->crashes = 0;
}

static void breaker_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct breaker *b = arg;
	bool any = b->state == MAIL_DUE && b->asked; /* nobody else has come since */

	(void)fd;
	(void)what;
	if (b->state == PAUSE)
		b->state = OWN_DUE;
	b->asked = true;
	timer_start(b->timer, ANY_AFTER_MS);
	b->due(b->arg, any);
}

struct breaker *breaker_new(struct event_base *base, breaker_due_fn *due, void *arg)
{
	struct breaker *b = calloc(1, sizeof *b);

	if (!b)
		return NULL;
	b->due = due;
	b->arg = arg;
	b->timer = evtimer_new(base, breaker_on_timer, b);
	if (!b->timer) {
		free(b);
		return NULL;
	}
	return b;
}

void breaker_free(struct breaker *b)
{
	if (!b)
		return;
	event_free(b->timer);
	free(b);
}

static void close_it(struct breaker *b)
{
	b->state = CLOSED;
	(void)evtimer_del(b->timer);
	breaker_forget(b);
	log_event(EVENT_BREAKER_CLOSED, LOG_U("canaries", b->canaries));
}

static void open_it(struct breaker *b)
{
	log_event(EVENT_BREAKER_OPEN, LOG_U("crashed", b->crashes),
	    LOG_U("of", b->window), LOG_U("canary_in_ms", FIRST_MS));
	b->state = PAUSE;
	b->pause = FIRST_MS;
	b->canaries = 0;
	timer_start(b->timer, b->pause);
}

void breaker_set(struct breaker *b, uint64_t window, uint64_t share)
{
	assert(window <= WINDOW_MAX);
	if (window != b->window)
		breaker_forget(b);
	b->window = window;
	b->share = share;
	if (window == 0 && b->state != CLOSED)
		close_it(b);
}

void breaker_count(struct breaker *b, bool crashed)
{
	if (b->window == 0 || b->state != CLOSED)
		return;
	if (b->counted == b->window)
		b->crashes -= b->crashed[b->next];
	else
		b->counted++;
	b->crashed[b->next] = crashed;
	b->crashes += crashed;
	b->next = (b->next + 1) % b->window;
	if (b->counted == b->window && b->crashes * 100 > b->share * b->window)
		open_it(b);
}

void breaker_begun(struct breaker *b)
{
	assert(b->state == OWN_DUE || b->state == MAIL_DUE);
	b->state = b->state == OWN_DUE ? OWN : MAIL;
	b->canaries++;
	(void)evtimer_del(b->timer);
}

/* Not yet: once more after a pause, which only a broken build makes longer. */
static void pause_more(struct breaker *b, enum canary_end how)
{
	if (b->state == MAIL)
		b->pause = FIRST_MS;
	else if (how == CANARY_CRASHED)
		b->pause = b->pause * 2 < MOST_MS ? b->pause * 2 : MOST_MS;
	log_event(EVENT_BREAKER_CANARY,
	    LOG_S("canary", b->state == MAIL ? "of the queue" : "our own"),
	    LOG_B("crashed", how == CANARY_CRASHED), LOG_U("canaries", b->canaries),
	    LOG_U("again_in_ms", b->pause));
	b->state = PAUSE;
	timer_start(b->timer, b->pause);
}

void breaker_ended(struct breaker *b, enum canary_end how)
{
	if (b->state != OWN && b->state != MAIL)
		return;
	if (how != CANARY_LIVED) {
		pause_more(b, how);
	} else if (b->state == MAIL) {
		close_it(b);
	} else {
		/* From the loop: the worker that told this end is not to be given
		 * another message before it is heard out. */
		b->state = MAIL_DUE;
		b->asked = false;
		timer_start(b->timer, 0);
	}
}

bool breaker_is_open(const struct breaker *b)
{
	return b->state != CLOSED;
}

bool breaker_wants_own(const struct breaker *b)
{
	return b->state == OWN_DUE;
}

bool breaker_wants_mail(const struct breaker *b)
{
	return b->state == MAIL_DUE;
}

void breaker_hurry(struct breaker *b)
{
	b->pause = FIRST_MS;
	if (b->state == PAUSE)
		timer_start(b->timer, FIRST_MS);
}
