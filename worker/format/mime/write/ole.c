/* SPDX-License-Identifier: ISC */
#include "format/mime/write/ole.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "codec/cfb/cfb.h"
#include "codec/rtf/rtf_items.h"
#include "format/growth.h"
#include "format/mime/write/attach.h"
#include "format/mime/write/out.h"
#include "message/attached.h"
#include "message/media.h"
#include "message/message.h"
#include "message/tags.h"

/* The streams in which programs keep the file of an object. */
static const struct ole_stream {
	const char *name;
	bool native; /* a length, and a packager's data behind it */
} streams[] = {
	{ "?Ole10Native", true },
	{ "CONTENTS", false },
	{ "Package", false },
};
enum { STREAMS = sizeof streams / sizeof streams[0] };

struct ole_found {
	struct cfb_entry entry[STREAMS];
	bool is[STREAMS];
};

static void ole_see(void *arg, const struct cfb_entry *entry)
{
	struct ole_found *found = arg;
	char name[CFB_NAME];

	cfb_name(entry, name);
	if (*name == '\1') /* told as it is, or as what is no ASCII */
		*name = '?';
	for (size_t i = 0; entry->kind == CFB_STREAM && i < STREAMS; i++)
		if (strcasecmp(name, streams[i].name) == 0) {
			found->entry[i] = *entry;
			found->is[i] = true;
		}
}

static void ole_odd(void *arg, bool lost, uint64_t offset, const char *what)
{
	(void)arg;
	(void)lost;
	(void)offset;
	(void)what;
}

/* The file in a compound file. */
static bool ole_in_storage(struct arena *a, struct span data, struct rtf_object *out)
{
	struct ole_found found = { 0 };
	const char *why;
	uint64_t offset;

	struct cfb *cfb = cfb_open(a, data, ole_odd, NULL, &why, &offset);
	if (!cfb)
		return false;
	struct cfb_entry root = cfb_root(cfb);
	cfb_children(cfb, &root, ole_see, &found);
	for (size_t i = 0; i < STREAMS; i++) {
		if (!found.is[i])
			continue;
		struct span in = cfb_stream(cfb, &found.entry[i]);
		if (streams[i].native)
			in = span_sub(in, 4, in.len);
		if (in.len == 0)
			continue;
		(void)rtf_object_native(a, in, out);
		return true;
	}
	return false;
}

static bool ole_is_storage(struct span data)
{
	uint8_t head[8];
	size_t n = span_read(data, 0, head, sizeof head);

	return cfb_probe(span_over(head, n));
}

/* An embedded object as OLE 1 writes it: its version, and 2. */
static bool ole_is_first(struct span data)
{
	uint8_t head[8];

	return span_read(data, 0, head, sizeof head) == sizeof head &&
	       memcmp(head, "\x01\x05\0\0\x02\0\0\0", sizeof head) == 0;
}

/* The file inside; false: there is none that could be found. */
static bool ole_file(struct arena *a, const struct attachment *at, struct rtf_object *out)
{
	bool object = props_number(&at->props, PidTagAttachMethod, ATTACH_BY_VALUE) ==
		      ATTACH_STORAGE;
	struct text name = attached_name(a, at);
	bool untitled = name.len >= 8 && strncasecmp(name.s, "Untitled", 8) == 0;

	if (at->embedded || (!object && !untitled))
		return false;
	if (ole_is_storage(at->data))
		return ole_in_storage(a, at->data, out);
	return ole_is_first(at->data) && rtf_object_read(a, at->data, out) &&
	       out->data.len > 0;
}

/* What it is called: as it says itself, else as its object, with its own extension. */
static struct text ole_name(
    struct arena *a, const struct attachment *at, const struct rtf_object *object)
{
	struct text own = attached_base_name(a, object->name);

	if (own.len > 0)
		return own;
	struct text name = attached_name(a, at);
	const char *dot = memrchr(name.s, '.', name.len);
	size_t n = dot && dot > name.s ? (size_t)(dot - name.s) : name.len;
	char *whole = arena_printf(a, "%.*s.%s", (int)n, name.s, object->extension);
	return (struct text){ .s = whole, .len = strlen(whole) };
}

/* Enhanced metafiles have their mark at 40 (MS-EMF 2.3.4.2). */
static bool ole_is_enhanced(struct span picture)
{
	uint8_t mark[4];

	return span_read(picture, 40, mark, sizeof mark) == sizeof mark &&
	       memcmp(mark, " EMF", sizeof mark) == 0;
}

void ole_write_picture(
    struct out *o, const struct attachment *at, const char *part, struct text id)
{
	bool enhanced = ole_is_enhanced(at->rendering);
	struct text name = attached_name(o->c->arena, at);
	const char *file =
	    arena_printf(o->c->arena, "%s.%s", name.s, enhanced ? "emf" : "wmf");
	const char *type = enhanced ? "image/emf" : "image/wmf";

	if (id.len > 0) {
		attach_picture(o, at->rendering, type, file, id.s);
		return;
	}
	attach_bytes(o, at->rendering, type, file);
	notes_add(&o->c->notes, NOTE_KEPT, part, "PidTagAttachRendering",
	    "the picture of the object: attached as %s", file);
}

bool ole_is_rendering(const struct attachment *at)
{
	return !at->embedded && at->data.len == 0 && at->rendering.len > 0 &&
	       props_number(&at->props, PidTagAttachMethod, ATTACH_BY_VALUE) ==
		   ATTACH_STORAGE;
}

bool ole_is_replaced(struct out *o, const struct attachment *at)
{
	struct rtf_object object;

	if (ole_is_first(at->data))
		return ole_file(o->c->arena, at, &object);
	return ole_is_rendering(at);
}

void ole_write_beside(struct out *o, const struct attachment *at, const char *boundary,
    const char *part, bool pictured)
{
	struct arena *a = o->c->arena;
	struct rtf_object object;

	bool inside = ole_file(a, at, &object);
	struct text name = inside ? ole_name(a, at, &object) : (struct text){ 0 };
	/* In the place of the object it is reckoned already. */
	if (inside &&
	    (ole_is_first(at->data) ||
		growth_take(o->c, growth_encoded(object.data.len), part, name.s))) {
		out_delimiter(o, boundary, false);
		attach_bytes(o, object.data, media_type(name.s, name.len), name.s);
		notes_add(&o->c->notes, NOTE_KEPT, part, name.s,
		    "the file in an OLE object%s",
		    ole_is_first(at->data) ? "" : ", which is attached, too");
	}
	if (at->rendering.len == 0 || at->embedded || pictured)
		return;
	if (props_number(&at->props, PidTagAttachMethod, ATTACH_BY_VALUE) ==
	    ATTACH_STORAGE) {
		if (!growth_take(o->c, growth_encoded(at->rendering.len), part,
			"PidTagAttachRendering"))
			return;
		out_delimiter(o, boundary, false);
		ole_write_picture(o, at, part, (struct text){ 0 });
	} else {
		notes_add(&o->c->notes, NOTE_CHANGED, part, "PidTagAttachRendering",
		    "the file's icon is left out");
	}
}
