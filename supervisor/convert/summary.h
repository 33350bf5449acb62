/* SPDX-License-Identifier: ISC */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdbool.h>

#include "convert/tally.h"

/*
 * What became of the inputs, for --summary: a row for each result, verdict, reason and
 * folder with how many there are. Of more rows than SUMMARY_ROWS_MAX the others share
 * one, so memory does not grow with the files.
 */
struct summary;

enum { SUMMARY_ROWS_MAX = 50000 };

struct summary *summary_new(void);
void summary_free(struct summary *); /* NULL is fine */
void summary_add(struct summary *, const char *result, const char *verdict,
    const char *reason, const char *folder);

/* To a file, as CSV where its name ends so, else as JSON. False: errno. */
bool summary_write(
    const struct summary *, const char *path, const struct tally *, uint64_t ms);

#endif
