/* SPDX-License-Identifier: ISC */
#include "format/mime/write/undelivered.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "base/when.h"
#include "format/mime/write/out.h"
#include "format/mime/write/text_body.h"

enum {
	LINE_MOST = 998,          /* RFC 5322 2.1.1 */
	HEADER_MOST = 64 * 1024,  /* bytes of a header that goes along alone */
	SUBJECT_MOST = 200,       /* bytes of it in ours */
	DAMAGED_BY_TRANSPORT = 8, /* boundaries that are tried */
};

/* How the message goes along. */
enum carriage {
	CARRIAGE_MAIL,   /* message/rfc822 */
	CARRIAGE_HEADER, /* text/rfc822-headers */
	CARRIAGE_FIELDS, /* the same, of what the report knows */
	CARRIAGE_BYTES,  /* base64 */
};

struct undelivered {
	struct out out;
	const struct notice *n;
	const struct format *format; /* of the message; NULL: of none that is known */
	enum carriage carriage;
	bool eight_bit;
	char boundary[OUT_BOUNDARY];
	const char *outer[1];
};

static struct text undelivered_text(struct undelivered *u, const char *said, size_t most)
{
	struct arena *a = u->out.c->arena;
	size_t n = strnlen(said, most);

	while (n > 0 && said[n] != '\0' && ((unsigned char)said[n] & 0xc0) == 0x80)
		n--;
	return text_clean(a, text_from(a, 65001, said, n));
}

static const char *date_of(struct undelivered *u, int64_t unix_s)
{
	char text[40];

	when_rfc5322((struct when){ .unix_s = unix_s, .valid = true }, text, sizeof text);
	return arena_copy(u->out.c->arena, text, strlen(text));
}

/* ---- what becomes of the message ---- */

static bool undelivered_holds(struct undelivered *u, struct span in, const char *word)
{
	char p[4096];
	size_t length = strlen(word), n;

	for (uint64_t at = 0; (n = span_read(in, at, p, sizeof p)) >= length;
	     at += n - length + 1) {
		if (memmem(p, n, word, length))
			return true;
		convert_alive(u->out.c);
	}
	return false;
}

/* A mail that would not arrive as it is goes as bytes (RFC 2046 5.2.1: no encoding is
 * allowed around a message/rfc822). */
static enum carriage carriage_of(struct undelivered *u)
{
	struct convert *c = u->out.c;
	bool mail = u->format && u->format->row == &formats_rows[FORMATS_MIME];

	out_boundary(&u->out, u->boundary);
	if (!u->n->whole)
		return mail ? CARRIAGE_HEADER : CARRIAGE_FIELDS;
	if (!mail)
		return CARRIAGE_BYTES;
	struct text_body_shape s = text_body_shape_of(&u->out, c->in);
	if (s.control || s.bare || s.longest > LINE_MOST)
		return CARRIAGE_BYTES;
	for (unsigned i = 0; s.marked && undelivered_holds(u, c->in, u->boundary); i++) {
		if (i == DAMAGED_BY_TRANSPORT)
			return CARRIAGE_BYTES;
		out_boundary(&u->out, u->boundary);
	}
	u->eight_bit = s.high > 0;
	return CARRIAGE_MAIL;
}

/* The fields, without the blank line. Of a longer one whole lines. */
static struct span header_of(struct undelivered *u)
{
	struct convert *c = u->out.c;
	struct span head = span_load(c->arena, span_sub(c->in, 0, HEADER_MOST));
	uint64_t line = 0;

	for (uint64_t i = 0; i < head.len; i++) {
		if (head.mem[i] != '\n')
			continue;
		uint64_t n = i - line;
		if (n == 0 || (n == 1 && head.mem[line] == '\r'))
			return span_sub(head, 0, line);
		line = i + 1;
	}
	return head.len < HEADER_MOST ? head : span_sub(head, 0, line);
}

/* ---- the parts ---- */

static void undelivered_header(struct undelivered *u)
{
	struct out *o = &u->out;
	const struct notice *n = u->n;
	struct arena *a = o->c->arena;
	struct text subject = undelivered_text(u, n->subject, SUBJECT_MOST);

	out_field(o, "From", arena_printf(a, "Mail Delivery System <%s>", n->from));
	out_field(o, "To", arena_printf(a, "<%s>", n->to));
	out_field(o, "Date", date_of(u, n->written));
	char *ours = arena_printf(a, "Undeliverable: %s", subject.s);
	out_text_field(o, "Subject", (struct text){ ours, strlen(ours), 0 });
	out_printf(
	    o, "Message-ID: <%016" PRIx64 ".undelivered@%s>%s", n->id, n->host, o->eol);
	if (*n->message_id) {
		out_printf(o, "In-Reply-To: %s%s", n->message_id, o->eol);
		out_printf(o, "References: %s%s", n->message_id, o->eol);
	}
	/* RFC 3834 section 5: nobody shall answer it. */
	out_field(o, "Auto-Submitted", "auto-replied");
	out_field(o, "MIME-Version", "1.0");
	out_printf(o,
	    "Content-Type: multipart/report; report-type=delivery-status;%s"
	    "\tboundary=\"%s\"%s",
	    o->eol, u->boundary, o->eol);
	if (u->eight_bit)
		out_field(o, "Content-Transfer-Encoding", "8bit");
	out_line(o, "");
	out_line(o, "This is a non-delivery report in MIME format.");
	out_line(o, "");
}

