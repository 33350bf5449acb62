/*
 * RTF: any bytes; text that is UTF-8, and no more of it than RTF_GROWTH allows.
 *
 * Covers: worker/codec/rtf*.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "codec/rtf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct text t, size_t size)
{
	if (!t.s)
		return;
	if (t.len > RTF_GROWTH * size + 64 || t.s[t.len] != '\0' ||
	    !text_is_utf8(t.s, t.len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct rtf_body b;
	const char *missing;

	if (!arena) {
		if (!text_init(&missing))
			abort();
		arena = arena_new(256UL << 20);
	}
	if (rtf_read(arena, data, size, &b)) {
		check(b.html, size);
		check(b.text, size);
		if (!b.text.s || (b.kind == RTF_TEXT) != !b.html.s)
			abort();
		/* Genuine RTF never gives an address that could do something. */
		if (b.kind == RTF_GENUINE &&
		    memmem(b.html.s, b.html.len, "href=\"j", 7) != NULL)
			abort();
	}
	arena_reset(arena);
	return 0;
}
