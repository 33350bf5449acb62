/* SPDX-License-Identifier: ISC */
#include "files/origin.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fnv.h"
#include "files/naming.h"

enum { MARK_SIZE = 256 };

uint64_t origin_around(int folder)
{
	char path[40], around[PATH_MAX];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", folder);
	ssize_t n = folder == -1 ? -1 : readlink(path, around, sizeof around - 1);
	if (n < 0)
		return 0;
	around[n] = '\0';
	return fnv_text(fnv_text(FNV_BASIS, around), "/");
}

struct origin origin_of(uint64_t around, const char *name, const struct stat *input,
    uint64_t run, const char *target)
{
	struct origin o = { .device = input->st_dev,
		.inode = input->st_ino,
		.size = (uint64_t)input->st_size,
		.modified_ns = clock_stamp(&input->st_mtim),
		.run = run };

	(void)snprintf(o.target, sizeof o.target, "%s", target);
	if (around != 0) /* else device and inode still tell */
		o.place = fnv_text(around, name);
	return o;
}

/* A folder's length says nothing. */
static int64_t own_size(const struct stat *st)
{
	return S_ISDIR(st->st_mode) ? 0 : (int64_t)st->st_size;
}

bool origin_mark(int fd, const struct origin *o)
{
	char text[MARK_SIZE];
	struct stat st;

	if (fstat(fd, &st) == -1)
		return false;
	int n = snprintf(text, sizeof text,
	    "1 %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIu64 " %" PRId64 " %" PRIx64
	    " %" PRId64 " %" PRId64 " %s",
	    o->place, o->device, o->inode, o->size, o->modified_ns, o->run, own_size(&st),
	    clock_stamp(&st.st_mtim), o->target);
	return n > 0 && n < MARK_SIZE &&
	       fsetxattr(fd, ORIGIN_ATTRIBUTE, text, (size_t)n, 0) == 0;
}

/* Is kept what was meant, in the grain of some file system? FAT has two seconds, others
 * one, 10 ms, or 100 ns. */
static bool in_some_grain(int64_t kept, int64_t meant)
{
	static const int64_t grains[] = { 1, 100, 1000, 1000000, 10000000, 1000000000,
		2000000000 };

	for (size_t i = 0; i < sizeof grains / sizeof grains[0]; i++)
		if (kept % grains[i] == 0 && kept <= meant &&
		    (uint64_t)meant - (uint64_t)kept < (uint64_t)grains[i])
			return true;
	return false;
}

enum origin_told origin_read(int fd, struct origin *o)
{
	int64_t size, modified_ns;
	char text[MARK_SIZE];
	struct stat st;

	*o = (struct origin){ .place = 0 };
	ssize_t n = fgetxattr(fd, ORIGIN_ATTRIBUTE, text, sizeof text - 1);
	if (n == -1)
		return errno == ENODATA || errno == ERANGE ? ORIGIN_NONE : ORIGIN_UNKNOWN;
	text[n] = '\0';
	/* NOLINTNEXTLINE(cert-err34-c): a number out of range is no input's */
	if (sscanf(text,
		"1 %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNu64 " %" SCNd64 " %" SCNx64
		" %" SCNd64 " %" SCNd64 " %15s",
		&o->place, &o->device, &o->inode, &o->size, &o->modified_ns, &o->run,
		&size, &modified_ns, o->target) != 9)
		return ORIGIN_NONE;
	return fstat(fd, &st) == 0 && own_size(&st) == size &&
		       in_some_grain(clock_stamp(&st.st_mtim), modified_ns)
		   ? ORIGIN_KEPT
		   : ORIGIN_CHANGED;
}

/* A file that was moved is the same one; an inode's number alone is given out again. */
bool origin_same_input(const struct origin *a, const struct origin *b)
{
	if (strcmp(a->target, b->target) != 0)
		return false;
	return (a->place != 0 && a->place == b->place) ||
	       (a->device == b->device && a->inode == b->inode &&
		   origin_same_state(a, b));
}

bool origin_same_state(const struct origin *a, const struct origin *b)
{
	return a->size == b->size && a->modified_ns == b->modified_ns;
}

bool origin_dated(const struct stat *result, const struct stat *input)
{
	return in_some_grain(clock_stamp(&result->st_mtim), clock_stamp(&input->st_mtim));
}

bool origin_is_result(int folder, const char *name, const char *extension)
{
	struct origin origin;

	if (!naming_is_result(folder, name, extension))
		return false;
	int fd = openat(
	    folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return true;
	enum origin_told told = origin_read(fd, &origin);
	(void)close(fd);
	return told != ORIGIN_NONE;
}
