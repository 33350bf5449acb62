/* SPDX-License-Identifier: ISC */
/*
 * Stands between the processes of a service and the C library (LD_PRELOAD) and, as
 * tests/system/preload.py asks,
 *   - kills a process, or all of them, right after the n-th call that changes the spool;
 *   - lets every n-th call on the spool fail;
 *   - records every call that changes the spool, with its bytes and what it syncs;
 *   - sets the wall clock wrong, or says that the machine was started again.
 *
 *   PRELOAD_SHARED  file of a struct shared, mapped by every process of a run; a record
 *                   fills what the file has beyond it
 *   PRELOAD_SPOOL   the folders that are watched, separated by ':'
 *   PRELOAD_ROLE    whose calls count and fail: supervisor, janitor, worker or any
 *   PRELOAD_AS      the role of a program that is none of ours: its calls are recorded
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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The calls are the C library's: so are the names of their parameters.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,bugprone-macro-parentheses,
 * bugprone-reserved-identifier) */

enum { PIDS = 4096, WHAT = 512, PATH = 4096, AT_OFFSET = -1 /* the descriptor's */ };

/* Laid out as SHARED in preload.py. */
struct shared {
	/* Set by the test at any time. */
	_Atomic uint64_t kill_at;  /* the call that kills; 0: none */
	_Atomic uint64_t kill_all; /* every process of the run, not only the caller */
	_Atomic uint64_t every;    /* of so many calls one fails; 0: none */
	_Atomic uint64_t error;    /* with this errno */
	_Atomic int64_t offset;    /* seconds that the wall clock is wrong */
	_Atomic uint64_t recording;
	_Atomic uint64_t delay; /* ms that each sync takes */
	_Atomic uint64_t boot;  /* of the machine; 0: as it is */
	/* Told to the test. */
	_Atomic uint64_t changes; /* calls that changed the spool and counted */
	_Atomic uint64_t calls;   /* calls on the spool that could fail */
	_Atomic uint64_t failed;
	_Atomic uint64_t end;    /* of the record */
	_Atomic uint64_t naming; /* somebody changes a name, and tells it next */
	_Atomic uint64_t pid_count;
	_Atomic int32_t pids[PIDS]; /* every process that loaded this library */
	char what[WHAT];            /* the call that killed, for people */
	unsigned char record[];
};

/* What a call does. The record holds those from CREATE on, by these numbers. */
enum kind {
	LOOK,
	CLOSE,
	DRESS,
	CREATE,
	MKDIR,
	LINK,
	RENAME,
	UNLINK,
	WRITE,
	TRUNCATE,
	SYNC,
	SYNC_ALL
};

/* An entry of the record: from, to and the bytes written follow it. */
struct entry {
	_Atomic uint32_t whole;  /* its size, set last; 0: it is being written */
	uint32_t size;           /* a multiple of 8 */
	uint16_t kind, role;     /* role: its first letter */
	uint32_t from, to, data; /* sizes */
	uint64_t since;          /* where the record ended when the call began */
	uint64_t file;           /* inode and device */
	uint64_t at;             /* in the file */
};

/* A name as a call gives it. */
struct name {
	int dir;
	const char *path;
};

struct call {
	const char *name;
	enum kind kind;
	int fd; /* where to.path is NULL */
	struct name from, to;
	const void *data;
	int64_t at; /* or AT_OFFSET */
	bool ours;
	uint64_t since;
	char *path; /* PATH bytes: of to, or behind fd; "" in a jail */
};

static struct shared *shared;
static size_t room; /* for the record */
static const char *spool, *role = "none";
static bool counting; /* this process's calls count */
static bool
    jailed; /* a worker: it may not ask for paths; it can seek only in a job's files */

/* The function that would have been called without this library. */
#define NEXT(name) next_##name
#define FIND(name) \
	static __typeof__(&name) next_##name; \
	if (!next_##name) \
	*(void **)&next_##name = dlsym(RTLD_NEXT, #name)

static int open_unseen(const char *path, int flags)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC);
}

static const char *own_role(void)
{
	static char line[4096];
	int fd = open_unseen("/proc/self/cmdline", O_RDONLY);
	ssize_t n = fd == -1 ? -1 : read(fd, line, sizeof line - 1);

	(void)syscall(SYS_close, fd);
	if (n <= 0)
		return "none";
	const char *slash = strrchr(line, '/');
	const char *program = slash ? slash + 1 : line;
	const char *verb = line + strlen(line) + 1; /* "" where none is: line is zeroed */
	if (strcmp(program, "bulkhead-worker") == 0 ||
	    strcmp(program, "chaos-worker") == 0)
		return "worker";
	if (strcmp(program, "bulkhead") != 0)
		return getenv("PRELOAD_AS") ? getenv("PRELOAD_AS") : "none";
	return strcmp(verb, "serve") == 0 ? "supervisor" : verb;
}

