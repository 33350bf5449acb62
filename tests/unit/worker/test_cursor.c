/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <criterion/theories.h>
#include <stdint.h>

#include "base/cursor.h"

struct word { /* no pointers: the test runs in another process */
	char name[16];
	uint8_t bytes[8];
	size_t len;
	uint64_t want;
};

ParameterizedTestParameters(cursor, reads_u32le)
{
	static struct word t[] = {
		{ "whole", { 0x78, 0x9f, 0x3e, 0x22 }, 4, 0x223e9f78 },
		{ "top bit", { 0xff, 0xff, 0xff, 0xff }, 4, 0xffffffff },
		{ "one short", { 1, 2, 3 }, 3, 0 },
		{ "empty", { 0 }, 0, 0 },
	};
	return cr_make_param_array(struct word, t, sizeof t / sizeof t[0]);
}

ParameterizedTest(struct word *t, cursor, reads_u32le)
{
	struct cursor c = cur_over(t->bytes, t->len);
	cr_expect_eq(cur_u32le(&c), t->want, "%s", t->name);
	cr_expect_eq(c.bad, t->len < 4, "%s", t->name);
}

ParameterizedTestParameters(cursor, reads_u64le)
{
	static struct word t[] = {
		{ "whole", { 1, 2, 3, 4, 5, 6, 7, 8 }, 8, 0x0807060504030201 },
		{ "half", { 1, 2, 3, 4 }, 4, 0 },
		{ "one short", { 1, 2, 3, 4, 5, 6, 7 }, 7, 0 },
	};
	return cr_make_param_array(struct word, t, sizeof t / sizeof t[0]);
}

ParameterizedTest(struct word *t, cursor, reads_u64le)
{
	struct cursor c = cur_over(t->bytes, t->len);
	cr_expect_eq(cur_u64le(&c), t->want, "%s", t->name);
	cr_expect_eq(c.bad, t->len < 8, "%s", t->name);
}

Test(cursor, small_reads_in_order)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5 };
	struct cursor c = cur_over(bytes, sizeof bytes);
	uint8_t two[2];

	cr_expect_eq(cur_u8(&c), 1);
	cr_expect_eq(cur_u16le(&c), 0x0302);
	cur_bytes(&c, two, 2);
	cr_expect_eq(two[1], 5);
	cr_expect_eq(c.left, 0);
	cr_expect(!c.bad);
}

Test(cursor, bad_is_for_good)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4 };
	struct cursor c = cur_over(bytes, sizeof bytes);
	uint8_t two[2] = { 9, 9 };

	cr_expect_null(cur_take(&c, 5));
	cr_expect(c.bad);
	cr_expect_eq(c.left, 0);
	cr_expect_eq(cur_u8(&c), 0);
	cur_bytes(&c, two, 1);
	cr_expect_eq(two[0], 0);
	cr_expect(cur_sub(&c, 0).bad);
}

Test(cursor, empty_buffer_is_no_null)
{
	struct cursor c = cur_over(NULL, 7);
	cr_expect_not_null(c.pos);
	cr_expect_eq(c.left, 0);
	cr_expect_not_null(cur_take(&c, 0));
}

Test(cursor, alignment_counts_from_the_start)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6 };
	struct cursor c = cur_over(bytes + 1, 5);

	(void)cur_u8(&c);
	cur_align4(&c, bytes + 1);
	cr_expect_eq(cur_u8(&c), 6);
	cur_align4(&c, bytes + 1); /* the padding at the end is missing */
	cr_expect(!c.bad);
	cr_expect_eq(c.left, 0);
}

TheoryDataPoints(cursor, sub_never_grows) = {
	DataPoints(size_t, 0, 1, 4, 8),
	DataPoints(size_t, 0, 1, 8, 9, SIZE_MAX),
};
Theory((size_t have, size_t ask), cursor, sub_never_grows)
{
	uint8_t room[8] = { 0 };
	struct cursor c = cur_over(room, have), s = cur_sub(&c, ask);
	cr_expect(s.left <= have && s.bad == (ask > have));
}
