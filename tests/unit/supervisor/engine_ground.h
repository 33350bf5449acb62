/* SPDX-License-Identifier: ISC */
#ifndef ENGINE_GROUND_H
#define ENGINE_GROUND_H

/* Ground for tests of messages on their way: a loop, an engine with its pool, and
 * stub-worker, which does what a message's text (or the order's target) names. */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt/attempt.h"
#include "base/clock.h"
#include "log/log.h"

struct engine {
	struct event_base *base;
	struct config *config;
	struct reaper *reaper;
	struct attempts *attempts;
	unsigned turns;
	char hopeless[256];
	char gate[64]; /* "gate" messages end once this is there */
};

static __attribute__((unused)) void engine_turned(void *arg)
{
	((struct engine *)arg)->turns++;
}

static __attribute__((unused)) void engine_hopeless(void *arg, const char *why)
{
	struct engine *e = arg;

	(void)snprintf(e->hopeless, sizeof e->hopeless, "%s", why);
}

/* Beside the test's own program. */
static __attribute__((unused)) char *engine_worker(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 32);

	cr_assert_gt(n, 0);
	self[n] = 0;
	(void)strcpy(strrchr(self, '/') + 1, "stub-worker");
	return strdup(self);
}

/* Defaults, but hasty; the engine comes with engine_open. */
static __attribute__((unused)) void engine_new(struct engine *e)
{
	char *none[] = { NULL };

	log_quiet();
	*e = (struct engine){ .base = event_base_new() };
	e->config = config_load(NULL, none, NULL, 0, stderr);
	cr_assert(e->base && e->config);
	free(e->config->worker.program);
	e->config->worker.program = engine_worker();
	e->config->workers = 2;
	e->config->spares = 1;
	e->config->retry.delay = 50;
	e->config->limits.output = 1 << 20;
	e->config->intake.min_free = 0;
	(void)snprintf(e->gate, sizeof e->gate, "/tmp/bulkhead-gate-%ld", (long)getpid());
	(void)unlink(e->gate);
	(void)setenv("BULKHEAD_CHAOS_GATE", e->gate, 1);
	(void)unsetenv("BULKHEAD_CHAOS_START");
	(void)unsetenv("BULKHEAD_CHAOS_STAY");
}

static __attribute__((unused)) void engine_open(struct engine *e)
{
	static const struct attempts_calls calls = { engine_turned, engine_hopeless };

	e->reaper = reaper_new(e->base);
	cr_assert(e->reaper);
	e->attempts = attempts_new(e->base, e->config, e->reaper, &calls, e);
	cr_assert(e->attempts);
}

static __attribute__((unused)) void engine_open_gate(const struct engine *e)
{
	FILE *f = fopen(e->gate, "w");

	cr_assert(f);
	(void)fclose(f);
}

static __attribute__((unused)) void engine_free(struct engine *e)
{
	(void)unlink(e->gate);
	attempts_free(e->attempts);
	reaper_free(e->reaper);
	event_base_free(e->base);
	config_free(e->config);
}

static __attribute__((unused)) void engine_turn(struct engine *e)
{
	const struct timeval tick = { .tv_usec = 5000 };

	(void)event_base_loopexit(e->base, &tick);
	(void)event_base_dispatch(e->base);
}

/* Let the loop run until it is so; only a hang takes as long as the limit. */
#define ENGINE_UNTIL(e, condition) \
	do { \
		uint64_t begun = clock_ms(); \
		while (!(condition)) { \
			cr_assert_lt( \
			    clock_ms() - begun, 60000, "never: %s", #condition); \
			engine_turn(e); \
		} \
	} while (0)

#endif
