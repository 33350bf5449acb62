/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/finality.h"
#include "files/naming.h"
#include "files/results.h"

/* Each test twice: on a file system that knows files without a name, and on one that
 * does not. */
static bool no_unnamed;

int __real_openat(int, const char *, int, ...);
int __wrap_openat(int, const char *, int, ...);
int __wrap_openat(int folder, const char *name, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (no_unnamed && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return __real_openat(folder, name, flags, mode);
}

static char folder[64];
static int root = -1;
static struct results *results;

static void setup(void)
{
	strcpy(folder, "/tmp/results.XXXXXX");
	cr_assert(mkdtemp(folder));
	root = open(folder, O_RDONLY | O_DIRECTORY);
	results = results_open(root);
	cr_assert(results);
}

static void teardown(void)
{
	char command[128];

	results_close(results);
	cr_assert(close(root) == 0);
	(void)snprintf(command, sizeof command, "rm -rf %s", folder);
	cr_assert_eq(system(command), 0);
}

TestSuite(results, .init = setup, .fini = teardown);

/* Names at the root that are of something in the making. */
static unsigned temporaries(void)
{
	int fd = openat(root, ".", O_RDONLY | O_DIRECTORY);
	DIR *d = fdopendir(fd);
	unsigned n = 0;

	cr_assert(d);
	for (struct dirent *e; (e = readdir(d));)
		n += strncmp(e->d_name, NAMING_TEMPORARY, strlen(NAMING_TEMPORARY)) == 0;
	(void)closedir(d);
	return n;
}

static void begin(struct result *r, const char *text)
{
	cr_assert(result_begin(results, r), "%s", strerror(errno));
	cr_assert_eq(write(r->fd, text, strlen(text)), (ssize_t)strlen(text));
}

static bool holds(const char *path, const char *text)
{
	char is[64] = "";
	int fd = openat(root, path, O_RDONLY);

	if (fd == -1)
		return false;
	ssize_t n = read(fd, is, sizeof is - 1);
	(void)close(fd);
	return n == (ssize_t)strlen(text) && strcmp(is, text) == 0;
}

static void appears_whole_or_not(void)
{
	struct result r;
	struct stat st;
	uint64_t size = 0;

	cr_expect_eq(results_look(results, "a/b", "x", &st), -1);
	begin(&r, "one");
	cr_expect_eq(temporaries(), no_unnamed);
	cr_expect_eq(finality_check(&r.fd, &size, false), OUTPUT_FINAL);
	cr_expect_eq(size, 3);
	cr_expect_eq(results_look(results, "a/b", "x", &st), -1);
	cr_expect(result_publish(&r, "a/b", "x", false, true), "%s", strerror(errno));
	result_end(&r);
	cr_expect_neq(results_look(results, "a/b", "x", &st), -1);
	cr_expect(holds("a/b/x", "one"));
	/* Never over another one, unless asked to. */
	begin(&r, "two");
	cr_expect_eq(finality_check(&r.fd, &size, false), OUTPUT_FINAL);
	cr_expect_not(result_publish(&r, "a/b", "x", false, false));
	cr_expect_eq(errno, EEXIST);
	result_end(&r);
	cr_expect(holds("a/b/x", "one"));
	begin(&r, "three");
	cr_expect_eq(finality_check(&r.fd, &size, false), OUTPUT_FINAL);
	cr_expect(result_publish(&r, "a/b", "x", true, false));
	result_end(&r);
	cr_expect(holds("a/b/x", "three"));
	/* What comes to nothing leaves nothing. */
	begin(&r, "four");
	result_end(&r);
	result_end(&r);
	int scratch = results_scratch(results);
	cr_expect_neq(scratch, -1);
	cr_expect_eq(temporaries(), 0);
	(void)close(scratch);
}

Test(results, appear_whole_or_not)
{
	appears_whole_or_not();
}

Test(results, appear_whole_or_not_where_all_files_have_names)
{
	no_unnamed = true;
	appears_whole_or_not();
}

Test(results, a_writer_that_remains_is_seen)
{
	struct result r;
	uint64_t size = 0;

	begin(&r, "one");
	int kept = dup(r.fd);
	cr_expect_eq(finality_check(&r.fd, &size, false), OUTPUT_WRITABLE);
	(void)close(kept);
	result_end(&r);
}

Test(results, links_lead_nowhere)
{
	struct result r;
	uint64_t size = 0;

	cr_assert_eq(symlinkat("/tmp", root, "sub"), 0);
	begin(&r, "one");
	cr_expect_eq(finality_check(&r.fd, &size, false), OUTPUT_FINAL);
	cr_expect_not(result_publish(&r, "sub", "x", true, false));
	cr_expect_not(result_publish(&r, "..", "x", true, false));
	result_end(&r);
}
