/* SPDX-License-Identifier: ISC */
#include "jail.h"

#include <assert.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto/channel.h"

enum {
	FIRST_FREE = CHANNEL_BLACKBOX + 1,
	SLACK = 3, /* descriptors beyond the channel's and an order's */
	/* Address space is a net behind the limit on data: shared libraries, the
	   stack's reserve and file mappings come on top. */
	ADDRESS_SPACE_FACTOR = 4,
#ifdef BULKHEAD_SANITIZE
	SANITIZED = 1,
#else
	SANITIZED = 0,
#endif
};

/* In the order of their enum. */
static const char *const modes[] = { "require", "auto", "prefer", "off", "paths" };

static bool read_mode(const char *word, enum jail_mode *mode)
{
	for (unsigned i = 0; i < sizeof modes / sizeof modes[0]; i++)
		if (strcmp(word, modes[i]) == 0) {
			*mode = (enum jail_mode)i;
			return true;
		}
	return false;
}

static bool jail_read_number(const char *digits, uint64_t *to)
{
	char *end;

	errno = 0;
	*to = strtoull(digits, &end, 10);
	return digits[0] >= '0' && digits[0] <= '9' && *end == '\0' && errno == 0;
}

/* What follows key in argument; NULL: it is another one. */
static const char *jail_value_of(const char *argument, const char *key)
{
	size_t n = strlen(key);

	return strncmp(argument, key, n) == 0 ? argument + n : NULL;
}

bool jail_read(struct jail *jail, int argc, char **argv)
{
	const struct {
		const char *key;
		uint64_t *to;
	} numbers[] = {
		{ "memory=", &jail->memory },
		{ "output=", &jail->output },
		{ "stack=", &jail->stack },
		{ "parent=", &jail->parent },
	};

	*jail = (struct jail){ .mode = JAIL_REQUIRE };
	for (int i = 1; i < argc; i++) {
		const char *value = jail_value_of(argv[i], "trial=");
		bool known = value != NULL;
		if (value)
			jail->trial = value;
		else if ((value = jail_value_of(argv[i], "sandbox=")))
			known = read_mode(value, &jail->mode);
		for (size_t k = 0; k < sizeof numbers / sizeof numbers[0] && !known; k++)
			if ((value = jail_value_of(argv[i], numbers[k].key)))
				known = jail_read_number(value, numbers[k].to);
		if (!known)
			return false;
	}
	return jail->mode != JAIL_PATHS || jail->trial; /* no orders with half a jail */
}

static bool jail_limit(int resource, uint64_t most)
{
	struct rlimit now;

	if (getrlimit(resource, &now) == -1)
		return false;
	if (now.rlim_max != RLIM_INFINITY && most > now.rlim_max)
		most = now.rlim_max; /* a stricter one is in force already */
	struct rlimit want = { .rlim_cur = most, .rlim_max = most };
	return setrlimit(resource, &want) == 0;
}

static bool set_limits(const struct jail *jail)
{
	/* A sanitizer's shadow is terabytes of address space, its leak check a clone. */
#ifndef BULKHEAD_SANITIZE
	if (jail->memory &&
	    (!jail_limit(RLIMIT_DATA, jail->memory) ||
		!jail_limit(RLIMIT_AS, jail->memory > UINT64_MAX / ADDRESS_SPACE_FACTOR
					   ? RLIM_INFINITY
					   : jail->memory * ADDRESS_SPACE_FACTOR)))
		return false;
	if (!jail_limit(RLIMIT_NPROC, 0))
		return false;
#endif
	if (jail->stack && !jail_limit(RLIMIT_STACK, jail->stack))
		return false;
	if (jail->output && !jail_limit(RLIMIT_FSIZE, jail->output))
		return false;
	return jail_limit(RLIMIT_NOFILE, FIRST_FREE + CHANNEL_PASSED + SLACK) &&
	       jail_limit(RLIMIT_CORE, 0) && jail_limit(RLIMIT_MEMLOCK, 0);
}

/* --- capabilities: none, and none to be had --- */

