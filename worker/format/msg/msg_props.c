/* SPDX-License-Identifier: ISC */
/* Properties of a storage: the list with its fixed values ([MS-OXMSG] 2.4), then the
 * streams (2.1.3, 2.1.4). */
#include "base/arena.h"
#include "base/crumb.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "base/window.h"
#include "format/format.h"
#include "format/msg/msg.h"
#include "message/notes.h"
#include "message/tags.h"
#include "message/value.h"

enum {
	ROW = 16,
	HEADERS_DIFFER =
	    8, /* a row is 16 bytes: a list of another length has the other one */
};

/* Where values of the storage at hand go. */
struct reading {
	struct msg *s;
	struct msg_rows rows;
	const struct msg_place *at;
	uint32_t nameless, unlisted;
	uint8_t *listed; /* a bit for each row that the list knows */
};

static bool props_is_empty(const struct prop *p)
{
	bool sized = p->type == PT_STRING8 || p->type == PT_UNICODE ||
		     p->type == PT_BINARY || p->type == PT_OBJECT;

	return p->count == 0 ||
	       (sized && p->values[0].text.len == 0 && p->values[0].bytes.len == 0);
}

static void props_keep(struct reading *r, struct prop *p)
{
	const struct msg_place *at = r->at;
	const struct prop *old = p->name ? NULL : props_get(at->to, p->id);

	/* Of a property in two forms the one that says something counts; of texts the
	   Unicode one. */
	if (old && !props_is_empty(old) &&
	    (props_is_empty(p) || (p->type == PT_STRING8 && old->type == PT_UNICODE)))
		return;
	message_put(at->m, at->attachment, at->to, p, at->part);
}

/* Id, type and name by the tag. False: of a type that no value has. */
static bool props_begin(struct reading *r, uint32_t tag, struct prop *p)
{
	*p = (struct prop){ .id = (uint16_t)(tag >> 16),
		.type = (uint16_t)(tag & 0xffff & ~(uint32_t)PT_MV),
		.multi = (tag & PT_MV) != 0 };
	if (p->id >= TAG_NAMED) {
		uint32_t index = p->id - (uint32_t)TAG_NAMED;
		p->name = index < r->s->name_count ? r->s->names[index] : NULL;
		r->nameless += !p->name;
	}
	CRUMB("msg", r->at->m->depth, r->at->number, tag, 0);
	return value_known(p->type);
}

static void props_one_value(struct reading *r, struct prop *p, struct span bytes)
{
	bool body = !p->name && (p->id == PidTagBody || p->id == PidTagHtml);
	struct prop_value *v = &p->values[p->count++];
	struct notes *notes = &r->s->c->notes;

	if (!value_variable(r->s->c->arena, p->type, bytes, body, v))
		notes_add(notes, NOTE_LOST, r->at->part, prop_label(r->s->c->arena, p),
		    p->type == PT_CLSID
			? "%llu bytes, where a GUID has 16"
			: "%llu bytes of text: only the beginning is kept",
		    (unsigned long long)bytes.len);
	if (p->type == PT_UNICODE && v->text.lossy)
		notes_add(notes, NOTE_CHANGED, r->at->part, prop_label(r->s->c->arena, p),
		    "not valid UTF-16: replaced by U+FFFD");
}

/* Memory for as many of count values as LIMIT_VALUES allows; a note says what is above.
 */
static uint64_t props_allot(struct reading *r, struct prop *p, uint64_t count)
{
	if (count > LIMIT_VALUES) {
		notes_add(&r->s->c->notes, NOTE_LOST, r->at->part,
		    prop_label(r->s->c->arena, p), "%llu values above the limit of %d",
		    (unsigned long long)(count - LIMIT_VALUES), LIMIT_VALUES);
		count = LIMIT_VALUES;
	}
	p->values =
	    arena_array(r->s->c->arena, count ? (size_t)count : 1, sizeof *p->values);
	return count;
}

