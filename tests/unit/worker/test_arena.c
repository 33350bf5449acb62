/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/giveup.h"

static jmp_buf out;
static enum giveup ended;

static void leave(enum giveup kind)
{
	ended = kind;
	longjmp(out, 1);
}

Test(arena, memory_is_zeroed_and_aligned)
{
	struct arena *a = arena_new(1 << 20);

	for (size_t n = 0; n < 300; n++) {
		unsigned char *p = arena_alloc(a, n);
		cr_assert_not_null(p);
		cr_assert_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			cr_assert_eq(p[i], 0);
		memset(p, 0xaa, n);
	}
	arena_free(a);
}

Test(arena, reset_gives_clean_memory_again)
{
	struct arena *a = arena_new(64 << 20);

	for (int job = 0; job < 3; job++) {
		for (size_t n = 1; n < 3000000; n *= 3) {
			unsigned char *p = arena_alloc(a, n);
			for (size_t i = 0; i < n; i++)
				cr_assert_eq(p[i], 0);
			memset(p, 0x55, n);
		}
		cr_assert_gt(arena_used(a), 2000000);
		arena_reset(a);
		cr_assert_eq(arena_used(a), 0);
	}
	arena_free(a);
}

Test(arena, allocations_do_not_overlap)
{
	enum { COUNT = 2000 };
	struct arena *a = arena_new(64 << 20);
	static unsigned char *p[COUNT];
	static size_t size[COUNT];

	for (unsigned i = 0; i < COUNT; i++) {
		size[i] = i * 7919U % 3000;
		p[i] = arena_alloc(a, size[i]);
		memset(p[i], (int)(i & 0xff), size[i]);
	}
	for (unsigned i = 0; i < COUNT; i++)
		for (size_t k = 0; k < size[i]; k++)
			cr_assert_eq(p[i][k], i & 0xff);
	arena_free(a);
}

Test(arena, over_the_ceiling_says_how_much)
{
	struct arena *a = arena_new(100000);
	size_t volatile got = 0;

	giveup_end = leave;
	if (setjmp(out) == 0)
		for (;;) {
			(void)arena_alloc(a, 1000);
			got = got + 1000;
		}
	cr_expect_eq(ended, GIVEUP_MEMORY);
	cr_expect_eq(*crumb_ring.memory_asked, 1000);
	cr_expect(got > 90000 && got <= 100000, "%zu", got);
	arena_free(a);
}

static void try_array(size_t count, size_t size)
{
	struct arena *a = arena_new(SIZE_MAX);
	bool volatile left = true;

	giveup_end = leave;
	if (setjmp(out) == 0) {
		(void)arena_array(a, count, size);
		left = false;
	}
	cr_expect(left, "%zu * %zu", count, size);
	cr_expect_eq(ended, GIVEUP_MEMORY);
	arena_free(a);
}

Test(arena, products_do_not_wrap)
{
	try_array(SIZE_MAX / 2 + 1, 2);
	try_array((size_t)1 << 33, (size_t)1 << 33);
	try_array(SIZE_MAX, SIZE_MAX);
}

/* No test on allocations the system has not: the ceiling stands before it. */
Test(arena, copies_end_with_nul)
{
	struct arena *a = arena_new(1 << 20);

	cr_expect_str_eq(arena_copy(a, "abcdef", 3), "abc");
	cr_expect_str_eq(arena_copy(a, NULL, 0), "");
	cr_expect_str_eq(arena_printf(a, "%s-%d", "x", 42), "x-42");
	char *s = arena_printf(a, "%5000d", 1);
	cr_expect_eq(strlen(s), 5000);
	arena_free(a);
	arena_free(NULL);
}
