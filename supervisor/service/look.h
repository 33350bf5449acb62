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
struct intake;
struct jobs;
struct spool;

/* What is to be seen of the service now, for the door. */
struct look_at {
	const struct config *config;
	const struct spool *spool;
	const struct attempts *attempts;
	const struct canary *canary;
	const struct jobs *jobs;
	const struct intake *intake; /* NULL: not yet */
	const char *lacks;           /* why it is not ready (readiness.h); NULL: it is */
	bool stopping;
	int64_t started_ms;
};

/* The caller frees it (free_unpacked). NULL: no memory. messages: with those in hand. */
Bulkhead__Door__State *look_state(const struct look_at *, bool messages);

#endif
