/* SPDX-License-Identifier: ISC */
#include "unwind_jail.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	CPU_SECONDS = 2,
	NICENESS = 10, /* good mail comes first */
	MEMORY = 1 << 30,
};

static bool unwind_jail_limit(int resource, rlim_t most)
{
	struct rlimit want = { .rlim_cur = most, .rlim_max = most };

	return setrlimit(resource, &want) == 0;
}

bool unwind_jail_limits(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return false;
	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
#ifndef BULKHEAD_SANITIZE /* a sanitizer's shadow is terabytes of address space */
	if (!unwind_jail_limit(RLIMIT_AS, MEMORY) || prctl(PR_SET_DUMPABLE, 0) == -1)
		return false;
#endif
	return unwind_jail_limit(RLIMIT_CPU, CPU_SECONDS) &&
	       unwind_jail_limit(RLIMIT_CORE, 0);
}

#ifndef BULKHEAD_SANITIZE

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "which architecture does the kernel tell of calls?"
#endif

/* What reading memory and writing an answer needs. sysinfo: the C library's qsort. */
static const uint32_t calls[] = { SYS_read, SYS_write, SYS_pread64, SYS_lseek, SYS_fstat,
	SYS_newfstatat, SYS_close, SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise,
	SYS_futex, SYS_sysinfo, SYS_exit, SYS_exit_group };
/* The same, unless the memory is to be run as code. */
static const uint32_t mapping[] = { SYS_mmap, SYS_mprotect };
enum {
	CALLS = sizeof calls / sizeof calls[0],
	MAPPING = 2,
	INSTRUCTIONS = 16 + 2 * CALLS
};

/* What else is called fails: libraries have their ways around it, and an attack has none.
 */
static const uint32_t refusal = SECCOMP_RET_ERRNO | EPERM;

static bool unwind_jail_filter(void)
{
	struct sock_filter code[INSTRUCTIONS];
	unsigned n = 0;
	const uint32_t data_nr = offsetof(struct seccomp_data, nr),
		       data_arch = offsetof(struct seccomp_data, arch),
		       data_prot = offsetof(struct seccomp_data, args[2]);

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, data_arch);
	code[n++] =
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	code[n++] =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, data_nr);
	for (unsigned i = 0; i < CALLS; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
		code[n++] =
		    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	for (unsigned i = 0; i < MAPPING; i++) /* to the look at the protection */
		code[n++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, mapping[i], (uint8_t)(MAPPING - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, refusal);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, data_prot);
	code[n++] =
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, refusal);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

	struct sock_fprog program = { .len = (unsigned short)n, .filter = code };
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
#endif

bool unwind_jail_shut(void)
{
	if (!unwind_jail_limit(RLIMIT_NOFILE, 0) || !unwind_jail_limit(RLIMIT_FSIZE, 0))
		return false;
#ifndef BULKHEAD_SANITIZE
	return unwind_jail_limit(RLIMIT_NPROC, 0) && unwind_jail_filter();
#else
	return true;
#endif
}
