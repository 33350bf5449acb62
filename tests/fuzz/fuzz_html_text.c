/* SPDX-License-Identifier: ISC */
/*
 * HTML to text: any bytes; the text is no longer than they are (numbers of items: a
 * quarter), and no byte of it is a control character that was not there.
 *
 * Covers: worker/codec/html_text.c worker/codec/html_refs.c worker/codec/html_space.c
 *   worker/codec/html_rules.c
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "codec/html_text.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(64UL << 20);

	struct sink *to = sink_memory(arena);
	html_text(arena, span_over(data, size), to);
	if (sink_length(to) > size + 16)
		abort();
	to = sink_memory(arena);
	html_text_readable(arena, span_over(data, size), to);
	if (sink_length(to) > size + size / 4 + 16)
		abort();
	arena_reset(arena);
	return 0;
}