__attribute__((constructor)) static void preload_start(void)
{
	const char *file = getenv("PRELOAD_SHARED"), *whose = getenv("PRELOAD_ROLE");
	struct stat st;

	spool = getenv("PRELOAD_SPOOL");
	if (!file || !spool)
		return;
	role = own_role();
	int fd = open_unseen(file, O_RDWR);
	if (fd == -1 || fstat(fd, &st) == -1 || strcmp(role, "none") == 0)
		return;
	void *p =
	    mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)syscall(SYS_close, fd);
	if (p == MAP_FAILED)
		return;
	shared = p;
	room = (size_t)st.st_size - sizeof *shared;
	uint64_t slot = atomic_fetch_add(&shared->pid_count, 1);
	if (slot < PIDS)
		atomic_store(&shared->pids[slot], getpid());
	jailed = strcmp(role, "worker") == 0;
	counting = !getenv("PRELOAD_AS") && whose &&
		   (strcmp(whose, "any") == 0 || strcmp(whose, role) == 0);
}

/* ---- is it a call on the spool? ---- */

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

/* The path behind a descriptor, or of the working folder; "" when there is none. */
static void path_of(int fd, char to[PATH])
{
	char link[64];

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(fd == AT_FDCWD ? "/proc/self/cwd" : link, to, PATH - 1);
	to[n > 0 ? n : 0] = '\0';
}

static void whole_path(struct name name, char to[PATH])
{
	size_t n = 0;

	if (name.path[0] != '/') {
		path_of(name.dir, to);
		n = strlen(to);
	}
	(void)snprintf(to + n, PATH - n, "%s%s", n > 0 ? "/" : "", name.path);
}

/* Asked before the call: close makes it unknowable. */
static bool is_ours(struct call *c)
{
	if (c->to.path) {
		if (jailed)
			return false;
		whole_path(c->to, c->path);
		return below_spool(c->path);
	}
	if (jailed)
		return lseek(c->fd, 0, SEEK_CUR) != -1;
	path_of(c->fd, c->path);
	/* Closing what was open for writing ends a lease's wait; other closes change
	 * nothing. */
	return below_spool(c->path) &&
	       (c->kind != CLOSE || (fcntl(c->fd, F_GETFL) & O_ACCMODE) != O_RDONLY);
}

/* ---- a record of what was done ---- */

/* As identity() in preload.py. */
static uint64_t identity_of(const struct call *c, int64_t result)
{
	struct stat st = { 0 };

	if (!c->to.path) /* the C library's fstat asks for a path, which a jail refuses */
		(void)syscall(SYS_fstat, c->fd, &st);
	else if (c->kind == CREATE)
		(void)fstat((int)result, &st);
	else
		(void)fstatat(c->to.dir, c->to.path, &st, AT_SYMLINK_NOFOLLOW);
	return st.st_ino + (st.st_dev << 40);
}

/* The bytes that copy_file_range put into a file. */
static void read_again(int fd, unsigned char *to, size_t n, int64_t at)
{
	char link[64];

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	int again = open_unseen(link, O_RDONLY);
	if (again == -1 || pread(again, to, n, at) != (ssize_t)n)
		abort();
	(void)syscall(SYS_close, again);
}

static void record(const struct call *c, int64_t result)
{
	char from[PATH] = "";
	struct entry e = {
		.kind = (uint16_t)c->kind, .role = (uint8_t)role[0], .since = c->since
	};

	if (c->from.path)
		whole_path(c->from, from);
	e.from = (uint32_t)strlen(from);
	e.to = c->to.path ? (uint32_t)strlen(c->path) : 0;
	e.file = c->kind == UNLINK ? 0 : identity_of(c, result);
	e.at = (uint64_t)c->at;
	if (c->kind == WRITE) {
		e.data = (uint32_t)result;
		if (c->at == AT_OFFSET)
			e.at = (uint64_t)(lseek(c->fd, 0, SEEK_CUR) - result);
	}
	e.size = (uint32_t)((sizeof e + e.from + e.to + e.data + 7) & ~(size_t)7);
	uint64_t start = atomic_fetch_add(&shared->end, e.size);
	if (start + e.size > room)
		abort(); /* the test has to give more */
	unsigned char *to = shared->record + start;
	memcpy(to, &e, sizeof e);
	memcpy(to + sizeof e, from, e.from);
	memcpy(to + sizeof e + e.from, c->path, e.to);
	to += sizeof e + e.from + e.to;
	if (c->data)
		memcpy(to, c->data, e.data);
	else if (e.data > 0)
		read_again(c->fd, to, e.data, (int64_t)e.at);
	atomic_store(&((struct entry *)(void *)(shared->record + start))->whole, e.size);
}

