/* SPDX-License-Identifier: ISC */
/*
 * Time zones: definitions and the structures of before, any bytes, by the first one's
 * choice; what was read is asked for every kind of time, and written.
 *
 * Covers: worker/format/ical/zone.c worker/codec/content_line.c
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "codec/content_line.h"
#include "format/ical/zone.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(16UL << 20);
	struct zone z;

	if (size == 0)
		return 0;
	struct span in = span_over(data + 1, size - 1);
	struct content_line l = { .to = sink_memory(arena) };
	if (data[0] & 1 ? zone_from_definition(arena, in, &z)
			: zone_from_struct(arena, in, &z)) {
		zone_write(&l, &z);
		if (sink_length(l.to) > 4 * size + 1024)
			abort();
		for (int64_t t = -400000000; t < 4000000000; t += 86400 * 251 + 1) {
			int64_t local = zone_local(&z, t);
			if (local - t > 48 * 3600 || t - local > 48 * 3600)
				abort();
			(void)zone_utc(&z, local);
		}
	}
	arena_reset(arena);
	return 0;
}
