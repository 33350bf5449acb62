/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_GROUND_H
#define SPOOL_GROUND_H

/* Ground for tests of the spool: real folders below /tmp and, as another volume, below
 * /dev/shm. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "log/log.h"
#include "spool/spool.h"

static __attribute__((unused)) char ground_ignore[] = "*.tmp *.part";
static __attribute__((unused)) char ground_to[] = "mime";

struct ground {
	char near[64], far[64];
	struct config config;
	struct spool *spool;
	struct claim *found[16]; /* by ground_restart */
	unsigned found_count;
};

static __attribute__((unused)) int ground_remove(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static __attribute__((unused, format(printf, 1, 2))) char *ground_path(
    const char *format, ...)
{
	char *path = NULL;
	va_list args;

	va_start(args, format);
	cr_assert_neq(vasprintf(&path, format, args), -1);
	va_end(args);
	return path;
}

static __attribute__((unused)) void ground_open(struct ground *g)
{
	char *error = NULL;

	g->spool = spool_open(&g->config, &error);
	cr_assert(g->spool, "%s", error ? error : "?");
}

static __attribute__((unused)) void ground_find(void *arg, struct claim *c)
{
	struct ground *g = arg;

	cr_assert_lt(g->found_count, sizeof g->found / sizeof g->found[0]);
	g->found[g->found_count++] = c;
}

/* As after a crash: what recovery finds is in found, the caller's to free. */
static __attribute__((unused)) void ground_restart(struct ground *g)
{
	spool_close(g->spool);
	ground_open(g);
	g->found_count = 0;
	cr_assert(spool_recover(g->spool, ground_find, g), "%s", strerror(errno));
}

/* far: which of 'i', 'o', 'd', 'r' are other volumes. */
static __attribute__((unused)) void ground_new(struct ground *g, const char *far)
{
	log_open(LOG_TEXT, LOG_ERROR, 0);
	memset(g, 0, sizeof *g);
	strcpy(g->near, "/tmp/bulkhead-spool-XXXXXX");
	strcpy(g->far, "/dev/shm/bulkhead-spool-XXXXXX");
	cr_assert(mkdtemp(g->near));
	cr_assert(mkdtemp(g->far));
	g->config.spool = ground_path("%s/spool", g->near);
	g->config.convert.to = ground_to;
	g->config.files.folder_mode = 0700;
	g->config.files.mode = 0640;
	g->config.intake.ignore = ground_ignore;
	if (strchr(far, 'i'))
		g->config.folders.incoming = ground_path("%s/incoming", g->far);
	if (strchr(far, 'o'))
		g->config.folders.outgoing = ground_path("%s/outgoing", g->far);
	if (strchr(far, 'd'))
		g->config.folders.dead = ground_path("%s/dead", g->far);
	if (strchr(far, 'r'))
		g->config.folders.reports = ground_path("%s/reports", g->far);
	ground_open(g);
}

static __attribute__((unused)) void ground_free(struct ground *g)
{
	spool_close(g->spool);
	(void)nftw(g->near, ground_remove, 16, FTW_DEPTH | FTW_PHYS);
	(void)nftw(g->far, ground_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(g->config.spool);
	free(g->config.folders.incoming);
	free(g->config.folders.outgoing);
	free(g->config.folders.dead);
	free(g->config.folders.reports);
}

static __attribute__((unused)) void ground_put(
    int folder, const char *name, const char *text)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	cr_assert_neq(fd, -1, "%s: %s", name, strerror(errno));
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static __attribute__((unused)) bool ground_has(int folder, const char *name)
{
	return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Does the file hold this text? */
static __attribute__((unused)) bool ground_is(
    int folder, const char *name, const char *text)
{
	char got[256] = "";
	int fd = openat(folder, name, O_RDONLY);
	if (fd == -1)
		return false;
	ssize_t n = read(fd, got, sizeof got - 1);
	close(fd);
	return n == (ssize_t)strlen(text) && strcmp(got, text) == 0;
}

/* Mounts of their own at outgoing/s, dead/s and reports/s, for this process and its
 * children only. False: it may not. */
static __attribute__((unused)) bool ground_mounts(struct ground *g)
{
	char path[32];

	spool_close(g->spool); /* its descriptors are of the old namespace */
	bool may = unshare(CLONE_NEWNS) == 0 &&
		   mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	ground_open(g);
	if (!may) {
		fputs("NOT TESTED: mounts need root\n", stderr);
		return false;
	}
	const struct places *p = spool_places(g->spool);
	const int roots[] = { p->outgoing, p->dead, p->reports };
	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(mkdirat(roots[i], "s", 0700), 0);
		snprintf(path, sizeof path, "/proc/self/fd/%d/s", roots[i]);
		cr_assert_eq(mount("tmpfs", path, "tmpfs", 0, "size=1m"), 0);
	}
	return true;
}

static __attribute__((unused)) void ground_unmount(struct ground *g)
{
	const struct places *p = spool_places(g->spool);
	const int roots[] = { p->outgoing, p->dead, p->reports };
	char path[32];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "/proc/self/fd/%d/s", roots[i]);
		cr_expect_eq(umount2(path, MNT_DETACH), 0);
	}
}

/* Files and folders below a folder, without .tmp, .active and .place. */
static __attribute__((unused)) unsigned ground_count(int folder, const char *sub)
{
	unsigned n = 0;
	int fd = openat(folder, sub, O_RDONLY | O_DIRECTORY);
	if (fd == -1)
		return 0;
	DIR *d = fdopendir(fd);
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
		    strcmp(e->d_name, ".place") && strcmp(e->d_name, ".tmp") &&
		    strcmp(e->d_name, ".active"))
			n++;
	closedir(d);
	return n;
}

/* spool_claim, without the open file. */
static __attribute__((unused)) enum claimed ground_take(
    struct spool *s, const char *sub, const char *name, bool moved_in, struct claim **out)
{
	int input;
	enum claimed result = spool_claim(s, sub, name, moved_in, out, &input);

	if (input != -1)
		(void)close(input);
	return result;
}

static __attribute__((unused)) struct claim *ground_claim(
    struct ground *g, const char *sub, const char *name, const char *text)
{
	struct claim *c = NULL;
	char *path = ground_path("%s%s%s", sub, *sub ? "/" : "", name);

	if (*sub)
		(void)mkdirat(spool_incoming(g->spool), sub, 0700);
	ground_put(spool_incoming(g->spool), path, text);
	free(path);
	cr_assert_eq(
	    ground_take(g->spool, sub, name, true, &c), CLAIMED, "%s", strerror(errno));
	return c;
}

#endif
