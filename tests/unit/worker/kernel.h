/* SPDX-License-Identifier: ISC */
#ifndef KERNEL_H
#define KERNEL_H

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <sys/prctl.h>

/* Does this kernel filter system calls? One that does looks for the filter at address 0.
 * An emulator of another processor (qemu-user) knows of none. */
static inline bool kernel_filters(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, 0, 0, 0) == -1 &&
	       errno == EFAULT;
}

#define NO_FILTERS "NOT TESTED here: this kernel, or an emulator, has no seccomp"
/* Which has memory, starts of programs, times and last words of its own. */
#define EMULATED "NOT TESTED here: it would be the emulator that is looked at"

#endif
