/* SPDX-License-Identifier: ISC */
/*
 * MacBinary: any bytes; the data fork lies within them, and the AppleDouble header grows
 * by no more than its own fixed parts.
 *
 * Covers: worker/format/mime/write/macbinary.c
 */
#include <stdlib.h>

#include "base/arena.h"
#include "format/mime/write/macbinary.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { FIXED = 1024 };
	struct arena *arena = fuzz_arena(64UL << 20);
	struct macbinary m;

	if (macbinary_read(arena, span_over(data, size), &m)) {
		if (m.data.len > size || m.header.len > size + FIXED)
			abort();
		if (m.data.len > 0 &&
		    (m.data.mem < data || m.data.mem + m.data.len > data + size))
			abort();
	}
	arena_reset(arena);
	return 0;
}
