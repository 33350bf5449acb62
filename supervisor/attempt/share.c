/* SPDX-License-Identifier: ISC */
#include "attempt/share.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "pool/autopsy.h"

enum {
	MIB = 1 << 20,
	USUAL = 64 * MIB, /* what a usual message may write: this much, or */
	USUAL_TIMES = 16, /* so many times its size, where there is space for several */
	SEVERAL = 4,
	RESERVED_TIMES = 8, /* what is set aside: so many times the message's size and */
	RESERVED = 16 * MIB,
	RESERVED_MOST = 64 * MIB,
	RESERVED_LEAST = 4 * MIB, /* where there is less than statfs tells: a quota */
	KEPT_SHARE = 16, /* at most a 16th of the free space is kept for others */
};

static uint64_t share_least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t share_times(uint64_t bytes, uint64_t times, uint64_t more)
{
	return bytes > (UINT64_MAX - more) / times ? UINT64_MAX : bytes * times + more;
}

uint64_t share_of(
    uint64_t free, uint64_t kept, uint64_t bytes, unsigned workers, bool alone)
{
	if (free == UINT64_MAX)
		return UINT64_MAX;
	free -= share_least(kept, free / KEPT_SHARE);
	if (alone)
		return free;
	/* An even share, with which output and scratch of all workers fit; or, if that
	 * is more, what a usual message needs. */
	uint64_t even = free / (workers > 0 ? 2 * (uint64_t)workers : 2);
	uint64_t usual =
	    share_least(share_times(bytes, USUAL_TIMES, USUAL), free / SEVERAL);
	return even > usual ? even : usual;
}

uint64_t share_free(int fd)
{
	struct statvfs v;

	if (fstatvfs(fd, &v) == -1)
		return UINT64_MAX;
	return v.f_bavail > UINT64_MAX / v.f_frsize ? UINT64_MAX
						    : v.f_bavail * v.f_frsize;
}

bool share_reserve(int output, uint64_t bytes, uint64_t share)
{
	uint64_t most = share_least(share, RESERVED_MOST),
		 n = share_least(share_times(bytes, RESERVED_TIMES, RESERVED), most),
		 least = share_least(
		     share_times(bytes, RESERVED_TIMES, RESERVED_LEAST), most);

	while (n != 0 && fallocate(output, FALLOC_FL_KEEP_SIZE, 0, (off_t)n) == -1) {
		if (errno == EOPNOTSUPP || errno == EINTR)
			break;
		if ((errno != EDQUOT && errno != ENOSPC) || n == least)
			return false;
		n = n / 2 > least ? n / 2 : least;
	}
	return true;
}

void share_release(int output)
{
	struct stat st;

	if (fstat(output, &st) == 0)
		(void)!ftruncate(output, st.st_size);
}

bool share_lacked(const struct autopsy *a)
{
	return a->output_errno == ENOSPC || a->output_errno == EDQUOT ||
	       a->output_errno == EIO;
}

bool share_is_short(int output)
{
	struct stat st;

	return fstat(output, &st) == 0 &&
	       fallocate(output, FALLOC_FL_KEEP_SIZE, st.st_size, MIB) == -1 &&
	       (errno == ENOSPC || errno == EDQUOT || errno == EIO);
}
