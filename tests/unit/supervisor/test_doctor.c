#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call_name.h"
#include "doctor.h"

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

Test(call_name, is_the_machines)
{
	cr_expect_not_null(call_name(0)); /* some call on every machine */
	cr_expect_str_eq(
	    call_name(435), "clone3"); /* newer ones have one number for all */
	cr_expect_str_eq(call_name(444), "landlock_create_ruleset");
	cr_expect_null(call_name(100000));
	cr_expect_null(call_name(UINT64_MAX));
}
