/* SPDX-License-Identifier: ISC */
/*
 * Outlook messages: any bytes; every field is read by a dump, which must not outgrow its
 * input.
 *
 * What is an item is written as one, too.
 *
 * Covers: worker/format/msg/ worker/message/ worker/format/ical/ worker/format/vcard/
 */
#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "fuzz_ground.h"
#include "message/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(256UL << 20);
	struct convert c = { .arena = arena, .in = span_over(data, size), .scratch = -1 };
	static const char *const items[] = { "ical", "vcard", "vcard3" };
	const struct message *m = fuzz_read(&c, "msg");

	for (size_t i = 0; m && i < sizeof items / sizeof items[0]; i++) {
		c.out = sink_memory(arena);
		if (format_by_name(items[i])->write(&c, m))
			fuzz_grown(c.out, size);
	}
	arena_reset(arena);
	return 0;
}
