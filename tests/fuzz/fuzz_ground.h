/* SPDX-License-Identifier: ISC */
#ifndef FUZZ_GROUND_H
#define FUZZ_GROUND_H

#include <stdlib.h>

#include "base/arena.h"
#include "base/text.h"
#include "format/format.h"

/* The arena of a target, made with all that a worker has ready before its first message.
 */
static inline struct arena *fuzz_arena(void)
{
	static struct arena *arena;
	const char *missing = NULL;

	if (!arena) {
		if (!text_init(&missing) || !format_init(&missing))
			abort();
		arena = arena_new(64UL << 20);
	}
	return arena;
}

#endif