/* Names are changed and told by one process at a time, or the record would have another
 * order than the disk. Nobody is killed while a record is made. */
static void one_at_a_time(bool begin)
{
	static const struct timespec moment = { .tv_nsec = 20000 };
	uint64_t nobody = 0;

	if (!begin)
		atomic_store(&shared->naming, 0);
	while (begin && !atomic_compare_exchange_weak(&shared->naming, &nobody, 1)) {
		nobody = 0;
		(void)nanosleep(&moment, NULL);
	}
}

/* ---- around each call ---- */

static void kill_now(const struct call *c)
{
	uint64_t count =
	    atomic_load(&shared->kill_all) ? atomic_load(&shared->pid_count) : 0;

	(void)snprintf(shared->what, WHAT, "%s %s", c->name, c->path);
	for (uint64_t i = 0; i < count && i < PIDS; i++) {
		pid_t pid = atomic_load(&shared->pids[i]);
		/* The number may be a stranger's by now: those are in another session. */
		if (pid > 0 && pid != getpid() && getsid(pid) == getsid(0))
			(void)kill(pid, SIGKILL);
	}
	(void)raise(SIGKILL); /* of all ways the one that a jailed worker has */
	for (;;)
		(void)pause();
}

/* Is it this call's turn to fail? Closing never fails: the descriptor would stay. */
static bool fails(const struct call *c)
{
	uint64_t every = atomic_load(&shared->every);

	if (!counting || every == 0 || c->kind == CLOSE ||
	    (atomic_fetch_add(&shared->calls, 1) + 1) % every != 0)
		return false;
	(void)atomic_fetch_add(&shared->failed, 1);
	errno = (int)atomic_load(&shared->error);
	return true;
}

/* False: the call fails, with errno. */
static bool begin(struct call *c)
{
	int saved = errno;

	c->path[0] = '\0';
	c->ours = shared && is_ours(c);
	errno = saved;
	if (!c->ours)
		return true;
	if (fails(c))
		return false;
	if (c->kind == SYNC || c->kind == SYNC_ALL)
		(void)usleep((useconds_t)(1000 * atomic_load(&shared->delay)));
	c->since = atomic_load(&shared->end);
	if (atomic_load(&shared->recording) && c->to.path)
		one_at_a_time(true);
	return true;
}

/* Calls that only read do not count for a kill: after one of them the spool is as it was
 * before it. */
static void end(struct call *c, int64_t result)
{
	int saved = errno;

	if (!c->ours)
		return;
	if (atomic_load(&shared->recording)) {
		if (c->kind >= CREATE && result != -1)
			record(c, result);
		if (c->to.path)
			one_at_a_time(false);
	}
	if (counting && c->kind != LOOK &&
	    atomic_fetch_add(&shared->changes, 1) + 1 == atomic_load(&shared->kill_at))
		kill_now(c);
	errno = saved;
}

/* The body of a function that stands before the C library's f. */
#define AROUND(type, f, args, ...) \
	FIND(f); \
	char path_capacity[PATH]; \
	struct call call = { .name = #f, .path = path_capacity, __VA_ARGS__ }; \
	if (!begin(&call)) \
		return -1; \
	type result = NEXT(f) args; \
	end(&call, result); \
	return result;
#define CALL(type, f, params, args, ...) \
	type f params \
	{ \
		AROUND(type, f, args, __VA_ARGS__) \
	}
#define AT(dir, path) ((struct name){ dir, path })
#define HERE(path) AT(AT_FDCWD, path)

/* ---- calls with a name ---- */

CALL(int, rename, (const char *from, const char *to), (from, to), .kind = RENAME,
    .from = HERE(from), .to = HERE(to))
CALL(int, renameat, (int fd, const char *from, int td, const char *to),
    (fd, from, td, to), .kind = RENAME, .from = AT(fd, from), .to = AT(td, to))
CALL(int, renameat2, (int fd, const char *from, int td, const char *to, unsigned flags),
    (fd, from, td, to, flags), .kind = RENAME, .from = AT(fd, from), .to = AT(td, to))
CALL(int, link, (const char *from, const char *to), (from, to), .kind = LINK,
    .from = HERE(from), .to = HERE(to))
CALL(int, linkat, (int fd, const char *from, int td, const char *to, int flags),
    (fd, from, td, to, flags), .kind = LINK, .from = AT(fd, from), .to = AT(td, to))
CALL(int, unlink, (const char *path), (path), .kind = UNLINK, .to = HERE(path))
CALL(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags),
    .kind = UNLINK, .to = AT(dir, path))
