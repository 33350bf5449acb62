/* SPDX-License-Identifier: ISC */
/*
 * The whole message object as one JSON object (RFC 8259): every property with its
 * canonical name, tag, type and value; recipients; attachments with their bytes in
 * base64, or the message that is one; the bodies as text; the notes. Properties are in
 * the order of the dump.
 *
 * With files the attachments are files beside it, message.json, which says their names.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/export/export.h"
#include "format/export/names.h"
#include "format/growth.h"
#include "message/attached.h"
#include "message/body.h"
#include "message/body_item.h"
#include "message/envelope.h"
#include "message/message.h"
#include "message/spell.h"
#include "message/tags.h"

enum {
	VERSION = 1,         /* of the keys: deploy/bulkhead.schema.json */
	TEXT_SIZE = 4 << 20, /* memory for one long text on its way */
	ESCAPED = 6,         /* times its size a text may become: \u0001 */
	OBJECT = 160,        /* bytes of one with its keys, without what it says */
};

/* Bytes of the well-formed UTF-8 character at p, of which n are left; 0: none. */
static size_t json_character(const char *p, size_t n)
{
	unsigned char lead = (unsigned char)*p;
	size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	return len <= n && text_is_utf8(p, len) ? len : 0;
}

/* Of a character of several bytes that could steer a terminal or turn a line around its
 * number, else 0: C1 controls, marks of direction, line separators, embeddings, isolates.
 */
static unsigned json_odd(const unsigned char *p, size_t n)
{
	unsigned code = n == 2 ? (p[0] & 0x1fU) << 6 | (p[1] & 0x3fU)
			: n == 3
			    ? (p[0] & 0x0fU) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU)
			    : 0;
	bool odd = (code >= 0x80 && code < 0xa0) || code == 0x61c ||
		   (code >= 0x200e && code <= 0x200f) ||
		   (code >= 0x2028 && code <= 0x202e) ||
		   (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;

	return odd ? code : 0;
}

/* The inside of a string, of whole characters; arg is the sink. */
static void json_put_piece(void *arg, const char *s, size_t len)
{
	struct sink *out = arg;
	size_t plain = 0;

	for (size_t i = 0; i < len;) {
		unsigned char ch = (unsigned char)s[i];
		size_t n = json_character(s + i, len - i);
		unsigned odd = json_odd((const unsigned char *)s + i, n);
		if (n > 0 && !odd && ch >= ' ' && ch != '"' && ch != '\\' && ch != 0x7f) {
			plain += n;
			i += n;
			continue;
		}
		sink_write(out, s + i - plain, plain);
		plain = 0;
		i += odd ? n : 1;
		if (odd)
			sink_printf(out, "\\u%04x", odd);
		else if (n == 0)
			sink_text(out, "\\ufffd");
		else if (ch == '"' || ch == '\\')
			sink_printf(out, "\\%c", ch);
		else
			sink_printf(out, "\\u%04x", ch);
	}
	if (plain > 0)
		sink_write(out, s + len - plain, plain);
}

/* What json_put_piece makes of it is so long; arg is the sum. */
static void json_count_piece(void *arg, const char *s, size_t len)
{
	uint64_t *sum = arg;

	for (size_t i = 0; i < len;) {
		unsigned char ch = (unsigned char)s[i];
		size_t n = json_character(s + i, len - i);
		bool plain = n > 0 && !json_odd((const unsigned char *)s + i, n) &&
			     ch >= ' ' && ch != '"' && ch != '\\' && ch != 0x7f;
		*sum += plain ? n : ESCAPED;
		i += n > 0 ? n : 1;
	}
}

static bool json_fits_text(
    struct convert *c, struct span utf8, const char *part, const char *what)
{
	uint64_t sum = ESCAPED * utf8.len;

	if (sum > growth_left(c)) {
		sum = 0;
		export_pieces(c, utf8, json_count_piece, &sum);
	}
	return growth_fits(c, sum, part, what);
}

