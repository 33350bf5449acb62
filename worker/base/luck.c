/* SPDX-License-Identifier: ISC */
#include "base/luck.h"

#include <stdlib.h>

#include "base/crumb.h"

static void end_hard(enum luck kind)
{
	(void)kind;
	abort();
}

void (*luck_end)(enum luck) = end_hard;

void luck_memory(size_t asked)
{
	*crumb_ring.memory_asked = asked ? asked : 1;
	luck_end(LUCK_MEMORY);
	abort(); /* luck_end must not return */
}

void luck_output(int err)
{
	*crumb_ring.output_errno = (uint32_t)err;
	luck_end(LUCK_OUTPUT);
	abort();
}
