/* SPDX-License-Identifier: ISC */
#include "files/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

enum lease lease_ask(int fd)
{
	/* A lease that is broken sends SIGIO, which kills; SIGURG is ignored by default.
	 */
	(void)fcntl(fd, F_SETSIG, SIGURG);
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
		(void)fcntl(fd, F_SETLEASE, F_UNLCK);
		return LEASE_FREE;
	}
	return errno == EAGAIN ? LEASE_WRITER : LEASE_UNKNOWN;
}