static void people_row(
    struct undelivered *u, struct sink *to, const char *key, const char *said)
{
	struct text t = undelivered_text(u, said, 400);

	sink_printf(to, "  %-11s%s\n", key, t.len > 0 ? t.s : "(not known)");
}

static void undelivered_people(struct undelivered *u)
{
	static const char *const along[] = {
		[CARRIAGE_MAIL] = "The message is attached as it came.",
		[CARRIAGE_BYTES] = "The message is attached as it came.",
		[CARRIAGE_HEADER] =
		    "The message is too large to be attached; its header is.",
		[CARRIAGE_FIELDS] = "The message is too large to be attached.",
	};
	const struct notice *n = u->n;
	struct sink *to = sink_memory(u->out.c->arena);

	sink_text(to, "Your message could not be delivered, because it could not be "
		      "converted.\n\n");
	people_row(u, to, "From:", n->sender);
	people_row(u, to, "Subject:", n->subject);
	people_row(u, to, "Message ID:", n->message_id);
	people_row(u, to, "File:", n->file);
	sink_printf(to, "  %-11s[%s] %s\n\n", "Reason:", n->code, n->reason);
	sink_printf(
	    to, "%s\n\n%s\n", undelivered_text(u, n->text, 400).s, along[u->carriage]);
	text_body_write(&u->out, "text/plain", NULL, sink_bytes(to));
}

/* RFC 3464 sections 2.2 and 2.3. The recipients stand in the message, which is not
 * decoded here: types that begin with x- are for such (section 2.1.2). */
static void undelivered_status(struct undelivered *u)
{
	struct out *o = &u->out;
	const struct notice *n = u->n;
	char *verdict = arena_copy(
	    o->c->arena, n->verdict, strspn(n->verdict, "abcdefghijklmnopqrstuvwxyz-"));

	out_line(o, "Content-Type: message/delivery-status");
	out_line(o, "");
	out_field(o, "Reporting-MTA", arena_printf(o->c->arena, "dns; %s", n->host));
	out_field(o, "Arrival-Date", date_of(u, n->arrived));
	out_line(o, "");
	out_field(o, "Final-Recipient", "x-unknown; all recipients of the message");
	out_field(o, "Action", "failed");
	out_field(o, "Status", n->status);
	out_field(o, "Diagnostic-Code",
	    arena_printf(
		o->c->arena, "x-msmail; [%s] %s (%s)", n->code, n->reason, verdict));
	out_field(o, "Last-Attempt-Date", date_of(u, n->tried));
	out_line(o, ""); /* the line ending before the boundary is not the last field's */
}

/* RFC 6522 section 4: as much of the header as is known. */
static void undelivered_fields(struct undelivered *u)
{
	struct out *o = &u->out;
	struct text subject = undelivered_text(u, u->n->subject, SUBJECT_MOST);

	out_line(o, "Content-Type: text/rfc822-headers");
	out_line(o, "");
	out_field(o, "From", arena_printf(o->c->arena, "<%s>", u->n->to));
	if (subject.len > 0)
		out_text_field(o, "Subject", subject);
	if (*u->n->message_id)
		out_printf(o, "Message-ID: %s%s", u->n->message_id, o->eol);
	o->text_open = true;
}

static void undelivered_bytes(struct undelivered *u)
{
	struct out *o = &u->out;
	const char *types = u->format ? u->format->row->types : "";
	bool mail = u->format && u->format->row == &formats_rows[FORMATS_MIME];

	/* A mail would be taken for one that may be read as it is. */
	if (mail || !*types)
		types = "application/octet-stream";
	out_printf(o, "Content-Type: %.*s%s", (int)strcspn(types, " "), types, o->eol);
	out_line(o, "Content-Transfer-Encoding: base64");
	out_printf(o, "Content-Disposition: attachment");
	out_param(o, "filename", undelivered_text(u, u->n->file, 400));
	out_line(o, "");
	out_line(o, "");
	out_base64(o, o->c->in);
	o->text_open = false;
}

static void undelivered_message(struct undelivered *u)
{
	struct out *o = &u->out;

	switch (u->carriage) {
	case CARRIAGE_MAIL:
		out_line(o, "Content-Type: message/rfc822");
		if (u->eight_bit)
			out_line(o, "Content-Transfer-Encoding: 8bit");
		out_line(o, "Content-Disposition: attachment");
		out_line(o, "");
		text_body_lines(o, o->c->in);
		o->text_open = true;
		break;
	case CARRIAGE_HEADER:
		text_body_write(o, "text/rfc822-headers", NULL, header_of(u));
		break;
	case CARRIAGE_FIELDS:
		undelivered_fields(u);
		break;
	case CARRIAGE_BYTES:
		undelivered_bytes(u);
		break;
	}
}

bool undelivered_write(struct convert *c, const struct format *of_input)
{
	struct undelivered u = {
		.out = { .c = c, .eol = "\r\n", .seed = out_hash(c->in) },
		.n = c->notice,
		.format = of_input
	};

	u.carriage = carriage_of(&u);
	undelivered_header(&u);
	u.outer[0] = u.boundary;
	u.out.outer = u.outer;
	u.out.outer_count = 1;
	static void (*const parts[])(struct undelivered *) = { undelivered_people,
		undelivered_status, undelivered_message };
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		out_delimiter(&u.out, u.boundary, false);
		parts[i](&u);
	}
	out_delimiter(&u.out, u.boundary, true);
	out_line(&u.out, "");
	return true;
}
