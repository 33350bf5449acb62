/* SPDX-License-Identifier: ISC */
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>

/*
 * The cgroups of this process and all above them (cgroups(7)): their folders, in which
 * the limits stand. A container may see its own cgroup as the root of the tree while its
 * path tells of the host's, so the root is always among them.
 */
enum cgroup_version { CGROUP_V1 = 1, CGROUP_V2 = 2 };

typedef void cgroup_fn(void *arg, enum cgroup_version, const char *folder);

/* Calls fn for each folder of one controller ("cpu", "memory"), be it there or not. proc
 * and sys are /proc/self and /sys/fs/cgroup, others in tests. */
void cgroup_each(
    const char *proc, const char *sys, const char *controller, cgroup_fn *fn, void *arg);

/* The first line of a file there; false when it cannot be read. */
enum { CGROUP_LINE = 64 };
bool cgroup_line(const char *folder, const char *name, char line[CGROUP_LINE]);

#endif
