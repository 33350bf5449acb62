/* SPDX-License-Identifier: ISC */
/*
 * Entry ids of people: one, or a list of them, in the code page that the first byte
 * chooses. What comes out is no longer than what went in allows: a byte without a meaning
 * in ISO-2022-JP is two marks of three bytes.
 *
 * Covers: worker/message/person.c
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/text.h"
#include "fuzz_ground.h"
#include "message/person.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned pages[] = { 0, 1252, 932, 936, 65001, 1255, 50220, 65000 };
	struct arena *arena = fuzz_arena(16UL << 20);
	struct person p, *list;

	if (size == 0)
		return 0;
	unsigned page = pages[data[0] & 7];
	struct text raw = text_guess(arena, data + 1, size - 1), type, inner;
	if (person_unwrap(arena, raw, &type, &inner) && inner.len > 3 * raw.len)
		abort();
	if (data[0] & 8) {
		size_t n = person_list(arena, page, span_over(data + 1, size - 1), &list);
		if (n > size / 28 + 1)
			abort();
		for (size_t i = 0; i < n; i++)
			if (list[i].internet && !person_is_internet(list[i].address) &&
			    *list[i].address.s != '"')
				abort();
	} else if (person_from_entry(arena, page, cur_over(data + 1, size - 1), &p) &&
		   p.name.len + p.address.len > 8 * size)
		abort();
	arena_reset(arena);
	return 0;
}