/* Values of a fixed size lie one behind the other in one stream (2.1.4.1). */
static void props_packed(struct reading *r, struct prop *p, struct span bytes)
{
	unsigned size = value_size(p->type);
	uint64_t count = bytes.len / size;

	count = props_allot(r, p, count);
	for (; p->count < count; p->count++) {
		uint8_t raw[16] = { 0 };
		size_t n = span_read(bytes, (uint64_t)p->count * size, raw, size);
		struct cursor in = cur_over(raw, sizeof raw);
		if (n == size && p->type == PT_CLSID)
			p->values[p->count].guid =
			    (const uint8_t *)arena_copy(r->s->c->arena, raw, sizeof raw);
		else if (n == size)
			value_fixed(p->type, cur_u64le(&in), &p->values[p->count]);
		else
			break;
	}
}

/*
 * Values of any length: a stream of lengths, then one stream for each (2.1.4.2). The
 * number of lengths is the number of values; one whose stream lacks is empty.
 */
static void props_many(struct reading *r, struct prop *p, const struct msg_item *lengths,
    uint32_t first, uint32_t last)
{
	unsigned width = p->type == PT_BINARY ? 8 : 4;
	const struct msg_item *items = r->s->items;
	uint64_t count = lengths ? lengths->entry.size / width : 0;

	for (uint32_t i = first; i < last; i++)
		if (items[i].index >= count && items[i].index < LIMIT_VALUES)
			count = (uint64_t)items[i].index + 1;
	count = props_allot(r, p, count);
	for (uint32_t next = first; p->count < count;) {
		struct span bytes = span_over(NULL, 0);
		while (next < last && r->s->items[next].index < p->count)
			next++;
		if (next < last && r->s->items[next].index == p->count)
			bytes = cfb_stream(r->s->cfb, &r->s->items[next].entry);
		props_one_value(r, p, bytes);
	}
}

/* The value streams of one tag: rows first to last of the storage's. */
static void props_streams(struct reading *r, uint32_t first, uint32_t last)
{
	struct msg_item item = r->s->items[first];
	struct prop p;

	if (!props_begin(r, item.tag, &p)) {
		notes_add(&r->s->c->notes, NOTE_LOST, r->at->part,
		    prop_label(r->s->c->arena, &p),
		    "of the unknown type 0x%04x: %llu bytes", p.type,
		    (unsigned long long)item.entry.size);
		return;
	}
	if (item.entry.kind == CFB_STORAGE)
		return; /* an attachment's: msg_attach.c */
	bool numbered = item.index != (uint32_t)MSG_NO_INDEX;
	unsigned size = value_size(p.type);
	if (p.multi && size > 0) {
		props_packed(r, &p, cfb_stream(r->s->cfb, &item.entry));
	} else if (p.multi) {
		props_many(
		    r, &p, numbered ? NULL : &item, numbered ? first : first + 1, last);
	} else {
		p.values = arena_alloc(r->s->c->arena, sizeof *p.values);
		struct span bytes = cfb_stream(r->s->cfb, &item.entry);
		if (size > 0 &&
		    size <= 8) { /* of a fixed size, and a stream nonetheless */
			uint8_t raw[8] = { 0 };
			(void)span_read(bytes, 0, raw, size);
			struct cursor in = cur_over(raw, sizeof raw);
			value_fixed(p.type, cur_u64le(&in), &p.values[p.count++]);
		} else
			props_one_value(r, &p, bytes);
	}
	props_keep(r, &p);
}

