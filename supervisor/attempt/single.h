/* SPDX-License-Identifier: ISC */
#ifndef SINGLE_H
#define SINGLE_H

#include <stdbool.h>

#include "attempt/attempt.h"

/*
 * An engine for commands that have one message in hand at a time: a pool of one worker,
 * which stays for the next message, and the loop.
 */
struct single;

enum { SINGLE_WHY = 400 };

/* config is changed: one worker and no spare. It and the owner must outlive this. NULL:
 * errno. */
struct single *single_new(struct config *, const struct attempt_owner *);
void single_free(struct single *); /* NULL is fine */

/* One message from attempt_add to its end, of which the owner hears. False: it has not
 * come to that, and why says why, in one line. Of no engine (NULL): by errno. */
bool single_run(struct single *, struct claim *, struct outcome *, void *arg,
    char why[SINGLE_WHY]) __attribute__((warn_unused_result));

/* No worker ever became ready. */
bool single_is_hopeless(const struct single *);

#endif
