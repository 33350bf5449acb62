/*
 * Kills a process of the service right after its n-th call that changes the
 * spool. Preloaded (LD_PRELOAD) into all of them by tests/system/test_kill.py.
 *
 *   KILLER_COUNTER  file of sizeof(struct shared), shared by all processes of a run
 *   KILLER_SPOOL    folders to watch, separated by ':'
 *   KILLER_ROLE     whose calls count: supervisor, janitor, worker or any
 *   KILLER_N        which call kills; 0: they are only counted
 *   KILLER_WHOM     self, or all: every process of the run at once
 *
 * Calls that only read do not count: a kill after one of them leaves the same
 * spool as a kill before it.
 */
#undef _FORTIFY_SOURCE /* its inline open() cannot be defined again */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The calls are the C library's: so are the names of their parameters.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,bugprone-macro-parentheses,
 * bugprone-reserved-identifier) */

enum { PIDS = 4096, WHAT = 512 };

struct shared {
	_Atomic uint64_t calls; /* that counted so far */
	_Atomic uint32_t pid_count;
	_Atomic int32_t pids[PIDS]; /* every process that loaded this library */
	char what[WHAT];            /* the call that killed, for people */
};

static struct shared *shared;
static const char *spool;
static uint64_t fatal_call;
static bool counting, kills_all;
static bool
    jailed; /* a worker: it may not ask for paths; it can seek only in a job's files */

