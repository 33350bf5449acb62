/* SPDX-License-Identifier: ISC */
/*
 * RTF: any bytes; text that is UTF-8, and no more of it than RTF_GROWTH allows.
 *
 * Covers: worker/codec/rtf/
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "codec/rtf/rtf.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct span s, size_t size)
{
	if (s.len > (uint64_t)RTF_GROWTH * size + 256 ||
	    !text_is_utf8(s.mem, (size_t)s.len))
		abort();
}

/* What is embedded is no longer than its digits, but for a header. */
static void check_items(struct arena *arena, const struct rtf_body *b, size_t size)
{
	for (unsigned i = 0; i < b->item_count; i++) {
		struct rtf_object object;
		struct sink *to = sink_memory(arena);
		if (b->items[i].kind == RTF_ITEM_OBJECT)
			(void)rtf_item_object(arena, &b->items[i], to, &object);
		else
			(void)rtf_item_picture(&b->items[i], to);
		if (sink_length(to) > size + 64)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(256UL << 20);
	struct rtf_body b;

	struct rtf_want want = { .html = sink_memory(arena),
		.text = sink_memory(arena),
		.url = size % 2 ? "cid:" : NULL,
		.url_end = "@x" };
	if (rtf_read(arena, span_over(data, size), &want, &b)) {
		check(b.html, size);
		check(b.text, size);
		check_items(arena, &b, size);
		if (b.kind == RTF_TEXT && b.html.len > 0)
			abort();
		/* Genuine RTF never gives an address that could do something. */
		if (b.kind == RTF_GENUINE &&
		    memmem(b.html.mem, (size_t)b.html.len, "href=\"j", 7) != NULL)
			abort();
	}
	arena_reset(arena);
	return 0;
}
