/* SPDX-License-Identifier: ISC */
#ifndef TALLY_H
#define TALLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/verdict.h"

/*
 * What became of the inputs of one run. Each ends in exactly one class, so that found
 * is the sum of all. To add a class: a row in tally.c.
 */
enum tally_class {
	TALLY_CONVERTED,
	TALLY_PASSED,
	TALLY_REFUSED,
	TALLY_CRASHED,
	TALLY_TIMED_OUT,
	TALLY_MEMORY,
	TALLY_OUTPUT,      /* output over its limit */
	TALLY_VIOLATED,    /* of sandbox or protocol */
	TALLY_OPENED,      /* a store, whose items are inputs of their own */
	TALLY_SKIPPED,     /* its result was there */
	TALLY_DUPLICATE,   /* with --dedupe: another has the result already */
	TALLY_IN_THE_WAY,  /* something else was there: it is as it was */
	TALLY_PLANNED,     /* it would be converted */
	TALLY_UNREADABLE,  /* not a file that can be read */
	TALLY_UNWRITTEN,   /* its result could not be written: disk full, no right to */
	TALLY_INTERRUPTED, /* in hand when the run was stopped */
	TALLY_CLASSES,
};

struct tally {
	uint64_t found, count[TALLY_CLASSES];
};

/* The class of a verdict that is final. */
enum tally_class tally_class_of(enum verdict);

const char *tally_name(enum tally_class); /* "timed-out" */
bool tally_is_fine(enum tally_class);     /* nothing that a person must look at */

uint64_t tally_ended(const struct tally *);
uint64_t tally_failed(const struct tally *);

/* "12 found = 10 converted + 2 refused", without a line ending. */
void tally_print(const struct tally *, FILE *);
json_t *tally_json(const struct tally *);

#endif