/* A property whose value should be a stream. */
static void props_expect(struct reading *r, uint32_t tag, uint32_t size)
{
	struct prop p;

	if (!props_begin(r, tag, &p))
		return;
	uint32_t terminator = p.type == PT_UNICODE ? 2 : p.type == PT_STRING8 ? 1 : 0;
	const struct msg_item *item =
	    msg_find_value(r->s, r->rows, p.id, (uint16_t)(tag & 0xffff));
	if (item) {
		uint32_t row = (uint32_t)(item - r->s->items) - r->rows.first;
		r->listed[row / 8] |= (uint8_t)(1U << row % 8);
		return;
	}
	if (size <= terminator || size == UINT32_MAX || p.multi) {
		p.values = arena_alloc(r->s->c->arena, sizeof *p.values);
		if (!p.multi)
			props_one_value(r, &p, span_over(NULL, 0));
		if (!(r->at->attachment && p.id == PidTagAttachDataBinary))
			props_keep(r, &p);
		return;
	}
	notes_add(&r->s->c->notes, NOTE_LOST, r->at->part, prop_label(r->s->c->arena, &p),
	    "its stream is missing: %u bytes", size - terminator);
}

/* One row of the list (2.4.2). */
static void props_row(struct reading *r, uint32_t tag, uint64_t bits)
{
	struct prop p;
	unsigned size = value_size((uint16_t)(tag & 0xffff));

	if ((tag & 0xffff) != PT_NULL && (size == 0 || size > 8)) {
		props_expect(r, tag, (uint32_t)bits);
		return;
	}
	if (!props_begin(r, tag, &p))
		return;
	p.values = arena_alloc(r->s->c->arena, sizeof *p.values);
	p.count = 1;
	value_fixed(p.type, bits, p.values);
	props_keep(r, &p);
}

static void props_list(struct reading *r, unsigned header)
{
	const struct msg_item *item = msg_find(r->s, r->rows, MSG_PROPERTIES);
	struct notes *notes = &r->s->c->notes;

	if (!item) {
		notes_add(notes, NOTE_CHANGED, r->at->part, "property stream",
		    "is missing: only what has a stream of its own is known");
		return;
	}
	struct span list = cfb_stream(r->s->cfb, &item->entry);
	/* Some write the one header where the other belongs; the rest tells. */
	if (header > HEADERS_DIFFER && list.len % ROW != header % ROW &&
	    list.len % ROW % HEADERS_DIFFER == 0) {
		header = list.len % ROW == 0 ? 32 : 24;
		notes_add(notes, NOTE_KEPT, r->at->part, "property stream",
		    "with a header of %u bytes", header);
	}
	struct window in = win_over(r->s->c->arena, list,
	    arena_alloc(r->s->c->arena, list.mem ? 0 : WINDOW_BUFFER));
	(void)win_span(&in, header);
	while (in.left >= ROW) {
		uint32_t tag = win_u32le(&in);
		(void)win_u32le(&in); /* flags */
		props_row(r, tag, win_u64le(&in));
	}
	if (in.bad || in.left > 0)
		notes_add(notes, NOTE_LOST, r->at->part, "property stream",
		    "%llu bytes: its last row is cut", (unsigned long long)list.len);
}

void msg_props_read(
    struct msg *s, struct msg_rows rows, unsigned header, const struct msg_place *at)
{
	struct reading r = { .s = s, .rows = rows, .at = at };
	uint32_t end = rows.first + rows.count;

	r.listed = arena_alloc(s->c->arena, rows.count / 8 + 1);
	props_list(&r, header);
	for (uint32_t first = rows.first, last; first < end; first = last) {
		last = first + 1;
		if (s->items[first].role != MSG_VALUE)
			continue;
		uint32_t tag = s->items[first].tag, row = first - rows.first;
		while (last < end && s->items[last].role == MSG_VALUE &&
		       s->items[last].tag == tag)
			last++;
		r.unlisted += !(r.listed[row / 8] & 1U << row % 8);
		props_streams(&r, first, last);
	}
	if (r.unlisted > 0 && msg_find(s, rows, MSG_PROPERTIES))
		notes_add(&s->c->notes, NOTE_KEPT, at->part, "property stream",
		    "%u values have a stream and are not listed", r.unlisted);
	if (r.nameless > 0)
		notes_add(&s->c->notes, NOTE_KEPT, at->part, "named properties",
		    "%u have no name", r.nameless);
}
