/* SPDX-License-Identifier: ISC */
#include "attempt/charge.h"

#include <stddef.h>
#include <stdint.h>

/* The count of charges of one kind, and how many the budget lets pass. */
static unsigned *charge_charged(
    struct charges *c, enum charge kind, const struct config *config, uint64_t *budget)
{
	switch (kind) {
	case CHARGE_CRASH:
		*budget = config->retry.crash;
		return &c->crash;
	case CHARGE_TIMEOUT:
		*budget = config->retry.timeout;
		return &c->timeout;
	case CHARGE_MEMORY:
		*budget = config->retry.memory;
		return &c->memory;
	case CHARGE_KILL:
	case CHARGE_NOTHING:
		break;
	}
	return NULL;
}

bool charge_add(
    struct charges *c, enum verdict verdict, bool used, const struct config *config)
{
	const struct verdict_row *row = verdict_row(verdict);
	uint64_t budget = 0;
	unsigned *count = charge_charged(c, row->charge, config, &budget);

	if (count)
		++*count;
	bool again = row->again == AGAIN || (row->again == AGAIN_IF_USED && used);
	return again && count && *count <= budget;
}

bool charge_needs_fresh(const struct charges *c)
{
	return c->crash + c->timeout + c->memory > 0;
}
