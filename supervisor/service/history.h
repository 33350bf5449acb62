/* SPDX-License-Identifier: ISC */
#ifndef HISTORY_H
#define HISTORY_H

#include <stddef.h>
#include <stdint.h>

/*
 * What an operator wants to see of the last hour and the last day: rates, waits, crashes.
 * A point each ten seconds for the hour, each five minutes for the day; the oldest makes
 * room, so memory is what it is from the start. Counters come from base/metrics.h; what
 * nothing counts is handed in.
 */
struct history;

struct history *history_new(void); /* NULL: no memory */
void history_free(struct history *);

/* Of now. */
struct history_gauges {
	float queue, oldest_s, busy_ratio;
};

/* Often enough (each second): takes a point where one is due. */
void history_tick(struct history *, const struct history_gauges *);

enum history_span { HISTORY_HOUR, HISTORY_DAY, HISTORY_SPANS };
enum history_row {
	HISTORY_DECIDED, /* messages a second that reached a verdict */
	HISTORY_FAILED,  /* of them, those that cannot be converted */
	HISTORY_ENDS,    /* workers a second that ended against our will */
	HISTORY_QUEUE,   /* messages not decided or not delivered */
	HISTORY_OLDEST,  /* age of the oldest, seconds */
	HISTORY_BUSY,    /* share of the workers */
	HISTORY_HALF, /* half of the conversions took at most so many seconds; NaN none */
	HISTORY_MOST, /* 95 of 100 did */
	HISTORY_ROWS,
};

const char *history_span_name(enum history_span);
const char *history_row_name(enum history_row);
unsigned history_step_s(enum history_span);
/* The points of a row into to, the oldest first; how many. *last_ms: wall clock of the
 * last one. */
enum { HISTORY_POINTS = 360 };
size_t history_get(const struct history *, enum history_span, enum history_row,
    float to[HISTORY_POINTS], int64_t *last_ms);

#endif
