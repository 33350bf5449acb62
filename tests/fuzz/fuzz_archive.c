/* SPDX-License-Identifier: ISC */
/*
 * Archives: any bytes are listed, and each item lies where its file is: in the input, or
 * in what was unpacked.
 *
 * Covers: worker/format/archive/
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_archive_entry(void *arg, const struct entry *e)
{
	const struct convert *c = arg;
	uint64_t most = e->place.unpacked ? sink_length(c->unpacked) : c->in.len;

	if (e->place.store > most || e->place.store_bytes > most - e->place.store)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(512UL << 20);

	struct convert c = { .arena = arena,
		.in = span_over(data, size),
		.out = sink_memory(arena),
		.scratch = -1,
		.stores = true,
		.tell_entry = fuzz_archive_entry,
		.arg = &c };
	notes_init(&c.notes, arena);
	const struct format *f = format_probe(c.in);
	if (f && f->each && !format_convert(&c, "mime") && !c.refused)
		abort();
	arena_reset(arena);
	return 0;
}
