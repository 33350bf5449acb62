/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/giveup.h"
#include "base/sink.h"

/* Pieces of many lengths, so that each way through the buffer is taken. */
static void write_pieces(struct sink *s, uint8_t *copy, size_t total)
{
	size_t done = 0;

	for (size_t i = 0; i < total; i++)
		copy[i] = (uint8_t)(i * 2654435761U >> 24);
	for (size_t n = 1; done < total; n = n * 5 % 200003 + 1) {
		size_t k = n < total - done ? n : total - done;
		sink_write(s, copy + done, k);
		done += k;
		cr_assert_eq(sink_length(s), done);
	}
}

Test(sink, file_gets_every_byte)
{
	enum { TOTAL = 3000000 };
	struct arena *a = arena_new(64 << 20);
	int fd = memfd_create("sink", MFD_CLOEXEC);
	struct sink *s = sink_file(a, fd);
	uint8_t *copy = malloc(TOTAL), *back = malloc(TOTAL);

	write_pieces(s, copy, TOTAL);
	sink_flush(s);
	cr_assert_eq(lseek(fd, 0, SEEK_END), TOTAL);
	cr_assert_eq(pread(fd, back, TOTAL, 0), TOTAL);
	cr_expect_eq(memcmp(copy, back, TOTAL), 0);
	free(copy);
	free(back);
	(void)close(fd);
	arena_free(a);
}

Test(sink, memory_gets_every_byte)
{
	enum { TOTAL = 3000000 };
	struct arena *a = arena_new(64 << 20);
	struct sink *s = sink_memory(a);
	uint8_t *copy = malloc(TOTAL);

	cr_expect_eq(sink_bytes(s).len, 0);
	write_pieces(s, copy, TOTAL);
	struct span b = sink_bytes(s);
	cr_assert_eq(b.len, TOTAL);
	cr_expect_eq(memcmp(copy, b.mem, TOTAL), 0);
	free(copy);
	arena_free(a);
}

Test(sink, text_and_long_lines)
{
	struct arena *a = arena_new(1 << 20);
	struct sink *s = sink_memory(a);

	sink_text(s, "a=");
	sink_printf(s, "%d%s", 7, "");
	sink_printf(s, "%s", "");
	sink_printf(s, "%2000s", "x");
	struct span b = sink_bytes(s);
	cr_assert_eq(b.len, 2003);
	cr_expect_eq(memcmp(b.mem, "a=7 ", 4), 0);
	cr_expect_eq(b.mem[2002], 'x');
	arena_free(a);
}

static unsigned steps;

static void count_step(void *arg)
{
	cr_assert_eq(arg, &steps);
	steps++;
}

Test(sink, span_is_copied_with_progress)
{
	struct arena *a = arena_new(64 << 20);
	uint8_t *p = arena_alloc(a, 5 << 20);
	struct sink *s = sink_memory(a);

	sink_span(s, span_over(p, 5 << 20), count_step, &steps);
	cr_expect_eq(sink_length(s), 5 << 20);
	cr_expect_eq(steps, 5);
	sink_span(s, span_over("abc", 3), NULL, NULL);
	cr_expect_eq(sink_length(s), (5 << 20) + 3);
	arena_free(a);
}

static jmp_buf out;
static enum giveup ended;

static void leave(enum giveup kind)
{
	ended = kind;
	longjmp(out, 1);
}

/* What the file of a span, n bytes from off on, becomes in another one behind
 * "begun"; most: the sink's bound, 0 for none. */
static void copy_file(int in, uint64_t off, uint64_t n, uint64_t most)
{
	struct arena *a = arena_new(1 << 20);
	FILE *to = tmpfile();
	struct sink *s = sink_file(a, fileno(to));
	uint8_t *want = malloc(n), *got = malloc(n);

	steps = 0;
	cr_assert_eq(pread(in, want, n, (off_t)off), (ssize_t)n);
	sink_bound(s, most);
	sink_text(s, "begun");
	sink_span(s, span_file(in, off, n), count_step, &steps);
	sink_text(s, "end");
	sink_flush(s);
	cr_expect_eq(sink_length(s), n + 8);
	cr_expect_eq(lseek(fileno(to), 0, SEEK_END), (off_t)n + 8);
	cr_expect_eq(pread(fileno(to), got, n, 5), (ssize_t)n);
	cr_expect_eq(memcmp(want, got, n), 0);
	cr_expect_gt(steps, 0);
	free(want);
	free(got);
	(void)fclose(to);
	arena_free(a);
}

