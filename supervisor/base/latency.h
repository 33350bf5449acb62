/* SPDX-License-Identifier: ISC */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdint.h>

struct event_base;

/*
 * How long the loop's turns take: from the moment at which the kernel had news for it to
 * the end of all that it did with them. A turn is seen if anything in it said so.
 */
struct latency {
	uint64_t counted, over_10ms, over_100ms, longest_us;
};

/* From any callback: this turn has something to do. */
void latency_mark(struct event_base *);

/* Run the loop until it is broken. */
void latency_loop(struct event_base *);

struct latency latency_so_far(void);

#endif
