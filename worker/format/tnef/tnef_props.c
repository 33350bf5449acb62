/* SPDX-License-Identifier: ISC */
/*
 * MAPI property lists: attMsgProps, attAttachment and the rows of attRecipTable
 * ([MS-OXTNEF] 2.1.3.4); and the two other attributes that may be long.
 */
#include "base/arena.h"
#include "base/crumb.h"
#include "base/limits.h"
#include "base/window.h"
#include "format/format.h"
#include "format/tnef/tnef.h"
#include "message/tags.h"
#include "message/value.h"

enum {
	MV_MASK = 0x3000,  /* MV_FLAG, and MVI_FLAG of table columns */
	SHORTEST = 4,      /* a property: the tag of a PtypNull */
	NAME_BYTES = 4096, /* of a property's name: 255 characters are allowed */
};

/* How a value of a type lies in the stream. Each value is padded to 4 bytes. */
static const struct shape {
	uint16_t type;
	uint8_t size;
	bool counted; /* preceded by its length, and a number of values before all */
} shapes[] = {
	{ PT_NULL, 0, false },
	{ PT_SHORT, 2, false },
	{ PT_LONG, 4, false },
	{ PT_FLOAT, 4, false },
	{ PT_DOUBLE, 8, false },
	{ PT_CURRENCY, 8, false },
	{ PT_APPTIME, 8, false },
	{ PT_ERROR, 4, false },
	{ PT_BOOLEAN, 2, false },
	{ PT_I8, 8, false },
	{ PT_SYSTIME, 8, false },
	{ PT_CLSID, 16, false },
	{ PT_OBJECT, 0, true },
	{ PT_STRING8, 0, true },
	{ PT_UNICODE, 0, true },
	{ PT_BINARY, 0, true },
};

static const struct shape *tnef_props_shape_of(uint16_t type)
{
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
		if (shapes[i].type == type)
			return &shapes[i];
	return NULL;
}

static void read_fixed(struct window *in, const struct shape *shape, struct prop_value *v)
{
	switch (shape->type) {
	case PT_SHORT:
		v->number = (int16_t)win_u16le(in);
		(void)win_u16le(in); /* padding, which must be there */
		break;
	case PT_BOOLEAN:
		v->number = win_u16le(in) != 0;
		(void)win_u16le(in);
		break;
	case PT_LONG:
		v->number = (int32_t)win_u32le(in);
		break;
	case PT_ERROR:
		v->number = win_u32le(in);
		break;
	case PT_FLOAT:
		v->real = value_real(win_u32le(in), true);
		break;
	case PT_DOUBLE:
	case PT_APPTIME:
		v->real = value_real(win_u64le(in), false);
		break;
	case PT_CURRENCY:
	case PT_I8:
		v->number = (int64_t)win_u64le(in);
		break;
	case PT_SYSTIME:
		v->filetime = win_u64le(in);
		break;
	default: /* PT_CLSID, and PT_NULL of no bytes */
		v->guid = win_bytes(in, shape->size);
		break;
	}
}

static struct text tnef_props_utf16(struct tnef *t, const uint8_t *p, size_t n)
{
	struct text text = text_from_utf16(t->m->arena, p, n);

	while (text.len > 0 && text.s[text.len - 1] == '\0')
		text.len--;
	return text;
}

static size_t tnef_props_without_nuls(const uint8_t *p, size_t n)
{
	while (n > 0 && p[n - 1] == '\0')
		n--;
	return n;
}

/* Short ones in memory, long ones where they lie. */
static struct span tnef_props_binary(struct window *in, uint64_t n)
{
	if (n > WINDOW_BUFFER)
		return win_span(in, n);
	const uint8_t *p = win_bytes(in, (size_t)n);
	return span_over(p, p ? (size_t)n : 0);
}

/*
 * False when the value is cut short: then it has what is there, and in is at its end.
 * The interface identifier of an object counts in its length. A long text stays as its
 * bytes where they lie.
 */
