/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/call_name.h"
#include "config/config.h"
#include "doctor/doctor.h"

static char root[64];

static void write_file(const char *name, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", root, name);
	for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		(void)mkdir(path, 0700);
		*at = '/';
	}
	FILE *f = fopen(path, "w");
	cr_assert(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

static void make_root(void)
{
	(void)snprintf(root, sizeof root, "/tmp/test-doctor.XXXXXX");
	cr_assert(mkdtemp(root));
}

static void remove_root(void)
{
	char command[128];

	(void)snprintf(command, sizeof command, "rm -r %s", root);
	cr_expect_eq(system(command), 0);
}

TestSuite(doctor, .init = make_root, .fini = remove_root);

static uint64_t memory_limit(void)
{
	char sys[80];

	(void)snprintf(sys, sizeof sys, "%s/sys", root);
	return doctor_limit(root, sys, "memory", "memory.max", "memory.limit_in_bytes");
}

Test(doctor, no_cgroup_is_no_limit)
{
	cr_expect_eq(memory_limit(), UINT64_MAX);
	write_file("cgroup", "0::/a/b\n");
	cr_expect_eq(memory_limit(), UINT64_MAX);
}

Test(doctor, version_2_takes_the_least_of_the_tree)
{
	write_file("cgroup", "0::/a/b\n");
	write_file("sys/a/b/memory.max", "max\n");
	cr_expect_eq(memory_limit(), UINT64_MAX);
	write_file("sys/a/memory.max", "4096000\n");
	cr_expect_eq(memory_limit(), 4096000);
	write_file("sys/memory.max", "81920\n"); /* a container's own root */
	cr_expect_eq(memory_limit(), 81920);
}

Test(doctor, version_1_knows_its_controller)
{
	write_file("cgroup", "7:cpu,cpuacct:/x\n5:memory:/job\n4:memoryless:/y\n0::/\n");
	write_file("sys/memory/memory.limit_in_bytes", "9223372036854771712\n");
	cr_expect_eq(memory_limit(), UINT64_MAX, "that is how it writes none");
	write_file("sys/memory/job/memory.limit_in_bytes", "1048576\n");
	write_file("sys/memory/y/memory.limit_in_bytes", "1\n");
	cr_expect_eq(memory_limit(), 1048576);
}

/* ---- what is said of the cgroup: the rows come here ---- */

struct doctor {
	char warned[200];
	unsigned rows;
};

void doctor_say(struct doctor *d, enum doctor_state state, const char *about,
    const char *what, const char *format, ...)
{
	size_t n = strlen(d->warned);

	(void)format;
	cr_expect_str_eq(about, "cgroup");
	cr_expect_neq(state, DOCTOR_OPEN);
	d->rows++;
	if (state == DOCTOR_WARN)
		(void)snprintf(d->warned + n, sizeof d->warned - n, "%s ", what);
}

static const struct {
	const char *name;
	/* of the container's cgroup, of the one above it; NULL: no file */
	const char *memory, *above, *group, *group_above, *pids;
	const char *warned;
} cgroups[] = {
	{ "nothing set", NULL, NULL, NULL, NULL, NULL, "" },
	{ "room for all", "1610612736\n", "max\n", "0\n", "0\n", "max\n", "" },
	{ "less than three workers' limits", "1610612735\n", "max\n", "0\n", NULL,
	    "max\n", "memory " },
	{ "less above", "max\n", "1048576\n", NULL, NULL, "100\n", "memory " },
	{ "killed as a whole", "max\n", NULL, "1\n", "0\n", "max\n",
	    "memory.oom.group " },
	{ "killed with what is above", "max\n", NULL, "0\n", "1\n", "max\n",
	    "memory.oom.group " },
	{ "few processes", "max\n", NULL, NULL, NULL, "14\n", "pids.max " },
	{ "all of it", "1\n", "1\n", "1\n", "1\n", "1\n",
	    "memory memory.oom.group pids.max " },
};

Test(doctor, tells_what_a_cgroup_does_not_give)
{
	const struct config config = {
		.workers = 2, .spares = 1, .limits.memory = 512 << 20
	};

	for (size_t i = 0; i < sizeof cgroups / sizeof cgroups[0]; i++) {
		const char *const files[][2] = {
			{ "sys/pod/us/memory.max", cgroups[i].memory },
			{ "sys/pod/memory.max", cgroups[i].above },
			{ "sys/pod/us/memory.oom.group", cgroups[i].group },
			{ "sys/pod/memory.oom.group", cgroups[i].group_above },
			{ "sys/pod/us/pids.max", cgroups[i].pids },
		};
		struct doctor d = { .rows = 0 };
		char sys[80];
		remove_root();
		make_root();
		write_file("cgroup", "0::/pod/us\n");
		for (size_t k = 0; k < sizeof files / sizeof files[0]; k++)
			if (files[k][1])
				write_file(files[k][0], files[k][1]);
		(void)snprintf(sys, sizeof sys, "%s/sys", root);
		doctor_cgroup(&d, &config, root, sys);
		cr_expect_eq(d.rows, 3);
		cr_expect_str_eq(d.warned, cgroups[i].warned, "%s", cgroups[i].name);
	}
}

Test(call_name, is_the_machines)
{
	cr_expect_not_null(call_name(0)); /* some call on every machine */
	cr_expect_str_eq(
	    call_name(435), "clone3"); /* newer ones have one number for all */
	cr_expect_str_eq(call_name(444), "landlock_create_ruleset");
	cr_expect_null(call_name(100000));
	cr_expect_null(call_name(UINT64_MAX));
}
