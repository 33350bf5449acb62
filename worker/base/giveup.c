/* SPDX-License-Identifier: ISC */
#include "base/giveup.h"

#include <stdlib.h>

#include "base/crumb.h"

static void giveup_abort(enum giveup kind)
{
	(void)kind;
	abort();
}

void (*giveup_end)(enum giveup) = giveup_abort;

void giveup_memory(size_t asked)
{
	*crumb_ring.memory_asked = asked ? asked : 1;
	giveup_end(GIVEUP_MEMORY);
	abort(); /* giveup_end must not return */
}

void giveup_output(int err)
{
	*crumb_ring.output_errno = (uint32_t)err;
	giveup_end(GIVEUP_OUTPUT);
	abort();
}
