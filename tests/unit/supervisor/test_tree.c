/* SPDX-License-Identifier: ISC */
#include "files/tree.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root_path[] = "/tmp/bulkhead-tree.XXXXXX";
static int root;

static void open_root(void)
{
	cr_assert_not_null(mkdtemp(root_path));
	root = open(root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_neq(root, -1);
}

static void close_root(void)
{
	char command[64];

	(void)close(root);
	(void)snprintf(command, sizeof command, "rm -rf %s", root_path);
	cr_assert_eq(system(command), 0);
}

TestSuite(tree, .init = open_root, .fini = close_root, .timeout = 600);

static void put(const char *path, const char *words)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	cr_assert_neq(fd, -1, "%s", path);
	cr_assert_eq(write(fd, words, strlen(words)), (ssize_t)strlen(words));
	(void)close(fd);
}

static void expect(const char *path, const char *words)
{
	char got[64] = "";
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC);

	cr_assert_neq(fd, -1, "%s", path);
	cr_expect_eq(read(fd, got, sizeof got - 1), (ssize_t)strlen(words));
	cr_expect_str_eq(got, words);
	(void)close(fd);
}

static bool is_there(const char *path)
{
	return faccessat(root, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void plant(void)
{
	cr_assert_eq(mkdirat(root, "a", 0750), 0);
	cr_assert_eq(mkdirat(root, "a/b", 0700), 0);
	cr_assert_eq(mkdirat(root, "a/empty", 0500), 0);
	put("a/one", "1");
	put("a/b/two", "22");
}

Test(tree, copies_all_of_a_folder)
{
	struct stat st;

	plant();
	cr_assert(tree_copy(root, "a", root, "c", NULL));
	expect("c/one", "1");
	expect("c/b/two", "22");
	cr_assert_eq(fstatat(root, "c", &st, 0), 0);
	cr_expect_eq(st.st_mode & 07777, 0750);
	cr_assert_eq(fstatat(root, "c/empty", &st, 0), 0);
	cr_expect_eq(st.st_mode & 07777, 0500);
	expect("a/one", "1");
}

Test(tree, copies_a_file)
{
	put("one", "1");
	cr_assert(tree_copy(root, "one", root, "other", NULL));
	expect("other", "1");
}

Test(tree, copies_over_nothing_and_out_of_nothing)
{
	plant();
	cr_assert_eq(mkdirat(root, "c", 0700), 0);
	cr_expect_not(tree_copy(root, "a", root, "c", NULL));
	cr_expect_eq(errno, EEXIST);
	cr_expect_not(is_there("c/one"));
	cr_expect_not(tree_copy(root, "none", root, "d", NULL));
	cr_expect_eq(errno, ENOENT);
	cr_expect_not(is_there("d"));
}

/* What a link leads to stays. */
Test(tree, removes_all_of_a_folder_but_follows_no_link)
{
	plant();
	cr_assert_eq(mkdirat(root, "kept", 0700), 0);
	put("kept/file", "stays");
	cr_assert_eq(symlinkat("../kept", root, "a/link"), 0);
	cr_assert_eq(symlinkat("../../kept/file", root, "a/b/link"), 0);
	cr_assert(tree_remove(root, "a", NULL));
	cr_expect_not(is_there("a"));
	expect("kept/file", "stays");
	cr_assert(tree_remove(root, "a", NULL), "it is gone: fine");
	cr_assert(tree_remove(root, "kept/file", NULL));
	cr_expect_not(is_there("kept/file"));
}

/* Deeper than any store's folders: refused, whatever is left is still there. */
Test(tree, has_a_depth)
{
	char path[2048] = "d";

	cr_assert_eq(mkdirat(root, "d", 0700), 0);
	for (int i = 0; i < 500; i++) {
		(void)strcat(path, "/d");
		cr_assert_eq(mkdirat(root, path, 0700), 0);
	}
	cr_expect_not(tree_copy(root, "d", root, "e", NULL));
	cr_expect_eq(errno, ELOOP);
	cr_expect_not(tree_remove(root, "d", NULL));
	cr_expect_eq(errno, ELOOP);
	cr_expect(is_there(path));
}
