/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as an OLE object with its picture: the file in it and the picture come out
 * once, in base64.
 *
 * Covers: worker/format/mime/write/ole.c worker/codec/rtf/rtf_object.c
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "format/format.h"
#include "format/mime/write/ole.h"
#include "format/mime/write/out.h"
#include "fuzz_ground.h"
#include "message/message.h"
#include "message/tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(64UL << 20);
	struct convert c = { .arena = arena,
		.in = span_over(data, size),
		.out = sink_memory(arena),
		.scratch = -1 };
	notes_init(&c.notes, arena);
	struct message *m = message_new(arena, &c.notes, 0);
	struct attachment *at = message_add_attachment(m);
	struct prop_value method = { .number = ATTACH_STORAGE };
	struct prop p = {
		.id = PidTagAttachMethod, .type = PT_LONG, .values = &method, .count = 1
	};
	struct out o = { .c = &c, .eol = "\r\n" };

	if (!at || !props_put(&at->props, arena, &p))
		abort();
	at->data = c.in;
	at->rendering = span_sub(c.in, size / 2, size);
	(void)ole_is_replaced(&o, at);
	ole_write_beside(&o, at, "boundary", "part", size % 2);
	if (sink_length(c.out) > 4 * size + 8192)
		abort();
	arena_reset(arena);
	return 0;
}
