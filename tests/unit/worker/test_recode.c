/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/recode.h"
#include "ground.h"

enum { ROOM = 64 << 20, LONG = 3 * RECODE_PIECE };

TestSuite(recode, .init = ground_up, .fini = ground_down);

/* Texts that are repeated until they are long; no line end unless it has one. */
static const struct {
	const char *name;
	unsigned codepage;
	const char *unit;
	size_t len;
} texts[] = {
	{ "windows-1252 without any blank", 1252, "\xe9\x80x", 3 },
	{ "UTF-8, two bytes", 65001, "\xc3\xa9", 2 },
	{ "UTF-8, three bytes", 65001, "\xe6\x97\xa5", 3 },
	{ "UTF-8, four bytes", 65001, "\xf0\x9f\x93\x8e", 4 },
	{ "UTF-8, wrong bytes", 65001, "\x80\xff\xc3", 3 },
	{ "UTF-16", 1200, "a\0\xac\x20", 4 },
	{ "UTF-16, surrogates", 1200, "\x3d\xd8\xce\xdc", 4 },
	{ "UTF-16, one and a pair", 1200, "x\0\x3d\xd8\xce\xdc", 6 },
	{ "UTF-16BE, surrogates", 1201, "\0x\xd8\x3d\xdc\xce", 6 },
	{ "UTF-32", 12000, "\x0a\0\0\0\x0d\0\0\0\xac\x20\0\0", 12 },
	{ "Shift_JIS, blanks", 932, "\x93\xfa\x96\x7b\x8c\xea ", 7 },
	{ "GB 18030, blanks", 54936, "\x81\x30\x81\x30\xc4\xe3 x", 8 },
	{ "ISO-2022-JP, lines", 50220, "\x1b$BF|K\\8l\x1b(B\r\n", 14 },
	{ "an odd byte at the end", 1200, "\x01\x02\x03", 3 },
};

Test(recode, is_what_the_whole_text_is)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		/* At every phase of the unit against the end of a piece. */
		for (size_t before = 0; before < texts[i].len; before++) {
			size_t n = before;
			char *p = arena_alloc(arena, LONG + 64);
			memset(p, 'x', before);
			if (texts[i].codepage == 1200 || texts[i].codepage == 1201 ||
			    texts[i].codepage == 12000)
				n = 0;
			for (; n < LONG; n += texts[i].len)
				memcpy(p + n, texts[i].unit, texts[i].len);
			struct text want = text_from(arena, texts[i].codepage, p, n);
			struct sink *to = sink_memory(arena);
			bool lossy =
			    recode(texts[i].codepage, span_over(p, n), to, NULL, NULL);
			struct span got = sink_bytes(to);
			cr_expect_eq(got.len, want.len, "%s %zu: %zu, not %zu",
			    texts[i].name, before, (size_t)got.len, want.len);
			cr_expect(
			    got.len != want.len || memcmp(got.mem, want.s, want.len) == 0,
			    "%s %zu", texts[i].name, before);
			cr_expect_eq(lossy, want.lossy, "%s", texts[i].name);
			arena_reset(arena);
		}
	}
}

Test(recode, proves_utf8)
{
	uint8_t *buf = arena_alloc(arena, RECODE_PIECE);
	char *p = arena_alloc(arena, LONG);

	for (size_t i = 0; i + 3 <= LONG; i += 3)
		memcpy(p + i, "\xe6\x97\xa5", 3);
	cr_expect(recode_is_utf8(span_over(p, LONG / 3 * 3), buf));
	p[LONG / 3 * 3 - 1] = 'x';
	cr_expect(!recode_is_utf8(span_over(p, LONG / 3 * 3), buf));
	cr_expect(recode_is_utf8(span_over(NULL, 0), buf));
}

/* Two long texts one behind the other in the scratch file, read while more is written. */
Test(recode, into_the_scratch_file)
{
	enum { MANY = 2 << 20 };
	char name[] = "/tmp/test-recode.XXXXXX", back[8] = "";
	int fd = mkstemp(name);
	char *long_text = arena_alloc(arena, MANY);
	uint64_t used = 0;

	cr_assert_geq(fd, 0);
	(void)unlink(name);
	memset(long_text, '\xe9', MANY);
	struct sink *first = sink_scratch(arena, fd, &used);
	cr_expect(!recode(1252, span_over(long_text, MANY), first, NULL, NULL));
	struct span one = sink_bytes(first);
	cr_expect_null(one.mem);
	cr_expect_eq(one.len, 2 * MANY);
	struct sink *second = sink_scratch(arena, fd, &used);
	cr_expect(!recode(28591, span_over(long_text, MANY), second, NULL, NULL));
	struct span two = sink_bytes(second);
	cr_expect_eq(span_read(one, one.len - 2, back, sizeof back), 2);
	cr_expect_eq(memcmp(back, "\xc3\xa9", 2), 0);
	cr_expect_eq(two.off, one.len);
	cr_expect_eq(span_read(two, 0, back, 2), 2);
	cr_expect_eq(memcmp(back, "\xc3\xa9", 2), 0);
	cr_expect_eq(used, one.len + two.len);
	(void)close(fd);
}
