/* SPDX-License-Identifier: ISC */
#include "dead/dead_scribe.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/attempt.h"
#include "attempt/descriptors.h"
#include "base/reaper.h"
#include "log/log.h"

struct dead_scribe {
	struct config config; /* as given, but for a pool of one */
	struct event_base *base;
	struct reaper *reaper;
	struct attempts *attempts;
	struct attempt_queue *queue;

	/* The report in hand. */
	int message, written;
	uint64_t size;
	Bulkhead__Notice *notice;
	struct claim claim;
	struct outcome outcome;
	char trouble[256];
};

static enum attempt_opened dead_scribe_open(
    void *arg, struct pool_order *order, const char **why)
{
	struct dead_scribe *s = arg;

	order->to = "mime";
	order->input_size = s->size;
	order->notice = s->notice;
	return descriptors_memory(order, why, s->message);
}

static void dead_scribe_ended(void *arg, int *output)
{
	struct dead_scribe *s = arg;
	const struct outcome *o = &s->outcome;

	if (verdict_row(o->verdict)->good) {
		s->written = *output;
		*output = -1;
	} else {
		(void)snprintf(s->trouble, sizeof s->trouble,
		    "no report could be written: %s%s%s", verdict_row(o->verdict)->text,
		    o->reason ? ": " : "", o->reason ? o->reason : "");
	}
	(void)event_base_loopbreak(s->base);
}

static void dead_scribe_turned(void *arg)
{
	(void)arg; /* one after the other */
}

static void dead_scribe_hopeless(void *arg, const char *why)
{
	struct dead_scribe *s = arg;

	(void)snprintf(s->trouble, sizeof s->trouble, "no worker would start: %s", why);
	(void)event_base_loopbreak(s->base);
}

struct dead_scribe *dead_scribe_new(const struct config *config)
{
	struct dead_scribe *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->config = *config;
	s->config.workers = 1;
	s->config.spares = 0;
	s->config.limits.input = 0; /* of what the service takes */
	return s;
}

void dead_scribe_free(struct dead_scribe *s)
{
	if (!s)
		return;
	attempts_free(s->attempts);
	reaper_free(s->reaper);
	if (s->base)
		event_base_free(s->base);
	outcome_clear(&s->outcome);
	free(s);
}

static bool dead_scribe_start(struct dead_scribe *s)
{
	static const struct attempts_calls calls = { dead_scribe_turned,
		dead_scribe_hopeless };
	static const struct attempt_owner owner = { .source = "return",
		.once = true,
		.open = dead_scribe_open,
		.ended = dead_scribe_ended };

	if (s->queue)
		return true;
	log_open(LOG_TEXT, LOG_ERROR, 0);
	if (!s->base)
		s->base = event_base_new();
	if (s->base && !s->reaper)
		s->reaper = reaper_new(s->base);
	if (s->reaper && !s->attempts)
		s->attempts = attempts_new(s->base, &s->config, s->reaper, &calls, s);
	if (s->attempts)
		s->queue = attempts_queue(s->attempts, &owner);
	return s->queue;
}

bool dead_scribe_write(struct dead_scribe *s, int message, Bulkhead__Notice *notice,
    int *to, const char **trouble)
{
	struct stat st = { 0 };
	int nothing = message == -1 ? memfd_create("nothing", MFD_CLOEXEC) : -1;

	outcome_clear(&s->outcome);
	s->message = message == -1 ? nothing : message;
	s->notice = notice;
	s->written = -1;
	s->claim = (struct claim){ .id = notice->id };
	(void)snprintf(s->trouble, sizeof s->trouble, "no report could be written");
	if (fstat(s->message, &st) == 0)
		s->size = (uint64_t)st.st_size;
	if (s->message == -1 || !dead_scribe_start(s) ||
	    !attempt_add(s->queue, ATTEMPT_NEW, &s->claim, &s->outcome, s))
		(void)snprintf(s->trouble, sizeof s->trouble,
		    "no worker can be started: %s", strerror(errno));
	else
		(void)event_base_dispatch(s->base);
	if (nothing != -1)
		(void)close(nothing);
	*to = s->written;
	*trouble = s->trouble;
	return s->written != -1;
}
