/* SPDX-License-Identifier: ISC */
#include "jail.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
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
	   no_new_privs no program gives anybody what is in it. Behind the kernel's last
	   capability is EINVAL. */
	for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0;)
		cap++;
	if (errno != EINVAL && errno != EPERM)
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

/* The zygote has loaded its list: its copies have that, too. */
static bool listed;

static bool load_filter(enum calls_set set)
{
	struct sock_filter code[CALLS_INSTRUCTIONS];
	struct sock_fprog program = { .filter = code };

	program.len = (unsigned short)calls_program(code, set, getpid());
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
	if (load_filter(listed ? CALLS_OF_COPY : CALLS_OF_WORKER))
		ACTIVE(l, "seccomp");
	else if (jail->mode == JAIL_REQUIRE || jail->mode == JAIL_AUTO)
		return false;
	else
		MISSING(l, "seccomp (%s)", strerror(errno));
	return true;
}

/* Nothing is said of a kernel that does not: each copy finds out, and knows what to do.
 */
static void list_calls(const struct jail *jail)
{
	listed = !SANITIZED &&
		 (jail->mode == JAIL_REQUIRE || jail->mode == JAIL_AUTO ||
		     jail->mode == JAIL_PREFER) &&
		 load_filter(CALLS_OF_ZYGOTE);
}

bool jail_prepare(const struct jail *jail, bool zygote, const char **what)
{
	*what = "giving up privileges";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || !drop_capabilities())
		return false;
	*what = "closing what was inherited";
	if (close_range(FIRST_FREE, ~0U, 0) == -1)
		return false;
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
	if (zygote)
		list_calls(jail);
	return true;
}

bool jail_enter(const struct jail *jail, struct jail_layers *layers, const char **what)
{
	*layers = (struct jail_layers){ .active = "" };
	*what = "dying with the supervisor";
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return false;
	/* It may have died before the line above. */
	if (jail->parent && (uint64_t)getppid() != jail->parent) {
		errno = ESRCH;
		return false;
	}
#ifndef BULKHEAD_SANITIZE
	*what = "setting limits";
	if (!jail_limit(RLIMIT_NPROC, 0)) /* a zygote has to make processes */
		return false;
#endif
	return add_layers(jail, layers, what);
}