/* False: errno; some are left. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } },
				      left[_LINUX_CAPABILITY_U32S_3];

	/* Only root may empty the bounding set, and only root has it to be emptied: with
	   no_new_privs no program gives anybody what is in it. */
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1 && errno != EPERM)
			return false;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 ||
	    syscall(SYS_capset, &head, none) == -1 ||
	    syscall(SYS_capget, &head, left) == -1)
		return false;
	errno = EPERM;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if (left[i].effective || left[i].permitted || left[i].inheritable)
			return false;
	return true;
}

/* --- Landlock: no path, no port, no process outside --- */

/* What a version of the interface (ABI) can forbid. By number: the headers of the machine
 * that builds may be older than the kernel of the one that runs. landlock(7). */
static const struct {
	int abi;
	uint64_t paths, net, scoped;
} rights[] = {
	{ 1, (UINT64_C(1) << 13) - 1, 0, 0 }, /* execute, read, write, make, remove */
	{ 2, UINT64_C(1) << 13, 0, 0 },       /* link and rename across folders */
	{ 3, UINT64_C(1) << 14, 0, 0 },       /* truncate */
	{ 4, 0, UINT64_C(3), 0 },             /* bind and connect by TCP */
	{ 5, UINT64_C(1) << 15, 0, 0 },       /* ioctl of devices */
	{ 6, 0, 0, UINT64_C(3) },             /* abstract sockets, signals */
};

/* struct landlock_ruleset_attr as it is today; an older kernel is told the size of what
 * it knows, else it says E2BIG. */
struct ruleset {
	uint64_t paths, net, scoped;
};

/* The version that is in force now. 0: the kernel has none; -1: errno. */
static int lock_paths(void)
{
	struct ruleset r = { 0, 0, 0 };
	size_t size = sizeof r.paths;
	int abi = (int)syscall(
	    SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (abi < 1) /* not built in, or not switched on at boot */
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
	for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++)
		if (rights[i].abi <= abi) {
			r.paths |= rights[i].paths;
			r.net |= rights[i].net;
			r.scoped |= rights[i].scoped;
		}
	if (r.net)
		size = offsetof(struct ruleset, scoped);
	if (r.scoped)
		size = sizeof r;
	int fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (fd == -1)
		return -1;
	long done = syscall(SYS_landlock_restrict_self, fd, 0); /* no rule: nothing */
	int saved = errno;
	(void)close(fd);
	errno = saved;
	return done == -1 ? -1 : abi;
}

/* --- seccomp: the list of system calls --- */

/* No process has this number (Linux has at most 2^22). In its place comes the process's
 * own, known when a copy of a process that made the list loads it. */
enum { OWN_NUMBER = 0x7ffffff1 };

/* Turning bytes into bytes, whatever the arguments. */
static const int allowed[] = {
	/* the order's descriptors */
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(pwrite64),
	SCMP_SYS(copy_file_range),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fdatasync),
	SCMP_SYS(close),
	/* memory; what may be done with it is in the table of checked calls */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(sched_yield),
	/* time and randomness, where the vDSO has to ask */
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(getrandom),
	/* the end, good or bad: abort, the handler of faults */
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(gettid),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* What libraries try now and then and can do without. */
static const int refused[] = {
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(openat2),
	SCMP_SYS(creat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getcwd),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(ioctl),
	SCMP_SYS(fcntl),
	SCMP_SYS(socket),
};

/* Adding a rule answers a negative errno value. */
static bool add_lists(scmp_filter_ctx list)
{
	int err = 0;

	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0] && !err; i++)
		err = seccomp_rule_add(list, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0] && !err; i++)
		err = seccomp_rule_add(list, SCMP_ACT_ERRNO(EACCES), refused[i], 0);
	errno = -err;
	return !err;
}

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08 /* Linux 6.11, include/uapi/linux/mman.h */
#endif

/* Calls that are harmless with some arguments only: a row for each way to make them. A
 * bit that is in no row, or that no kernel knows yet, is forbidden. */
