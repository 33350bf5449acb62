/* SPDX-License-Identifier: ISC */
#include "files/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/copy.h"

enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* errno of what failed, not of the closing. */
static int close_failed(int fd)
{
	int saved = errno;

	(void)close(fd);
	errno = saved;
	return -1;
}

/* What is made while walking down. */
struct made {
	unsigned mode;
	gid_t group;
	bool sync;
};

static int make_one(int parent, const char *name, const struct made *how)
{
	struct stat st;

	/* chmod, since the umask is about files of messages: the mode asked for is meant.
	 */
	if (mkdirat(parent, name, 0700) == -1)
		return errno == EEXIST ? 0 : -1;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    (how->group != (gid_t)-1 && fchownat(parent, name, (uid_t)-1, how->group,
					    AT_SYMLINK_NOFOLLOW) == -1) ||
	    fchmodat(parent, name, how->mode | (st.st_mode & S_ISGID), 0) == -1)
		return -1;
	return how->sync ? folder_sync(parent) : 0;
}

/* Walk down sub from root; how NULL: make nothing. */
static int folder_walk(int root, const char *sub, const struct made *how)
{
	int at = openat(root, ".", FOLDER_FLAGS);

	while (at != -1 && *sub != '\0') {
		char name[NAME_MAX + 1];
		size_t n = strcspn(sub, "/");
		if (n == 0 || n > NAME_MAX) {
			errno = n == 0 ? EINVAL : ENAMETOOLONG;
			return close_failed(at);
		}
		memcpy(name, sub, n);
		name[n] = '\0';
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
			errno = ENOENT; /* never up */
			return close_failed(at);
		}
		sub += n;
		if (*sub == '/')
			sub++;
		int down = openat(at, name, FOLDER_FLAGS);
		if (down == -1 && errno == ENOENT && how) {
			if (make_one(at, name, how) == -1)
				return close_failed(at);
			down = openat(at, name, FOLDER_FLAGS);
		}
		if (down == -1)
			return close_failed(at);
		(void)close(at);
		at = down;
	}
	return at;
}

int folder_open(int root, const char *sub)
{
	return folder_walk(root, sub, NULL);
}

DIR *folder_list(int root, const char *sub)
{
	int fd = folder_open(root, sub);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	if (!dir && fd != -1)
		(void)close_failed(fd);
	return dir;
}

int folder_borrow(int root, const char *sub)
{
	return *sub == '\0' ? root : folder_open(root, sub);
}

void folder_return(int root, int folder)
{
	const int saved = errno;

	if (folder != -1 && folder != root)
		(void)close(folder);
	errno = saved;
}

int folder_make(int root, const char *sub, unsigned mode, bool sync)
{
	return folder_make_for(root, sub, mode, (gid_t)-1, sync);
}

int folder_make_for(int root, const char *sub, unsigned mode, gid_t group, bool sync)
{
	enum { TRIES = 10 };
	const struct made how = { mode, group, sync };

	for (int i = 1;; i++) {
		int fd = folder_walk(root, sub, &how);
		/* Somebody removes empty folders while we make them. */
		if (fd != -1 || errno != ENOENT || i == TRIES)
			return fd;
	}
}

void folder_prune(int root, const char *sub)
{
	char path[PATH_MAX];
	size_t n = strlen(sub);

	if (n >= sizeof path)
		return;
	memcpy(path, sub, n + 1);
	while (path[0] != '\0' && unlinkat(root, path, AT_REMOVEDIR) == 0) {
		char *slash = strrchr(path, '/');
		*(slash ? slash : path) = '\0';
	}
}

int folder_rename(int from_folder, const char *from, int to_folder, const char *to)
{
	struct stat st;

	if (renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* Not known here (NFS, some FUSE). Look, then rename: a link and an unlink would
	   never replace either, but a kill between them could deliver a message twice,
	   while names with our ids in them are made by nobody else. */
	if (fstatat(to_folder, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(from_folder, from, to_folder, to) : -1;
}

int folder_sync(int folder)
{
	if (fsync(folder) == 0 || errno == EINVAL || errno == ENOTSUP)
		return 0;
	return -1;
}

int folder_create(int folder, const char *name)
{
	if (unlinkat(folder, name, 0) == -1 && errno != ENOENT)
		return -1;
	return openat(
	    folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

bool folder_created(int folder, const char *name, int fd, bool ok)
{
	int saved = errno;

	/* Network file systems report a full disk at close. */
	if (close(fd) == -1 && ok) {
		saved = errno;
		ok = false;
	}
	if (!ok)
		(void)unlinkat(folder, name, 0);
	errno = saved;
	return ok;
}

bool folder_write(int folder, const char *name, const void *bytes, size_t n, bool sync)
{
	int fd = folder_create(folder, name);

	return fd != -1 && folder_created(folder, name, fd,
			       copy_put(fd, bytes, n) && (!sync || fsync(fd) == 0));
}

bool folder_write_whole(
    int folder, const char *name, const void *bytes, size_t n, bool sync)
{
	char half[NAME_MAX + sizeof ".tmp"];

	(void)snprintf(half, sizeof half, "%s.tmp", name);
	return folder_write(folder, half, bytes, n, sync) &&
	       renameat(folder, half, folder, name) == 0 &&
	       (!sync || folder_sync(folder) == 0);
}
