/* SPDX-License-Identifier: ISC */
#ifndef TIMER_H
#define TIMER_H

#include <stdint.h>
#include <sys/time.h>

struct event;

/* Milliseconds as libevent and sockets want them. */
struct timeval timer_value(uint64_t ms);

/* The event comes in so many milliseconds, instead of when it was to come before. */
void timer_start(struct event *, uint64_t ms);

/* The pause after so many failures in a row (0: the first): it doubles each time. */
uint64_t timer_backoff(uint64_t first_ms, uint64_t most_ms, unsigned failures);

#endif
