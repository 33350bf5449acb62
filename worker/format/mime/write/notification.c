/* SPDX-License-Identifier: ISC */
#include "format/mime/write/notification.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "message/envelope.h"
#include "message/message.h"
#include "message/person.h"
#include "message/tags.h"

static const char delivery[] = "delivery-status",
		  disposition[] = "disposition-notification";

/* By the end of the class (MS-OXCMAIL 2.1.3.6.1.1 and 2.1.3.6.2); the first that fits.
 * What is delayed, relayed or expanded has ".DR" behind it, and in some files not. */
static const struct notification_kind kinds[] = {
	{ ".Delayed.DR", delivery, "delayed", "4.0.0", "is delayed on its way to" },
	{ ".Relayed.DR", delivery, "relayed", "2.0.0", "was passed on to" },
	{ ".Expanded.DR", delivery, "expanded", "2.0.0",
	    "was passed on to the members of" },
	{ ".NDR", delivery, "failed", "5.0.0", "could not be delivered to" },
	{ ".DR", delivery, "delivered", "2.0.0", "was delivered to" },
	{ ".Delayed", delivery, "delayed", "4.0.0", "is delayed on its way to" },
	{ ".Relayed", delivery, "relayed", "2.0.0", "was passed on to" },
	{ ".Expanded", delivery, "expanded", "2.0.0", "was passed on to the members of" },
	{ ".IPNRN", disposition, "displayed", "", "was displayed to" },
	{ ".IPNNRN", disposition, "deleted", "", "was deleted unread by" },
};

/* PidTagNonDeliveryReportDiagCode: X.400's reasons (X.411) as RFC 3463 has them. */
static const struct diagnosis {
	int64_t code;
	const char *status;
} diagnoses[] = {
	{ 0, "5.1.1" },  /* unrecognised name */
	{ 1, "5.1.4" },  /* ambiguous name */
	{ 2, "4.3.2" },  /* congestion */
	{ 3, "5.4.6" },  /* loop */
	{ 4, "4.2.1" },  /* recipient unavailable */
	{ 5, "4.4.7" },  /* maximum time */
	{ 7, "5.2.3" },  /* too long */
	{ 8, "5.6.3" },  /* impractical to convert */
	{ 9, "5.6.3" },  /* prohibited to convert */
	{ 11, "5.5.4" }, /* invalid parameters */
	{ 12, "5.6.0" }, /* syntax of the content */
	{ 13, "5.2.3" }, /* size */
	{ 30, "5.2.4" }, /* expansion of a list failed */
	{ 32, "5.1.3" }, /* syntax of the address */
	{ 35, "5.1.1" }, /* recipient unknown */
	{ 38, "5.2.1" }, /* refused */
	{ 40, "5.1.6" }, /* moved */
	{ 48, "5.1.2" }, /* system unknown */
};

const struct notification_kind *notification_of(const struct message *m)
{
	struct text class = props_text(&m->props, PidTagMessageClass);

	if (!class.s || strncasecmp(class.s, "REPORT.", 7) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		size_t n = strlen(kinds[i].suffix);
		if (class.len > n &&
		    strcasecmp(class.s + class.len - n, kinds[i].suffix) == 0)
			return &kinds[i];
	}
	return NULL;
}

bool notification_is_about_recipients(const struct message *m)
{
	const struct notification_kind *kind = notification_of(m);

	return kind && (kind->type == delivery || m->recipient_count == 0);
}

