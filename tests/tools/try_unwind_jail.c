/* SPDX-License-Identifier: ISC */
/* Shuts the unwinder's door (supervisor/unwind/unwind_jail.h) and tries what must fail
 * behind it. Exit code 0: all of it did, and memory can still be had. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unwind_jail.h"

static int wrong;

static void must_fail(const char *what, long result)
{
	if (result != -1) {
		(void)fprintf(stderr, "possible in the jail: %s\n", what);
		wrong++;
	}
}

static long map(int protection)
{
	void *p = mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

int main(void)
{
	char *const none[] = { NULL };

	if (!unwind_jail_limits() || !unwind_jail_shut()) {
		perror("the unwinder cannot lock itself in");
		return EXIT_FAILURE;
	}
	must_fail("open", open("/dev/null", O_RDONLY | O_CLOEXEC));
	must_fail("dup", dup(STDERR_FILENO));
	must_fail("socket", socket(AF_UNIX, SOCK_STREAM, 0));
#ifndef BULKHEAD_SANITIZE
	must_fail("fork", fork());
	must_fail("execve", execve("/bin/true", none, none));
	must_fail("kill", kill(getppid(), 0));
	must_fail("code in memory", map(PROT_READ | PROT_EXEC));
#else
	(void)none;
#endif
	if (map(PROT_READ | PROT_WRITE) == -1) {
		perror("memory");
		wrong++;
	}
	return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
