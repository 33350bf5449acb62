#include "seal.h"

#include <errno.h>
#include <sys/stat.h>

#include "lease.h"
#include "pool.h"
#include "told.h"

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

enum verdict seal_judge(
    enum seal seal, const struct pool_end *end, struct pool *pool, struct told *told)
{
	switch (seal) {
	case SEALED:
		if (told->output_size == end->done->output)
			return end->verdict;
		told_because(told, "the output is not as long as its converter said");
		pool_kill_worker(pool, end->worker, "output of another length than said");
		return VERDICT_PROTOCOL;
	case SEAL_WRITER:
		told_because(
		    told, "the converter kept the output open after it was done");
		pool_kill_worker(pool, end->worker, "kept the output open after Done");
		return VERDICT_PROTOCOL;
	case SEAL_UNREADABLE:
		break;
	}
	return VERDICT_INFRASTRUCTURE;
}
