/* SPDX-License-Identifier: ISC */
#include "files/finality.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/lease.h"

enum finality finality_check(int *fd, uint64_t *size, bool closing)
{
	struct stat st;
	char path[40];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", *fd);
	int reading = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int saved = errno;
	(void)close(*fd);
	errno = saved;
	*fd = reading;
	if (reading == -1)
		return OUTPUT_UNREADABLE;
	/* Where no lease can tell there is nothing to tell by. The lease before the size:
	 * a writer that just left may have made it longer. */
	if (lease_has_writer(reading, closing))
		return OUTPUT_WRITABLE;
	if (fstat(reading, &st) == -1)
		return OUTPUT_UNREADABLE;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return OUTPUT_UNREADABLE;
	}
	*size = (uint64_t)st.st_size;
	return OUTPUT_FINAL;
}
