/* SPDX-License-Identifier: ISC */
/*
 * Bytes in any code page, and points in time: the text is UTF-8 of a bounded length, the
 * same each time. The first four bytes choose the code page.
 *
 * Covers: worker/base/text.c worker/base/pages.c worker/base/pages_tables.c
 *	worker/base/pages_pairs.c worker/base/pages_shift.c worker/base/pages_order.c
 *	worker/base/pages_utf7.c worker/base/pages_iscii.c worker/base/when.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/when.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TIME_SIZE = 40 };

static void must(int ok)
{
	if (!ok)
		abort();
}

static void check(struct text t, size_t size)
{
	must(t.len <= 4 * size + 4 && t.s[t.len] == '\0' && text_is_utf8(t.s, t.len));
}

static void check_time(struct when w)
{
	char rfc[TIME_SIZE], iso[TIME_SIZE];

	if (!w.valid)
		return;
	when_rfc5322(w, rfc, sizeof rfc);
	when_iso8601(w, iso, sizeof iso);
	must(strlen(rfc) > 20 && strlen(iso) >= 20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(64UL << 20);
	uint32_t codepage;
	uint64_t filetime;
	uint16_t dtr[6];
	char name[32];

	if (size < sizeof codepage)
		return 0;
	memcpy(&codepage, data, sizeof codepage);
	data += sizeof codepage;
	size -= sizeof codepage;
	struct text one = text_from(arena, codepage, data, size);
	struct text two = text_from(arena, codepage, data, size);
	check(one, size);
	must(one.len == two.len && memcmp(one.s, two.s, one.len) == 0);
	check(text_from_utf16(arena, data, size), size);
	if (text_known(codepage))
		must(text_charset(codepage) != NULL);
	size_t n = size < sizeof name - 1 ? size : sizeof name - 1;
	memcpy(name, data, n);
	name[n] = '\0';
	must(text_codepage(name) == 0 || text_known(text_codepage(name)));
	if (size >= sizeof filetime) {
		memcpy(&filetime, data, sizeof filetime);
		check_time(when_from_filetime(filetime));
	}
	if (size >= sizeof dtr) {
		memcpy(dtr, data, sizeof dtr);
		check_time(when_from_dtr(dtr));
	}
	arena_reset(arena);
	return 0;
}
