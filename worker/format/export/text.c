/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "codec/html_text.h"
#include "format/export/export.h"
#include "message/message.h"
#include "message/tags.h"

/* A text fit for a terminal: its control characters become blanks. line: line ends too;
 * else each becomes LF. */
static void text_put_value(struct sink *out, struct text t, bool line)
{
	const unsigned char *p = (const unsigned char *)t.s;
	size_t plain = 0;

	for (size_t i = 0; i < t.len; i++) {
		bool c1 = p[i] == 0xc2 && i + 1 < t.len && p[i + 1] < 0xa0;
		bool keep = !line && (p[i] == '\n' || p[i] == '\t');
		if (!c1 && (keep || (p[i] >= ' ' && p[i] != 0x7f))) {
			plain++;
			continue;
		}
		sink_write(out, p + i - plain, plain);
		plain = 0;
		if (line || p[i] != '\r')
			sink_text(out, " ");
		else if (i + 1 == t.len || p[i + 1] != '\n')
			sink_text(out, "\n");
		i += c1;
	}
	sink_write(out, p + t.len - plain, plain);
}

static void put_field(struct sink *out, const char *name, struct text value)
{
	if (!value.s || value.len == 0)
		return;
	sink_printf(out, "%s: ", name);
	text_put_value(out, value, true);
	sink_text(out, "\n");
}

/* "Name <address>", or the one there is. */
static void text_put_person(
    struct sink *out, struct text name, struct text smtp, struct text email)
{
	struct text address = smtp.s && smtp.len ? smtp : email;
	bool alone = name.len == address.len && name.s && address.s &&
		     memcmp(name.s, address.s, name.len) == 0;
	bool named = name.s && name.len > 0 && !alone;

	if (named)
		text_put_value(out, name, true);
	if (address.s && address.len > 0) {
		sink_text(out, named ? " <" : "");
		text_put_value(out, address, true);
		sink_text(out, named ? ">" : "");
	}
}

static void put_sender(struct sink *out, const struct props *p)
{
	static const uint16_t ids[][3] = {
		{ PidTagSentRepresentingName, PidTagSentRepresentingSmtpAddress,
		    PidTagSentRepresentingEmailAddress },
		{ PidTagSenderName, PidTagSenderSmtpAddress, PidTagSenderEmailAddress },
	};

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		struct text name = props_text(p, ids[i][0]),
			    smtp = props_text(p, ids[i][1]),
			    email = props_text(p, ids[i][2]);
		if (!name.s && !smtp.s && !email.s)
			continue;
		sink_text(out, "From: ");
		text_put_person(out, name, smtp, email);
		sink_text(out, "\n");
		return;
	}
}

static void put_recipients(struct sink *out, const struct message *m)
{
	/* PidTagRecipientType, MS-OXOMSG 2.2.3.1 */
	static const char *const kinds[] = { NULL, "To", "Cc", "Bcc" };

	for (int64_t kind = 1; kind <= 3; kind++) {
		bool any = false;
		for (uint32_t i = 0; i < m->recipient_count; i++) {
			const struct props *p = &m->recipients[i].props;
			struct text name = props_text(p, PidTagDisplayName),
				    smtp = props_text(p, PidTagSmtpAddress),
				    email = props_text(p, PidTagEmailAddress);
			if (props_number(p, PidTagRecipientType, 1) != kind ||
			    name.len + smtp.len + email.len == 0)
				continue;
			sink_printf(out, any ? "; " : "%s: ", kinds[kind]);
			text_put_person(out, name, smtp, email);
			any = true;
		}
		if (any)
			sink_text(out, "\n");
	}
}

static void text_put_date(struct sink *out, const struct message *m)
{
	struct when when = props_when(&m->props, PidTagClientSubmitTime);
	char text[40];

	if (!when.valid)
		when = props_when(&m->props, PidTagMessageDeliveryTime);
	if (!when.valid)
		return;
	when_iso8601(when, text, sizeof text);
	sink_printf(out, "Date: %s\n", text);
}

static void put_body(struct convert *c, const struct message *m)
{
	struct export_bodies b = export_bodies(c, m);
	struct text body = b.plain;

	if (!body.s && b.html.s) {
		body = html_text_of(c->arena, b.html.s, b.html.len);
		notes_add(&c->notes, NOTE_CHANGED, "message", "PidTagHtml",
		    "only its text was taken");
	}
	sink_text(c->out, "\n");
	if (body.s && body.len > 0) {
		text_put_value(c->out, body, false);
		sink_text(c->out, body.s[body.len - 1] == '\n' ? "" : "\n");
	}
}

/* A list rather than the files: those are what the target "attachments" is for. */
static void put_attachments(struct convert *c, const struct message *m)
{
	for (uint32_t i = 0; i < m->attachment_count; i++) {
		const struct attachment *at = &m->attachments[i];
		const char *name = export_name(c->arena, at);
		sink_text(c->out, i == 0 ? "\nAttachments:\n" : "");
		sink_printf(c->out, "  %u. ", at->number);
		text_put_value(
		    c->out, (struct text){ .s = name, .len = strlen(name) }, true);
		if (at->embedded)
			sink_text(c->out, " (a message, below)\n");
		else
			sink_printf(
			    c->out, " (%llu bytes)\n", (unsigned long long)at->data.len);
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the reader let messages nest */
static void text_put_message(struct convert *c, const struct message *m)
{
	put_sender(c->out, &m->props);
	put_recipients(c->out, m);
	put_field(c->out, "Subject", export_subject(c->arena, m));
	text_put_date(c->out, m);
	put_body(c, m);
	put_attachments(c, m);
	for (uint32_t i = 0; i < m->attachment_count; i++)
		if (m->attachments[i].embedded) {
			sink_printf(c->out, "\n---- attachment %u ----\n\n",
			    m->attachments[i].number);
			text_put_message(c, m->attachments[i].embedded);
		}
}

static bool write_text(struct convert *c, const struct message *m)
{
	text_put_message(c, m);
	return true;
}

const struct format format_text = {
	.name = "text",
	.title = "plain text",
	.write = write_text,
};
