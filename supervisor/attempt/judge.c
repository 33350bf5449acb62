/* SPDX-License-Identifier: ISC */
#include "attempt/judge.h"

#include "attempt/told.h"
#include "pool/pool.h"

enum verdict judge_output(
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
