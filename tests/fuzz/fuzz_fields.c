/* SPDX-License-Identifier: ISC */
/*
 * The value of a header field, read as text, as a word with parameters and as people:
 * what comes out is UTF-8 and bounded, in any case.
 *
 * Covers: worker/format/mime/syntax/words.c worker/format/mime/syntax/params.c
 * worker/format/mime/syntax/people.c worker/base/pages.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "format/mime/syntax/params.h"
#include "format/mime/syntax/people.h"
#include "format/mime/syntax/words.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void check(struct text t, size_t size)
{
	must(!t.s || (t.len <= 8 * size + 16 && text_is_utf8(t.s, t.len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(256UL << 20);

	check(words_decode(arena, (const char *)data, size), size);
	check(text_guess(arena, data, size), size);

	struct people people = people_of(arena, (const char *)data, size);
	must(people.count <= LIMIT_RECIPIENTS && people.texts <= people.count);
	for (size_t i = 0; i < people.count; i++) {
		check(people.list[i].name, size);
		check(people.list[i].address, size);
		must(people.list[i].name.len + people.list[i].address.len > 0);
	}

	struct params p = params_of(arena, arena_copy(arena, data, size));
	must(p.count <= LIMIT_PARAMETERS);
	check(params_text(&p, "filename"), size);
	check(params_text(&p, "name"), size);
	(void)params_word(&p, "boundary");
	(void)params_word(&p, "charset");
	arena_reset(arena);
	return 0;
}
