/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/window.h"

enum { LENGTH = 3 * WINDOW_BUFFER + 5 };

static struct arena *arena;
static uint8_t bytes[LENGTH], buffer[WINDOW_BUFFER];
static int fd;

static void set_up(void)
{
	char name[] = "/tmp/window.XXXXXX";

	arena = arena_new(1 << 20);
	for (size_t i = 0; i < LENGTH; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	fd = mkstemp(name);
	cr_assert(fd != -1 && unlink(name) == 0);
	cr_assert_eq(write(fd, bytes, LENGTH), LENGTH);
}

static void tear_down(void)
{
	arena_free(arena);
	(void)close(fd);
}

TestSuite(window, .init = set_up, .fini = tear_down);

/* Read the same in memory and in the file, in steps that cross the buffer's end. */
Test(window, reads_a_file_as_it_reads_memory)
{
	struct window m = win_over(arena, span_over(bytes, LENGTH), NULL);
	struct window f = win_over(arena, span_file(fd, 0, LENGTH), buffer);

	for (size_t n = 1; m.left > 0 && !m.bad; n = n * 3 % 611 + 1) {
		cr_assert_eq(win_u16le(&m), win_u16le(&f));
		cr_assert_eq(win_u32le(&m), win_u32le(&f));
		cr_assert_eq(win_u64le(&m), win_u64le(&f));
		const uint8_t *a = win_bytes(&m, n), *b = win_bytes(&f, n);
		cr_assert_eq(!a, !b);
		cr_assert(!a || memcmp(a, b, n) == 0);
		win_pad4(&m, n);
		win_pad4(&f, n);
		cr_assert(m.pos == f.pos && m.left == f.left && m.bad == f.bad);
	}
	cr_expect(m.bad && f.bad);
}

Test(window, long_bytes_are_loaded_and_spans_stay)
{
	struct window w = win_over(arena, span_file(fd, 1, LENGTH - 1), buffer);

	const uint8_t *p = win_bytes(&w, WINDOW_BUFFER + 1);
	cr_assert(p && memcmp(p, bytes + 1, WINDOW_BUFFER + 1) == 0);
	struct span s = win_span(&w, WINDOW_BUFFER);
	cr_expect(!s.mem && s.off == WINDOW_BUFFER + 2 && s.len == WINDOW_BUFFER);
	cr_expect_eq(win_u16le(&w),
	    bytes[2 * WINDOW_BUFFER + 2] | bytes[2 * WINDOW_BUFFER + 3] << 8);
}

/* What is asked for, of 8 bytes. */
static const uint64_t asked[] = { 9, 1 << 20, UINT32_MAX, UINT64_MAX, UINT64_MAX - 7 };

Test(window, is_bad_for_good_beyond_its_end)
{
	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		struct window w = win_over(arena, span_file(fd, 0, 8), buffer);
		cr_expect_eq(win_span(&w, asked[i]).len, 0);
		cr_expect(w.bad && w.left == 0);
		cr_expect_eq(win_u16le(&w), 0);
		cr_expect_null(win_bytes(&w, 1));
		win_pad4(&w, 1);
		win_end(&w);
		cr_expect(!w.bad && w.left == 0);
	}
}

Test(window, padding_may_lack_at_the_end)
{
	struct window w = win_over(arena, span_over("abcdefghi", 9), NULL);

	(void)win_span(&w, 5);
	win_pad4(&w, 5);
	cr_expect_eq(w.pos, 8);
	(void)win_span(&w, 1);
	win_pad4(&w, 1);
	cr_expect(!w.bad && w.left == 0);
}

Test(window, a_file_that_became_shorter_is_a_short_read)
{
	struct window w = win_over(arena, span_file(fd, 0, LENGTH), buffer);

	cr_assert_eq(ftruncate(fd, 10), 0);
	(void)win_u64le(&w);
	cr_expect(!w.bad);
	(void)win_u64le(&w);
	cr_expect(w.bad);
	w = win_over(arena, span_file(fd, 0, LENGTH), buffer);
	cr_expect_null(win_bytes(&w, WINDOW_BUFFER + 1));
	cr_expect(w.bad);
}
