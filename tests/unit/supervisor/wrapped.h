/* SPDX-License-Identifier: ISC */
#ifndef WRAPPED_H
#define WRAPPED_H

/*
 * Calls of the library that change the disk, wrapped by the linker (--wrap, see
 * tests/CMakeLists.txt): each counts, and a child under wrapped_run ends at its
 * n-th as by a SIGKILL. Two more give what this machine does not have: file systems
 * without leases, clocks that are set back.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int wrapped_left = -1;
static __attribute__((unused)) bool wrapped_no_leases;
static __attribute__((unused)) time_t wrapped_clock_back;

static void wrapped_spend(void)
{
	if (wrapped_left > 0 && --wrapped_left == 0)
		_exit(42);
}

#define WRAP(name, result, params, args) \
	result __real_##name params; \
	result __wrap_##name params; \
	result __wrap_##name params \
	{ \
		result r = __real_##name args; \
		wrapped_spend(); \
		return r; \
	}

WRAP(renameat, int, (int a, const char *b, int c, const char *d), (a, b, c, d))
WRAP(renameat2, int, (int a, const char *b, int c, const char *d, unsigned e),
    (a, b, c, d, e))
WRAP(unlinkat, int, (int a, const char *b, int c), (a, b, c))
WRAP(linkat, int, (int a, const char *b, int c, const char *d, int e), (a, b, c, d, e))
WRAP(mkdirat, int, (int a, const char *b, mode_t c), (a, b, c))
WRAP(fchmodat, int, (int a, const char *b, mode_t c, int d), (a, b, c, d))
WRAP(write, ssize_t, (int a, const void *b, size_t n), (a, b, n))
WRAP(copy_file_range, ssize_t, (int a, off_t *b, int c, off_t *d, size_t n, unsigned f),
    (a, b, c, d, n, f))

int __real_fsync(int);
int __wrap_fsync(int);
static __attribute__((unused)) unsigned wrapped_syncs;
static __attribute__((unused)) bool wrapped_no_sync;
int __wrap_fsync(int fd)
{
	int r = __real_fsync(fd);
	if (wrapped_no_sync) {
		errno = EIO;
		r = -1;
	}
	wrapped_syncs++;
	wrapped_spend();
	return r;
}

int __real_syncfs(int);
int __wrap_syncfs(int);
static __attribute__((unused)) unsigned wrapped_whole_syncs;
static __attribute__((unused)) bool wrapped_no_whole_sync;
int __wrap_syncfs(int fd)
{
	int r = __real_syncfs(fd);
	if (wrapped_no_whole_sync) {
		errno = EIO;
		r = -1;
	}
	wrapped_whole_syncs++;
	wrapped_spend();
	return r;
}

int __real_openat(int, const char *, int, ...);
int __wrap_openat(int, const char *, int, ...);
int __wrap_openat(int folder, const char *name, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	int fd = __real_openat(folder, name, flags, mode);
	if (flags & O_CREAT)
		wrapped_spend();
	return fd;
}

int __real_fcntl(int, int, ...);
int __wrap_fcntl(int, int, ...);
int __wrap_fcntl(int fd, int what, ...)
{
	va_list args;
	va_start(args, what);
	long value = va_arg(args, long);
	va_end(args);
	if (what == F_SETLEASE && wrapped_no_leases) {
		errno = EINVAL;
		return -1;
	}
	return __real_fcntl(fd, what, value);
}

int __real_clock_gettime(clockid_t, struct timespec *);
int __wrap_clock_gettime(clockid_t, struct timespec *);
int __wrap_clock_gettime(clockid_t clock, struct timespec *to)
{
	int r = __real_clock_gettime(clock, to);
	if (clock == CLOCK_REALTIME)
		to->tv_sec -= wrapped_clock_back;
	return r;
}

/* Run in a child that dies after its n-th call; true when it came to its end. */
static __attribute__((unused)) bool wrapped_run(
    unsigned n, void (*work)(struct ground *, void *), struct ground *g, void *arg)
{
	int status;
	pid_t pid = fork();

	cr_assert_neq(pid, -1);
	if (pid == 0) {
		wrapped_left = (int)n;
		work(g, arg);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status));
	cr_assert(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 42, "%d",
	    WEXITSTATUS(status));
	return WEXITSTATUS(status) == 0;
}

#endif
