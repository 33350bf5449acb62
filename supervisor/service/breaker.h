/* SPDX-License-Identifier: ISC */
#ifndef BREAKER_H
#define BREAKER_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;

/*
 * The circuit breaker: tells a broken build from bad mail, and keeps the mail from it.
 *
 * Each message counts once, by its first attempt. When more than share percent of the
 * last window messages crashed their worker, the breaker opens: nothing new is begun.
 * After 1 s a message of our own is tried (canary.h). While that crashes, the build is
 * broken: it is tried again after 2 s, 4 s and so on up to 60 s, and no mail is touched.
 * When it lives, one message of the queue is tried, each second another one; the first
 * that does not crash closes the breaker, which then needs a whole window to open again.
 *
 * So bad mail alone can slow the service down, but not stop it: each bad one that is
 * tried is charged and out of the way after its retries, at one attempt a second.
 *
 * It decides when. Who the canary is, and what is held meanwhile, is canary.c's.
 */
struct breaker;

/* Called from the loop when a canary is due; again after a second while none was begun,
 * then with any: even one that has crashed before will do. */
typedef void breaker_due_fn(void *arg, bool any);

struct breaker *breaker_new(struct event_base *, breaker_due_fn *due, void *arg);
void breaker_free(struct breaker *); /* NULL is fine */

/* window 0: never opens, and closes when open. */
void breaker_set(struct breaker *, uint64_t window, uint64_t share);

/* A message's first attempt has ended. */
void breaker_count(struct breaker *, bool crashed);

/* The canary that was due was begun; it ended so. trouble: says nothing, try again. */
enum canary_end { CANARY_LIVED, CANARY_CRASHED, CANARY_TROUBLE };
void breaker_begun(struct breaker *);
void breaker_ended(struct breaker *, enum canary_end);

bool breaker_is_open(const struct breaker *);
/* Due, and not begun yet: our own message, or one of the queue. */
bool breaker_wants_own(const struct breaker *);
bool breaker_wants_mail(const struct breaker *);

/* The program or the configuration changed: try at once, and often again. */
void breaker_hurry(struct breaker *);

#endif