/* The function that would have been called without this library. */
#define NEXT(name) next_##name
#define FIND(name) \
	static __typeof__(&name) next_##name; \
	if (!next_##name) \
	*(void **)&next_##name = dlsym(RTLD_NEXT, #name)

/* argv of this process; false when it is too long to matter. */
static bool read_arguments(char *to, size_t size, size_t *n)
{
	FIND(open);
	int fd = NEXT(open)("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	ssize_t got = read(fd, to, size - 1);
	(void)syscall(SYS_close, fd);
	if (got <= 0)
		return false;
	to[got] = '\0';
	*n = (size_t)got;
	return true;
}

static const char *own_role(void)
{
	static char line[4096];
	size_t n = 0;
	if (!read_arguments(line, sizeof line, &n))
		return "none";
	const char *slash = strrchr(line, '/');
	const char *program = slash ? slash + 1 : line;
	const char *verb = strlen(line) + 1 < n ? line + strlen(line) + 1 : "";
	if (strcmp(program, "bulkhead-worker") == 0 ||
	    strcmp(program, "chaos-worker") == 0)
		return "worker";
	if (strcmp(program, "bulkhead") != 0)
		return "none";
	return strcmp(verb, "serve") == 0 ? "supervisor" : verb;
}

__attribute__((constructor)) static void killer_start(void)
{
	const char *file = getenv("KILLER_COUNTER"), *role = getenv("KILLER_ROLE");
	const char *n = getenv("KILLER_N"), *whom = getenv("KILLER_WHOM");
	spool = getenv("KILLER_SPOOL");
	if (!file || !role || !spool)
		return;
	FIND(open);
	int fd = NEXT(open)(file, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return;
	void *p = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)syscall(SYS_close, fd);
	const char *own = own_role();
	if (p == MAP_FAILED || strcmp(own, "none") == 0)
		return;
	shared = p;
	uint32_t slot = atomic_fetch_add(&shared->pid_count, 1);
	if (slot < PIDS)
		atomic_store(&shared->pids[slot], getpid());
	fatal_call = n ? strtoull(n, NULL, 10) : 0;
	kills_all = whom && strcmp(whom, "all") == 0;
	jailed = strcmp(own, "worker") == 0;
	counting = strcmp(role, "any") == 0 || strcmp(role, own) == 0;
}

static void kill_now(void)
{
	uint32_t count = kills_all ? atomic_load(&shared->pid_count) : 0;
	for (uint32_t i = 0; i < count && i < PIDS; i++) {
		pid_t pid = atomic_load(&shared->pids[i]);
		/* The number may be a stranger's by now: those are in another session. */
		if (pid > 0 && pid != getpid() && getsid(pid) == getsid(0))
			(void)kill(pid, SIGKILL);
	}
	(void)raise(SIGKILL); /* of all ways the one that a jailed worker has */
	for (;;)
		(void)pause();
}

static void count_call(const char *call, const char *folder, const char *name)
{
	int saved = errno;
	uint64_t n = atomic_fetch_add(&shared->calls, 1) + 1;
	if (n == fatal_call) {
		(void)snprintf(shared->what, WHAT, "%s %s%s%s", call, folder,
		    *name ? "/" : "", name);
		kill_now();
	}
	errno = saved;
}

static bool below_spool(const char *path)
{
	for (const char *s = spool; *s != '\0';) {
		size_t n = strcspn(s, ":");
		if (n > 0 && strncmp(path, s, n) == 0 &&
		    (path[n] == '/' || path[n] == '\0'))
			return true;
		s += n + (s[n] == ':');
	}
	return false;
}

/* The path behind a descriptor; "" when there is none. */
static const char *path_of(int fd, char *to, size_t size)
{
	char link[64];
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = fd == AT_FDCWD ? readlink("/proc/self/cwd", to, size - 1)
				   : readlink(link, to, size - 1);
	to[n > 0 ? n : 0] = '\0';
	return to;
}

static void after_name(const char *call, int dir, const char *name)
{
	char folder[4096] = "";
	if (!counting)
		return;
	int saved = errno;
	if (name[0] != '/')
		(void)path_of(dir, folder, sizeof folder);
	errno = saved;
	if (below_spool(name[0] == '/' ? name : folder))
		count_call(call, folder, name);
}

/* Is it a descriptor into the spool? Asked before the call: close makes it unknowable. */
static bool is_ours(int fd, char *path, size_t size)
{
	if (!counting)
		return false;
	int saved = errno;
	bool ours =
	    jailed ? lseek(fd, 0, SEEK_CUR) != -1 : below_spool(path_of(fd, path, size));
	errno = saved;
	return ours;
}

static void after_open(const char *call, int dir, const char *name, int flags)
{
	if (flags & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR))
		after_name(call, dir, name);
}

/* ---- calls with a name ---- */

#define RENAME(name, params, dir, path, ...) \
	int name params \
	{ \
		FIND(name); \
		int result = NEXT(name)(__VA_ARGS__); \
		after_name(#name, dir, path); \
		return result; \
	}
RENAME(rename, (const char *from, const char *to), AT_FDCWD, to, from, to)
RENAME(renameat, (int fd, const char *from, int td, const char *to), td, to, fd, from, td,
    to)
RENAME(renameat2, (int fd, const char *from, int td, const char *to, unsigned flags), td,
    to, fd, from, td, to, flags)
RENAME(link, (const char *from, const char *to), AT_FDCWD, to, from, to)
RENAME(linkat, (int fd, const char *from, int td, const char *to, int flags), td, to, fd,
    from, td, to, flags)
RENAME(unlink, (const char *path), AT_FDCWD, path, path)
RENAME(unlinkat, (int dir, const char *path, int flags), dir, path, dir, path, flags)
RENAME(mkdir, (const char *path, mode_t mode), AT_FDCWD, path, path, mode)
RENAME(mkdirat, (int dir, const char *path, mode_t mode), dir, path, dir, path, mode)
RENAME(rmdir, (const char *path), AT_FDCWD, path, path)
RENAME(truncate, (const char *path, off_t n), AT_FDCWD, path, path, n)

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
		int fd = NEXT(name)(path, flags, mode); \
		after_open(#name, AT_FDCWD, path, flags); \
		return fd; \
	}
#define OPENAT(name) \
	int name(int dir, const char *path, int flags, ...) \
	{ \
		FIND(name); \
		MODE_ARGUMENT() \
		int fd = NEXT(name)(dir, path, flags, mode); \
		after_open(#name, dir, path, flags); \
		return fd; \
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

/* ---- calls with a descriptor ---- */

#define ON_FD(type, name, params, ...) \
	type name params \
	{ \
		FIND(name); \
		char path[4096] = ""; \
		bool ours = is_ours(fd, path, sizeof path); \
		type result = NEXT(name)(__VA_ARGS__); \
		if (ours) \
			count_call(#name, path, ""); \
		return result; \
	}
ON_FD(ssize_t, write, (int fd, const void *data, size_t n), fd, data, n)
ON_FD(ssize_t, writev, (int fd, const struct iovec *v, int n), fd, v, n)
ON_FD(ssize_t, pwrite, (int fd, const void *data, size_t n, off_t at), fd, data, n, at)
ON_FD(
    ssize_t, pwrite64, (int fd, const void *data, size_t n, off64_t at), fd, data, n, at)
ON_FD(int, ftruncate, (int fd, off_t n), fd, n)
ON_FD(int, ftruncate64, (int fd, off64_t n), fd, n)
ON_FD(int, fallocate, (int fd, int mode, off_t at, off_t n), fd, mode, at, n)
ON_FD(int, fsync, (int fd), fd)
ON_FD(int, fdatasync, (int fd), fd)
ON_FD(int, syncfs, (int fd), fd)
ON_FD(int, fchmod, (int fd, mode_t mode), fd, mode)
ON_FD(int, fchown, (int fd, uid_t owner, gid_t group), fd, owner, group)

ssize_t copy_file_range(
    int in, off64_t *in_at, int fd, off64_t *at, size_t n, unsigned flags)
{
	FIND(copy_file_range);
	char path[4096] = "";
	bool ours = is_ours(fd, path, sizeof path);
	ssize_t result = NEXT(copy_file_range)(in, in_at, fd, at, n, flags);
	if (ours)
		count_call("copy_file_range", path, "");
	return result;
}

/* Closing what was open for writing ends a lease's wait; other closes change nothing. */
int close(int fd)
{
	FIND(close);
	char path[4096] = "";
	bool ours = is_ours(fd, path, sizeof path) &&
		    (jailed || (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY);
	int result = NEXT(close)(fd);
	if (ours)
		count_call("close", path, "");
	return result;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name,bugprone-macro-parentheses,
 * bugprone-reserved-identifier) */
