/* SPDX-License-Identifier: ISC */
#include "base/turns.h"

#include <event2/event.h>
#include <stdbool.h>
#include <sys/time.h>

static struct turns turns;
static struct timeval begun; /* this turn, 0: nothing marked it */

void turns_mark(struct event_base *base)
{
	/* libevent reads the clock once when the kernel has answered. */
	if (begun.tv_sec == 0)
		(void)event_base_gettimeofday_cached(base, &begun);
}

static void turns_count(void)
{
	struct timeval now, took;

	(void)evutil_gettimeofday(&now, NULL);
	evutil_timersub(&now, &begun, &took);
	begun.tv_sec = 0;
	if (took.tv_sec < 0 || took.tv_sec > 3600) /* the clock was set */
		return;
	uint64_t us = (uint64_t)took.tv_sec * 1000000 + (uint64_t)took.tv_usec;
	turns.counted++;
	turns.over_10ms += us > 10000;
	turns.over_100ms += us > 100000;
	if (us > turns.longest_us)
		turns.longest_us = us;
}

void turns_run(struct event_base *base)
{
	while (event_base_loop(base, EVLOOP_ONCE) == 0) {
		if (begun.tv_sec != 0)
			turns_count();
		if (event_base_got_break(base) || event_base_got_exit(base))
			return;
	}
}

struct turns turns_so_far(void)
{
	return turns;
}
