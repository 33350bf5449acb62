/*
 * What a machine does to a service that is not the service's fault: calls on the
 * spool fail, and the wall clock jumps. Preloaded (LD_PRELOAD) by tests/chaos/run
 * into the supervisor and the janitor; in any other program it does nothing.
 *
 *   FAULTS_SHARED  file of sizeof(struct shared), mapped by every process of a run
 *   FAULTS_SPOOL   the folder whose calls fail
 *
 * The test writes error, every and offset at any time; the processes count.
 */
#undef _FORTIFY_SOURCE /* its inline open() cannot be defined again */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The calls are the C library's: so are the names of their parameters.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,bugprone-macro-parentheses,
 * bugprone-reserved-identifier) */

struct shared {
	_Atomic uint64_t every; /* of so many calls one fails; 0: none */
	_Atomic int64_t error;  /* with this */
	_Atomic int64_t offset; /* seconds that the wall clock is wrong */
	_Atomic uint64_t calls; /* on the spool, since every was set */
	_Atomic uint64_t failed;
};

static struct shared *shared;
static const char *spool;

/* The function that would have been called without this library. */
#define NEXT(name) next_##name
#define FIND(name) \
	static __typeof__(&name) next_##name; \
	if (!next_##name) \
	*(void **)&next_##name = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void faults_start(void)
{
	const char *file = getenv("FAULTS_SHARED");

	spool = getenv("FAULTS_SPOOL");
	if (!file || !spool || strcmp(program_invocation_short_name, "bulkhead") != 0)
		return;
	int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return;
	void *p = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)syscall(SYS_close, fd);
	if (p != MAP_FAILED)
		shared = p;
}

static bool below_spool(const char *path)
{
	size_t n = strlen(spool);

	return strncmp(path, spool, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* Is it the call's turn? A call into the spool by a name, or by a descriptor (name null).
 */
static bool fails(int fd, const char *name)
{
	char path[4096] = "", link[64];

	if (!shared || atomic_load(&shared->every) == 0)
		return false;
	int saved = errno;
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = fd == AT_FDCWD ? readlink("/proc/self/cwd", path, sizeof path - 1)
				   : readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = '\0';
	errno = saved;
	if (!below_spool(name && name[0] == '/' ? name : path))
		return false;
	uint64_t every = atomic_load(&shared->every);
	if (every == 0 || (atomic_fetch_add(&shared->calls, 1) + 1) % every != 0)
		return false;
	(void)atomic_fetch_add(&shared->failed, 1);
	errno = (int)atomic_load(&shared->error);
	return true;
}

/* ---- calls with a name, calls with a descriptor ---- */

#define CALL(type, name, params, dir, path, ...) \
	type name params \
	{ \
		FIND(name); \
		return fails(dir, path) ? -1 : NEXT(name)(__VA_ARGS__); \
	}
CALL(int, rename, (const char *from, const char *to), AT_FDCWD, to, from, to)
CALL(int, renameat, (int fd, const char *from, int td, const char *to), td, to, fd, from,
    td, to)
CALL(int, renameat2, (int fd, const char *from, int td, const char *to, unsigned flags),
    td, to, fd, from, td, to, flags)
CALL(int, link, (const char *from, const char *to), AT_FDCWD, to, from, to)
CALL(int, linkat, (int fd, const char *from, int td, const char *to, int flags), td, to,
    fd, from, td, to, flags)
CALL(int, unlink, (const char *path), AT_FDCWD, path, path)
CALL(int, unlinkat, (int dir, const char *path, int flags), dir, path, dir, path, flags)
CALL(int, mkdir, (const char *path, mode_t mode), AT_FDCWD, path, path, mode)
CALL(int, mkdirat, (int dir, const char *path, mode_t mode), dir, path, dir, path, mode)
CALL(ssize_t, write, (int fd, const void *data, size_t n), fd, NULL, fd, data, n)
CALL(ssize_t, pwrite, (int fd, const void *data, size_t n, off_t at), fd, NULL, fd, data,
    n, at)
CALL(int, ftruncate, (int fd, off_t n), fd, NULL, fd, n)
CALL(int, fsync, (int fd), fd, NULL, fd)
CALL(int, fdatasync, (int fd), fd, NULL, fd)
CALL(int, syncfs, (int fd), fd, NULL, fd)
CALL(int, fchmod, (int fd, mode_t mode), fd, NULL, fd, mode)
CALL(ssize_t, copy_file_range,
    (int in, off64_t *in_at, int fd, off64_t *at, size_t n, unsigned flags), fd, NULL, in,
    in_at, fd, at, n, flags)

#define MODE_ARGUMENT() \
	mode_t mode = 0; \
	if (flags & (O_CREAT | O_TMPFILE)) { \
		va_list more; \
		va_start(more, flags); \
		mode = va_arg(more, mode_t); \
		va_end(more); \
	}
#define OPEN(name) \
	int name(const char *path, int flags, ...) \
	{ \
		FIND(name); \
		MODE_ARGUMENT() \
		return fails(AT_FDCWD, path) ? -1 : NEXT(name)(path, flags, mode); \
	}
#define OPENAT(name) \
	int name(int dir, const char *path, int flags, ...) \
	{ \
		FIND(name); \
		MODE_ARGUMENT() \
		return fails(dir, path) ? -1 : NEXT(name)(dir, path, flags, mode); \
	}
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* What _FORTIFY_SOURCE makes of an open without a mode. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

int __openat_2(int dir, const char *path, int flags);
int __openat_2(int dir, const char *path, int flags)
{
	return openat(dir, path, flags);
}

/* ---- the wall clock ---- */

static time_t wrong_by(void)
{
	return shared ? (time_t)atomic_load(&shared->offset) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	FIND(clock_gettime);
	int result = NEXT(clock_gettime)(clock, now);

	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += wrong_by();
	return result;
}

time_t time(time_t *to)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (to)
		*to = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	FIND(gettimeofday);
	int result = NEXT(gettimeofday)(now, zone);

	if (result == 0)
		now->tv_sec += wrong_by();
	return result;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name,bugprone-macro-parentheses,
 * bugprone-reserved-identifier) */
