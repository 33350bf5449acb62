/* SPDX-License-Identifier: ISC */
#include "files/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/folder.h"

/* While names are removed a folder's listing may leave some out: then once more. */
enum { PASSES = 16 };

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void tree_tell(copy_tell_fn *tell)
{
	if (tell)
		tell(0, 0);
}

/* The next entry; NULL with errno 0: there is none. */
static const struct dirent *tree_next(DIR *dir)
{
	const struct dirent *e;

	do {
		errno = 0;
		e = readdir(dir);
	} while (e && is_dots(e->d_name));
	return e;
}

static bool remove_at(int folder, const char *name, unsigned depth, copy_tell_fn *tell);

static bool remove_inside(
    int folder, const char *name, unsigned depth, copy_tell_fn *tell)
{
	DIR *dir = folder_list(folder, name);
	const struct dirent *e;
	bool ok = true;

	if (!dir)
		return errno == ENOENT;
	while (ok && (e = tree_next(dir)))
		ok = remove_at(dirfd(dir), e->d_name, depth + 1, tell);
	ok = ok && errno == 0;
	int saved = errno;
	(void)closedir(dir);
	errno = saved;
	return ok;
}

static bool remove_at(int folder, const char *name, unsigned depth, copy_tell_fn *tell)
{
	tree_tell(tell);
	if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return false;
	if (depth == FOLDER_DEPTH_MAX) {
		errno = ELOOP;
		return false;
	}
	for (int pass = 1;; pass++) {
		if (!remove_inside(folder, name, depth, tell))
			return false;
		if (unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return true;
		if (errno != ENOTEMPTY || pass == PASSES)
			return false;
	}
}

bool tree_remove(int folder, const char *name, copy_tell_fn *tell)
{
	return remove_at(folder, name, 0, tell);
}

static bool copy_at(int from, const char *name, int to, const char *as, unsigned depth,
    copy_tell_fn *tell);

/* All of an open folder into another. */
static bool copy_inside(DIR *dir, int to, unsigned depth, copy_tell_fn *tell)
{
	const struct dirent *e;
	bool ok = true;

	while (ok && (e = tree_next(dir)))
		ok = copy_at(dirfd(dir), e->d_name, to, e->d_name, depth + 1, tell);
	return ok && errno == 0;
}

static bool copy_folder(int from, const char *name, int to, const char *as,
    unsigned depth, copy_tell_fn *tell)
{
	DIR *dir = folder_list(from, name);
	struct stat st;
	int fd = -1;

	if (dir && fstat(dirfd(dir), &st) == 0 && mkdirat(to, as, 0700) == 0)
		fd = openat(to, as, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool ok = fd != -1 && copy_inside(dir, fd, depth, tell);
	/* Its own mode last: it might forbid to write. An owner that may not be given is
	 * left. */
	if (ok) {
		const struct copy_dress dress = { st.st_mode & 07777, st.st_uid,
			st.st_gid };
		ok = copy_dress(fd, &dress) ||
		     (errno == EPERM && fchmod(fd, dress.mode) == 0);
	}
	ok = ok && folder_sync(fd) == 0;
	int saved = errno;
	if (dir)
		(void)closedir(dir);
	if (fd != -1)
		(void)close(fd);
	errno = saved;
	return ok;
}

static bool copy_at(int from, const char *name, int to, const char *as, unsigned depth,
    copy_tell_fn *tell)
{
	struct stat st;

	tree_tell(tell);
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	if (!S_ISDIR(st.st_mode))
		return copy_file(from, name, &st, to, as, NULL, tell) == COPIED;
	if (depth == FOLDER_DEPTH_MAX) {
		errno = ELOOP;
		return false;
	}
	return copy_folder(from, name, to, as, depth, tell);
}

bool tree_copy(int from, const char *name, int to, const char *as, copy_tell_fn *tell)
{
	return copy_at(from, name, to, as, 0, tell);
}
