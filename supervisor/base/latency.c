/* SPDX-License-Identifier: ISC */
#include "base/latency.h"

#include <event2/event.h>
#include <stdbool.h>
#include <sys/time.h>

#include "base/metrics.h"

static struct latency latency;
static struct timeval begun; /* this turn, 0: nothing marked it */

void latency_mark(struct event_base *base)
{
	/* libevent reads the clock once when the kernel has answered. */
	if (begun.tv_sec == 0)
		(void)event_base_gettimeofday_cached(base, &begun);
}

static void latency_count(void)
{
	struct timeval now, took;

	(void)evutil_gettimeofday(&now, NULL);
	evutil_timersub(&now, &begun, &took);
	begun.tv_sec = 0;
	if (took.tv_sec < 0 || took.tv_sec > 3600) /* the clock was set */
		return;
	uint64_t us = (uint64_t)took.tv_sec * 1000000 + (uint64_t)took.tv_usec;
	latency.counted++;
	times_add(TIMES_LOOP, us);
	latency.over_10ms += us > 10000;
	latency.over_100ms += us > 100000;
	if (us > latency.longest_us)
		latency.longest_us = us;
}

void latency_loop(struct event_base *base)
{
	while (event_base_loop(base, EVLOOP_ONCE) == 0) {
		if (begun.tv_sec != 0)
			latency_count();
		if (event_base_got_break(base) || event_base_got_exit(base))
			return;
	}
}

struct latency latency_so_far(void)
{
	return latency;
}
