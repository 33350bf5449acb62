/* SPDX-License-Identifier: ISC */
#include "files/results.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "files/folder.h"
#include "files/naming.h"

struct results {
	unsigned holders;
	int root;
	bool unnamed; /* O_TMPFILE works here */
	int last;     /* the folder used last, -1 none; most inputs come in its order */
	char *last_sub;
};

static unsigned long last_number; /* of temporary names in this process */

void results_remove(int root, const char *temporary)
{
	const struct dirent *e;

	if (unlinkat(root, temporary, 0) == 0 || (errno != EISDIR && errno != EPERM))
		return;
	DIR *d = folder_list(root, temporary);
	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		(void)closedir(d);
	(void)unlinkat(root, temporary, AT_REMOVEDIR);
}

/* What a run left whose process is gone. Ours of an earlier life cannot be told from a
 * live one when the number is in use again: then it stays until the next run. */
static void remove_stale(int root)
{
	DIR *d = folder_list(root, "");
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		const size_t n = strlen(NAMING_TEMPORARY);
		if (strncmp(e->d_name, NAMING_TEMPORARY, n) != 0)
			continue;
		char *end = NULL;
		long pid = strtol(e->d_name + n, &end, 10);
		if (pid > 0 && *end == '-' && kill((pid_t)pid, 0) == -1 && errno == ESRCH)
			results_remove(root, e->d_name);
	}
	if (d)
		(void)closedir(d);
}

struct results *results_open(int root)
{
	struct results *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->holders = 1;
	r->last = -1;
	r->unnamed = true;
	r->root = fcntl(root, F_DUPFD_CLOEXEC, 0);
	if (r->root == -1) {
		free(r);
		return NULL;
	}
	remove_stale(r->root);
	return r;
}

struct results *results_hold(struct results *r)
{
	r->holders++;
	return r;
}

void results_close(struct results *r)
{
	if (!r || --r->holders > 0)
		return;
	if (r->last != -1)
		(void)close(r->last);
	(void)close(r->root);
	free(r->last_sub);
	free(r);
}

int results_root(const struct results *r)
{
	return r->root;
}

bool results_space(const struct results *r, uint64_t *bytes, uint64_t *inodes)
{
	struct statvfs fs;

	if (fstatvfs(r->root, &fs) == -1)
		return false;
	*bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	*inodes = fs.f_files > 0 ? fs.f_favail : UINT64_MAX;
	return true;
}

unsigned results_folder_mode(void)
{
	mode_t mask = umask(077);

	(void)umask(mask);
	return 0777 & ~(unsigned)mask;
}

/* The folder of sub, kept open for the next one; -1: errno. */
static int folder_of(struct results *r, const char *sub, bool make)
{
	if (r->last != -1 && strcmp(r->last_sub, sub) == 0)
		return r->last;
	int fd = make ? folder_make(r->root, sub, results_folder_mode(), false)
		      : folder_open(r->root, sub);
	if (fd == -1)
		return -1;
	char *copy = strdup(sub);
	if (!copy) {
		(void)close(fd);
		return -1;
	}
	if (r->last != -1)
		(void)close(r->last);
	free(r->last_sub);
	r->last = fd;
	r->last_sub = copy;
	return fd;
}

int results_look(struct results *r, const char *sub, const char *name, struct stat *st)
{
	int folder = folder_of(r, sub, false);

	return folder != -1 && fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW) == 0
		   ? folder
		   : -1;
}

void results_temporary(char to[RESULTS_TEMPORARY])
{
	(void)snprintf(to, 40, NAMING_TEMPORARY "%ld-%lu", (long)getpid(), ++last_number);
}

/* O_TMPFILE is not known here, by whichever errno. */
static bool needs_name(void)
{
	return errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL ||
	       errno == ENOENT;
}

static int results_make(
    struct results *r, int access, char temporary[RESULTS_TEMPORARY], mode_t mode)
{
	*temporary = '\0';
	if (r->unnamed) {
		int fd = openat(r->root, ".", O_TMPFILE | access | O_CLOEXEC, mode);
		if (fd != -1 || !needs_name())
			return fd;
		r->unnamed = false;
	}
	results_temporary(temporary);
	return openat(
	    r->root, temporary, access | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

int results_scratch(struct results *r)
{
	char temporary[RESULTS_TEMPORARY];

	int fd = results_make(r, O_RDWR, temporary, 0600);
	if (fd != -1 && *temporary)
		(void)unlinkat(r->root, temporary, 0);
	return fd;
}

bool result_begin(struct results *r, struct result *to)
{
	*to = (struct result){ .fd = -1 };
	to->fd = results_make(r, O_WRONLY, to->temporary, 0666);
	if (to->fd == -1)
		return false;
	to->in = results_hold(r);
	return true;
}

static void path_of(int fd, char path[40])
{
	(void)snprintf(path, 40, "/proc/self/fd/%d", fd);
}

/* Give what has no name one at the root. */
static bool name_it(struct result *r)
{
	char path[40];

	results_temporary(r->temporary);
	path_of(r->fd, path);
	if (linkat(AT_FDCWD, path, r->in->root, r->temporary, AT_SYMLINK_FOLLOW) == 0)
		return true;
	r->temporary[0] = '\0';
	return false;
}

/* Not by a link from the unnamed file itself: only a rename can replace. */
static bool results_place(struct result *r, int folder, const char *name, bool replace)
{
	char path[40];

	path_of(r->fd, path);
	if (!r->temporary[0] && !replace)
		return linkat(AT_FDCWD, path, folder, name, AT_SYMLINK_FOLLOW) == 0;
	if (!r->temporary[0] && !name_it(r))
		return false;
	int renamed = replace ? renameat(r->in->root, r->temporary, folder, name)
			      : folder_rename(r->in->root, r->temporary, folder, name);
	if (renamed == 0)
		r->temporary[0] = '\0';
	return renamed == 0;
}

bool result_publish(
    struct result *r, const char *sub, const char *name, bool replace, bool sync)
{
	int folder = folder_of(r->in, sub, true);

	if (folder == -1 || !results_place(r, folder, name, replace))
		return false;
	return !sync || folder_sync(folder) == 0;
}

void result_end(struct result *r)
{
	if (!r->in)
		return;
	if (r->temporary[0])
		(void)unlinkat(r->in->root, r->temporary, 0);
	if (r->fd != -1)
		(void)close(r->fd);
	results_close(r->in);
	*r = (struct result){ .fd = -1 };
}
