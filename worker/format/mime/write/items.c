/* SPDX-License-Identifier: ISC */
#include "format/mime/write/items.h"

#include <string.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/sink.h"
#include "base/text.h"
#include "codec/rtf/rtf_items.h"
#include "format/growth.h"
#include "format/mime/write/attach.h"
#include "format/mime/write/out.h"
#include "message/body.h"
#include "message/body_item.h"

const char *items_pictures_id(const struct out *o)
{
	return arena_printf(o->c->arena, ".%016llx.%u@unknown.invalid",
	    (unsigned long long)o->seed, o->counter);
}

bool items_fit(struct out *o, struct body *b, const char *part)
{
	for (unsigned i = 0; i < b->item_count; i++) {
		/* As long as it stands in the RTF: digits or bytes. */
		if (growth_take(o->c, growth_encoded(b->items[i].in.len), part,
			arena_printf(o->c->arena, "picture or object %u and those behind",
			    b->items[i].number)))
			continue;
		b->item_count = i;
		return false;
	}
	return true;
}

static void write_picture(
    struct out *o, const struct body *b, const struct body_item *item)
{
	const char *id =
	    arena_printf(item->arena, "picture-%u%s", item->number, b->pictures);

	attach_picture(o, item->data, item->type, item->name, id);
}

static void write_object(struct out *o, const struct body_item *item, const char *part)
{
	bool known = *item->class != '\0';

	attach_bytes(o, item->data, item->type, item->name);
	notes_add(&o->c->notes, NOTE_KEPT, part, item->name,
	    "an object embedded in the RTF%s%s: attached%s", known ? ", " : "",
	    item->class, item->link ? ", it only refers to a file" : "");
}

/* The pictures or the objects, each with its delimiter before it. */
static void items_write(struct out *o, const struct body *b, const char *boundary,
    bool objects, const char *part)
{
	struct body_want w = convert_body_want(o->c, part, b->pictures);

	for (unsigned i = 0; i < b->item_count; i++) {
		if (body_item_is_object(b, i) != objects)
			continue;
		CRUMB("mime", 0, i + 1, 0, sink_length(o->c->out));
		struct body_item item = body_item_open(&w, b, i);
		out_delimiter(o, boundary, false);
		if (objects)
			write_object(o, &item, part);
		else
			write_picture(o, b, &item);
		body_item_close(&w, &item);
	}
}

void items_write_pictures(struct out *o, const struct body *b, const char *boundary)
{
	items_write(o, b, boundary, false, "message");
}

void items_write_objects(
    struct out *o, const struct body *b, const char *boundary, const char *part)
{
	items_write(o, b, boundary, true, part);
}
