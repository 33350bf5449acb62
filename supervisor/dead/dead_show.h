/* SPDX-License-Identifier: ISC */
#ifndef DEAD_SHOW_H
#define DEAD_SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config/cli_options.h"
#include "dead/dead_store.h"

/* What people, or programs, are told of a letter. All text of it is escaped. */
enum { DEAD_TIME_SIZE = 32 };

/* "2026-11-22T11:45:53Z"; "-" when there is none. */
void dead_time(int64_t ms, char to[DEAD_TIME_SIZE]);

/* Text of at least width columns, cut at that many bytes. */
void dead_column(FILE *, const char *text, size_t width);

void dead_list_head(FILE *);
void dead_list_row(const struct dead_letter *, FILE *);
json_t *dead_as_json(const struct dead_letter *); /* what list tells */

/* The letter's bytes, as they are. False: errno. */
bool dead_cat(const struct dead_letter *, FILE *);

/* The report for people; the commands it names lead back to the same spool. */
void dead_show(const struct dead_store *, const struct dead_letter *,
    const struct cli_options *, FILE *);

#endif
