/* SPDX-License-Identifier: ISC */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdint.h>

#include "config/config.h"
#include "pool/pool.h"
#include "spool/spool.h"

struct event_base;
struct unwinds;

/*
 * Where messages come from beside the spool's incoming folder. A source is one file with
 * one struct source_kind, and one row in serve.c. It works on the service's pool, in its
 * loop; nothing it does may block.
 */
struct source_with {
	struct event_base *base;
	const struct config *config;
	struct spool *spool;
	struct pool *pool;
	struct unwinds *unwinds;
	/* A message waits for a worker, or one has ended: give may be called. */
	void (*turn)(void *arg);
	/* An attempt at a message has ended: for the circuit breaker. */
	void (*attempted)(void *arg, enum verdict, bool first);
	void *arg;
};

struct source_kind {
	const char *name;
	/* After the spool is ours, before any message is taken. NULL: the service goes on
	 * without it; the reason is in the log. */
	void *(*open)(const struct source_with *);
	void (*close)(void *);
	unsigned (*give)(void *, unsigned most); /* to free workers; how many got one */
	unsigned (*waiting)(const void *);       /* for a worker */
	unsigned (*in_hand)(const void *);
	void (*drain)(void *); /* take no more; what has no worker ends at once */
	/* From the pool; jobs of others are left alone. */
	void (*report)(void *, uint64_t job, const Bulkhead__Report *);
	void (*ended)(void *, uint64_t job, const struct pool_end *);
};

extern const struct source_kind source_filter;

#endif
