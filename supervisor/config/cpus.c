/* SPDX-License-Identifier: ISC */
#include "config/cpus.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cgroup.h"

/* The number at *text, and go behind it; what is none (max) is -1, for no quota. */
static int64_t take_number(const char **text)
{
	char *end = NULL;
	errno = 0;
	int64_t n = strtoll(*text, &end, 10);
	bool good = end != *text && errno == 0;
	*text = end;
	return good ? n : -1;
}

/* Version 2: "50000 100000" or "max 100000". Version 1: two files, quota -1 for none. */
static void cpus_cut(void *arg, enum cgroup_version version, const char *folder)
{
	char quota_line[CGROUP_LINE], period_line[CGROUP_LINE];
	const char *q = quota_line, *p = period_line;
	unsigned *cpus = arg;

	if (version == CGROUP_V2
		? !cgroup_line(folder, "cpu.max", quota_line)
		: !cgroup_line(folder, "cpu.cfs_quota_us", quota_line) ||
		      !cgroup_line(folder, "cpu.cfs_period_us", period_line))
		return;
	int64_t quota = take_number(&q);
	int64_t period = take_number(version == CGROUP_V2 ? &q : &p);
	if (quota <= 0 || period <= 0)
		return;
	int64_t whole = quota / period + (quota % period != 0);
	if (whole < (int64_t)*cpus)
		*cpus = (unsigned)whole;
}

unsigned cpus_quota(const char *proc, const char *sys, unsigned at_most)
{
	unsigned cpus = at_most;

	cgroup_each(proc, sys, "cpu", cpus_cut, &cpus);
	return cpus > 0 ? cpus : 1;
}

unsigned cpus_available(void)
{
	cpu_set_t set;
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned cpus = online > 0 ? (unsigned)online : 1;

	/* Fails where the machine has more CPUs than the set holds. */
	if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
		cpus = (unsigned)CPU_COUNT(&set);
	return cpus_quota("/proc/self", "/sys/fs/cgroup", cpus);
}
