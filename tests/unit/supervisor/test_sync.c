/* SPDX-License-Identifier: ISC */
#include "files/sync.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { MANY = 70 };

TestSuite(sync, .timeout = 600);

Test(sync, none_is_fine)
{
	sync_together(NULL, 0);
}

/* Each has its own answer, wherever it stands. */
Test(sync, one_that_fails_fails_alone)
{
	static const size_t counts[] = { 1, 2, 3, 16, 17, MANY };
	struct sync_file files[MANY];
	char name[] = "/tmp/bulkhead-sync.XXXXXX";
	const int fd = mkstemp(name);

	cr_assert_neq(fd, -1);
	(void)unlink(name);
	for (size_t n = 0; n < sizeof counts / sizeof counts[0]; n++)
		for (size_t bad = 0; bad < counts[n]; bad++) {
			for (size_t i = 0; i < counts[n]; i++)
				files[i] = (struct sync_file){ i == bad ? -1 : fd, -1 };
			sync_together(files, counts[n]);
			for (size_t i = 0; i < counts[n]; i++)
				cr_assert_eq(files[i].error, i == bad ? EBADF : 0);
		}
	(void)close(fd);
}

/* What is not known at first is known from then on, or never. */
Test(sync, a_volume_is_synced_from_the_second_time_on)
{
	const int folder = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	cr_assert(folder != -1 && proc != -1);
	cr_expect_not(sync_all(folder));
	const bool known = sync_all(folder);
	for (int i = 0; i < 3; i++) {
		cr_expect_not(sync_all(proc));
		cr_expect_not(sync_all(-1));
		cr_expect_eq(sync_all(folder), known);
	}
	(void)close(folder);
	(void)close(proc);
}