static bool add_checked(scmp_filter_ctx list)
{
	/* Which bits are looked at: all others than these, which change nothing for
	 * others. */
	const scmp_datum_t flags = ~(scmp_datum_t)(MAP_NORESERVE | MAP_STACK),
			   protection = ~(scmp_datum_t)(PROT_READ | PROT_WRITE),
			   futex =
			       ~(scmp_datum_t)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME),
			   maymove = ~(scmp_datum_t)MREMAP_MAYMOVE;
	const struct {
		int call;
		unsigned count;
		struct scmp_arg_cmp args[2];
	} rules[] = {
		/* memory of its own, never code, never a file, never locked, huge or
		   growing by itself */
		{ SCMP_SYS(mmap), 2,
		    { SCMP_A2(SCMP_CMP_MASKED_EQ, protection, 0),
			SCMP_A3(
			    SCMP_CMP_MASKED_EQ, flags, MAP_PRIVATE | MAP_ANONYMOUS) } },
		/* where glibc keeps the state of its random numbers */
		{ SCMP_SYS(mmap), 2,
		    { SCMP_A2(SCMP_CMP_MASKED_EQ, protection, 0),
			SCMP_A3(
			    SCMP_CMP_MASKED_EQ, flags, MAP_DROPPABLE | MAP_ANONYMOUS) } },
		{ SCMP_SYS(mprotect), 1, { SCMP_A2(SCMP_CMP_MASKED_EQ, protection, 0) } },
		{ SCMP_SYS(mremap), 1, { SCMP_A3(SCMP_CMP_MASKED_EQ, maymove, 0) } },
		/* to give pages back; not to break, share or pin them */
		{ SCMP_SYS(madvise), 1, { SCMP_A2(SCMP_CMP_EQ, MADV_DONTNEED, 0) } },
		{ SCMP_SYS(madvise), 1, { SCMP_A2(SCMP_CMP_EQ, MADV_FREE, 0) } },
		/* locks that nobody else can hold */
		{ SCMP_SYS(futex), 1,
		    { SCMP_A1(SCMP_CMP_MASKED_EQ, futex, FUTEX_WAIT) } },
		{ SCMP_SYS(futex), 1,
		    { SCMP_A1(SCMP_CMP_MASKED_EQ, futex, FUTEX_WAKE) } },
		{ SCMP_SYS(futex), 1,
		    { SCMP_A1(SCMP_CMP_MASKED_EQ, futex, FUTEX_WAIT_BITSET) } },
		{ SCMP_SYS(futex), 1,
		    { SCMP_A1(SCMP_CMP_MASKED_EQ, futex, FUTEX_WAKE_BITSET) } },
		{ SCMP_SYS(recvmsg), 1, { SCMP_A0(SCMP_CMP_EQ, CHANNEL_ORDERS, 0) } },
		{ SCMP_SYS(close_range), 1, { SCMP_A2(SCMP_CMP_EQ, 0, 0) } },
		{ SCMP_SYS(tgkill), 1, { SCMP_A0(SCMP_CMP_EQ, OWN_NUMBER, 0) } },
		/* its own limits: to read */
		{ SCMP_SYS(prlimit64), 2,
		    { SCMP_A0(SCMP_CMP_EQ, 0, 0), SCMP_A2(SCMP_CMP_EQ, 0, 0) } },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof rules / sizeof rules[0] && !err; i++)
		err = seccomp_rule_add_array(
		    list, SCMP_ACT_ALLOW, rules[i].call, rules[i].count, rules[i].args);
	errno = -err;
	return !err;
}

/* The list as a program for the kernel. */
static struct {
	struct sock_filter *code; /* NULL: none was made, error says why */
	size_t length;            /* instructions */
	struct sock_filter *own;  /* the one that compares with the process's number */
	int error;
} filter = { .error = EINVAL };

/* The library's program, by a file in memory: its way to a buffer came with 2.6. */
static bool keep_code(scmp_filter_ctx from)
{
	int fd = memfd_create("filter", MFD_CLOEXEC), err = 0;
	struct stat st;
	bool ok = false;

	if (fd == -1)
		return false;
	err = seccomp_export_bpf(from, fd);
	errno = -err;
	if (err || fstat(fd, &st) == -1)
		goto out;
	filter.code = malloc((size_t)st.st_size);
	if (!filter.code || pread(fd, filter.code, (size_t)st.st_size, 0) != st.st_size)
		goto out;
	filter.length = (size_t)st.st_size / sizeof *filter.code;
	for (size_t i = 0; i < filter.length; i++)
		if (filter.code[i].k == OWN_NUMBER) {
			assert(!filter.own);
			filter.own = &filter.code[i];
		}
	assert(filter.own && BPF_CLASS(filter.own->code) == BPF_JMP);
	ok = true;
out:;
	int saved = errno;
	(void)close(fd);
	errno = saved;
	return ok;
}

