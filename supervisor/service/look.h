/* SPDX-License-Identifier: ISC */
#ifndef LOOK_H
#define LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/door.pb-c.h"

struct attempts;
struct canary;
struct config;
struct history;
struct intake;
struct jobs;
struct readiness;
struct spool;

/* What is to be seen of the service now, for the door. */
struct look_at {
	const struct config *config;
	const struct spool *spool;
	const struct attempts *attempts;
	const struct canary *canary;
	const struct jobs *jobs;
	const struct intake *intake; /* NULL: not yet */
	const struct history *history;
	const struct readiness *readiness;
	int64_t started_ms;
};

/* The caller frees it (free_unpacked). NULL: no memory. As the request wants it. */
Bulkhead__Door__State *look_state(
    const struct look_at *, const Bulkhead__Door__Look *wanted);

#endif