static void put_string(struct sink *out, struct text t)
{
	sink_text(out, "\"");
	if (t.len > 0)
		json_put_piece(out, t.s, t.len);
	sink_text(out, "\"");
}

/* A text of any length. */
static void json_put_long(struct convert *c, struct span utf8)
{
	sink_text(c->out, "\"");
	export_pieces(c, utf8, json_put_piece, c->out);
	sink_text(c->out, "\"");
}

static void json_put_words(struct sink *out, const char *s)
{
	put_string(out, (struct text){ .s = s, .len = s ? strlen(s) : 0 });
}

static void json_put_base64(struct sink *out, struct span bytes)
{
	sink_text(out, "\"");
	export_base64(out, bytes);
	sink_text(out, "\"");
}

static void put_guid(struct sink *out, const uint8_t *guid)
{
	char text[SPELL_GUID];

	spell_guid(text, guid, SPELL_LOWER);
	json_put_words(out, text);
}

/* A time as ISO 8601; what is none, as its number. */
static void put_time(struct sink *out, uint64_t filetime)
{
	char text[SPELL_TIME];

	if (spell_time(text, filetime))
		json_put_words(out, text);
	else
		sink_printf(out, "%llu", (unsigned long long)filetime);
}

/* One that is long goes through the end of the scratch file, which is given back. */
static void json_put_text(struct convert *c, const struct message *m,
    const struct prop *p, const struct prop_value *v)
{
	if (v->text.s || v->bytes.len == 0) {
		put_string(c->out, v->text);
		return;
	}
	struct body_want w = convert_body_want(c, "message", "");
	uint64_t used = c->scratch_used;
	bool lossy;
	w.arena = arena_new(TEXT_SIZE);
	json_put_long(c, body_text(&w, m, p, v, &lossy));
	arena_free(w.arena);
	c->scratch_used = used;
}

static void put_value(struct convert *c, const struct message *m, const struct prop *p,
    const struct prop_value *v)
{
	struct sink *out = c->out;
	long long number = v->number;

	switch (p->type) {
	case PT_NULL:
		sink_text(out, "null");
		break;
	case PT_FLOAT:
	case PT_DOUBLE:
	case PT_APPTIME:
		if (isfinite(v->real))
			sink_printf(out, "%.*g", p->type == PT_FLOAT ? 9 : 17, v->real);
		else
			sink_text(out, "null");
		break;
	case PT_BOOLEAN:
		sink_text(out, number ? "true" : "false");
		break;
	case PT_CURRENCY: /* as text: a float could not hold it */
		sink_printf(out, "\"%s%llu.%04llu\"", number < 0 ? "-" : "",
		    (number < 0 ? 0 - (unsigned long long)number
				: (unsigned long long)number) /
			10000,
		    (number < 0 ? 0 - (unsigned long long)number
				: (unsigned long long)number) %
			10000);
		break;
	case PT_SYSTIME:
		put_time(out, v->filetime);
		break;
	case PT_CLSID:
		put_guid(out, v->guid);
		break;
	case PT_STRING8:
	case PT_UNICODE:
		json_put_text(c, m, p, v);
		break;
	case PT_SHORT:
	case PT_LONG:
	case PT_I8:
	case PT_ERROR:
		sink_printf(out, "%lld", number);
		break;
	default:
		json_put_base64(out, v->bytes);
		break;
	}
}

/* What its values may come to. */
static uint64_t json_bound(const struct prop *p)
{
	bool is_text = p->type == PT_STRING8 || p->type == PT_UNICODE;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < p->count; i++) {
		const struct prop_value *v = &p->values[i];
		uint64_t n = is_text && v->text.s ? v->text.len : v->bytes.len;
		bytes += SPELL_TIME + (is_text ? ESCAPED : 2) * n;
	}
	return bytes;
}

