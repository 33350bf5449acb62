/* SPDX-License-Identifier: ISC */
#include "config/cpus.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A machine of 8 CPUs: the lines of /proc/self/cgroup, and files under /sys/fs/cgroup. */
struct machine {
	char name[40];
	char groups[80];
	struct {
		char path[60], text[24];
	} files[4];
	unsigned want;
};

ParameterizedTestParameters(cpus, quota)
{
	static struct machine t[] = {
		{ "no cgroups", "", { { "", "" } }, 8 },
		{ "no quota", "0::/a\n", { { "a/cpu.max", "max 100000\n" } }, 8 },
		{ "half", "0::/a\n", { { "a/cpu.max", "50000 100000\n" } }, 1 },
		{ "two and a half", "0::/a\n", { { "a/cpu.max", "250000 100000\n" } },
		    3 },
		{ "more than there are", "0::/a\n", { { "a/cpu.max", "900000 1000\n" } },
		    8 },
		{ "the one above", "0::/a/b\n",
		    { { "a/b/cpu.max", "max 100000\n" },
			{ "a/cpu.max", "200000 100000" } },
		    2 },
		{ "a container's root", "0::/\n", { { "cpu.max", "300000 100000\n" } },
		    3 },
		{ "version 1", "5:memory:/a\n4:cpu,cpuacct:/a\n0::/\n",
		    { { "cpu,cpuacct/a/cpu.cfs_quota_us", "150000\n" },
			{ "cpu,cpuacct/a/cpu.cfs_period_us", "100000\n" } },
		    2 },
		{ "version 1, none", "4:cpu:/a\n",
		    { { "cpu/a/cpu.cfs_quota_us", "-1\n" },
			{ "cpu/a/cpu.cfs_period_us", "100000\n" } },
		    8 },
		{ "version 1, the host's path", "4:cpu:/docker/0123\n",
		    { { "cpu/cpu.cfs_quota_us", "400000\n" },
			{ "cpu/cpu.cfs_period_us", "100000\n" } },
		    4 },
		{ "cpuset is not cpu", "4:cpuset:/a\n",
		    { { "cpu/a/cpu.cfs_quota_us", "100000\n" },
			{ "cpu/a/cpu.cfs_period_us", "100000\n" } },
		    8 },
		{ "version 2 beside 1", "0::/a\n",
		    { { "unified/a/cpu.max", "100000 100000\n" } }, 1 },
		{ "nonsense", "a\n:\n::\n0::/a\n", { { "a/cpu.max", "x y\n" } }, 8 },
		{ "zero", "0::/a\n", { { "a/cpu.max", "0 0\n" } }, 8 },
	};
	return cr_make_param_array(struct machine, t, sizeof t / sizeof t[0]);
}

static void put(const char *root, const char *path, const char *text)
{
	char whole[200];
	(void)snprintf(whole, sizeof whole, "%s/%s", root, path);
	for (char *p = strchr(whole + strlen(root) + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		(void)mkdir(whole, 0700);
		*p = '/';
	}
	FILE *f = fopen(whole, "w");
	cr_assert(f, "%s", whole);
	(void)fputs(text, f);
	(void)fclose(f);
}

ParameterizedTest(struct machine *t, cpus, quota)
{
	char root[] = "/tmp/cpus.XXXXXX", command[64];
	cr_assert(mkdtemp(root));
	if (*t->groups)
		put(root, "cgroup", t->groups);
	for (size_t i = 0; i < 4 && *t->files[i].path; i++)
		put(root, t->files[i].path, t->files[i].text);
	cr_expect_eq(cpus_quota(root, root, 8), t->want, "%s: %u", t->name,
	    cpus_quota(root, root, 8));
	(void)snprintf(command, sizeof command, "rm -r %s", root);
	cr_expect_eq(system(command), 0);
}

Test(cpus, affinity)
{
	cpu_set_t one, all;
	cr_assert_eq(sched_getaffinity(0, sizeof all, &all), 0);
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &one);
	cr_expect(cpus_available() >= 1);
	cr_expect(cpus_available() <= (unsigned)CPU_COUNT(&all));
	cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
	cr_expect_eq(cpus_available(), 1);
}
