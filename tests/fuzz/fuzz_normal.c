/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a mail that a program changed whole: what comes of it is at most twice as
 * long (a CR becomes CR LF; in UTF-8 half of UTF-16 is added), and files in uuencode in
 * it follow each other.
 *
 * Covers: worker/format/mime/syntax/normal.c worker/format/mime/syntax/uu.c
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "format/format.h"
#include "format/mime/syntax/lines.h"
#include "format/mime/syntax/normal.h"
#include "format/mime/syntax/uu.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(64UL << 20);
	struct convert c = { .arena = arena,
		.in = span_over(data, size),
		.out = sink_memory(arena),
		.scratch = -1 };
	notes_init(&c.notes, arena);
	uint8_t *buffer = arena_alloc(arena, size + 1);
	struct span top = normal_head(c.in, buffer), mail = normal_mail(&c);
	if (top.len > size || mail.len > 2 * size)
		abort();
	struct lines lines = lines_over(arena, mail, 0);
	struct uu_file uu;
	uint64_t at = 0;
	while (uu_next(arena, &lines, &uu)) {
		if (uu.from < at || uu.to <= uu.from || uu.to > mail.len)
			abort();
		at = uu.to;
	}
	arena_reset(arena);
	return 0;
}