/* Behind the others, of which there are already. False: it is left out, all of it. */
static bool put_prop(struct convert *c, const struct message *m, const struct prop *p,
    const char *part, bool others)
{
	const char *label = prop_label(c->arena, p),
		   *type = prop_type_label(
		       c->arena, (uint16_t)(p->type | (p->multi ? PT_MV : 0)));

	if (!growth_fits(c, OBJECT + ESCAPED * strlen(label), part, label))
		return false;
	sink_text(c->out, others ? ",\n{\"name\":" : "\n{\"name\":");
	json_put_words(c->out, label);
	if (!p->name)
		sink_printf(c->out, ",\"tag\":\"0x%04x\"", p->id);
	sink_text(c->out, ",\"type\":");
	json_put_words(c->out, type);
	if (!growth_fits(c, json_bound(p), part, label)) {
		sink_text(c->out, ",\"value\":null,\"left_out\":true}");
		return true;
	}
	sink_text(c->out, p->multi ? ",\"value\":[" : ",\"value\":");
	for (uint32_t i = 0; i < p->count; i++) {
		sink_text(c->out, i > 0 ? "," : "");
		put_value(c, m, p, &p->values[i]);
	}
	if (!p->multi && p->count == 0)
		sink_text(c->out, "null");
	sink_text(c->out, p->multi ? "]}" : "}");
	return true;
}

static void put_props(
    struct convert *c, const struct message *m, const struct props *ps, const char *part)
{
	const struct prop *const *sorted = props_sorted(ps, c->arena);

	bool others = false;

	sink_text(c->out, "\"properties\":[");
	for (uint32_t i = 0; i < ps->count; i++)
		others = put_prop(c, m, sorted[i], part, others) || others;
	sink_text(c->out, "]");
}

static bool json_put_person(struct convert *c, const char *key, const struct person *p)
{
	uint64_t bytes = OBJECT + ESCAPED * (uint64_t)(p->name.len + p->address.len);

	if (!growth_fits(c, bytes, "message", "a person"))
		return false;
	sink_printf(c->out, "%s{\"name\":", key);
	put_string(c->out, p->name);
	sink_text(c->out, ",\"address\":");
	put_string(c->out, p->address);
	sink_text(c->out, "}");
	return true;
}

static void json_put_people(struct convert *c, const struct message *m)
{
	static const char *const kinds[] = { NULL, "to", "cc", "bcc" };
	struct person to;

	for (unsigned kind = RECIPIENT_TO; kind <= RECIPIENT_BCC; kind++) {
		const char *comma = "";
		sink_printf(c->out, ",\n\"%s\":[", kinds[kind]);
		for (uint32_t i = 0; i < m->recipient_count; i++) {
			const struct recipient *r = &m->recipients[i];
			struct person p =
			    person_of(c->arena, &r->props, &person_recipient);
			if (envelope_recipient_type(r) != kind || !person_any(&p))
				continue;
			if (json_put_person(c, comma, &p))
				comma = ",";
		}
		if (kind == RECIPIENT_TO && envelope_receiver(c->arena, m, &to))
			(void)json_put_person(c, comma, &to);
		sink_text(c->out, "]");
	}
}

/* Behind its key: the text, or nothing of one for which there is no room. */
static void json_put_field(struct convert *c, const char *what, struct text t)
{
	bool fits = growth_fits(c, ESCAPED * (uint64_t)t.len, "message", what);

	put_string(c->out, fits ? t : (struct text){ .s = "" });
}

/* What stands on the message, as the mail made of it says it. */
static void json_put_envelope(struct convert *c, const struct message *m)
{
	struct text id =
	    text_clean(c->arena, props_text(&m->props, PidTagInternetMessageId));
	struct when date = envelope_date(m);
	struct person from, sender;
	char text[SPELL_TIME];

	sink_text(c->out, "\"class\":");
	json_put_field(c, "class", props_text(&m->props, PidTagMessageClass));
	sink_text(c->out, ",\"subject\":");
	json_put_field(c, "subject", envelope_subject(c->arena, m));
	if (envelope_from(c->arena, m, &from, &sender))
		(void)json_put_person(c, ",\n\"from\":", &from);
	if (person_any(&sender))
		(void)json_put_person(c, ",\n\"sender\":", &sender);
	json_put_people(c, m);
	if (date.valid) {
		when_iso8601(date, text, sizeof text);
		sink_printf(c->out, ",\n\"date\":\"%s\"", text);
	}
	if (id.len > 0) {
		sink_text(c->out, ",\n\"message_id\":");
		json_put_field(c, "message_id", id);
	}
	sink_printf(c->out, ",\n\"code_page\":%u,\n", m->codepage);
}

