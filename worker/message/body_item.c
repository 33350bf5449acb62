/* SPDX-License-Identifier: ISC */
#include "message/body_item.h"

#include "base/arena.h"
#include "base/sink.h"
#include "codec/rtf/rtf_items.h"
#include "message/attached.h"
#include "message/body.h"

enum { ITEM_MEMORY = 4 << 20 }; /* memory for one item */

/* To add a kind: a row, in the order of enum rtf_item_kind. */
static const struct body_item_kind {
	const char *type, *extension;
} body_item_kinds[] = {
	[RTF_ITEM_UNKNOWN] = { "application/octet-stream", "bin" },
	[RTF_ITEM_PNG] = { "image/png", "png" },
	[RTF_ITEM_JPEG] = { "image/jpeg", "jpg" },
	[RTF_ITEM_EMF] = { "image/emf", "emf" },
	[RTF_ITEM_WMF] = { "image/wmf", "wmf" },
	[RTF_ITEM_PICT] = { "image/x-pict", "pct" },
	[RTF_ITEM_BMP] = { "image/bmp", "bmp" },
};

bool body_item_is_object(const struct body *b, unsigned i)
{
	return b->items[i].kind == RTF_ITEM_OBJECT;
}

unsigned body_item_count(const struct body *b, bool objects)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->item_count; i++)
		n += body_item_is_object(b, i) == objects;
	return n;
}

static void body_item_object(
    struct body_item *item, const struct rtf_item *from, struct sink *to)
{
	struct rtf_object object;

	(void)rtf_item_object(item->arena, from, to, &object);
	struct text name = attached_base_name(item->arena, object.name);
	item->type = "application/octet-stream";
	item->name = name.s;
	if (name.len == 0 || object.link)
		item->name = arena_printf(
		    item->arena, "object-%u.%s", item->number, object.extension);
	item->class = object.class.len > 0 ? object.class.s : "";
	item->link = object.link;
	item->data = object.data;
}

struct body_item body_item_open(
    const struct body_want *w, const struct body *b, unsigned i)
{
	const struct rtf_item *from = &b->items[i];
	struct body_item item = { .object = body_item_is_object(b, i),
		.number = from->number,
		.arena = arena_new(ITEM_MEMORY),
		.scratch = *w->scratch_used };
	struct sink *to = sink_scratch(item.arena, w->scratch, w->scratch_used);

	if (item.object) {
		body_item_object(&item, from, to);
		return item;
	}
	item.type = body_item_kinds[from->kind].type;
	item.name = arena_printf(item.arena, "picture-%u.%s", item.number,
	    body_item_kinds[from->kind].extension);
	item.data = rtf_item_picture(from, to);
	return item;
}

void body_item_close(const struct body_want *w, struct body_item *item)
{
	*w->scratch_used = item->scratch;
	arena_free(item->arena);
	if (w->alive)
		w->alive(w->arg);
}
