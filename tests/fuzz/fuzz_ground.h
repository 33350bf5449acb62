/* SPDX-License-Identifier: ISC */
#ifndef FUZZ_GROUND_H
#define FUZZ_GROUND_H

#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "message/message.h"

/* A target's arena of at most so many bytes, made with all that a worker has ready before
 * its first message. */
static inline struct arena *fuzz_arena(size_t most)
{
	static struct arena *arena;

	if (!arena) {
		format_init();
		arena = arena_new(most);
	}
	return arena;
}

enum {
	/* A named property of four bytes' value is a line of 120; levels indent it. */
	FUZZ_GROWTH = 64,
	FUZZ_NOTES = 256 * 1024, /* LIMIT_NOTES of them, each a few hundred bytes */
};

/* Abort when more came of so many bytes than can have its reasons. */
static inline void fuzz_grown(struct sink *out, uint64_t size)
{
	if (sink_length(out) > FUZZ_GROWTH * size + FUZZ_NOTES)
		abort();
}

/* Read the input, and every field of the message object by a dump. NULL: refused. */
static inline const struct message *fuzz_read(struct convert *c, const char *format)
{
	notes_init(&c->notes, c->arena);
	const struct message *m = format_by_name(format)->read(c);

	if (m) {
		c->out = sink_memory(c->arena);
		message_dump(m, c->out, NULL);
		fuzz_grown(c->out, c->in.len);
	} else if (!c->refused)
		abort();
	return m;
}

#endif
