/* SPDX-License-Identifier: ISC */
#include "files/origin.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

static char root[] = "/tmp/bulkhead-origin-XXXXXX";
static int folder = -1;
static struct stat input;

static int make(const char *name, const char *text)
{
	int fd = openat(folder, name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	cr_assert_neq(fd, -1, "%s", strerror(errno));
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

static void set_up(void)
{
	cr_assert(mkdtemp(root));
	folder = open(root, O_RDONLY | O_DIRECTORY);
	int fd = make("in", "an input");
	cr_assert_eq(fstat(fd, &input), 0);
	(void)close(fd);
}

static void tear_down(void)
{
	(void)unlinkat(folder, "in", 0);
	(void)unlinkat(folder, "out", 0);
	(void)rmdir(root);
}

TestSuite(origin, .init = set_up, .fini = tear_down);

Test(origin, is_read_as_it_was_written)
{
	const struct origin is =
	    origin_of(origin_around(folder), "in", &input, 7, "mime");
	struct origin found;

	int fd = make("out", "a result");
	cr_expect_neq(is.place, 0);
	if (!origin_mark(fd, &is) && errno == ENOTSUP) {
		cr_expect_eq(origin_read(fd, &found), ORIGIN_UNKNOWN);
		return;
	}
	cr_expect_eq(origin_read(fd, &found), ORIGIN_KEPT);
	cr_expect(origin_same_input(&is, &found) && origin_same_state(&is, &found));
	cr_expect_eq(found.run, 7);
	cr_expect_eq(write(fd, "!", 1), 1);
	cr_expect_eq(origin_read(fd, &found), ORIGIN_CHANGED);
	cr_expect_eq(ftruncate(fd, 8), 0);
	cr_expect_eq(futimens(fd, (struct timespec[2]){ { 5, 0 }, { 5, 0 } }), 0);
	cr_expect_eq(origin_read(fd, &found), ORIGIN_CHANGED, "another date");
	(void)close(fd);
}

/* Anybody may have written the attribute. */
Test(origin, of_nonsense_is_none)
{
	static const char *const texts[] = { "", "1", "2 1 1 1 1 1 1 1 1 mime", "1 g",
		"1 1 1 1 1 1 1 8 1", "\xff\xfe",
		"1 ffffffffffffffffffffffffffffff 1 1 1 1 1 1 1" };
	struct origin found;

	int fd = make("out", "a result");
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		if (fsetxattr(fd, ORIGIN_ATTRIBUTE, texts[i], strlen(texts[i]), 0) == -1)
			return; /* none are kept here */
		cr_expect_eq(origin_read(fd, &found), ORIGIN_NONE, "%zu", i);
	}
	char much[1000];
	memset(much, '1', sizeof much);
	cr_expect_eq(fsetxattr(fd, ORIGIN_ATTRIBUTE, much, sizeof much, 0), 0);
	cr_expect_eq(origin_read(fd, &found), ORIGIN_NONE);
	(void)close(fd);
}

Test(origin, whose_it_is)
{
	const struct origin is =
	    origin_of(origin_around(folder), "in", &input, 1, "mime");
	struct origin other = is;

	other.place++;
	cr_expect(origin_same_input(&is, &other), "moved: inode and state are the same");
	other.modified_ns++;
	cr_expect_not(origin_same_input(&is, &other), "an inode alone is nothing");
	other = is;
	other.modified_ns++;
	other.inode++;
	cr_expect(origin_same_input(&is, &other), "written anew");
	cr_expect_not(origin_same_state(&is, &other));
	other = is;
	(void)strcpy(other.target, "text");
	cr_expect_not(origin_same_input(&is, &other));
	const struct origin nowhere =
	    origin_of(origin_around(-1), NULL, &input, 1, "mime");
	cr_expect_eq(nowhere.place, 0);
}

Test(origin, dates_of_coarse_file_systems)
{
	static const struct {
		int64_t result_s, result_ns;
		bool same;
	} rows[] = {
		{ 1001, 123456789, true },
		{ 1001, 123456700, true }, /* NTFS: 100 ns */
		{ 1001, 120000000, true }, /* exFAT: 10 ms */
		{ 1001, 0, true },         /* whole seconds */
		{ 1000, 0, true },         /* FAT: two */
		{ 998, 0, false },
		{ 1002, 0, false },
		{ 1001, 123456788, false },
		{ 1001, 123456790, false },
		{ 1001, 110000000, false },
	};
	struct stat result = input;

	input.st_mtim = (struct timespec){ 1001, 123456789 };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		result.st_mtim = (struct timespec){ rows[i].result_s, rows[i].result_ns };
		cr_expect_eq(origin_dated(&result, &input), rows[i].same, "%zu", i);
	}
}
