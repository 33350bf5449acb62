/* SPDX-License-Identifier: ISC */
/*
 * Two texts, parted at the first NUL: a text says what it says itself, and what says all
 * of another is said where that one's words stand.
 *
 * Covers: worker/format/mime/syntax/shown.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "format/format.h"
#include "format/mime/syntax/shown.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(64UL << 20);
	struct convert c = { .arena = arena,
		.in = span_over(data, size),
		.out = sink_memory(arena),
		.scratch = -1 };
	notes_init(&c.notes, arena);
	const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
	size_t n = nul ? (size_t)(nul - data) : size;
	struct span text = span_over(data, n), other = span_over(data + n, size - n);
	struct shown shown = { .c = &c };

	shown_add(&shown, text);
	if (!shown_says(&shown, text) || !shown_within(&shown, text))
		abort();
	if (shown_any(&shown) && shown_within(&shown, other) &&
	    !(shown_add(&shown, other), shown_says(&shown, text)))
		abort();
	arena_reset(arena);
	return 0;
}
