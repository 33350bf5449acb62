/* SPDX-License-Identifier: ISC */
#include "files/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

enum { COPY_STRETCH = 2 << 20 /* bytes */ };

static enum copied copy_link(
    int from_folder, const char *from, int to_folder, const char *to)
{
	char target[PATH_MAX];

	ssize_t n = readlinkat(from_folder, from, target, sizeof target - 1);
	if (n == -1)
		return COPY_IMPOSSIBLE;
	target[n] = '\0';
	return symlinkat(target, to_folder, to) == 0 ? COPIED : COPY_FAILED;
}

bool copy_put(int out, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t k = write(out, p, n);
		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

bool copy_print(int from, FILE *to)
{
	char block[64 * 1024];
	ssize_t n;

	while ((n = read(from, block, sizeof block)) > 0 || (n == -1 && errno == EINTR))
		if (n > 0 &&
		    (fwrite(block, 1, (size_t)n, to) != (size_t)n || fflush(to) != 0))
			return false;
	return n == 0;
}

/* n bytes from where both stand, fewer where in ends. */
static enum copied copy_run(int in, int out, off_t n)
{
	static uint8_t buffer[256 * 1024];
	ssize_t k = 1;

	/* The kernel's own copy as far as it goes; the rest, or the reason, by hand. */
	while (n > 0 && k > 0) {
		k = copy_file_range(
		    in, NULL, out, NULL, n < 1 << 30 ? (size_t)n : 1 << 30, 0);
		n -= k > 0 ? k : 0;
	}
	while (n > 0) {
		k = read(
		    in, buffer, n < (off_t)sizeof buffer ? (size_t)n : sizeof buffer);
		if (k == -1 && errno == EINTR)
			continue;
		if (k == 0)
			return COPIED;
		if (k == -1)
			return COPY_IMPOSSIBLE;
		if (!copy_put(out, buffer, (size_t)k))
			return COPY_FAILED;
		n -= k;
	}
	return COPIED;
}

/* Writing of this stretch begins; the one before it is on the disk then, and no longer
 * kept in memory. False: errno, the disk failed. */
static bool copy_flush(int out, off_t at, off_t n, off_t before)
{
	(void)sync_file_range(out, at, n, SYNC_FILE_RANGE_WRITE);
	if (before < 0)
		return true;
	if (sync_file_range(out, before, COPY_STRETCH,
		SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
		    SYNC_FILE_RANGE_WAIT_AFTER) == -1 &&
	    (errno == EIO || errno == ENOSPC || errno == EDQUOT))
		return false;
	(void)posix_fadvise(out, before, COPY_STRETCH, POSIX_FADV_DONTNEED);
	return true;
}

/* The data from at to end, in stretches. */
static enum copied copy_stretches(
    int in, int out, off_t at, off_t end, uint64_t of, copy_tell_fn *tell)
{
	enum copied result = COPIED;
	off_t before = -1;

	if (lseek(in, at, SEEK_SET) == -1)
		return COPY_IMPOSSIBLE;
	if (lseek(out, at, SEEK_SET) == -1)
		return COPY_FAILED;
	while (at < end && result == COPIED) {
		off_t n = end - at < COPY_STRETCH ? end - at : COPY_STRETCH;
		result = copy_run(in, out, n);
		if (result == COPIED && n == COPY_STRETCH &&
		    !copy_flush(out, at, n, before))
			result = COPY_FAILED;
		before = at;
		at += n;
		if (tell)
			tell((uint64_t)at, of);
	}
	return result;
}

/* All of a file; its holes stay holes. */
static enum copied copy_bytes(int in, int out, uint64_t of, copy_tell_fn *tell)
{
	enum copied result = COPIED;
	off_t at = 0, data;

	while (result == COPIED && (data = lseek(in, at, SEEK_DATA)) != -1) {
		at = lseek(in, data, SEEK_HOLE);
		if (at == -1)
			return COPY_IMPOSSIBLE;
		result = copy_stretches(in, out, data, at, of, tell);
	}
	if (result != COPIED)
		return result;
	/* ENXIO: no data behind at. */
	off_t size = errno == ENXIO ? lseek(in, 0, SEEK_END) : -1;
	if (size == -1)
		return COPY_IMPOSSIBLE;
	return ftruncate(out, size) == 0 ? COPIED : COPY_FAILED;
}

bool copy_range(int in, uint64_t offset, uint64_t n, int out)
{
	static uint8_t buffer[256 * 1024];
	off_t at = (off_t)offset;
	ssize_t k = 1;

	/* The kernel's own copy as far as it goes; the rest, or the reason, by hand. */
	while (n > 0 && k > 0) {
		k = copy_file_range(in, &at, out, NULL, n < 1 << 30 ? n : 1 << 30, 0);
		n -= k > 0 ? (uint64_t)k : 0;
	}
	while (n > 0) {
		k = pread(in, buffer, n < sizeof buffer ? n : sizeof buffer, at);
		if (k == -1 && errno == EINTR)
			continue;
		if (k == 0)
			errno = ENODATA;
		if (k <= 0 || !copy_put(out, buffer, (size_t)k))
			return false;
		at += k;
		n -= (uint64_t)k;
	}
	return true;
}

bool copy_dress(int fd, const struct copy_dress *d)
{
	if ((d->owner != (uid_t)-1 || d->group != (gid_t)-1) &&
	    fchown(fd, d->owner, d->group) == -1)
		return false;
	return fchmod(fd, (mode_t)d->mode) == 0;
}

/* The source's owner where that is allowed, else at least its group, else neither. */
static bool dress_alike(int fd, const struct stat *source)
{
	int owned = fchown(fd, source->st_uid, source->st_gid);

	if (owned == -1)
		owned = fchown(fd, (uid_t)-1, source->st_gid);
	(void)owned;
	return fchmod(fd, source->st_mode & 0777) == 0;
}

/* NOLINTNEXTLINE(readability-function-size): from, to, and how */
enum copied copy_file(int from_folder, const char *from, const struct stat *source,
    int to_folder, const char *to, const struct copy_dress *dress, copy_tell_fn *tell)
{
	enum copied result = COPY_FAILED;
	struct stat st;

	if (S_ISLNK(source->st_mode))
		return copy_link(from_folder, from, to_folder, to);
	if (!S_ISREG(source->st_mode))
		return COPY_IMPOSSIBLE;
	int in = openat(
	    from_folder, from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (in == -1)
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM
			   ? COPY_FAILED
			   : COPY_IMPOSSIBLE;
	if (fstat(in, &st) == -1 || !S_ISREG(st.st_mode)) {
		(void)close(in);
		return COPY_IMPOSSIBLE;
	}
	int out = openat(
	    to_folder, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out != -1) {
		result = copy_bytes(in, out, (uint64_t)st.st_size, tell);
		if (result == COPIED &&
		    (!(dress ? copy_dress(out, dress) : dress_alike(out, &st)) ||
			fsync(out) == -1))
			result = COPY_FAILED;
		int saved = errno;
		if (close(out) == -1 && result == COPIED)
			return (void)close(in), COPY_FAILED;
		errno = saved;
	}
	int saved = errno;
	(void)close(in);
	errno = saved;
	return result;
}
