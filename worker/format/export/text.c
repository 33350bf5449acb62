/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/export/export.h"
#include "format/growth.h"
#include "message/attached.h"
#include "message/body.h"
#include "message/body_item.h"
#include "message/envelope.h"
#include "message/message.h"

enum { LINE = 64 }; /* what stands beside a name in a line */

/* A text on its way to a terminal: its control characters become blanks. line: line ends
 * too; else each becomes LF. */
struct terminal {
	struct sink *out;
	bool line;
	bool cr;   /* the last byte was a CR, whose line end is not written yet */
	char last; /* byte written */
};

static void text_put_piece(void *arg, const char *s, size_t n)
{
	struct terminal *t = arg;
	const unsigned char *p = (const unsigned char *)s;
	size_t plain = 0;

	for (size_t i = 0; i < n; i++) {
		bool c1 = p[i] == 0xc2 && i + 1 < n && p[i + 1] < 0xa0;
		bool keep = !t->line && (p[i] == '\n' || p[i] == '\t');
		bool odd = c1 || (!keep && (p[i] < ' ' || p[i] == 0x7f));
		if (!odd && (!t->cr || p[i] == '\n')) {
			t->cr = false;
			plain++;
			continue;
		}
		sink_write(t->out, p + i - plain, plain);
		plain = !odd;
		if (t->cr)
			sink_text(t->out, "\n");
		t->cr = odd && !t->line && p[i] == '\r';
		if (odd && !t->cr)
			sink_text(t->out, " ");
		i += c1;
	}
	sink_write(t->out, p + n - plain, plain);
	if (plain > 0)
		t->last = (char)p[n - 1];
}

static void text_put_line(struct sink *out, struct text text)
{
	struct terminal t = { .out = out, .line = true };

	if (text.len > 0)
		text_put_piece(&t, text.s, text.len);
}

static void put_field(struct convert *c, const char *name, struct text value)
{
	if (!value.s || value.len == 0 ||
	    !growth_fits(c, LINE + value.len, "message", name))
		return;
	sink_printf(c->out, "%s: ", name);
	text_put_line(c->out, value);
	sink_text(c->out, "\n");
}

/* "Name <address>", or the one there is. */
static void text_put_person(struct sink *out, const struct person *p)
{
	bool named = p->name.len > 0;

	text_put_line(out, p->name);
	if (p->address.len > 0) {
		sink_text(out, named ? " <" : "");
		text_put_line(out, p->address);
		sink_text(out, named ? ">" : "");
	}
}

static bool fits_person(struct convert *c, const char *field, const struct person *p)
{
	return growth_fits(c, LINE + p->name.len + p->address.len, "message", field);
}

static void put_person_field(struct convert *c, const char *field, const struct person *p)
{
	if (!person_any(p) || !fits_person(c, field, p))
		return;
	sink_printf(c->out, "%s: ", field);
	text_put_person(c->out, p);
	sink_text(c->out, "\n");
}

static void put_sender(struct convert *c, const struct message *m)
{
	struct person from, sender;

	(void)envelope_from(c->arena, m, &from, &sender);
	put_person_field(c, "From", &from);
	put_person_field(c, "Sender", &sender);
}

static void put_recipients(struct convert *c, const struct message *m)
{
	static const char *const kinds[] = { NULL, "To", "Cc", "Bcc" };
	struct person to;

	if (envelope_receiver(c->arena, m, &to))
		put_person_field(c, "To", &to);
	for (unsigned kind = RECIPIENT_TO; kind <= RECIPIENT_BCC; kind++) {
		bool any = false;
		for (uint32_t i = 0; i < m->recipient_count; i++) {
			const struct recipient *r = &m->recipients[i];
			struct person p =
			    person_of(c->arena, &r->props, &person_recipient);
			if (envelope_recipient_type(r) != kind || !person_any(&p) ||
			    !fits_person(c, kinds[kind], &p))
				continue;
			sink_printf(c->out, any ? "; " : "%s: ", kinds[kind]);
			text_put_person(c->out, &p);
			any = true;
		}
		if (any)
			sink_text(c->out, "\n");
	}
}

static void text_put_date(struct sink *out, const struct message *m)
{
	struct when when = envelope_date(m);
	char text[40];

	if (!when.valid)
		return;
	when_iso8601(when, text, sizeof text);
	sink_printf(out, "Date: %s\n", text);
}

static void put_body(struct convert *c, const struct body_want *w, const struct body *b)
{
	struct terminal t = { .out = c->out };

	if (b->plain_from_html)
		notes_add(&c->notes, NOTE_CHANGED, w->part, "PidTagHtml",
		    "only its text was taken");
	body_note_rtf(w, b, ": not in the text");
	sink_text(c->out, "\n");
	if (!growth_fits(c, b->plain.len, w->part, "text"))
		return;
	export_pieces(c, b->plain, text_put_piece, &t);
	if (b->plain.len > 0 && (t.cr || t.last != '\n'))
		sink_text(c->out, "\n");
}

/* A list rather than the files: those are what the target "attachments" is for. */
static void put_attachments(struct convert *c, const struct message *m,
    const struct body_want *w, const struct body *b)
{
	const char *head = "\nAttachments:\n";

	for (uint32_t i = 0; i < m->attachment_count; i++, head = "") {
		const struct attachment *at = &m->attachments[i];
		const char *part = export_part(c->arena, w->part, at->number);
		struct text name = attached_name(c->arena, at);
		attached_note(c->arena, &c->notes, at, part);
		if (!growth_fits(c, LINE + name.len, part, name.s))
			continue;
		sink_printf(c->out, "%s  %u. ", head, at->number);
		text_put_line(c->out, name);
		if (at->embedded)
			sink_text(c->out, " (a message, below)\n");
		else
			sink_printf(
			    c->out, " (%llu bytes)\n", (unsigned long long)at->data.len);
	}
	for (unsigned i = 0; i < b->item_count; i++) {
		if (!body_item_is_object(b, i))
			continue;
		struct body_item item = body_item_open(w, b, i);
		if (!growth_fits(c, LINE + strlen(item.name), w->part, item.name)) {
			body_item_close(w, &item);
			continue;
		}
		sink_printf(c->out, "%s  -  ", head);
		text_put_line(
		    c->out, (struct text){ item.name, strlen(item.name), false });
		sink_printf(c->out, " (%llu bytes, an object in the RTF)\n",
		    (unsigned long long)item.data.len);
		body_item_close(w, &item);
		head = "";
	}
	if (b->rtf_note && b->rtf.len > 0)
		sink_printf(c->out, "%s  -  message.rtf (%llu bytes)\n", head,
		    (unsigned long long)b->rtf.len);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the reader let messages nest */
static void text_put_message(struct convert *c, const struct message *m, const char *part)
{
	struct body_want w = convert_body_want(c, part, "");
	struct body b = body_of(&w, m);

	put_sender(c, m);
	put_recipients(c, m);
	put_field(c, "Subject", envelope_subject(c->arena, m));
	text_put_date(c->out, m);
	put_body(c, &w, &b);
	put_attachments(c, m, &w, &b);
	for (uint32_t i = 0; i < m->attachment_count; i++) {
		const struct attachment *at = &m->attachments[i];
		if (!at->embedded)
			continue;
		sink_printf(c->out, "\n---- attachment %u ----\n\n", at->number);
		text_put_message(
		    c, at->embedded, export_part(c->arena, part, at->number));
	}
}

static bool write_text(struct convert *c, const struct message *m)
{
	text_put_message(c, m, "message");
	return true;
}

const struct format format_text = {
	.row = &formats_rows[FORMATS_TEXT],
	.write = write_text,
};
