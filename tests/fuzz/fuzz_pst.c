/* SPDX-License-Identifier: ISC */
/*
 * Outlook's stores, all layers: any bytes are listed, and the first messages are read.
 * The lower layers have their own: fuzz_ndb, fuzz_ltp.
 *
 * Covers: worker/format/pst/
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "fuzz_ground.h"
#include "message/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ITEMS_MOST = 16 };

struct fuzz_store {
	uint64_t items[ITEMS_MOST];
	unsigned count;
};

static void fuzz_pst_entry(void *arg, const struct entry *e)
{
	struct fuzz_store *s = arg;

	if (s->count < ITEMS_MOST)
		s->items[s->count++] = e->place.at;
}

static void fuzz_pst_convert(
    struct arena *a, struct span in, struct fuzz_store *s, const struct store_place *item)
{
	struct convert c = { .arena = a,
		.in = in,
		.out = sink_memory(a),
		.scratch = -1,
		.stores = true,
		.item = item,
		.tell_entry = fuzz_pst_entry,
		.arg = s };

	notes_init(&c.notes, a);
	if (!format_convert(&c, item ? "dump" : "mime") && !c.refused)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(512UL << 20);
	struct fuzz_store s = { .count = 0 };
	struct span in = span_over(data, size);

	if (format_begins(FORMATS_PST, in))
		fuzz_pst_convert(arena, in, &s, NULL);
	for (unsigned i = 0; i < s.count; i++) {
		const struct store_place item = {
			.format = "pst", .store_bytes = size, .at = s.items[i]
		};
		arena_reset(arena);
		fuzz_pst_convert(arena, in, &s, &item);
	}
	arena_reset(arena);
	return 0;
}
