/* SPDX-License-Identifier: ISC */
/*
 * Any bytes that are read as a message object, taken out as text, JSON and files: what
 * is told of as items is the output, byte for byte.
 *
 * Covers: worker/format/export/
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t told;

static void on_item(void *arg, const char *kind, const char *name, uint64_t length)
{
	(void)arg;
	if (!*kind || !name)
		abort();
	told += length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const targets[] = { "text", "json", "attachments",
		"json-files" };
	struct arena *arena = fuzz_arena(512UL << 20);

	for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		struct convert c = { .arena = arena,
			.in = span_over(data, size),
			.out = sink_memory(arena),
			.scratch = -1,
			.tell_item = on_item };
		notes_init(&c.notes, arena);
		told = 0;
		bool ok = format_convert(&c, targets[i]);
		if (ok && told != (i < 2 ? 0 : sink_length(c.out)))
			abort();
		arena_reset(arena);
	}
	return 0;
}
