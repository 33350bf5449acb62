/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/span.h"

static int file_of(const char *text)
{
	int fd = memfd_create("span", MFD_CLOEXEC);
	cr_assert(fd != -1);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

static const struct {
	const char *name;
	uint64_t off, n;
	const char *want;
} cuts[] = {
	{ "all", 0, 10, "0123456789" },
	{ "middle", 3, 4, "3456" },
	{ "over the end", 8, 100, "89" },
	{ "at the end", 10, 1, "" },
	{ "behind the end", 11, 1, "" },
	{ "huge length", 1, UINT64_MAX, "123456789" },
	{ "huge offset", UINT64_MAX, UINT64_MAX, "" },
};

Test(span, sub_is_cut_to_what_is_there)
{
	int fd = file_of("..0123456789..");
	struct span both[] = { span_over("0123456789", 10), span_file(fd, 2, 10) };
	char buf[32];

	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++)
		for (int k = 0; k < 2; k++) {
			struct span s = span_sub(both[k], cuts[i].off, cuts[i].n);
			size_t n = span_read(s, 0, buf, sizeof buf);
			cr_expect_eq(n, strlen(cuts[i].want), "%s", cuts[i].name);
			cr_expect_eq(s.len, n, "%s", cuts[i].name);
			cr_expect_eq(memcmp(buf, cuts[i].want, n), 0, "%s", cuts[i].name);
			n = span_read(both[k], cuts[i].off, buf, sizeof buf);
			cr_expect_eq(n, cuts[i].off < 10 ? 10 - cuts[i].off : 0, "%s",
			    cuts[i].name);
		}
	(void)close(fd);
}

Test(span, a_file_that_shrank_is_short)
{
	struct arena *a = arena_new(1 << 20);
	int fd = file_of("0123456789");
	struct span s = span_file(fd, 0, 10);

	cr_assert_eq(ftruncate(fd, 4), 0);
	struct span loaded = span_load(a, s);
	cr_expect_eq(loaded.len, 4);
	cr_expect_eq(memcmp(loaded.mem, "0123", 4), 0);
	(void)close(fd);
	arena_free(a);
}

Test(span, loading_memory_copies_nothing)
{
	struct arena *a = arena_new(1 << 20);
	struct span s = span_over("abc", 3);

	cr_expect_eq(span_load(a, s).mem, s.mem);
	cr_expect_not_null(span_over(NULL, 0).mem);
	arena_free(a);
}

/* Whatever is kept of the file: each piece is what is there. */
Test(span, a_kept_file_reads_as_it_is)
{
	enum { SIZE = 700 * 1000, READS = 20000 };
	uint8_t *all = malloc(SIZE), piece[20000];
	int fd = memfd_create("span", MFD_CLOEXEC);
	uint32_t x = 1;

	cr_assert(all && fd != -1);
	for (size_t i = 0; i < SIZE; i++)
		all[i] = (uint8_t)(i * 2654435761U >> 13);
	cr_assert_eq(write(fd, all, SIZE), SIZE);
	span_keep(fd, SIZE);
	const struct span s = span_file(fd, 0, SIZE);
	for (size_t i = 0, at = 0; i < READS; i++) {
		x = x * 1664525U + 1013904223U;
		const size_t n = (x >> 8) % (i % 7 ? 600 : sizeof piece);
		/* Here and there, near the last place, and on from it. */
		if (i % 5 == 0)
			at = (size_t)(x >> 4) % (SIZE + 100);
		else if (i % 5 == 1)
			at = at > 5000 ? at - 5000 : 0;
		const size_t left = at < SIZE ? SIZE - at : 0;
		const size_t want = n < left ? n : left;
		cr_assert_eq(span_read(s, at, piece, n), want, "read %zu", i);
		cr_assert_arr_eq(piece, all + (at < SIZE ? at : 0), want, "read %zu", i);
		at += n;
	}
	/* It shrinks: what is still kept may be told, nothing else. */
	cr_assert_eq(ftruncate(fd, 1000), 0);
	span_keep(fd, SIZE);
	cr_expect_eq(span_read(s, 500, piece, 1000), 500);
	cr_expect_eq(span_read(s, 300000, piece, 1000), 0);
	free(all);
	(void)close(fd);
}
