/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/passing.h"

static int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	cr_assert(d);
	while (readdir(d))
		n++;
	(void)closedir(d);
	return n;
}

static void pair(int s[2])
{
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s), 0);
}

Test(passing, a_packet_with_its_descriptors)
{
	int s[2], p[2], got[2] = { -1, -1 };
	char text[8];
	size_t n, count;

	pair(s);
	cr_assert_eq(pipe(p), 0);
	cr_assert(passing_send(s[0], "two", 3, p, 2));
	cr_assert_eq(passing_receive(s[1], text, sizeof text, &n, got, 2, &count), 1);
	cr_expect_eq(n, 3);
	cr_expect_arr_eq(text, "two", 3);
	cr_assert_eq(count, 2);
	cr_expect(fcntl(got[0], F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(write(got[1], "x", 1), 1);
	cr_expect_eq(read(p[0], text, sizeof text), 1);
}

Test(passing, too_long_or_too_many_is_refused_and_leaves_nothing_open)
{
	int s[2], many[PASSING_MAX], got[1];
	char text[4];
	size_t n, count;

	pair(s);
	for (size_t i = 0; i < PASSING_MAX; i++)
		many[i] = s[0];
	int before = open_files();
	cr_assert(passing_send(s[0], "ab", 2, many, PASSING_MAX));
	cr_expect_eq(passing_receive(s[1], text, sizeof text, &n, got, 1, &count), -1);
	cr_expect_eq(errno, EPROTO);
	cr_assert(passing_send(s[0], "abcdef", 6, many, 1));
	cr_expect_eq(passing_receive(s[1], text, sizeof text, &n, got, 1, &count), -1);
	cr_expect_eq(errno, EPROTO);
	cr_expect_eq(open_files(), before);
}

Test(passing, the_other_end_closed)
{
	int s[2], got[1];
	char text[4];
	size_t n, count;

	pair(s);
	(void)close(s[0]);
	cr_expect_eq(passing_receive(s[1], text, sizeof text, &n, got, 1, &count), 0);
	cr_expect_not(passing_send(s[1], "x", 1, NULL, 0));
	cr_expect_eq(errno, EPIPE);
}
