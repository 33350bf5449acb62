/* SPDX-License-Identifier: ISC */
#include "attempt/judge.h"

#include <errno.h>

#include "attempt/outcome.h"
#include "files/finality.h"
#include "pool/pool.h"

void judge_output(struct outcome *o, const struct pool_end *end, struct pool *pool,
    int *output, bool closing)
{
	switch (finality_check(output, &o->output_size, closing)) {
	case OUTPUT_FINAL:
		if (o->output_size == end->done->output)
			return;
		o->verdict = VERDICT_PROTOCOL;
		outcome_because(o, "the output is not as long as its converter said");
		pool_kill_worker(pool, end->worker, "output of another length than said");
		return;
	case OUTPUT_WRITABLE:
		o->verdict = VERDICT_PROTOCOL;
		outcome_because(
		    o, "the converter kept the output open after it was done");
		pool_kill_worker(pool, end->worker, "kept the output open after Done");
		return;
	case OUTPUT_UNREADABLE:
		break;
	}
	o->verdict = VERDICT_INFRASTRUCTURE;
	o->trouble = TROUBLE_FILES;
	o->error = errno;
	o->call = "open output";
}
