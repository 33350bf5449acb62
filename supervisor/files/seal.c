/* SPDX-License-Identifier: ISC */
#include "files/seal.h"

#include <errno.h>
#include <sys/stat.h>

#include "files/lease.h"

enum seal seal_look(int fd, uint64_t *size)
{
	struct stat st;

	/* Where no lease can tell there is nothing to tell by. The lease before the size:
	 * a writer that just left may have made it longer. */
	if (lease_ask(fd) == LEASE_WRITER)
		return SEAL_WRITER;
	if (fstat(fd, &st) == -1)
		return SEAL_UNREADABLE;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return SEAL_UNREADABLE;
	}
	*size = (uint64_t)st.st_size;
	return SEALED;
}