/* Another architecture's calls (x32 among them) have other numbers: death at once. */
static bool make_filter(void)
{
	scmp_filter_ctx list = seccomp_init(SCMP_ACT_TRAP);
	int err;

	if (!list) {
		errno = ENOMEM;
		return false;
	}
	err = seccomp_attr_set(list, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!err) /* a tree: loaded, it is walked once for each call there is */
		err = seccomp_attr_set(list, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!err) /* errno values of the kernel, not the library's own */
		err = seccomp_attr_set(list, SCMP_FLTATR_API_SYSRAWRC, 1);
	errno = -err;
	bool ok = !err && add_lists(list) && add_checked(list) && keep_code(list);
	int saved = errno;
	seccomp_release(list);
	errno = saved;
	return ok;
}

static bool load_filter(void)
{
	struct sock_fprog program = { (unsigned short)filter.length, filter.code };

	errno = filter.error;
	if (errno)
		return false;
	filter.own->k = (uint32_t)getpid();
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

/* --- all of them --- */

__attribute__((format(printf, 3, 4))) static void jail_add(
    char *list, size_t size, const char *format, ...)
{
	size_t n = strlen(list);
	va_list args;

	if (n > 0)
		n += (size_t)snprintf(list + n, size - n, ", ");
	if (n >= size)
		return;
	va_start(args, format);
	(void)vsnprintf(list + n, size - n, format, args);
	va_end(args);
}

#define ACTIVE(l, ...) jail_add((l)->active, sizeof(l)->active, __VA_ARGS__)
#define MISSING(l, ...) jail_add((l)->missing, sizeof(l)->missing, __VA_ARGS__)

static bool add_layers(const struct jail *jail, struct jail_layers *l, const char **what)
{
	ACTIVE(l, "no_new_privs, no capabilities");
	if (SANITIZED) {
		MISSING(l, "landlock (sanitizers), seccomp (sanitizers)");
		return true;
	}
	if (jail->mode == JAIL_OFF) {
		MISSING(l, "landlock (off), seccomp (off)");
		return true;
	}
	*what = "the sandbox's layer landlock";
	int abi = lock_paths();
	if (abi > 0)
		ACTIVE(l, "landlock %d", abi);
	else if (jail->mode == JAIL_REQUIRE || (jail->mode == JAIL_AUTO && abi == -1))
		return false;
	else
		MISSING(l, "landlock (%s)",
		    abi == 0 ? "not in this kernel" : strerror(errno));
	if (jail->mode == JAIL_PATHS)
		return true;
	*what = "the sandbox's layer seccomp";
	if (load_filter())
		ACTIVE(l, "seccomp");
	else if (jail->mode == JAIL_REQUIRE || jail->mode == JAIL_AUTO)
		return false;
	else
		MISSING(l, "seccomp (%s)", strerror(errno));
	return true;
}

bool jail_prepare(const struct jail *jail, const char **what)
{
	*what = "giving up privileges";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || !drop_capabilities())
		return false;
	if (!SANITIZED && jail->mode != JAIL_OFF && jail->mode != JAIL_PATHS)
		filter.error = make_filter() ? 0 : errno;
	return true;
}

bool jail_enter(const struct jail *jail, struct jail_layers *layers, const char **what)
{
	*layers = (struct jail_layers){ .active = "" };
	*what = "closing what was inherited";
	if (close_range(FIRST_FREE, ~0U, 0) == -1)
		return false;
	*what = "dying with the supervisor";
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return false;
	/* It may have died before the line above. */
	if (jail->parent && (uint64_t)getppid() != jail->parent) {
		errno = ESRCH;
		return false;
	}
#ifndef BULKHEAD_SANITIZE /* the leak check traces its own process */
	*what = "hiding from debuggers";
	if (prctl(PR_SET_DUMPABLE, 0) == -1)
		return false;
#endif
	*what = "setting limits";
	if (!set_limits(jail))
		return false;
	*what = "leaving the working directory";
	if (chdir("/") == -1)
		return false;
	(void)umask(077);
	return add_layers(jail, layers, what);
}
