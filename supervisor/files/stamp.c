/* SPDX-License-Identifier: ISC */
#include "files/stamp.h"

#include <fcntl.h>
#include <sys/stat.h>

bool stamp_take(int fd, struct stamp *to)
{
	struct statx x;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_SIZE | STATX_MTIME,
		&x) == -1)
		return false;
	to->size = x.stx_size;
	to->modified = (struct timespec){ .tv_sec = x.stx_mtime.tv_sec,
		.tv_nsec = x.stx_mtime.tv_nsec };
	return true;
}

bool stamp_same(const struct stamp *a, const struct stamp *b)
{
	return a->size == b->size && a->modified.tv_sec == b->modified.tv_sec &&
	       a->modified.tv_nsec == b->modified.tv_nsec;
}
