/* SPDX-License-Identifier: ISC */
#include "base/call_name.h"

#include <criterion/criterion.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* Reports name calls by the kernel's header; libseccomp has a table of its own. */
Test(call_name, as_the_library_has_them)
{
	enum { LAST = 1023, LEAST = 250 };
	unsigned same = 0;

	for (int i = 0; i <= LAST; i++) {
		char *theirs = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
		const char *ours = call_name((uint64_t)i);
		if (theirs && ours) /* one of them may be newer */
			cr_expect_str_eq(ours, theirs, "%d", i);
		same += theirs && ours;
		free(theirs);
	}
	cr_expect_gt(same, LEAST, "%u", same);
	cr_expect_null(call_name(UINT64_MAX));
	cr_expect_null(call_name(UINT64_C(1) << 32), "no cut to 32 bits");
}

/* Numbers differ from processor to processor: some that reports often have. */
Test(call_name, of_this_processor)
{
#if defined(__aarch64__)
	static const struct {
		unsigned number;
		const char *name;
	} known[] = { { 56, "openat" }, { 117, "ptrace" }, { 198, "socket" },
		{ 220, "clone" }, { 221, "execve" }, { 435, "clone3" } };
#elif defined(__x86_64__)
	static const struct {
		unsigned number;
		const char *name;
	} known[] = { { 257, "openat" }, { 101, "ptrace" }, { 41, "socket" },
		{ 56, "clone" }, { 59, "execve" }, { 435, "clone3" } };
#endif
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		cr_expect_str_eq(call_name(known[i].number), known[i].name);
	cr_expect_str_eq(call_name(SYS_prlimit64), "prlimit64");
}
