/* SPDX-License-Identifier: ISC */
#include "gateway/gateway_jail.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef BULKHEAD_SANITIZE
/* What libevent, libmicrohttpd and the C library take to serve what is open. */
static const int gateway_calls[] = { SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv),
	SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(close),
	SCMP_SYS(dup), SCMP_SYS(fcntl), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	SCMP_SYS(epoll_ctl), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(timerfd_settime),
	SCMP_SYS(eventfd2), SCMP_SYS(pipe2), SCMP_SYS(accept4), SCMP_SYS(connect),
	SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(recvfrom),
	SCMP_SYS(sendfile), SCMP_SYS(shutdown), SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(brk),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
	SCMP_SYS(getpid), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
	SCMP_SYS(exit_group) };

/* Sockets of the Unix family only, memory that is never run, no files at all. */
static bool gateway_filter(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool ok = f != NULL;

	for (size_t i = 0; ok && i < sizeof gateway_calls / sizeof gateway_calls[0]; i++)
		ok = seccomp_rule_add(f, SCMP_ACT_ALLOW, gateway_calls[i], 0) == 0;
	ok = ok &&
	     seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		 SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0)) == 0 &&
	     seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
	     seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
	     /* Libraries have their ways around a file that cannot be opened. */
	     seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0) == 0 &&
	     seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 0) == 0 &&
	     seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0) == 0 &&
	     seccomp_load(f) == 0;
	seccomp_release(f);
	return ok;
}

/* Not one path; connecting to the door goes by the socket's own mode. */
static bool gateway_paths(void)
{
	struct landlock_ruleset_attr all = { .handled_access_fs =
						 (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
	int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);

	if (rules == -1)
		return errno == ENOSYS || errno == EOPNOTSUPP;
	bool ok = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	(void)close(rules);
	return ok;
}

#endif

bool gateway_jail(const char **why)
{
	struct rlimit none = { 0, 0 };

	*why = "no new privileges";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    setrlimit(RLIMIT_CORE, &none) == -1)
		return false;
#ifdef BULKHEAD_SANITIZE
	return true; /* a sanitizer opens /proc and maps what it likes */
#else
	*why = "Landlock";
	if (prctl(PR_SET_DUMPABLE, 0) == -1 || !gateway_paths())
		return false;
	*why = "seccomp";
	return gateway_filter();
#endif
}
