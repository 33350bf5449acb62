/* SPDX-License-Identifier: ISC */
/*
 * The canonical dump: the message object as text, the same for the same object
 * whatever container it came from. Properties are sorted (plain ones by id, named ones
 * behind them by set and name), because their order means nothing and differs between
 * containers; recipients and attachments keep theirs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "message/attached.h"
#include "message/body.h"
#include "message/message.h"
#include "message/notes.h"
#include "message/spell.h"

enum { DUMP_BYTES = 64 }; /* of a binary value shown */

static void dump_indent(struct sink *out, unsigned level)
{
	while (level-- > 0)
		sink_text(out, "  ");
}

/* Must this byte be shown as \xNN? Terminals obey C0, DEL and, in UTF-8, C1 controls. */
static bool is_hidden(const uint8_t *p, size_t left, bool utf8)
{
	if (p[0] < 0x20 || p[0] == 0x7f || (p[0] >= 0x80 && !utf8))
		return true;
	return p[0] == 0xc2 && left > 1 && p[1] < 0xa0;
}

static void dump_text(struct sink *out, struct text t)
{
	const uint8_t *p = (const uint8_t *)t.s;
	bool utf8 = text_is_utf8(t.s, t.len);
	size_t plain = 0; /* bytes before i that go out as they are */

	sink_text(out, "\"");
	for (size_t i = 0; i < t.len; i++) {
		bool quoted = p[i] == '"' || p[i] == '\\';
		if (!quoted && !is_hidden(p + i, t.len - i, utf8)) {
			plain++;
			continue;
		}
		sink_write(out, p + i - plain, plain);
		plain = 0;
		if (quoted)
			sink_printf(out, "\\%c", p[i]);
		else if (p[i] == 0xc2 && utf8) {
			sink_printf(out, "\\xc2\\x%02x", p[i + 1]);
			i++;
		} else
			sink_printf(out, "\\x%02x", p[i]);
	}
	sink_write(out, p + t.len - plain, plain);
	sink_text(out, t.lossy ? "\" lossy" : "\"");
}

static void dump_span(struct sink *out, struct span bytes)
{
	uint8_t head[DUMP_BYTES];
	size_t n = span_read(bytes, 0, head, sizeof head);

	sink_printf(out, "%llu bytes", (unsigned long long)bytes.len);
	if (n > 0)
		sink_text(out, " ");
	for (size_t i = 0; i < n; i++)
		sink_printf(out, "%02x", head[i]);
	if (n < bytes.len)
		sink_text(out, "...");
}

static void dump_guid(struct sink *out, const uint8_t *guid)
{
	char text[SPELL_GUID];

	spell_guid(text, guid, SPELL_BRACES);
	sink_text(out, text);
}

static void dump_time(struct sink *out, uint64_t filetime)
{
	char text[SPELL_TIME];

	if (spell_time(text, filetime))
		sink_text(out, text);
	else /* not a time: what was there */
		sink_printf(out, "0x%016llx", (unsigned long long)filetime);
}

static void dump_value(struct sink *out, uint16_t type, const struct prop_value *v)
{
	long long number = v->number;

	switch (type) {
	case PT_NULL:
		sink_text(out, "null");
		break;
	case PT_FLOAT:
	case PT_DOUBLE:
	case PT_APPTIME:
		sink_printf(out, "%.*g", type == PT_FLOAT ? 9 : 17, v->real);
		break;
	case PT_BOOLEAN:
		sink_text(out, v->number ? "true" : "false");
		break;
	case PT_ERROR:
		sink_printf(out, "0x%08llx", (unsigned long long)v->number);
		break;
	case PT_CURRENCY:
		sink_printf(out, "%s%lld.%04lld", number < 0 ? "-" : "",
		    llabs(number / 10000), llabs(number % 10000));
		break;
	case PT_SYSTIME:
		dump_time(out, v->filetime);
		break;
	case PT_CLSID:
		dump_guid(out, v->guid);
		break;
	case PT_STRING8:
	case PT_UNICODE:
		if (!v->text.s && !v->bytes.mem && v->bytes.len > 0)
			dump_span(out, v->bytes);
		else
			dump_text(out, v->text);
		break;
	case PT_SHORT:
	case PT_LONG:
	case PT_I8:
		sink_printf(out, "%lld", number);
		break;
	default:
		dump_span(out, v->bytes);
		break;
	}
}

/* A dump on its way. */
struct dump {
	struct arena *arena;
	struct sink *out;
	const struct body_want *bodies; /* NULL: which files are shown is not said */
	dump_fits_fn *fits;             /* NULL: everything does */
	void *arg;
};

static bool dump_fits(
    const struct dump *d, uint64_t bytes, const char *part, const char *what)
{
	return !d->fits || d->fits(d->arg, bytes, part, what);
}

