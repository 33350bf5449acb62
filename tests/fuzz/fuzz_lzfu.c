/* SPDX-License-Identifier: ISC */
/*
 * Compressed RTF: any bytes; the output may grow about eightfold and no further.
 *
 * Covers: worker/codec/lzfu.c
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "codec/lzfu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct lzfu_result r;

	if (!arena)
		arena = arena_new(64UL << 20);
	if (lzfu_decode(arena, span_over(data, size), sink_memory(arena), &r)) {
		unsigned sum = 0;
		if (r.rtf.len > 9UL * size)
			abort();
		for (uint64_t i = 0; i < r.rtf.len; i++) /* every byte must be there */
			sum += r.rtf.mem[i];
		if (sum == 1 && r.rtf.len == 0)
			abort();
	}
	arena_reset(arena);
	return 0;
}
