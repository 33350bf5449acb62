/* SPDX-License-Identifier: ISC */
#ifndef DOOR_RENDER_H
#define DOOR_RENDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "proto/door.pb-c.h"

/* The service's state as documents: for the API, for the command line's --json, for
 * Prometheus. The caller owns what is returned; NULL: no memory. */
json_t *render_status(const Bulkhead__Door__State *);
json_t *render_workers(const Bulkhead__Door__State *);
json_t *render_queue(const Bulkhead__Door__State *);
json_t *render_history(const Bulkhead__Door__State *);
/* 0 to 1: of a processor, for the message in hand, so far; without one 0. */
double render_cpu_share(const Bulkhead__Door__Worker *);
/* All that the page shows live. */
json_t *render_live(const Bulkhead__Door__State *);
json_t *render_groups(const Bulkhead__Door__State *);
/* OpenMetrics 1.0 text, ended by "# EOF"; not open: Prometheus' text format 0.0.4. */
char *render_metrics(const Bulkhead__Door__State *, bool open, size_t *n);

#endif
