/* SPDX-License-Identifier: ISC */
#ifndef GROUND_H
#define GROUND_H

/*
 * What a unit test of the worker stands on: an arena, and formats made ready,
 * as the worker makes them at its start. For a suite's .init and .fini; one translation
 * unit each, everything is inline.
 */
#include <criterion/criterion.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "format/format.h"

static struct arena *arena;

static inline void ground_up(void)
{
	format_init();
	arena = arena_new(1UL << 30);
}

static inline void ground_down(void)
{
	arena_free(arena);
}

/* A conversion of these bytes: its result in memory, its notes kept, no scratch file. */
static inline struct convert *ground_convert(struct span in)
{
	struct convert *c = arena_alloc(arena, sizeof *c);

	*c = (struct convert){
		.arena = arena, .in = in, .scratch = -1, .out = sink_memory(arena)
	};
	notes_init(&c->notes, arena);
	return c;
}

#endif
