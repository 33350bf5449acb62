/* SPDX-License-Identifier: ISC */
/*
 * TNEF: any bytes; every field is read by a dump, which must not outgrow its input.
 *
 * Covers: worker/format/tnef/ worker/message/
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "format/format.h"
#include "message/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	MEMORY = 256 << 20,
	/* A named property of four bytes' value is a line of 120; levels indent it. */
	GROWTH = 64,
	NOTES = 256 * 1024, /* LIMIT_NOTES of them, each a few hundred bytes */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	const char *missing = NULL;

	if (!arena) {
		if (!text_init(&missing) || !format_init(&missing))
			abort();
		arena = arena_new(MEMORY);
	}
	struct convert c = { .arena = arena, .in = span_over(data, size), .scratch = -1 };
	notes_init(&c.notes, arena);
	const struct message *m = format_by_name("tnef")->read(&c);
	if (m) {
		struct sink *out = sink_memory(arena);
		message_dump(m, out, NULL);
		if (sink_length(out) > GROWTH * size + NOTES)
			abort();
	} else if (!c.refused)
		abort();
	arena_reset(arena);
	return 0;
}
