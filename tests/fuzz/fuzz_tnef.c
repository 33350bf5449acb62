/* SPDX-License-Identifier: ISC */
/*
 * TNEF: any bytes; every field is read by a dump, which must not outgrow its input.
 *
 * Covers: worker/format/tnef/ worker/message/
 */
#include "base/arena.h"
#include "format/format.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(256UL << 20);
	struct convert c = { .arena = arena, .in = span_over(data, size), .scratch = -1 };

	(void)fuzz_read(&c, "tnef");
	arena_reset(arena);
	return 0;
}
