/* SPDX-License-Identifier: ISC */
#ifndef SOURCE_H
#define SOURCE_H

#include "attempt/attempt.h"
#include "spool/spool.h"

struct event_base;

/*
 * Where messages come from beside the spool's incoming folder. A source is one file with
 * one struct source_kind, and one row in serve.c. It puts its messages into a queue of
 * the service's engine and runs in its loop; nothing it does may block.
 */
struct source_with {
	struct event_base *base;
	const struct config *config;
	struct spool *spool;
	struct attempts *attempts;
};

struct source_kind {
	const char *name;
	/* After the spool is ours, before any message is taken. NULL: the service goes on
	 * without it; the reason is in the log. */
	void *(*open)(const struct source_with *);
	void (*close)(void *); /* after the engine was freed */
	void (*drain)(void *); /* take no more; what has no worker ends at once */
};

extern const struct source_kind source_filter;

#endif
