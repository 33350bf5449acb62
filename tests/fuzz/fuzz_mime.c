/* SPDX-License-Identifier: ISC */
/*
 * MIME out of any bytes: a mail with TNEF in it, or a TNEF stream. What is passed on
 * must equal its input, and the same input must give the same output.
 *
 * Covers: worker/format/mime/mime.c worker/format/mime/write/ worker/format/mime/syntax/
 * worker/format/registry.c worker/format/lookup.c worker/format/convert.c
 * worker/format/growth.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 1 << 30 };

static struct span convert(
    struct convert *c, struct arena *a, const uint8_t *data, size_t size)
{
	*c = (struct convert){ .arena = a,
		.in = span_over(data, size),
		.out = sink_memory(a),
		.scratch = -1 };
	notes_init(&c->notes, a);
	if (!format_convert(c, "mime") && !c->refused)
		abort();
	return sink_bytes(c->out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(MEMORY);
	struct convert first, second;

	struct span one = convert(&first, arena, data, size);
	if (first.unchanged && (one.len != size || memcmp(one.mem, data, size) != 0))
		abort();
	struct span two = convert(&second, arena, data, size);
	if (one.len != two.len || memcmp(one.mem, two.mem, (size_t)one.len) != 0)
		abort();
	arena_reset(arena);
	return 0;
}
