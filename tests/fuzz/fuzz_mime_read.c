/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a mail, whether they look like one or not: read as a message object,
 * shown, and written as a mail again. A reader never refuses, and output does not grow
 * without bound.
 *
 * Covers: worker/format/mime/read/ worker/format/mime/syntax/words.c
 * worker/format/mime/syntax/scan.c
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "fuzz_ground.h"
#include "message/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 1 << 30, GROWTH = 64, LEAST = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(MEMORY);

	const struct format *mime = format_by_name("mime");
	struct convert c = { .arena = arena,
		.in = span_over(data, size),
		.out = sink_memory(arena),
		.scratch = -1 };
	notes_init(&c.notes, arena);
	const struct message *m = mime->read(&c);
	if (!m && !c.refused)
		abort();
	if (!m) {
		arena_reset(arena);
		return 0;
	}
	struct sink *dump = sink_memory(arena);
	message_dump(m, dump, NULL);
	if (!mime->write(&c, m) || sink_length(c.out) == 0)
		abort();
	if (sink_length(dump) + sink_length(c.out) > LEAST + GROWTH * size)
		abort();
	arena_reset(arena);
	return 0;
}