static bool read_counted(
    struct tnef *t, struct window *in, uint16_t type, struct prop_value *v)
{
	uint64_t n = win_u32le(in), here = n < in->left ? n : in->left;
	bool whole = !in->bad && n == here, object = type == PT_OBJECT && here >= 16;
	bool stays = here > LIMIT_LOAD && !in->in.mem;
	const uint8_t *p;

	switch (stays ? PT_BINARY : type) {
	case PT_UNICODE:
		p = win_bytes(in, (size_t)here);
		v->text = tnef_props_utf16(t, p, p ? (size_t)here : 0);
		break;
	case PT_STRING8:
		p = win_bytes(in, (size_t)here);
		v->bytes = span_over(p, p ? tnef_props_without_nuls(p, (size_t)here) : 0);
		break;
	default:
		if (object)
			v->guid = win_bytes(in, 16);
		v->bytes = tnef_props_binary(in, here - (object ? 16 : 0));
		break;
	}
	win_pad4(in, here);
	return whole;
}

/* The name of a named property; NULL when it is damaged. */
static const struct prop_name *read_name(struct tnef *t, struct window *in)
{
	struct prop_name *name = arena_alloc(t->m->arena, sizeof *name);

	name->set = win_bytes(in, 16);
	uint32_t kind = win_u32le(in);
	if (in->bad || kind > 1)
		return NULL;
	if (kind == 0) {
		name->id = win_u32le(in);
		return in->bad ? NULL : name;
	}
	size_t n = win_u32le(in);
	struct span chars = win_span(in, n);
	win_pad4(in, n);
	if (in->bad)
		return NULL;
	chars = span_load(t->m->arena, span_sub(chars, 0, NAME_BYTES));
	name->is_string = true;
	name->name = tnef_props_utf16(t, chars.mem, (size_t)chars.len);
	return name;
}

/* One value. False when it is cut short: then it has what is there. */
static bool read_value(
    struct tnef *t, struct window *in, const struct shape *shape, struct prop_value *v)
{
	if (shape->counted)
		return read_counted(t, in, shape->type, v) && !in->bad;
	read_fixed(in, shape, v);
	return !in->bad;
}

/* A property without a value has one that is empty. */
static void empty_value(struct prop *p)
{
	p->count = 1;
	if (p->type == PT_UNICODE)
		p->values[0].text = (struct text){ .s = "" };
	p->values[0].bytes = span_over(NULL, 0);
}

/*
 * The values behind tag and name. False when they do not fit into what is left; then
 * p->count is how many there are, the last perhaps cut short.
 */
static bool read_values(struct tnef *t, struct window *in, const struct shape *shape,
    struct prop *p, uint32_t *dropped)
{
	bool numbered = p->multi || shape->counted;
	size_t least = shape->size > 4 ? shape->size : 4;
	uint32_t claimed = numbered ? win_u32le(in) : 1;

	if (in->bad || (numbered && claimed > in->left / least))
		return false;
	/* A text or object has one value; a count other than 1 was seen nonetheless. */
	if (claimed > 1)
		p->multi = true;
	p->count = claimed < LIMIT_VALUES ? claimed : LIMIT_VALUES;
	*dropped = claimed - p->count;
	p->values = arena_array(t->m->arena, p->count ? p->count : 1, sizeof *p->values);
	for (uint32_t i = 0; i < claimed; i++) {
		struct prop_value beyond = { 0 };
		bool listed = i < p->count;
		if (!read_value(t, in, shape, listed ? &p->values[i] : &beyond)) {
			p->count = in->bad ? 0 : listed ? i + 1 : p->count;
			return false;
		}
	}
	if (!p->multi && claimed == 0)
		empty_value(p);
	return true;
}

/* A body may have any length and stays as its bytes; of other texts the beginning does.
 */
static void tnef_props_shorten(
    struct tnef *t, const struct place *at, const struct prop *p)
{
	bool body = !p->name && !p->multi && (p->id == PidTagBody || p->id == PidTagHtml);

