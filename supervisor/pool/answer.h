/* SPDX-License-Identifier: ISC */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/convert.pb-c.h"

/*
 * Reads what a worker says and believes none of it: length, kind, order of
 * kinds, job id, enums, counts, offsets and text are checked against what this
 * worker may say at this moment.
 */
struct answer_state {
	uint64_t job; /* in hand; 0: idle or starting */
	bool ready;   /* has said Ready */
	uint64_t input_size, output_max;
	bool stores;        /* a list may be the answer */
	bool item;          /* only a part of the input is wanted */
	bool facts, ended;  /* Facts was said; Done, Refused or Crash was said */
	bool crashed;       /* Crash was said: nothing may follow */
	uint32_t notes;     /* said so far */
	uint32_t items;     /* said so far */
	uint64_t items_end; /* where the next item must begin */
	size_t items_text;  /* bytes of their names */
	uint64_t progress;  /* never falls */
};

/* For a new order. */
void answer_begin(
    struct answer_state *, uint64_t job, uint64_t input_size, uint64_t output_max);

/*
 * One frame's payload. The unpacked answer, to be freed with
 * bulkhead__answer__free_unpacked(r, NULL), or NULL with the breach named in
 * *breach (static text).
 */
Bulkhead__Answer *answer_read(
    struct answer_state *, const uint8_t *frame, size_t n, const char **breach);

#endif
