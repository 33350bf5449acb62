/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/share.h"
#include "pool/autopsy.h"

enum { MIB = 1 << 20 };
#define GIB (UINT64_C(1) << 30)

Test(share, is_bounded_unless_alone)
{
	/* All workers' outputs and scratch files fit at once. */
	cr_expect_eq(share_of(100 * GIB, 0, 1000, 10, false), 5 * GIB);
	/* With many workers: what a usual message may want. */
	cr_expect_eq(share_of(100 * GIB, 0, 0, 1024, false), UINT64_C(64) * MIB);
	cr_expect_eq(share_of(100 * GIB, 0, GIB, 1024, false), 16 * GIB + 64 * MIB);
	/* One never takes more than a quarter, but for a single worker's half. */
	cr_expect_eq(share_of(16 * MIB, 0, 1000, 8, false), 4 * MIB);
	cr_expect_eq(share_of(16 * MIB, 0, UINT64_MAX, 8, false), 4 * MIB);
	cr_expect_eq(share_of(16 * MIB, 0, 1000, 1, false), 8 * MIB);
	/* Alone: all but what is kept, and of a small disk little is kept. */
	cr_expect_eq(share_of(100 * GIB, GIB, 1000, 10, true), 99 * GIB);
	cr_expect_eq(share_of(16 * MIB, GIB, 1000, 10, true), 15 * MIB);
	cr_expect_eq(share_of(0, GIB, 1000, 10, true), 0);
	cr_expect_eq(share_of(UINT64_MAX, GIB, 1000, 10, false), UINT64_MAX);
}

Test(share, is_set_aside_and_given_back)
{
	struct stat st;
	int fd = memfd_create("output", 0);

	cr_assert(share_reserve(fd, 1000, 32 * MIB));
	cr_assert_eq(fstat(fd, &st), 0);
	cr_expect_eq(st.st_size, 0, "it is as long as before");
	cr_expect_geq(st.st_blocks * 512, 16 * MIB);
	cr_assert_eq(write(fd, "mail", 4), 4);
	share_release(fd);
	cr_assert_eq(fstat(fd, &st), 0);
	cr_expect_eq(st.st_size, 4);
	cr_expect_lt(st.st_blocks * 512, MIB);
	cr_assert(share_reserve(fd, UINT64_MAX, 1 * MIB), "never more than its share");
	cr_expect_not(share_is_short(fd));
	int full = open("/dev/full", O_WRONLY);
	cr_expect(!share_reserve(full, 1000, MIB) || full == -1);
}

Test(share, believes_some_claims_only)
{
	static const struct {
		uint32_t error;
		bool lacked;
	} t[] = { { ENOSPC, true }, { EDQUOT, true }, { EIO, true }, { EFBIG, false },
		{ 0, false }, { EPIPE, false } };

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct autopsy a = { .output_errno = t[i].error };
		cr_expect_eq(share_lacked(&a), t[i].lacked, "%u", t[i].error);
	}
}
