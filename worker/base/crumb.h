/* SPDX-License-Identifier: ISC */
#ifndef BASE_CRUMB_H
#define BASE_CRUMB_H

#include <stdint.h>
#include <string.h>

/*
 * Breadcrumbs: where a decoder is, in memory that outlives the process. Cheap
 * enough for every attribute and property (a few stores).
 *
 * The layout is that of struct blackbox_crumb (proto/blackbox.h); crash.c, which
 * sees both, asserts it and points crumb_ring there. Before that, and in tests,
 * crumbs go to a private ring.
 */
enum { CRUMB_RING = 16 };

struct crumb {
	char format[8];
	uint32_t depth, part, tag, spare;
	uint64_t offset;
};

struct crumb_ring {
	struct crumb *slots;      /* CRUMB_RING of them */
	volatile uint32_t *count; /* ever written */
	uint64_t *memory_asked;   /* see struct blackbox */
	uint32_t *output_errno;
};

extern struct crumb_ring crumb_ring;

static inline void crumb_drop(
    const char *format, uint32_t depth, uint32_t part, uint32_t tag, uint64_t offset)
{
	uint32_t n = *crumb_ring.count;
	struct crumb *c = &crumb_ring.slots[n % CRUMB_RING];

	memset(c->format, 0, sizeof c->format);
	for (int i = 0; i < 8 && format[i]; i++)
		c->format[i] = format[i];
	c->depth = depth;
	c->part = part;
	c->tag = tag;
	c->offset = offset;
	*crumb_ring.count = n + 1;
}

#define CRUMB(format, depth, part, tag, offset) \
	crumb_drop((format), (uint32_t)(depth), (uint32_t)(part), (uint32_t)(tag), \
	    (uint64_t)(offset))

/* For code that works on the bytes of a part without knowing which part: where it is
 * within them. Depth, part and tag stay those of the crumb before. */
static inline void crumb_within(const char *format, uint64_t offset)
{
	uint32_t n = *crumb_ring.count;
	struct crumb before = { .depth = 0 };

	if (n > 0)
		before = crumb_ring.slots[(n - 1) % CRUMB_RING];
	crumb_drop(format, before.depth, before.part, before.tag, offset);
}

#define CRUMB_WITHIN(format, offset) crumb_within((format), (uint64_t)(offset))

#endif
