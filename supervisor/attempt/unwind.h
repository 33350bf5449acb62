/* SPDX-License-Identifier: ISC */
#ifndef UNWIND_H
#define UNWIND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/reaper.h"
#include "proto/unwind.h"

struct blackbox;
struct event_base;

/*
 * Asks bulkhead-unwind for the frames of a dead worker's stack: a few at once, the others
 * wait for a place, and of equal stacks all for the answer of one. UNWIND_WITHIN_MS after
 * its unwinder was started a question is over, answered or not. The answer is checked,
 * for what read a hostile stack may be hostile itself.
 */
enum { UNWIND_WITHIN_MS = 2000 };

struct unwind_frame {
	int module;       /* index into the box's table, -1: in none */
	uint64_t address; /* the machine's */
	char function[UNWIND_TEXT + 1], source[UNWIND_TEXT + 1]; /* "" not known */
};

struct unwind_answer {
	const char *failure; /* why there are no frames, NULL: there are; static text */
	unsigned count;
	struct unwind_frame frames[UNWIND_FRAMES];
};

typedef void unwind_done_fn(void *arg, const struct unwind_answer *);

struct unwinds;
struct unwind; /* one question */

struct unwinds *unwinds_new(struct event_base *); /* NULL: errno */
void unwinds_free(struct unwinds *);              /* forgets all; NULL is fine */

/* done is called once, from the loop, unless it is forgotten before. The box is copied.
 * NULL: no memory, or too many wait already. */
struct unwind *unwinds_ask(
    struct unwinds *, const struct blackbox *, unwind_done_fn *done, void *arg);
void unwind_forget(struct unwind *);

/* The frames in what an unwinder wrote, which may be anything: text is used up. */
void unwind_read(struct unwind_answer *, char *text);

reaper_family_fn unwinds_reaped; /* of a struct unwinds */

#endif