Test(sink, a_file_is_copied_into_another)
{
	enum { TOTAL = (9 << 20) + 4321 };
	FILE *near = tmpfile();
	int in[] = { fileno(near), memfd_create("other", MFD_CLOEXEC) };
	uint8_t *bytes = malloc(TOTAL);

	for (size_t i = 0; i < TOTAL; i++)
		bytes[i] = (uint8_t)(i * 2654435761U >> 24);
	for (size_t i = 0; i < sizeof in / sizeof in[0]; i++) {
		cr_assert_eq(write(in[i], bytes, TOTAL), TOTAL);
		copy_file(in[i], 0, TOTAL, 0);
		copy_file(in[i], 77, TOTAL - 99, 0);
		copy_file(in[i], 0, TOTAL, TOTAL + 8);
	}
	free(bytes);
	(void)close(in[1]);
	(void)fclose(near);
}

Test(sink, of_a_file_that_shrank_there_is_what_it_has)
{
	enum { HAS = 5 << 20 };
	struct arena *a = arena_new(1 << 20);
	FILE *in = tmpfile(), *to = tmpfile();
	struct sink *s = sink_file(a, fileno(to));

	cr_assert_eq(ftruncate(fileno(in), HAS), 0);
	sink_span(s, span_file(fileno(in), 0, 2 * HAS), NULL, NULL);
	sink_flush(s);
	cr_expect_eq(sink_length(s), HAS);
	cr_expect_eq(lseek(fileno(to), 0, SEEK_END), HAS);
	(void)fclose(in);
	(void)fclose(to);
	arena_free(a);
}

Test(sink, a_file_copied_takes_no_more_than_the_bound)
{
	enum { HAS = 9 << 20, MOST = 6 << 20 };
	struct arena *a = arena_new(1 << 20);
	FILE *in = tmpfile(), *to = tmpfile();
	struct sink *s = sink_file(a, fileno(to));

	cr_assert_eq(ftruncate(fileno(in), HAS), 0);
	sink_bound(s, MOST);
	sink_span(s, span_file(fileno(in), 0, HAS), NULL, NULL);
	sink_flush(s);
	cr_expect(sink_is_over(s));
	cr_expect_leq(lseek(fileno(to), 0, SEEK_END), MOST);
	(void)fclose(in);
	(void)fclose(to);
	arena_free(a);
}

Test(sink, a_full_disk_is_bad_luck)
{
	struct arena *a = arena_new(1 << 20);
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	bool volatile left = true;

	cr_assert(fd != -1);
	giveup_end = leave;
	if (setjmp(out) == 0) {
		struct sink *s = sink_file(a, fd);
		sink_text(s, "x");
		sink_flush(s);
		left = false;
	}
	cr_expect(left);
	cr_expect_eq(ended, GIVEUP_OUTPUT);
	cr_expect_eq(*crumb_ring.output_errno, ENOSPC);
	(void)close(fd);
	arena_free(a);
}

Test(sink, takes_no_more_than_its_bound)
{
	struct arena *a = arena_new(1 << 20);
	struct sink *s = sink_memory(a);

	sink_bound(s, 5);
	sink_text(s, "abc");
	sink_text(s, "de");
	cr_expect_not(sink_is_over(s));
	sink_text(s, "f");
	sink_text(s, ""); /* what is dropped stays dropped: no later byte joins the end */
	cr_expect(sink_is_over(s));
	cr_expect_eq(sink_length(s), 5);
	cr_expect_eq(memcmp(sink_bytes(s).mem, "abcde", 5), 0);
	sink_bound(s, 0);
	arena_free(a);
}
