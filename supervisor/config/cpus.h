/* SPDX-License-Identifier: ISC */
#ifndef CPUS_H
#define CPUS_H

/*
 * The CPUs that this process may use: its affinity, cut by the quota of its
 * cgroup and of each above it (version 2 cpu.max, version 1 cpu.cfs_quota_us),
 * rounded up. At least 1. What cannot be read does not cut.
 */
unsigned cpus_available(void);

/* The same with other files in the place of /proc/self and /sys/fs/cgroup, for tests. */
unsigned cpus_quota(const char *proc, const char *sys, unsigned at_most);

#endif
