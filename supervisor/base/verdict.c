/* SPDX-License-Identifier: ISC */
#include "base/verdict.h"

#include <string.h>

#include <assert.h>
#include <stddef.h>

/* NDR codes are those of Microsoft Mail's non-delivery reports: [001] unable to deliver,
 * [009] maximum size exceeded, [012] corrupt message, [029] could not be parsed. */
static const struct verdict_row rows[VERDICTS] = {
	[VERDICT_NONE] = { "none", "has not ended", "", CHARGE_NOTHING, false,
	    AGAIN_NEVER },
	[VERDICT_DONE] = { "done", "was converted", "", CHARGE_NOTHING, true,
	    AGAIN_NEVER },
	[VERDICT_PASSED] = { "passed", "needed no conversion and passed through", "",
	    CHARGE_NOTHING, true, AGAIN_NEVER },
	[VERDICT_REFUSED] = { "refused", "cannot be converted", "029", CHARGE_NOTHING,
	    false, AGAIN_NEVER },
	[VERDICT_CRASHED] = { "crashed", "crashed its converter", "012", CHARGE_CRASH,
	    false, AGAIN },
	[VERDICT_TIMED_OUT_TOTAL] = { "timed-out-total", "took too long in all", "001",
	    CHARGE_TIMEOUT, false, AGAIN },
	[VERDICT_TIMED_OUT_SILENCE] = { "timed-out-silence",
	    "made its converter silent for too long", "001", CHARGE_TIMEOUT, false,
	    AGAIN },
	[VERDICT_TIMED_OUT_CPU] = { "timed-out-cpu", "used too much processor time",
	    "001", CHARGE_TIMEOUT, false, AGAIN },
	[VERDICT_MEMORY] = { "out-of-memory", "made its converter run out of memory",
	    "009", CHARGE_MEMORY, false, AGAIN },
	[VERDICT_OUTPUT] = { "output-limit", "gave an output over its limit", "009",
	    CHARGE_MEMORY, false, AGAIN },
	[VERDICT_SANDBOX] = { "sandbox-violation",
	    "made its converter try what the sandbox forbids", "012", CHARGE_CRASH, false,
	    AGAIN_NEVER },
	[VERDICT_PROTOCOL] = { "protocol-violation",
	    "made its converter break the protocol", "012", CHARGE_CRASH, false,
	    AGAIN_IF_USED },
	[VERDICT_KILLS] = { "service-killed",
	    "ran alone each time the whole service was killed", "005", CHARGE_KILL, false,
	    AGAIN_NEVER },
	[VERDICT_WITHDRAWN] = { "withdrawn", "was taken out of the queue by an operator",
	    "001", CHARGE_NOTHING, false, AGAIN_NEVER },
	[VERDICT_INFRASTRUCTURE] = { "infrastructure", "met trouble that is not its own",
	    "", CHARGE_NOTHING, false, AGAIN_NEVER },
};

const struct verdict_row *verdict_row(enum verdict v)
{
	assert((unsigned)v < VERDICTS);
	return &rows[v];
}

bool verdict_by_name(const char *name, enum verdict *to)
{
	for (int v = 0; v < VERDICTS; v++)
		if (verdict_row((enum verdict)v)->name &&
		    strcmp(verdict_row((enum verdict)v)->name, name) == 0) {
			*to = (enum verdict)v;
			return true;
		}
	return false;
}
