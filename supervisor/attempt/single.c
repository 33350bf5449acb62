/* SPDX-License-Identifier: ISC */
#include "attempt/single.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reaper.h"

struct single {
	struct event_base *base;
	struct reaper *reaper;
	struct attempts *attempts;
	struct attempt_queue *queue;
	char hopeless[SINGLE_WHY]; /* why; "": it is not */
};

static void single_turned(void *arg)
{
	struct single *s = arg;

	if (attempts_in_hand(s->attempts) == 0)
		(void)event_base_loopbreak(s->base);
}

static void single_hopeless(void *arg, const char *why)
{
	struct single *s = arg;

	(void)snprintf(s->hopeless, sizeof s->hopeless, "no worker would start: %s", why);
	(void)event_base_loopbreak(s->base);
}

struct single *single_new(struct config *config, const struct attempt_owner *owner)
{
	static const struct attempts_calls calls = { single_turned, single_hopeless };
	struct single *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	config->workers = 1;
	config->spares = 0;
	s->base = event_base_new();
	if (s->base)
		s->reaper = reaper_new(s->base);
	if (s->reaper)
		s->attempts = attempts_new(s->base, config, s->reaper, &calls, s);
	if (s->attempts)
		s->queue = attempts_queue(s->attempts, owner);
	if (s->queue)
		return s;
	int saved = errno;
	single_free(s);
	errno = saved;
	return NULL;
}

void single_free(struct single *s)
{
	if (!s)
		return;
	attempts_free(s->attempts);
	reaper_free(s->reaper);
	if (s->base)
		event_base_free(s->base);
	free(s);
}

bool single_run(struct single *s, struct claim *claim, struct outcome *outcome, void *arg,
    char why[SINGLE_WHY])
{
	if (!s || !attempt_add(s->queue, ATTEMPT_NEW, claim, outcome, arg)) {
		(void)snprintf(
		    why, SINGLE_WHY, "cannot start a worker: %s", strerror(errno));
		return false;
	}
	(void)event_base_dispatch(s->base);
	memcpy(why, s->hopeless, SINGLE_WHY);
	return *why == '\0';
}

bool single_is_hopeless(const struct single *s)
{
	return s && *s->hopeless;
}
