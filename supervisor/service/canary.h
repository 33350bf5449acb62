/* SPDX-License-Identifier: ISC */
#ifndef CANARY_H
#define CANARY_H

#include <stdbool.h>

#include "attempt/attempt.h"

/*
 * What the circuit breaker (breaker.h) does to messages on their way: while it is open
 * all are held but its canaries. The first is a message of our own: a worker that cannot
 * convert it is of a broken build, whatever the mail is like. Its result is thrown away.
 * Those after it come from the queues.
 */
struct canary;

/* NULL: errno. To be freed after the engine. */
struct canary *canary_new(struct event_base *, const struct config *, struct attempts *);
void canary_free(struct canary *); /* NULL is fine */

/* The configuration was reloaded, and with it perhaps the worker. */
void canary_reload(struct canary *);

/* The breaker is open: but for a canary no message is begun. */
bool canary_holds(const struct canary *);
/* It waits for a message of the queues. */
bool canary_wants_mail(const struct canary *);

#endif
