/* SPDX-License-Identifier: ISC */
#include "message/body_place.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "message/attached.h"
#include "message/body.h"
#include "message/message.h"
#include "message/tags.h"

enum { NOT_RENDERED = -1 };

/* The number in the file is the second key: all differ. */
struct place_order {
	uint32_t position, attachment;
};

static int body_place_compare(const void *x, const void *y)
{
	const struct place_order *a = x, *b = y;

	if (a->position != b->position)
		return a->position < b->position ? -1 : 1;
	return a->attachment < b->attachment ? -1 : 1;
}

static bool body_place_is_object(const struct attachment *at)
{
	return props_number(&at->props, PidTagAttachMethod, ATTACH_BY_VALUE) ==
	       ATTACH_STORAGE;
}

static bool body_place_is_picture(struct arena *a, const struct attachment *at)
{
	return !at->embedded && at->data.len > 0 && !body_place_is_object(at) &&
	       strncmp(attached_type(a, at), "image/", 6) == 0;
}

static struct body_place body_place_of(
    const struct body_want *w, const struct message *m, uint32_t i)
{
	const struct attachment *at = &m->attachments[i];
	struct body_place p = { .attachment = i };

	p.rendering = !at->embedded && at->rendering.len > 0 && body_place_is_object(at);
	if (!p.rendering && !body_place_is_picture(w->arena, at))
		return p;
	if (!p.rendering)
		p.id = attached_content_id(w->arena, &at->props, PidTagAttachContentId);
	if (p.id.len == 0) {
		p.id.s =
		    arena_printf(w->arena, "attachment-%u%s", at->number, w->pictures);
		p.id.len = strlen(p.id.s);
	}
	return p;
}

struct body_place *body_places(
    const struct body_want *w, const struct message *m, unsigned *count)
{
	struct place_order *order =
	    arena_array(w->arena, m->attachment_count, sizeof *order);
	unsigned n = 0;

	for (uint32_t i = 0; i < m->attachment_count; i++) {
		uint32_t position = (uint32_t)props_number(
		    &m->attachments[i].props, PidTagRenderingPosition, NOT_RENDERED);
		if (position != (uint32_t)NOT_RENDERED)
			order[n++] =
			    (struct place_order){ .position = position, .attachment = i };
	}
	if (n > 0)
		qsort(order, n, sizeof *order, body_place_compare);
	struct body_place *list = arena_array(w->arena, n, sizeof *list);
	for (unsigned i = 0; i < n; i++)
		list[i] = body_place_of(w, m, order[i].attachment);
	*count = n;
	return list;
}
