/* SPDX-License-Identifier: ISC */
/*
 * Bytes of HTML, behind two that are PidTagInternetCodepage: a code page that is known,
 * never ASCII for what is more than that.
 *
 * Covers: worker/message/html_page.c
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/text.h"
#include "format/format.h"
#include "fuzz_ground.h"
#include "message/body.h"
#include "message/html_page.h"
#include "message/message.h"
#include "message/tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(64UL << 20);
	struct notes notes;
	notes_init(&notes, arena);
	struct message *m = message_new(arena, &notes, 0);
	uint64_t used = 0;
	struct body_want want = { .arena = arena,
		.notes = &notes,
		.scratch = -1,
		.scratch_used = &used,
		.part = "message" };
	struct prop_value value = { .number = size > 1 ? data[0] << 8 | data[1] : 0 };
	struct prop p = { .id = PidTagInternetCodepage,
		.type = PT_LONG,
		.values = &value,
		.count = 1 };
	struct span html = size > 2 ? span_over(data + 2, size - 2) : span_over(NULL, 0);
	bool high = false;

	if (!props_put(&m->props, arena, &p))
		abort();
	for (size_t i = 2; i < size; i++)
		high |= data[i] > 0x7f;
	unsigned page = html_page(&want, m, html);
	if ((page && !text_known(page)) || (high && (page == 20127 || page == 0)))
		abort();
	arena_reset(arena);
	return 0;
}
