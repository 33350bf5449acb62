/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/program.h"
#include "log/log_out.h"

enum { AGAIN_MS = 100 };

/* Does nobody send us more? The rest is then tried a last time. */
static bool is_last(void)
{
	struct pollfd p = { .fd = PROGRAM_FIRST_FD };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

static void writer_write(const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t k = write(STDERR_FILENO, bytes, n);
		if (k > 0) {
			bytes += k;
			n -= (size_t)k;
		} else if (k == 0 || errno != EINTR) {
			const struct timespec pause = { .tv_nsec = AGAIN_MS * 1000000L };
			if (is_last())
				return;
			(void)nanosleep(&pause, NULL);
		}
	}
}

int log_writer_main(int argc, char **argv)
{
	static char bytes[4096];
	ssize_t n;

	(void)argc;
	(void)argv;
	program_ignore_signals();
	while ((n = read(PROGRAM_FIRST_FD, bytes, sizeof bytes)) != 0)
		if (n > 0)
			writer_write(bytes, (size_t)n);
		else if (errno != EINTR)
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
