/* SPDX-License-Identifier: ISC */
#ifndef UNWIND_KNOWN_H
#define UNWIND_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attempt/unwind.h"

struct blackbox;

/*
 * The frames of the last stacks. In a flood of crashes most stacks are equal in all that
 * unwinding can read of them: the modules, and where in them or in the stack itself each
 * register and each word points, if it points there. Of equal ones one is unwound.
 */
struct trace; /* all that, of one stack */

/* NULL: no memory, or a stack that is not worth it. The caller frees it with free(). */
struct trace *trace_of(const struct blackbox *);
bool trace_equal(const struct trace *, const struct trace *); /* NULL equals nothing */

struct knowns;

struct knowns *knowns_new(void);
void knowns_free(struct knowns *); /* NULL is fine */

/* Remember an answer that is no failure. now: milliseconds of any steady clock. */
void knowns_add(struct knowns *, const struct trace *, const struct blackbox *,
    const struct unwind_answer *, uint64_t now);

/* The same frames with the addresses of this box. False: not known. */
bool knowns_find(struct knowns *, const struct trace *, const struct blackbox *,
    uint64_t now, struct unwind_answer *);

#endif