	if (body || (p->type != PT_UNICODE && p->type != PT_STRING8))
		return;
	for (uint32_t i = 0; i < p->count; i++) {
		struct prop_value *v = &p->values[i];
		if (v->bytes.mem || v->bytes.len == 0)
			continue;
		notes_add(&t->c->notes, NOTE_LOST, at->part, prop_label(t->m->arena, p),
		    "%llu bytes of text, all above %d", (unsigned long long)v->bytes.len,
		    LIMIT_LOAD);
		v->bytes = span_load(t->m->arena, span_sub(v->bytes, 0, LIMIT_LOAD));
		if (p->type == PT_UNICODE)
			v->text = tnef_props_utf16(t, v->bytes.mem, (size_t)v->bytes.len);
	}
}

static void settle_values(
    struct tnef *t, const struct place *at, const struct prop *p, uint32_t dropped)
{
	struct notes *notes = &t->c->notes;

	tnef_props_shorten(t, at, p);

	if (dropped > 0)
		notes_add(notes, NOTE_LOST, at->part, prop_label(t->m->arena, p),
		    "%u values above the limit of %d", dropped, LIMIT_VALUES);
	for (uint32_t i = 0; p->type == PT_UNICODE && i < p->count; i++)
		if (p->values[i].text.lossy) {
			notes_add(notes, NOTE_CHANGED, at->part,
			    prop_label(t->m->arena, p),
			    "not valid UTF-16: replaced by U+FFFD");
			return;
		}
}

/* An attachment's object and picture have places of their own in the model. */
static bool keep_attach(struct tnef *t, const struct prop *p)
{
	struct attachment *a = &t->m->attachments[t->m->attachment_count - 1];

	if (p->name || p->count == 0 || (p->type != PT_OBJECT && p->type != PT_BINARY))
		return false;
	if (p->id == PidTagAttachDataBinary) {
		t->has_object = true;
		t->object = *p;
		return true;
	}
	if (p->id == PidTagAttachRendering && p->type == PT_BINARY) {
		a->rendering = p->values[0].bytes;
		return true;
	}
	return false;
}

static void keep_prop(struct tnef *t, struct props *to, const struct place *at,
    const struct prop *p, bool attach)
{
	if (attach && keep_attach(t, p))
		return;
	message_put(t->m, NULL, to, p, at->part);
}

/* One property. False when the list cannot be followed any further. */
static bool read_prop(struct tnef *t, struct props *to, struct window *in,
    const struct place *at, bool attach)
{
	struct prop p = { 0 };
	uint64_t offset = at->offset + in->pos;
	uint32_t tag = win_u32le(in), dropped = 0;
	const struct shape *shape =
	    tnef_props_shape_of(tag & 0xffff & ~(uint32_t)MV_MASK);
	const char *why = NULL;

	CRUMB("tnef", t->m->depth, at->number, tag, offset);
	p.id = (uint16_t)(tag >> 16);
	p.multi = (tag & PT_MV) != 0;
	if (in->bad)
		why = "list ends early";
	else if (p.id >= TAG_NAMED && !(p.name = read_name(t, in)))
		why = "damaged property name";
	else if (!shape)
		why = "unknown property type"; /* so of unknown length */
	else {
		p.type = shape->type;
		if (!read_values(t, in, shape, &p, &dropped))
			why = "value runs past the end";
	}
	if (why && p.count > 0) /* the beginning of a value is worth keeping */
		keep_prop(t, to, at, &p, attach);
	if (why) {
		notes_add(&t->c->notes, NOTE_LOST, at->part, at->what,
		    "%s: property 0x%08x at offset %llu and what follows it", why, tag,
		    (unsigned long long)offset);
		win_end(in); /* no second note */
		return false;
	}
	settle_values(t, at, &p, dropped);
	keep_prop(t, to, at, &p, attach);
	return true;
}