/* The object is begun before and left open. files: where attachments go; NULL: into it.
 */
static void json_put_message(
    struct convert *c, const struct message *m, const char *part, struct names *files);

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the reader let messages nest */
static void put_attachment(struct convert *c, const struct message *m, const char *part,
    const struct attachment *at, bool shown, struct names *files)
{
	struct text name = attached_name(c->arena, at);

	sink_printf(c->out, "{\"number\":%u,\"name\":", at->number);
	put_string(c->out, name);
	if (!at->embedded) {
		sink_text(c->out, ",\"type\":");
		json_put_words(c->out, attached_type(c->arena, at));
	}
	sink_printf(c->out, ",\"place\":\"%s\",\"size\":%llu,\n",
	    shown ? "inline" : "attached", (unsigned long long)at->data.len);
	put_props(c, m, &at->props, part);
	if (at->embedded) {
		sink_text(c->out, ",\n\"message\":{");
		json_put_message(c, at->embedded, part, files);
		sink_text(c->out, "}");
	} else if (!(files ? growth_take(c, at->data.len, part, name.s)
			   : growth_fits(c, 2 * at->data.len, part, name.s))) {
		sink_text(c->out, ",\n\"left_out\":true");
	} else if (files) {
		sink_text(c->out, ",\n\"file\":");
		json_put_words(c->out, names_add(files, name.s, at->data));
	} else {
		sink_text(c->out, ",\n\"data\":");
		json_put_base64(c->out, at->data);
	}
	if (at->rendering.len > 0 &&
	    growth_fits(c, 2 * at->rendering.len, part, "rendering")) {
		sink_text(c->out, ",\n\"rendering\":");
		json_put_base64(c->out, at->rendering);
	}
	sink_text(c->out, "}");
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the reader let messages nest */
static void json_put_attachments(struct convert *c, const struct message *m,
    const char *outer, const struct attached_view *view, struct names *files)
{
	enum { ATTACHMENT = 2 * OBJECT };
	const char *comma = "\n";

	for (uint32_t i = 0; i < m->attachment_count; i++) {
		const struct attachment *at = &m->attachments[i];
		const char *part = export_part(c->arena, outer, at->number);
		struct text name = attached_name(c->arena, at);
		attached_note(c->arena, &c->notes, at, part);
		if (!growth_fits(
			c, ATTACHMENT + ESCAPED * (uint64_t)name.len, part, name.s))
			continue;
		sink_text(c->out, comma);
		put_attachment(c, m, part, at, view[i].shown, files);
		comma = ",\n";
	}
}

static void json_put_items(
    struct convert *c, const struct body_want *w, const struct body *b)
{
	bool any = false;

	for (unsigned i = 0; i < b->item_count; i++) {
		struct body_item item = body_item_open(w, b, i);
		if (!growth_fits(
			c, OBJECT + ESCAPED * strlen(item.name), w->part, item.name)) {
			body_item_close(w, &item);
			continue;
		}
		sink_text(c->out, any ? ",\n{\"name\":" : ",\n\"items\":[{\"name\":");
		any = true;
		json_put_words(c->out, item.name);
		sink_text(c->out, ",\"type\":");
		json_put_words(c->out, item.type);
		if (!item.object)
			sink_printf(
			    c->out, ",\"content_id\":\"picture-%u\"", item.number);
		if (growth_fits(c, 2 * item.data.len, w->part, item.name)) {
			sink_text(c->out, ",\"data\":");
			json_put_base64(c->out, item.data);
		} else {
			sink_text(c->out, ",\"left_out\":true");
		}
		sink_text(c->out, "}");
		body_item_close(w, &item);
	}
	sink_text(c->out, any ? "]" : "");
}

/* The same as a mail made of it would have; rtf is what that would have attached. */
static void put_bodies(
    struct convert *c, const struct body_want *w, const struct body *body)
{
	const struct body b = *body;
	const char *comma = "";

	sink_text(c->out, "\"body\":{");
	if (b.plain.len > 0 && json_fits_text(c, b.plain, w->part, "text")) {
		sink_text(c->out, "\"text\":");
		json_put_long(c, b.plain);
		comma = ",";
	}
	struct span html = body_html_utf8(w, &b);
	if (html.len > 0 && json_fits_text(c, html, w->part, "HTML")) {
		sink_printf(c->out, "%s\"html\":", comma);
		json_put_long(c, html);
		comma = ",";
	}
	if (b.rtf_note && b.rtf.len > 0 &&
	    growth_fits(c, 2 * b.rtf.len, w->part, "PidTagRtfCompressed")) {
		sink_printf(c->out, "%s\"rtf\":", comma);
		json_put_base64(c->out, b.rtf);
	}
	json_put_items(c, w, &b);
	sink_text(c->out, "}");
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the reader let messages nest */
static void json_put_message(
    struct convert *c, const struct message *m, const char *part, struct names *files)
{
	struct body_want w = convert_body_want(c, part, "");
	struct body b = body_of(&w, m);
	const struct attached_view *view = attached_shown(c->arena, m, &b);

	body_note_rtf(&w, &b, ": whole in \"rtf\"");
	json_put_envelope(c, m);
	put_props(c, m, &m->props, part);
	sink_text(c->out, ",\n\"recipients\":[");
	const char *comma = "\n";
	for (uint32_t i = 0; i < m->recipient_count; i++) {
		if (!growth_fits(c, OBJECT, part, "a recipient"))
			continue;
		sink_printf(c->out, "%s{", comma);
		put_props(c, m, &m->recipients[i].props, part);
		sink_text(c->out, "}");
		comma = ",\n";
	}
	sink_text(c->out, "],\n\"attachments\":[");
	json_put_attachments(c, m, part, view, files);
	sink_text(c->out, "],\n");
	put_bodies(c, &w, &b);
}

static void put_all(struct convert *c, const struct message *m, struct names *files)
{
	static const char *const kinds[NOTE_KINDS] = {
		[NOTE_KEPT] = "kept",
		[NOTE_CHANGED] = "changed",
		[NOTE_LOST] = "lost",
	};
	const char *comma = "\n";

	sink_printf(c->out, "{\"version\":%d,\n", VERSION);
	json_put_message(c, m, "message", files);
	sink_text(c->out, ",\n\"notes\":[");
	for (const struct note *n = c->notes.first; n; n = n->next, comma = ",\n") {
		sink_printf(
		    c->out, "%s{\"kind\":\"%s\",\"part\":", comma, kinds[n->kind]);
		json_put_words(c->out, n->part);
		sink_text(c->out, ",\"what\":");
		json_put_words(c->out, n->what);
		sink_text(c->out, ",\"reason\":");
		json_put_words(c->out, n->reason);
		sink_text(c->out, "}");
	}
	sink_text(c->out, "]}\n");
}

static bool write_json(struct convert *c, const struct message *m)
{
	put_all(c, m, NULL);
	return true;
}

static bool write_with_files(struct convert *c, const struct message *m)
{
	struct names files = { .arena = c->arena };
	uint64_t from = sink_length(c->out);
	const char *own = names_add(&files, "message.json", span_over(NULL, 0));

	put_all(c, m, &files);
	export_item(c, "document", own, from);
	for (size_t i = 1; i < files.count; i++) {
		from = sink_length(c->out);
		sink_span(c->out, files.rows[i].data, convert_alive, c);
		export_item(c, "attachment", files.rows[i].name, from);
	}
	return true;
}

const struct format format_json = {
	.row = &formats_rows[FORMATS_JSON],
	.write = write_json,
};

const struct format format_json_files = {
	.row = &formats_rows[FORMATS_JSON_FILES],
	.write = write_with_files,
};
