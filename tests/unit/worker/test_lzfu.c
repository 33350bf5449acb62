/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "codec/lzfu.h"
#include "manifest.h"

struct sample {
	char name[40];
	uint8_t bytes[80];
	size_t len;
	bool ok;
	char want[64];
	bool stored, bad_crc, bad_size, truncated;
};

/* The two examples of [MS-OXRTFCP] 3.1 and 3.2, and what may be wrong with them. */
ParameterizedTestParameters(lzfu, decodes)
{
#define HEAD(compsize, rawsize) compsize, 0, 0, 0, rawsize, 0, 0, 0, 'L', 'Z', 'F', 'u'
#define HELLO \
	0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, \
	    0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, \
	    0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0
#define HELLO_TEXT "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
	static struct sample t[] = {
		{ "hello world", { HEAD(0x2d, 0x2b), 0xf1, 0xc5, 0xc7, 0xa7, HELLO }, 49,
		    true, HELLO_TEXT, false, false, false, false },
		{ "reads what it writes",
		    { HEAD(0x1a, 0x1c), 0xe2, 0xd4, 0x4b, 0x51, 0x41, 0x00, 0x04, 0x20,
			0x57, 0x58, 0x59, 0x5a, 0x0d, 0x6e, 0x7d, 0x01, 0x0e, 0xb0 },
		    30, true, "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}", false, false, false,
		    false },
		{ "wrong checksum", { HEAD(0x2d, 0x2b), 0xf2, 0xc5, 0xc7, 0xa7, HELLO },
		    49, true, HELLO_TEXT, false, true, false, false },
		{ "size too small", { HEAD(0x2d, 0x05), 0xf1, 0xc5, 0xc7, 0xa7, HELLO },
		    49, true, HELLO_TEXT, false, false, true, false },
		{ "size of 4 billion",
		    { 0x2d, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 'L', 'Z', 'F', 'u', 0xf1,
			0xc5, 0xc7, 0xa7, HELLO },
		    49, true, HELLO_TEXT, false, false, true, false },
		{ "padding behind the end",
		    { HEAD(0x2d, 0x2b), 0xf1, 0xc5, 0xc7, 0xa7, HELLO, 0, 0, 0 }, 52,
		    true, HELLO_TEXT, false, false, false, false },
		{ "cut before the end mark",
		    { HEAD(0x2d, 0x2b), 0xf1, 0xc5, 0xc7, 0xa7, HELLO }, 47, true,
		    HELLO_TEXT, false, true, false, true },
		{ "cut within a reference",
		    { HEAD(0x2d, 0x2b), 0xf1, 0xc5, 0xc7, 0xa7, HELLO }, 18, true, "",
		    false, true, true, true },
		{ "nothing behind the header", { HEAD(0x0c, 0x00), 0, 0, 0, 0 }, 16, true,
		    "", false, false, false, true },
		{ "stored",
		    { 0x12, 0, 0, 0, 6, 0, 0, 0, 'M', 'E', 'L', 'A', 0, 0, 0, 0, '{',
			'\\', 'r', 't', 'f', '}' },
		    22, true, "{\\rtf}", true, false, false, false },
		{ "stored, cut",
		    { 0x12, 0, 0, 0, 6, 0, 0, 0, 'M', 'E', 'L', 'A', 0, 0, 0, 0, '{',
			'\\', 'r' },
		    19, true, "{\\r", true, false, true, true },
		{ "another type",
		    { 0x0c, 0, 0, 0, 0, 0, 0, 0, 'X', 'Z', 'F', 'u', 0, 0, 0, 0 }, 16,
		    false, "", false, false, false, false },
		{ "header cut", { HEAD(0x0c, 0), 0, 0, 0 }, 15, false, "", false, false,
		    false, false },
		{ "empty", { 0 }, 0, false, "", false, false, false, false },
	};
	return cr_make_param_array(struct sample, t, sizeof t / sizeof t[0]);
}

ParameterizedTest(struct sample *t, lzfu, decodes)
{
	struct arena *arena = arena_new(1 << 20);
	struct lzfu_result r;

	cr_expect_eq(
	    lzfu_decode(arena, span_over(t->bytes, t->len), sink_memory(arena), &r),
	    t->ok, "%s", t->name);
	cr_expect_eq(
	    r.rtf.len, strlen(t->want), "%s: %zu bytes", t->name, (size_t)r.rtf.len);
	cr_expect_eq(memcmp(r.rtf.mem, t->want, (size_t)r.rtf.len), 0, "%s", t->name);
	cr_expect_eq(r.stored, t->stored, "%s: stored", t->name);
	cr_expect_eq(r.bad_crc, t->bad_crc, "%s: checksum", t->name);
	cr_expect_eq(r.bad_size, t->bad_size, "%s: size", t->name);
	cr_expect_eq(r.truncated, t->truncated, "%s: truncated", t->name);
	arena_free(arena);
}

/* A bomb: one reference after the other. Grows about eightfold, and no further. */
Test(lzfu, grows_no_more_than_its_tokens)
{
	enum { SIZE = 1 << 16 };
	static uint8_t in[SIZE] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'L',
		'Z', 'F', 'u' };
	struct arena *arena = arena_new(4 << 20);
	struct lzfu_result r;

	for (size_t i = 16; i < SIZE; i++)
		in[i] = (i - 16) % 17 == 0 ? 0xff
					   : (uint8_t)((i - 16) % 17 % 2 ? 0xff : 0xef);
	cr_assert(lzfu_decode(arena, span_over(in, SIZE), sink_memory(arena), &r));
	cr_expect(r.rtf.len < 9UL * SIZE, "%zu bytes", (size_t)r.rtf.len);
	cr_expect(r.truncated && r.bad_size);
	arena_free(arena);
}

/* Every real body against what other programs make of it; needs the corpus. */
Test(lzfu, agrees_with_others, .timeout = 600)
{
	struct arena *all = arena_new(64 << 20);
	struct manifest m = manifest_read(all, "crtf/");
	unsigned same = 0;

	for (size_t i = 0; i < m.count; i++) {
		struct arena *arena = arena_new(256 << 20);
		struct lzfu_result r;
		struct span in = manifest_file(arena, &m, m.rows[i].path);
		struct span want = manifest_file(arena, &m, m.rows[i].expected);
		cr_assert(want.len > 0, "%s: %s", m.rows[i].path, m.rows[i].expected);
		bool ok = lzfu_decode(arena, in, sink_memory(arena), &r) &&
			  !r.truncated && r.rtf.len == want.len &&
			  memcmp(r.rtf.mem, want.mem, (size_t)want.len) == 0;
		cr_expect(ok, "%s: %u bytes, not %u", m.rows[i].path, (unsigned)r.rtf.len,
		    (unsigned)want.len);
		same += ok;
		arena_free(arena);
	}
	if (m.count > 0) {
		cr_expect_eq(m.count, 131, "%zu", m.count);
		(void)fprintf(stderr,
		    "compressed RTF: %u of %zu as other programs have it\n", same,
		    m.count);
	}
	arena_free(all);
}
