#include "cpus.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_ROOM = 64 };

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

/* The first line of folder/name; false when it cannot be read. */
static bool first_line(const char *folder, const char *name, char line[LINE_ROOM])
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
		return false;
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	bool ok = fgets(line, LINE_ROOM, f) != NULL;
	(void)fclose(f);
	return ok;
}

static unsigned cut(unsigned cpus, int64_t quota, int64_t period)
{
	if (quota <= 0 || period <= 0)
		return cpus;
	int64_t whole = quota / period + (quota % period != 0);
	return whole < (int64_t)cpus ? (unsigned)whole : cpus;
}

/* One cgroup of version 2: "50000 100000" or "max 100000". */
static unsigned cut_by_max(const char *folder, unsigned cpus)
{
	char line[LINE_ROOM];
	const char *at = line;

	if (!first_line(folder, "cpu.max", line))
		return cpus;
	int64_t quota = take_number(&at);
	return cut(cpus, quota, take_number(&at));
}

/* One cgroup of version 1: quota -1 for none. */
static unsigned cut_by_cfs(const char *folder, unsigned cpus)
{
	char quota[LINE_ROOM], period[LINE_ROOM];
	const char *q = quota, *p = period;

	if (!first_line(folder, "cpu.cfs_quota_us", quota) ||
	    !first_line(folder, "cpu.cfs_period_us", period))
		return cpus;
	return cut(cpus, take_number(&q), take_number(&p));
}

/* A cgroup and all above it. A container may see its own cgroup as the root of the tree
 * while its path tells of the host's, so the root is always among them. */
static unsigned cut_by_tree(const char *root, const char *group, unsigned cpus,
    unsigned one(const char *folder, unsigned cpus))
{
	char path[PATH_MAX];
	size_t base = strlen(root);

	if ((size_t)snprintf(path, sizeof path, "%s%s", root, group) >= sizeof path)
		return cpus;
	for (;;) {
		cpus = one(path, cpus);
		char *slash = strrchr(path + base, '/');
		if (!slash)
			return cpus;
		*slash = '\0';
	}
}

static bool has_cpu(char *controllers)
{
	char *rest = NULL;
	for (char *c = strtok_r(controllers, ",", &rest); c;
	     c = strtok_r(NULL, ",", &rest))
		if (strcmp(c, "cpu") == 0)
			return true;
	return false;
}

unsigned cpus_quota(const char *proc, const char *sys, unsigned at_most)
{
	/* Where the trees are mounted: version 2 alone, version 2 beside version 1;
	 * version 1 under either name. */
	static const char *const v2[] = { "", "/unified" };
	static const char *const v1[] = { "/cpu", "/cpu,cpuacct" };
	char path[PATH_MAX], root[PATH_MAX], line[PATH_MAX];
	unsigned cpus = at_most;

	(void)snprintf(path, sizeof path, "%s/cgroup", proc);
	FILE *f = fopen(path, "re");
	if (!f)
		return cpus;
	/* "0::/group" and "4:cpu,cpuacct:/group" (cgroups(7)) */
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = '\0';
		char *controllers = strchr(line, ':');
		char *group = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!group)
			continue;
		*group++ = '\0';
		bool second = controllers[1] == '\0';
		if (!second && !has_cpu(controllers + 1))
			continue;
		for (int i = 0; i < 2; i++) {
			(void)snprintf(
			    root, sizeof root, "%s%s", sys, second ? v2[i] : v1[i]);
			cpus = cut_by_tree(
			    root, group, cpus, second ? cut_by_max : cut_by_cfs);
		}
	}
	(void)fclose(f);
	return cpus > 0 ? cpus : 1;
}

unsigned cpus_available(void)
{
	cpu_set_t set;
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned cpus = online > 0 ? (unsigned)online : 1;

	/* Fails where the machine has more CPUs than the set has room for. */
	if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
		cpus = (unsigned)CPU_COUNT(&set);
	return cpus_quota("/proc/self", "/sys/fs/cgroup", cpus);
}
