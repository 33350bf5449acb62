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
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(64UL << 20);
	struct lzfu_result r;

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
