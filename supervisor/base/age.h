/* SPDX-License-Identifier: ISC */
#ifndef AGE_H
#define AGE_H

#include <stdint.h>

/* How many messages are how old, as qshape(1) has it: the rows of that table, the
 * youngest first. */
enum { AGES = 6 };

struct age_row {
	const char *name;  /* for programs */
	const char *title; /* for people */
	uint64_t below_ms; /* and at least as old as the row before says */
};
extern const struct age_row age_rows[AGES];

/* The row for a message of this age. */
unsigned age_row_of(uint64_t ms);

#endif