CALL(int, rmdir, (const char *path), (path), .kind = UNLINK, .to = HERE(path))
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), .kind = MKDIR,
    .to = HERE(path))
CALL(int, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode),
    .kind = MKDIR, .to = AT(dir, path))
CALL(int, fchmodat, (int dir, const char *path, mode_t mode, int flags),
    (dir, path, mode, flags), .kind = DRESS, .to = AT(dir, path))

/* What the kernel says of the machine's start, as the test has it; -1: this is no such
 * open. */
static int open_boot(const char *path)
{
	char text[32];

	if (!shared || atomic_load(&shared->boot) == 0 ||
	    strcmp(path, "/proc/sys/kernel/random/boot_id") != 0)
		return -1;
	int n = snprintf(
	    text, sizeof text, "%llu", (unsigned long long)atomic_load(&shared->boot));
	int fd = (int)syscall(SYS_memfd_create, "boot", MFD_CLOEXEC);
	if (fd != -1 && syscall(SYS_pwrite64, fd, text, n, 0) != n)
		abort();
	return fd;
}

static enum kind kind_of_open(int flags)
{
	if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)
		return CREATE;
	return flags & (O_TRUNC | O_WRONLY | O_RDWR) ? DRESS : LOOK;
}

#define OPEN(f, params, args, ...) \
	int f params \
	{ \
		mode_t mode = 0; \
		if (kind_of_open(flags) == CREATE) { \
			va_list more; \
			va_start(more, flags); \
			mode = va_arg(more, mode_t); \
			va_end(more); \
		} \
		int boot = open_boot(path); \
		if (boot != -1) \
			return boot; \
		AROUND(int, f, args, .kind = kind_of_open(flags), __VA_ARGS__) \
	}
OPEN(open, (const char *path, int flags, ...), (path, flags, mode), .to = HERE(path))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode), .to = HERE(path))
OPEN(openat, (int dir, const char *path, int flags, ...), (dir, path, flags, mode),
    .to = AT(dir, path))
OPEN(openat64, (int dir, const char *path, int flags, ...), (dir, path, flags, mode),
    .to = AT(dir, path))

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

CALL(ssize_t, write, (int fd, const void *data, size_t n), (fd, data, n), .kind = WRITE,
    .fd = fd, .data = data, .at = AT_OFFSET)
CALL(ssize_t, pwrite, (int fd, const void *data, size_t n, off_t at), (fd, data, n, at),
    .kind = WRITE, .fd = fd, .data = data, .at = at)
CALL(ssize_t, pwrite64, (int fd, const void *data, size_t n, off64_t at),
    (fd, data, n, at), .kind = WRITE, .fd = fd, .data = data, .at = at)
CALL(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), .kind = WRITE,
    .fd = fd, .at = AT_OFFSET)
CALL(ssize_t, copy_file_range,
    (int in, off64_t *in_at, int fd, off64_t *at, size_t n, unsigned flags),
    (in, in_at, fd, at, n, flags), .kind = WRITE, .fd = fd, .at = at ? *at : AT_OFFSET)
CALL(int, ftruncate, (int fd, off_t n), (fd, n), .kind = TRUNCATE, .fd = fd, .at = n)
CALL(int, ftruncate64, (int fd, off64_t n), (fd, n), .kind = TRUNCATE, .fd = fd, .at = n)
CALL(int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n),
    .kind = DRESS, .fd = fd)
CALL(int, fsync, (int fd), (fd), .kind = SYNC, .fd = fd)
CALL(int, fdatasync, (int fd), (fd), .kind = SYNC, .fd = fd)
CALL(int, syncfs, (int fd), (fd), .kind = SYNC_ALL, .fd = fd)
CALL(int, fchmod, (int fd, mode_t mode), (fd, mode), .kind = DRESS, .fd = fd)
CALL(int, fchown, (int fd, uid_t owner, gid_t group), (fd, owner, group), .kind = DRESS,
    .fd = fd)
CALL(int, close, (int fd), (fd), .kind = CLOSE, .fd = fd)

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
