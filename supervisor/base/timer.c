/* SPDX-License-Identifier: ISC */
#include "base/timer.h"

#include <event2/event.h>

struct timeval timer_value(uint64_t ms)
{
	return (struct timeval){ .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };
}

void timer_start(struct event *timer, uint64_t ms)
{
	const struct timeval in = timer_value(ms);

	(void)event_add(timer, &in);
}

uint64_t timer_backoff(uint64_t first_ms, uint64_t most_ms, unsigned failures)
{
	uint64_t ms = first_ms;

	while (failures-- > 0 && ms < most_ms)
		ms *= 2;
	return ms < most_ms ? ms : most_ms;
}
