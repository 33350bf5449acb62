/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/origin.h"
#include "files/walk.h"

enum { FOUND_MAX = 64 };

static char root[] = "/tmp/bulkhead-walk-XXXXXX";
static struct walk_leave leave;
static char *found[FOUND_MAX]; /* paths below root, sorted; "!" before what has trouble */
static size_t count;

static int removed(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void set_up(void)
{
	cr_assert(mkdtemp(root));
	cr_assert_eq(chdir(root), 0);
}

static void tear_down(void)
{
	for (size_t i = 0; i < count; i++)
		free(found[i]);
	cr_expect_eq(chdir("/"), 0);
	(void)nftw(root, removed, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(walk, .init = set_up, .fini = tear_down);

static void put(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	cr_assert_neq(fd, -1, "%s: %s", path, strerror(errno));
	(void)close(fd);
}

/* As the result of a file; where no attributes are kept its name alone tells. */
static void mark(const char *path, const char *input)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	cr_assert(fd != -1 && stat(input, &st) == 0);
	const struct origin origin = origin_of(0, input, &st, 1, "mime");
	cr_expect(origin_mark(fd, &origin) || errno == ENOTSUP, "%s", strerror(errno));
	(void)close(fd);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All that is found below these paths. */
static void walk_all(char *const *paths, size_t n)
{
	struct walk *w = walk_new(paths, n, &leave);
	struct walk_found f;
	struct stat st;

	cr_assert(w);
	while (walk_next(w, &f)) {
		char *path = walk_path(paths, &f);
		cr_assert(path && count < FOUND_MAX);
		cr_assert_neq(
		    asprintf(&found[count++], "%s%s", f.trouble ? "!" : "", path), -1);
		free(path);
		if (f.folder != -1 && !f.trouble)
			cr_expect_eq(fstatat(f.folder, f.name, &st, 0), 0);
	}
	cr_expect_not(walk_next(w, &f), "an end is an end");
	walk_free(w);
	qsort(found, count, sizeof *found, compare);
}

static void expect(size_t n, const char *const *want)
{
	cr_assert_eq(count, n, "%zu found", count);
	for (size_t i = 0; i < n; i++)
		cr_expect_str_eq(found[i], want[i]);
}

#define EXPECT(...) \
	expect(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
	    (const char *[]){ __VA_ARGS__ })

Test(walk, finds_files_at_every_depth_once)
{
	char *paths[] = { (char[]){ "in" } };

	cr_assert_eq(mkdir("in", 0700), 0);
	cr_assert_eq(mkdir("in/a", 0700), 0);
	cr_assert_eq(mkdir("in/a/b", 0700), 0);
	cr_assert_eq(mkdir("in/empty", 0700), 0);
	put("in/1");
	put("in/a/2");
	put("in/a/b/3");
	walk_all(paths, 1);
	EXPECT("in/1", "in/a/2", "in/a/b/3");
}

Test(walk, takes_paths_in_order_and_says_what_is_not_there)
{
	char *paths[] = { (char[]){ "one" }, (char[]){ "missing" }, (char[]){ "in" } };

	put("one");
	cr_assert_eq(mkdir("in", 0700), 0);
	put("in/1");
	walk_all(paths, 3);
	EXPECT("!missing", "in/1", "one");
}

/* Where it was named, not where it was found. */
Test(walk, follows_links_that_were_named_only)
{
	char *paths[] = { (char[]){ "link" } };

	cr_assert_eq(mkdir("in", 0700), 0);
	cr_assert_eq(mkdir("other", 0700), 0);
	put("in/1");
	put("other/2");
	cr_assert_eq(symlink("in", "link"), 0);
	cr_assert_eq(symlink("../other", "in/down"), 0);
	cr_assert_eq(symlink("..", "in/up"), 0);
	walk_all(paths, 1);
	EXPECT("!link/down", "!link/up", "link/1"); /* said, not followed */
}

Test(walk, leaves_out_results_beside_their_inputs)
{
	char *paths[] = { (char[]){ "in" } };

	leave.extension = ".eml";
	cr_assert_eq(mkdir("in", 0700), 0);
	put("in/a.msg");
	put("in/a.msg.eml"); /* the result of the file beside it */
	mark("in/a.msg.eml", "in/a.msg");
	put("in/b.eml"); /* nobody's result */
	walk_all(paths, 1);
	EXPECT("in/a.msg", "in/b.eml");
}

Test(walk, leaves_out_folders_of_results)
{
	char *paths[] = { (char[]){ "in" } };
	struct stat st;

	cr_assert_eq(mkdir("in", 0700), 0);
	cr_assert_eq(mkdir("in/out", 0700), 0);
	put("in/1");
	put("in/out/1.eml");
	cr_assert_eq(stat("in/out", &st), 0);
	leave.folders[leave.folder_count++] = (struct file_id){ st.st_dev, st.st_ino };
	walk_all(paths, 1);
	EXPECT("in/1");
}

/* Deeper than a path may be long: bounded, and said. */
Test(walk, a_depth_without_end_is_trouble)
{
	char *paths[] = { (char[]){ "in" } };
	enum { DEPTH = 300 };

	cr_assert_eq(mkdir("in", 0700), 0);
	int at = open("in", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < DEPTH; i++) {
		cr_assert_eq(mkdirat(at, "d", 0700), 0);
		int down = openat(at, "d", O_RDONLY | O_DIRECTORY);
		cr_assert_neq(down, -1);
		(void)close(at);
		at = down;
	}
	int fd = openat(at, "deep", O_WRONLY | O_CREAT, 0600);
	(void)close(fd);
	(void)close(at);
	put("in/1");
	walk_all(paths, 1);
	cr_assert_geq(count, 1);
	bool one = false, trouble = false;
	for (size_t i = 0; i < count; i++) {
		one = one || strcmp(found[i], "in/1") == 0;
		trouble = trouble || found[i][0] == '!' || strstr(found[i], "deep");
	}
	cr_expect(one);
	cr_expect(trouble, "nothing is left out without a word");
}
