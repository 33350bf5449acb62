/* SPDX-License-Identifier: ISC */
#include "format/mime/write/items.h"

#include <string.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/sink.h"
#include "codec/rtf/rtf_items.h"
#include "format/mime/write/attach.h"
#include "format/mime/write/out.h"
#include "message/attached.h"
#include "message/body.h"

enum { ASIDE = 4 << 20 };

static bool is_object(const struct rtf_item *item)
{
	return item->kind == RTF_ITEM_OBJECT;
}

const char *items_pictures_id(const struct out *o)
{
	return arena_printf(o->c->arena, ".%016llx.%u@unknown.invalid",
	    (unsigned long long)o->seed, o->counter);
}

unsigned items_count(const struct body *b, bool objects)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->item_count; i++)
		n += is_object(&b->items[i]) == objects;
	return n;
}

/* Memory for one item, and the end of the scratch file: both are given back. */
struct aside {
	struct arena *arena;
	struct sink *to;
	uint64_t used;
};

static struct aside items_begin(struct out *o)
{
	struct aside a = { .arena = arena_new(ASIDE), .used = o->c->scratch_used };

	a.to = sink_scratch(a.arena, o->c->scratch, &o->c->scratch_used);
	return a;
}

static void items_end(struct out *o, struct aside *a)
{
	o->c->scratch_used = a->used;
	arena_free(a->arena);
	convert_alive(o->c);
}

/* To add a kind: a row, in the order of enum rtf_item_kind. */
static const struct kind {
	const char *type, *extension;
} kinds[] = {
	[RTF_ITEM_UNKNOWN] = { "application/octet-stream", "bin" },
	[RTF_ITEM_PNG] = { "image/png", "png" },
	[RTF_ITEM_JPEG] = { "image/jpeg", "jpg" },
	[RTF_ITEM_EMF] = { "image/emf", "emf" },
	[RTF_ITEM_WMF] = { "image/wmf", "wmf" },
	[RTF_ITEM_PICT] = { "image/x-pict", "pct" },
	[RTF_ITEM_BMP] = { "image/bmp", "bmp" },
};

static void write_picture(
    struct out *o, const struct body *b, const struct rtf_item *item, struct arena *a)
{
	const struct kind *kind = &kinds[item->kind];
	char *file = arena_printf(a, "picture-%u.%s", item->number, kind->extension);
	struct text name = { file, strlen(file), 0 };

	out_printf(o, "Content-Type: %s", kind->type);
	out_param(o, "name", name);
	out_printf(o, "%sContent-Transfer-Encoding: base64%sContent-Disposition: inline",
	    o->eol, o->eol);
	out_param(o, "filename", name);
	out_printf(o, "%sContent-ID: <picture-%u%s>%s%s", o->eol, item->number,
	    b->pictures, o->eol, o->eol);
}

void items_write_pictures(struct out *o, const struct body *b, const char *boundary)
{
	for (unsigned i = 0; i < b->item_count; i++) {
		const struct rtf_item *item = &b->items[i];
		if (is_object(item))
			continue;
		CRUMB("mime", 0, i + 1, 0, sink_length(o->c->out));
		struct aside a = items_begin(o);
		struct span data = rtf_item_picture(item, a.to);
		out_delimiter(o, boundary, false);
		write_picture(o, b, item, a.arena);
		out_base64(o, data);
		items_end(o, &a);
	}
}

void items_write_objects(
    struct out *o, const struct body *b, const char *boundary, const char *part)
{
	for (unsigned i = 0; i < b->item_count; i++) {
		const struct rtf_item *item = &b->items[i];
		struct rtf_object object;
		if (!is_object(item))
			continue;
		CRUMB("mime", 0, i + 1, 0, sink_length(o->c->out));
		struct aside a = items_begin(o);
		(void)rtf_item_object(a.arena, item, a.to, &object);
		struct text name = attached_base_name(a.arena, object.name);
		if (name.len == 0 || object.link)
			name.s = arena_printf(
			    a.arena, "object-%u.%s", item->number, object.extension);
		out_delimiter(o, boundary, false);
		attach_bytes(o, object.data, "application/octet-stream", name.s);
		notes_add(&o->c->notes, NOTE_KEPT, part, name.s,
		    "an object embedded in the RTF%s%s: attached%s",
		    object.class.len > 0 ? ", " : "",
		    object.class.len > 0 ? object.class.s : "",
		    object.link ? ", it only refers to a file" : "");
		items_end(o, &a);
	}
}