bool notification_carries(const struct message *m, uint16_t id)
{
	static const uint16_t ids[] = { PidTagReceiptTime, PidTagReportTime,
		PidTagOriginalSubmitTime, PidTagOriginalDeliveryTime, PidTagReportText,
		PidTagReportingMessageTransferAgent };

	for (size_t i = 0; notification_of(m) && i < sizeof ids / sizeof ids[0]; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* The message that the notification is on, where it came along. */
static const struct message *notification_original(const struct message *m)
{
	for (uint32_t i = 0; i < m->attachment_count; i++)
		if (m->attachments[i].embedded)
			return m->attachments[i].embedded;
	return NULL;
}

/* The message whose recipients it is on: where it names none, the original. */
static const struct message *notification_about(const struct message *m)
{
	const struct message *original = notification_original(m);

	return m->recipient_count > 0 || !original ? m : original;
}

/* Whom it is on when nobody is in a table. */
static struct text notification_shown(struct out *o, const struct message *m)
{
	struct text shown =
	    text_clean(o->c->arena, props_text(&m->props, PidTagOriginalDisplayTo));

	return shown.len ? shown : (struct text){ .s = "unknown", .len = 7 };
}

bool notification_to(struct out *o, const struct message *m, struct person *to)
{
	static const struct person_ids *const ids[] = { &person_received_representing,
		&person_received_by };
	const struct message *original = notification_original(m);
	struct person sender;

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		*to = person_of(o->c->arena, &m->props, ids[i]);
		if (person_any(to))
			return true;
	}
	return original && envelope_from(o->c->arena, original, to, &sender);
}

static struct text clean_of(struct out *o, const struct props *p, uint16_t id)
{
	return text_clean(o->c->arena, props_text(p, id));
}

static void say_name(struct sink *to, const struct person *p)
{
	sink_text(to, "  ");
	sink_write(to, p->name.s, p->name.len);
	if (p->address.len > 0)
		sink_printf(to, p->name.len ? " <%s>" : "%s", p->address.s);
	sink_text(to, "\n");
}

struct span notification_text(struct out *o, const struct message *m)
{
	struct arena *a = o->c->arena;
	const struct notification_kind *kind = notification_of(m);
	const struct message *about = notification_about(m);
	struct text whole = props_text(&m->props, PidTagReportText);
	struct sink *to = sink_memory(a);
	bool said = false;

	if (whole.len > 0)
		return span_over(whole.s, whole.len);
	for (uint32_t i = 0; i < m->recipient_count; i++) {
		struct text one = props_text(&m->recipients[i].props, PidTagReportText);
		sink_write(to, one.s, one.len);
		said = said || one.len > 0;
	}
	if (said || !kind)
		return sink_bytes(to);
	struct text subject = clean_of(o, &m->props, PidTagOriginalSubject);
	sink_printf(to, "The message%s%s%s %s:\n", subject.len ? " \"" : "",
	    subject.len ? subject.s : "", subject.len ? "\"" : "", kind->says);
	for (uint32_t i = 0; i < about->recipient_count; i++) {
		const struct props *p = &about->recipients[i].props;
		struct person who = person_of(a, p, &person_recipient);
		struct text why = clean_of(o, p, PidTagSupplementaryInfo);
		say_name(to, &who);
		if (why.len > 0)
			sink_printf(to, "    %s\n", why.s);
	}
	if (about->recipient_count == 0)
		sink_printf(to, "  %s\n", notification_shown(o, m).s);
	return sink_bytes(to);
}

/* "5.1.1" in a text; NULL: none (RFC 3463 2). */
static const char *status_in(struct arena *a, struct text t)
{
	for (size_t i = 0; i + 4 < t.len; i++) {
		size_t n = 1;
		if ((i > 0 && isalnum((unsigned char)t.s[i - 1])) ||
		    !text_among("245", t.s[i]) || t.s[i + 1] != '.')
			continue;
		for (unsigned part = 0; part < 2 && t.s[i + n] == '.'; part++) {
			size_t digits = strspn(t.s + i + n + 1, "0123456789");
			if (digits < 1 || digits > 3)
				break;
			n += 1 + digits;
			if (part == 1)
				return arena_copy(a, t.s + i, n);
		}
	}
	return NULL;
}

static const char *status_of(
    struct out *o, const struct notification_kind *kind, const struct props *p)
{
	const char *said =
	    status_in(o->c->arena, clean_of(o, p, PidTagSupplementaryInfo));
	int64_t code = props_number(p, PidTagNonDeliveryReportDiagCode, -1);
	int64_t status = props_number(p, PidTagNonDeliveryReportStatusCode, 0);

	/* Its three digits (MS-OXCMAIL 2.2.3.7.1.3). */
	if (!said && status >= 200 && status < 600 && status / 100 != 3)
		return arena_printf(o->c->arena, "%d.%d.%d", (int)(status / 100),
		    (int)(status / 10 % 10), (int)(status % 10));
	for (size_t i = 0;
	     !said && *kind->action == 'f' && i < sizeof diagnoses / sizeof diagnoses[0];
	     i++)
		if (diagnoses[i].code == code)
			said = diagnoses[i].status;
	return said ? said : kind->status;
}

/* "Name: type; value"; nothing of an empty value. */
static void typed_field(
    struct out *o, const char *name, const char *type, struct text value)
{
	if (value.len == 0)
		return;
	char *whole = arena_printf(o->c->arena, "%s; %s", type, value.s);
	out_text_field(o, name, (struct text){ whole, strlen(whole), 0 });
}

static void notification_date_field(struct out *o, const char *name, struct when when)
{
	char text[40];

	if (!when.valid)
		return;
	when_rfc5322(when, text, sizeof text);
	out_field(o, name, text);
}

static void status_group(struct out *o, const struct notification_kind *kind,
    const struct props *p, struct when reported)
{
	struct when at = props_when(p, PidTagReportTime);
	struct person who = person_of(o->c->arena, p, &person_recipient);
	struct text info = clean_of(o, p, PidTagSupplementaryInfo);
	bool reply = info.len > 3 && isdigit((unsigned char)info.s[0]) &&
		     isdigit((unsigned char)info.s[1]) &&
		     isdigit((unsigned char)info.s[2]);

	out_line(o, "");
	typed_field(o, "Final-Recipient", who.internet ? "rfc822" : "unknown",
	    who.address.len > 0 ? who.address : who.name);
	out_field(o, "Action", kind->action);
	out_field(o, "Status", status_of(o, kind, p));
	typed_field(
	    o, "Remote-MTA", "dns", clean_of(o, p, PidTagRemoteMessageTransferAgent));
	if (reply)
		typed_field(o, "Diagnostic-Code", "smtp", info);
	else if (info.len > 0)
		out_text_field(o, "X-Supplementary-Info", info);
	notification_date_field(o, "Last-Attempt-Date", at.valid ? at : reported);
	if (who.name.len > 0)
		out_text_field(o, "X-Display-Name", who.name);
}

static void write_delivery(
    struct out *o, const struct message *m, const struct notification_kind *kind)
{
	struct text mta = clean_of(o, &m->props, PidTagReportingMessageTransferAgent);
	struct when arrived = props_when(&m->props, PidTagOriginalDeliveryTime);

	if (mta.len == 0)
		mta = (struct text){ .s = "unknown.invalid", .len = 15 };
	if (!arrived.valid)
		arrived = props_when(&m->props, PidTagOriginalSubmitTime);
	typed_field(o, "Reporting-MTA", "dns", mta);
	notification_date_field(o, "Arrival-Date", arrived);
	const struct message *about = notification_about(m);
	for (uint32_t i = 0; i < about->recipient_count; i++)
		status_group(o, kind, &about->recipients[i].props,
		    props_when(&m->props, PidTagReportTime));
	if (about->recipient_count == 0) { /* RFC 3464 2.1: one group there must be */
		out_line(o, "");
		typed_field(o, "Final-Recipient", "unknown", notification_shown(o, m));
		out_field(o, "Action", kind->action);
		out_field(o, "Status", kind->status);
	}
}

/* RFC 8098 3.2: the one who read it is the one who sends the notification. */
static void write_disposition(
    struct out *o, const struct message *m, const struct notification_kind *kind)
{
	struct person who, sender;
	struct text id = clean_of(o, &m->props, PidTagInReplyToId);
	bool known = envelope_from(o->c->arena, m, &who, &sender);

	typed_field(o, "Final-Recipient", known && who.internet ? "rfc822" : "unknown",
	    !known            ? (struct text){ .s = "unknown", .len = 7 }
	    : who.address.len ? who.address
			      : who.name);
	if (id.len > 0)
		out_text_field(o, "Original-Message-ID", id);
	out_printf(o, "Disposition: manual-action/MDN-sent-manually; %s%s", kind->action,
	    o->eol);
	notification_date_field(o, "X-MS-Original-Submit-Time",
	    props_when(&m->props, PidTagOriginalSubmitTime));
	notification_date_field(
	    o, "X-MS-Receipt-Time", props_when(&m->props, PidTagReceiptTime));
	notification_date_field(
	    o, "X-MS-Report-Time", props_when(&m->props, PidTagReportTime));
}

void notification_write_status(struct out *o, const struct message *m)
{
	const struct notification_kind *kind = notification_of(m);

	out_printf(o, "Content-Type: message/%s%s%s", kind->type, o->eol, o->eol);
	if (kind->type == delivery)
		write_delivery(o, m, kind);
	else
		write_disposition(o, m, kind);
	out_line(o, ""); /* the line ending before the boundary is not the last field's */
}