bool tnef_props_read(struct tnef *t, struct props *to, struct window *in,
    const struct place *at, bool attach)
{
	uint32_t count = win_u32le(in);

	if (in->bad) {
		notes_add(&t->c->notes, NOTE_LOST, at->part, at->what,
		    "no property count at offset %llu", (unsigned long long)at->offset);
		win_end(in);
		return false;
	}
	if (count > in->left / SHORTEST)
		notes_add(&t->c->notes, NOTE_KEPT, at->part, at->what,
		    "claims %u properties, more than %llu bytes can hold", count,
		    (unsigned long long)in->left);
	for (uint32_t i = 0; i < count; i++)
		if (!read_prop(t, to, in, at, attach))
			return false;
	return true;
}

void tnef_put(
    struct tnef *t, struct props *to, uint16_t id, uint16_t type, struct prop_value value)
{
	struct prop p = { .id = id, .type = type, .count = 1 };

	p.values = arena_alloc(t->m->arena, sizeof *p.values);
	*p.values = value;
	(void)props_put(to, t->m->arena, &p); /* legacy attributes are few */
}

void tnef_put_text(
    struct tnef *t, struct props *to, uint16_t id, const uint8_t *p, size_t n)
{
	tnef_put(t, to, id, PT_STRING8,
	    (struct prop_value){ .bytes = span_over(p, tnef_props_without_nuls(p, n)) });
}

static struct window window_over(struct tnef *t, struct span data)
{
	return win_over(t->m->arena, data, t->buffer);
}

/* A count of rows, each a property list (2.1.3.3.20). */
static void take_recipients(struct tnef *t, struct span data, const struct place *at)
{
	struct window in = window_over(t, data);
	uint32_t count = win_u32le(&in), i = 0;

	if (in.bad)
		notes_add(&t->c->notes, NOTE_LOST, at->part, at->what,
		    "too short: %llu bytes at offset %llu", (unsigned long long)data.len,
		    (unsigned long long)at->offset);
	for (; i < count && in.left > 0; i++) {
		struct recipient *r = message_add_recipient(t->m);
		if (!r)
			return;
		struct place row = *at;
		row.number = t->m->recipient_count;
		row.part = arena_printf(t->m->arena, "recipient %u", row.number);
		if (!tnef_props_read(t, &r->props, &in, &row, false))
			return;
	}
	if (i < count)
		notes_add(&t->c->notes, NOTE_LOST, at->part, at->what,
		    "claims %u rows, %u are there", count, i);
}

static void take_message_props(struct tnef *t, struct span data, const struct place *at)
{
	struct window in = window_over(t, data);

	if (tnef_props_read(t, &t->m->props, &in, at, false) || t->m->props.count > 0)
		tnef_tell_facts(t);
}

static struct attachment *at_hand(struct tnef *t)
{
	return &t->m->attachments[t->m->attachment_count - 1];
}

static void take_attach_props(struct tnef *t, struct span data, const struct place *at)
{
	struct window in = window_over(t, data);

	(void)tnef_props_read(t, &at_hand(t)->props, &in, at, true);
}

static void take_data(struct tnef *t, struct span data, const struct place *at)
{
	(void)at;
	at_hand(t)->data = data;
}

static void take_metafile(struct tnef *t, struct span data, const struct place *at)
{
	(void)at;
	at_hand(t)->rendering = data;
}

static void take_body(struct tnef *t, struct span data, const struct place *at)
{
	(void)at;
	if (data.len <= LIMIT_LOAD)
		data = span_load(t->m->arena, data);
	if (data.mem)
		tnef_put_text(t, &t->legacy, PidTagBody, data.mem, (size_t)data.len);
	else
		tnef_put(t, &t->legacy, PidTagBody, PT_STRING8,
		    (struct prop_value){ .bytes = data });
}

void tnef_props_take(
    struct tnef *t, uint32_t tag, struct span data, const struct place *at)
{
	static const struct {
		uint32_t tag;
		void (*take)(struct tnef *, struct span, const struct place *);
	} takers[] = {
		{ 0x00069004, take_recipients },
		{ 0x00069003, take_message_props },
		{ 0x0002800c, take_body },
		{ 0x0006800f, take_data },
		{ 0x00068011, take_metafile },
		{ 0x00069005, take_attach_props },
	};

	for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++)
		if (takers[i].tag == tag)
			takers[i].take(t, data, at);
}