/* What a property may come to. */
static uint64_t dump_bound(const struct prop *p, const char *label, unsigned level)
{
	enum { TYPE = 64, VALUE = 2 * DUMP_BYTES + 40, ESCAPED = 4 };
	uint64_t bytes = strlen(label) + TYPE + UINT64_C(2) * level;

	for (uint32_t i = 0; i < p->count; i++) {
		const struct prop_value *v = &p->values[i];
		bool is_text = p->type == PT_STRING8 || p->type == PT_UNICODE;
		bytes += VALUE + (is_text && v->text.s ? ESCAPED * v->text.len : 0);
	}
	return bytes;
}

static void dump_prop(
    const struct dump *d, const struct prop *p, const char *part, unsigned level)
{
	const char *label = prop_label(d->arena, p);

	if (!dump_fits(d, dump_bound(p, label, level), part, label))
		return;
	dump_indent(d->out, level);
	sink_text(d->out, label);
	if (!p->name && label[0] != '0') /* else the label is the number */
		sink_printf(d->out, " 0x%04x", p->id);
	sink_printf(d->out, " %s",
	    prop_type_label(d->arena, (uint16_t)(p->type | (p->multi ? PT_MV : 0))));
	if (p->multi)
		sink_printf(d->out, " [%u]", p->count);
	for (uint32_t i = 0; i < p->count; i++) {
		sink_text(d->out, " ");
		dump_value(d->out, p->type, &p->values[i]);
	}
	sink_text(d->out, "\n");
}

static void dump_props(
    const struct dump *d, const struct props *ps, const char *part, unsigned level)
{
	const struct prop *const *sorted = props_sorted(ps, d->arena);

	for (uint32_t i = 0; i < ps->count; i++)
		dump_prop(d, sorted[i], part, level);
}

static void dump_attachment(const struct dump *d, const struct attachment *a, bool shown,
    const char *part, unsigned level)
{
	dump_indent(d->out, level);
	sink_printf(d->out, "attachment %u\n", a->number);
	if (shown) {
		dump_indent(d->out, level + 1);
		sink_text(d->out, "place inline\n");
	}
	dump_props(d, &a->props, part, level + 1);
	dump_indent(d->out, level + 1);
	sink_text(d->out, "data ");
	dump_span(d->out, a->data);
	sink_text(d->out, "\n");
	if (a->rendering.len > 0) {
		dump_indent(d->out, level + 1);
		sink_text(d->out, "rendering ");
		dump_span(d->out, a->rendering);
		sink_text(d->out, "\n");
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the reader let messages nest */
static void dump_message(
    const struct dump *d, const struct message *m, const char *part, unsigned level)
{
	enum { RECIPIENT = 32, ATTACHMENT = 512 }; /* bytes, without their properties */
	const struct body body = d->bodies ? body_of(d->bodies, m) : (struct body){ 0 };
	const struct attached_view *view = attached_shown(m->arena, m, &body);
	const bool top = strcmp(part, "message") == 0;

	dump_indent(d->out, level);
	sink_printf(d->out, "message, code page %u\n", m->codepage);
	dump_props(d, &m->props, part, level + 1);
	for (uint32_t i = 0; i < m->recipient_count; i++) {
		if (!dump_fits(d, RECIPIENT + 2 * level, part, "a recipient"))
			continue;
		dump_indent(d->out, level);
		sink_printf(d->out, "recipient %u\n", i + 1);
		dump_props(d, &m->recipients[i].props, part, level + 1);
	}
	for (uint32_t i = 0; i < m->attachment_count; i++) {
		const struct attachment *a = &m->attachments[i];
		const char *of = arena_printf(d->arena, "%s%sattachment %u",
		    top ? "" : part, top ? "" : ", ", a->number);
		if (!dump_fits(d, ATTACHMENT + 2 * level, of, "an attachment"))
			continue;
		dump_attachment(d, a, view[i].shown, of, level);
		if (a->embedded)
			dump_message(d, a->embedded, of, level + 1);
	}
}

void message_dump_within(const struct message *m, struct sink *out,
    const struct body_want *bodies, dump_fits_fn *fits, void *arg)
{
	struct body_want want;
	struct notes unheard; /* the object is told, not what becomes of it */
	struct dump d = { .arena = m->arena, .out = out, .fits = fits, .arg = arg };

	static const char *const kinds[NOTE_KINDS] = {
		[NOTE_KEPT] = "kept",
		[NOTE_CHANGED] = "changed",
		[NOTE_LOST] = "lost",
	};

	if (bodies) {
		notes_init(&unheard, m->arena);
		want = *bodies;
		want.notes = &unheard;
		d.bodies = &want;
	}
	dump_message(&d, m, "message", 0);
	for (const struct note *n = m->notes->first; n; n = n->next)
		sink_printf(
		    out, "%s: %s: %s: %s\n", kinds[n->kind], n->part, n->what, n->reason);
}

void message_dump(
    const struct message *m, struct sink *out, const struct body_want *bodies)
{
	message_dump_within(m, out, bodies, NULL, NULL);
}
