/* SPDX-License-Identifier: ISC */
#ifndef METRICS_H
#define METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the service counts, for /metrics and for people. One row in metrics.c says all of
 * a figure: its name, unit, help, label. Whoever knows of a happening adds to it, at the
 * cost of an addition; nothing here allocates or waits. Gauges are set when somebody
 * looks.
 */
enum metric {
	/* counters by label */
	METRIC_MESSAGES, /* verdict */
	METRIC_RETRIES,  /* verdict of the attempt before */
	METRIC_RESTARTS, /* cause */
	METRIC_BYTES,    /* direction */
	METRIC_HELPERS,  /* program: helpers replaced */
	METRIC_LOG_LOST, /* without label */
	METRIC_REQUESTS, /* door requests by kind */
	/* gauges */
	METRIC_QUEUE,   /* state: messages in hand */
	METRIC_OLDEST,  /* seconds since the oldest message in hand came */
	METRIC_WORKERS, /* state */
	METRIC_BUSY,    /* share of workers that are busy, 0 to 1 */
	METRIC_READY,   /* 0 or 1 */
	METRIC_PAUSED,
	METRIC_BREAKER,
	METRIC_DISK_FREE, /* folder (spool_volumes): bytes */
	METRIC_MEMORY,    /* the supervisor's resident bytes */
	METRIC_CPU,       /* who: seconds */
	METRIC_START,     /* seconds since the epoch */
	METRIC_INTAKE,    /* reason: 1 while intake is paused by it */
	METRIC_SPARES,    /* state: wanted, ready */
	METRIC_SANDBOX,   /* layers: 1 when none is missing */
	/* RFC 1566, 3: what a management station asks any message transfer agent */
	METRIC_MTA_RECEIVED,
	METRIC_MTA_STORED,
	METRIC_MTA_TRANSMITTED,
	METRIC_MTA_RECEIVED_BYTES,
	METRIC_MTA_STORED_BYTES,
	METRIC_MTA_TRANSMITTED_BYTES,
	METRIC_MTA_CONVERTED,
	METRIC_MTA_FAILED,
	METRICS,
};

enum metric_times {
	TIMES_QUEUED,      /* from the arrival in incoming/ to a worker */
	TIMES_CONVERTING,  /* of one attempt */
	TIMES_PUBLISHING,  /* from the decision to outgoing/ */
	TIMES_REPLACED,    /* from a worker's loss to the next one's being ready */
	TIMES_HANDED_OVER, /* from a worker's loss to the next message's order */
	TIMES_LOOP,        /* of one turn of the supervisor's loop */
	TIMES,
};

enum { METRIC_LABELS = 24, TIMES_BOUNDS = 14 };

struct metric_row {
	const char *name, *label, *unit, *help; /* label NULL: none */
	bool counter;
};
extern const struct metric_row metric_rows[METRICS];

struct times_row {
	const char *name, *help;
};
extern const struct times_row times_rows[TIMES];
/* Upper bounds in seconds; what is longer is in the last one. */
extern const double times_bounds[TIMES_BOUNDS];

/* label: static text (by its address), NULL for a figure without one. Those beyond
 * METRIC_LABELS of one figure are counted under "other". */
void metric_add(enum metric, const char *label, uint64_t n);
void metric_set(enum metric, const char *label, double value);
void times_add(enum metric_times, uint64_t us);

/* The i-th value of a figure; false: there is no such. */
bool metric_nth(enum metric, size_t i, const char **label, double *value);
/* TIMES_BOUNDS + 1 counts, and the sum in seconds. */
const uint64_t *times_get(enum metric_times, double *sum);

#endif
