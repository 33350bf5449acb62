/* SPDX-License-Identifier: ISC */
#include "files/stamp.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static struct timespec stamp_time(struct statx_timestamp t)
{
	return (struct timespec){ .tv_sec = t.tv_sec, .tv_nsec = t.tv_nsec };
}

static bool ask_server(int fd, unsigned what, struct statx *x)
{
	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, what, x) == 0;
}

bool stamp_take(int fd, struct stamp *to)
{
	struct statx x;

	if (!ask_server(fd, STATX_SIZE | STATX_MTIME, &x))
		return false;
	*to = (struct stamp){ x.stx_size, stamp_time(x.stx_mtime) };
	return true;
}

bool stamp_look(int fd, struct stamp *to, struct stat *st)
{
	struct statx x;

	if (!ask_server(fd, STATX_BASIC_STATS, &x))
		return false;
	*to = (struct stamp){ x.stx_size, stamp_time(x.stx_mtime) };
	*st = (struct stat){ .st_dev = makedev(x.stx_dev_major, x.stx_dev_minor),
		.st_ino = x.stx_ino,
		.st_mode = x.stx_mode,
		.st_nlink = x.stx_nlink,
		.st_uid = x.stx_uid,
		.st_gid = x.stx_gid,
		.st_size = (off_t)x.stx_size,
		.st_blocks = (blkcnt_t)x.stx_blocks,
		.st_atim = stamp_time(x.stx_atime),
		.st_mtim = stamp_time(x.stx_mtime),
		.st_ctim = stamp_time(x.stx_ctime) };
	return true;
}

bool stamp_same(const struct stamp *a, const struct stamp *b)
{
	return a->size == b->size && a->modified.tv_sec == b->modified.tv_sec &&
	       a->modified.tv_nsec == b->modified.tv_nsec;
}
