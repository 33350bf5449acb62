/* SPDX-License-Identifier: ISC */
#include "service/canary.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attempt/descriptors.h"
#include "service/breaker.h"

struct canary {
	const struct config *config;
	struct attempts *attempts;
	struct attempt_queue *queue;
	struct breaker *breaker;
	bool any; /* a message that has failed before will do */
	/* Our own message. */
	struct attempt *attempt; /* NULL: not on its way */
	struct claim claim;
	struct outcome outcome;
	char none[1];
};

/* Plain text, and a winmail.dat with a subject, a body and an attachment. */
static const char mail[] =
    "From: canary@example.org\r\n"
    "To: canary@example.org\r\n"
    "Subject: Canary\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=canary\r\n"
    "\r\n"
    "--canary\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "\r\n"
    "One, two.\r\n"
    "--canary\r\n"
    "Content-Type: application/ms-tnef; name=winmail.dat\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "\r\n"
    "eJ8+IgEAAQaQCAAEAAAAAAABAAEAAQeQBgAIAAAA5AQAAAAAAADoAAEIgAcAGAAA\r\n"
    "AElQTS5NaWNyb3NvZnQgTWFpbC5Ob3RlADEIAQCAAAAqAAAABAAqAAQAFgBBbm4A\r\n"
    "U01UUDphbm5AZXhhbXBsZS5vcmcAAAAAAAAAAAAAwggBBIABAAcAAABDYW5hcnkA\r\n"
    "XgIBBYADAA4AAADoBwYAAQAMAAAAAAAGAAgBAQyAAgAMAAAAT25lLCB0d28uDQoA\r\n"
    "DQMCApAGAA4AAAABAP////8AAAAAAAAAAP0DAhCAAQAGAAAAYS50eHQA7wECD4AG\r\n"
    "AAcAAAB0aHJlZQ0KLwI=\r\n"
    "--canary--\r\n";

static enum canary_end canary_end_of(enum verdict v)
{
	const struct verdict_row *row = verdict_row(v);

	if (row->charge == CHARGE_CRASH)
		return CANARY_CRASHED;
	return row->good || v == VERDICT_REFUSED ? CANARY_LIVED : CANARY_TROUBLE;
}

/* --- our own message --- */

static enum attempt_opened canary_open(
    void *arg, struct pool_order *order, const char **why)
{
	const struct canary *c = arg;
	const size_t size = sizeof mail - 1;
	enum attempt_opened opened = ATTEMPT_TROUBLE;
	int fd = memfd_create("canary", MFD_CLOEXEC);

	*why = "make a file in memory";
	order->to = c->config->convert.to;
	order->input_size = size;
	if (fd != -1 && pwrite(fd, mail, size, 0) == (ssize_t)size)
		opened = descriptors_memory(order, why, fd);
	if (fd != -1)
		(void)close(fd);
	return opened;
}

static void canary_begun(void *arg)
{
	struct canary *c = arg;

	if (breaker_wants_own(c->breaker))
		breaker_begun(c->breaker);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the form of a call */
static void canary_ended(void *arg, int *output)
{
	struct canary *c = arg;

	(void)output;
	c->attempt = NULL;
	breaker_ended(c->breaker, canary_end_of(c->outcome.verdict));
}

static const struct attempt_owner canary_owner = {
	.source = "canary",
	.urgent = true,
	.once = true,
	.open = canary_open,
	.begun = canary_begun,
	.ended = canary_ended,
};

/* --- messages of the queues --- */

static enum schedule_hold canary_hold(void *arg)
{
	const struct canary *c = arg;
	bool open = breaker_is_open(c->breaker);

	pool_start_plainly(attempts_pool(c->attempts), open);
	if (!open)
		return HOLD_NOTHING;
	if (!breaker_wants_mail(c->breaker))
		return HOLD_ALL;
	return c->any ? HOLD_BUT_ONE : HOLD_BUT_NEW;
}

static void canary_trial_begun(void *arg)
{
	const struct canary *c = arg;

	breaker_begun(c->breaker);
}

/* Each message counts once; a retry of it says nothing new of the build. */
static void canary_attempted(void *arg, enum verdict v, bool first, bool trial)
{
	const struct canary *c = arg;

	if (trial)
		breaker_ended(c->breaker, canary_end_of(v));
	else if (first)
		breaker_count(c->breaker, canary_end_of(v) == CANARY_CRASHED);
}

static void canary_due(void *arg, bool any)
{
	struct canary *c = arg;

	c->any = any;
	if (breaker_wants_own(c->breaker) && !c->attempt)
		c->attempt =
		    attempt_add(c->queue, ATTEMPT_NEW, &c->claim, &c->outcome, c);
	attempts_turn(c->attempts);
}

struct canary *canary_new(
    struct event_base *base, const struct config *config, struct attempts *attempts)
{
	static const struct attempts_guard guard = { canary_hold, canary_trial_begun,
		canary_attempted };
	struct canary *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->config = config;
	c->attempts = attempts;
	c->claim = (struct claim){ .id = name_new_id(), .name = c->none, .sub = c->none };
	c->breaker = breaker_new(base, canary_due, c);
	c->queue = attempts_queue(attempts, &canary_owner);
	if (!c->breaker || !c->queue) {
		canary_free(c);
		return NULL;
	}
	canary_reload(c);
	attempts_guard(attempts, &guard, c);
	return c;
}

void canary_free(struct canary *c)
{
	if (!c)
		return;
	breaker_free(c->breaker);
	outcome_clear(&c->outcome);
	free(c);
}

void canary_reload(struct canary *c)
{
	breaker_set(c->breaker, c->config->breaker.window, c->config->breaker.share);
	breaker_hurry(c->breaker);
}

bool canary_holds(const struct canary *c)
{
	return breaker_is_open(c->breaker);
}

bool canary_wants_mail(const struct canary *c)
{
	return breaker_wants_mail(c->breaker);
}
