/* SPDX-License-Identifier: ISC */
/* What a conversion offers its formats. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sink.h"
#include "format/format.h"
#include "format/growth.h"
#include "message/message.h"

/* HTML and text of a body, each encoded, leave as much for the rest. */
enum { BODY_SHARE = 4 };

bool format_begins(enum formats_id id, struct span in)
{
	uint8_t head[16];
	size_t n = span_read(in, 0, head, sizeof head);

	return formats_begins(&formats_rows[id], head, n);
}

struct sink *convert_scratch(struct convert *c)
{
	return sink_scratch(c->arena, c->scratch, &c->scratch_used);
}

struct body_want convert_body_want(
    struct convert *c, const char *part, const char *pictures)
{
	return (struct body_want){ .arena = c->arena,
		.notes = &c->notes,
		.scratch = c->scratch,
		.scratch_used = &c->scratch_used,
		.most = growth_left(c) / BODY_SHARE,
		.alive = convert_alive,
		.arg = c,
		.part = part,
		.pictures = pictures };
}

bool convert_wants_facts(const struct convert *c)
{
	return c->tell_facts && c->depth == 0;
}

void convert_alive(void *convert)
{
	struct convert *c = convert;

	if (c->tell_progress)
		c->tell_progress(c->arg, 0);
}

bool convert_refuse(
    struct convert *c, const char *part, uint64_t offset, const char *reason, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, reason);
	(void)vsnprintf(text, sizeof text, reason, ap);
	va_end(ap);
	c->refused = arena_copy(c->arena, text, strlen(text));
	c->refused_part = arena_copy(c->arena, part, strlen(part));
	c->refused_offset = offset;
	return false;
}

/* A child's bytes are not the input's: only the sign of life is passed on. */
static void nested_progress(void *arg, uint64_t bytes)
{
	struct convert *parent = arg;

	(void)bytes;
	parent->tell_progress(parent->arg, 0);
}

struct convert *convert_nested(struct convert *parent, struct span in)
{
	/* In the arena: the message object points at its notes. */
	struct convert *c = arena_alloc(parent->arena, sizeof *c);

	*c = (struct convert){
		.arena = parent->arena,
		.in = in,
		.scratch = parent->scratch,
		.scratch_used = parent->scratch_used,
		.growth = parent->growth,
		.depth = parent->depth + 1,
		.tell_progress = parent->tell_progress ? nested_progress : NULL,
		.arg = parent,
	};
	notes_init(&c->notes, c->arena);
	return c;
}

static void adopt_notes(struct notes *to, const struct notes *from, const char *part)
{
	uint32_t listed[NOTE_KINDS] = { 0 };

	for (const struct note *n = from->first; n; n = n->next) {
		const char *where =
		    strcmp(n->part, "message") == 0
			? part
			: arena_printf(to->arena, "%s, %s", part, n->part);
		notes_add(to, n->kind, where, n->what, "%s", n->reason);
		listed[n->kind]++;
	}
	for (int kind = 0; kind < NOTE_KINDS; kind++) /* those beyond the list */
		to->count[kind] += from->count[kind] - listed[kind];
}

void convert_adopt(
    struct convert *parent, struct convert *c, const char *part, struct message *m)
{
	parent->scratch_used = c->scratch_used;
	adopt_notes(&parent->notes, &c->notes, part);
	if (m)
		m->notes = &parent->notes;
}
