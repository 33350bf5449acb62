/* SPDX-License-Identifier: ISC */
#include "format/mime/write/splice.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/limits.h"
#include "base/sink.h"
#include "format/mime/syntax/fields.h"
#include "format/mime/syntax/lines.h"
#include "format/mime/syntax/normal.h"
#include "format/mime/syntax/probe.h"
#include "format/mime/syntax/scan.h"
#include "format/mime/syntax/transfer.h"
#include "format/mime/write/out.h"
#include "format/mime/write/splice_plan.h"
#include "format/mime/write/write.h"
#include "message/attached.h"
#include "message/envelope.h"
#include "message/message.h"

/* A multipart/mixed that was opened around another multipart, for what goes behind it. */
struct wrapper {
	const struct entity *e;
	char boundary[OUT_BOUNDARY];
};

struct splice {
	struct convert *c;
	struct out out;
	struct lines lines;
	uint64_t done; /* of the input, in the output */
	const char *outer[LIMIT_DEPTH + 2];
	struct splice_part *parts;
	struct wrapper open[LIMIT_DEPTH + 2];
	size_t depth; /* of wrappers that are open */
};

/* The input up to this offset, as it is. */
static void copy_until(struct splice *s, uint64_t to)
{
	sink_span(
	    s->c->out, span_sub(s->c->in, s->done, to - s->done), convert_alive, s->c);
	s->done = to;
}

enum splice_fields { COPY_CONTENT, COPY_OTHERS, COPY_ALL };

/* Of a header the fields that describe the content, all others, or all; but for one
 * field, when it is named. */
static void copy_fields(
    struct splice *s, const struct entity *e, enum splice_fields which, const char *but)
{
	struct line l;
	bool drop = false, begun = false;

	lines_seek(&s->lines, e->head);
	while (s->lines.pos < e->body && lines_next(&s->lines, &l)) {
		if (l.len == 0 && begun)
			break;
		if (l.len == 0) /* a mail may begin with blank lines: they go */
			continue;
		begun = true;
		if (*l.text != ' ' && *l.text != '\t') {
			size_t name = fields_name(l.text, l.len);
			int use = name ? fields_use(l.text, name) : -1;
			bool content = use > 0 && (use & FIELDS_CONTENT);
			drop =
			    (which != COPY_ALL && content != (which == COPY_CONTENT)) ||
			    (but && name == strlen(but) &&
				strncasecmp(l.text, but, name) == 0);
		}
		if (!drop)
			sink_span(s->c->out, span_sub(s->c->in, l.off, l.end - l.off),
			    NULL, NULL);
	}
}

/* The header but its content fields: they are written anew. */
static void copy_header(struct splice *s, const struct entity *e)
{
	copy_fields(s, e, COPY_OTHERS, NULL);
	if (e->root && !e->mime_version)
		out_field(&s->out, "MIME-Version", "1.0");
}

/* What is within needs it; NULL: nothing does. */
static void splice_declare(struct splice *s, const char *encoding)
{
	if (encoding)
		out_field(&s->out, "Content-Transfer-Encoding", encoding);
}

/* What is written next stands in the place of e: its boundaries are around it. */
static void splice_within(struct splice *s, const struct entity *e, struct span tnef)
{
	size_t n = 0;

	for (const struct entity *p = e->parent; p && n < LIMIT_DEPTH + 2; p = p->parent)
		if (p->boundary)
			s->outer[n++] = p->boundary;
	s->out.outer = s->outer;
	s->out.outer_count = n;
	s->out.eol = e->crlf ? "\r\n" : "\n";
	s->out.seed = out_hash(tnef);
}

/* Another mail's: as a mail in this one. */
static void splice_mail_part(struct splice *s, const struct splice_part *part)
{
	struct out *o = &s->out;
	struct write_want want = { .original = part->original,
		.damaged = part->damaged,
		.part = part->e->path };
	struct text subject = envelope_subject(s->c->arena, part->m);
	struct text name = attached_base_name(s->c->arena, subject);

	if (part->needs)
		out_field(o, "Content-Transfer-Encoding", part->needs);
	out_printf(o, "Content-Type: message/rfc822%s", o->eol);
	out_printf(o, "Content-Disposition: attachment");
	out_param(o, "filename",
	    name.len > 0 ? (struct text){ arena_printf(s->c->arena, "%s.eml", name.s),
			       name.len + 4, 0 }
			 : (struct text){ "message.eml", 11, 0 });
	out_printf(o, "%s%s", o->eol, o->eol);
	write_message(o, part->m, &want);
}

static void splice_write(struct splice *s, const struct splice_part *part)
{
	if (part->fate == SPLICE_MAIL)
		splice_mail_part(s, part);
	else
		write_planned(&s->out, part->plan);
}

/* The mail in this part as it is now. */
static void splice_inner(struct splice *s, const struct splice_part *part)
{
	struct out *o = &s->out;

	copy_fields(s, part->e, COPY_ALL, "Content-Transfer-Encoding");
	out_printf(o, "Content-Transfer-Encoding: %s%s%s",
	    !part->whole  ? "base64"
	    : part->needs ? part->needs
			  : "7bit",
	    o->eol, o->eol);
	if (part->whole)
		sink_span(o->c->out, part->inner, convert_alive, o->c);
	else
		out_base64(o, part->inner);
}

/* The text without the files; what was in an encoding is in base64 then. */
static void splice_rest(struct splice *s, const struct splice_part *part)
{
	struct convert *c = s->c;
	bool encoded = transfer_is_encoded(part->e->encoding);
	struct sink *to = encoded ? convert_scratch(c) : c->out;
	uint64_t at = 0;

	if (encoded)
		out_printf(&s->out, "Content-Transfer-Encoding: base64%s", s->out.eol);
	out_line(&s->out, "");
	for (const struct splice_cut *cut = part->cuts; cut; cut = cut->next) {
		sink_span(to, span_sub(part->text, at, cut->from - at), convert_alive, c);
		at = cut->to;
	}
	sink_span(to, span_sub(part->text, at, part->text.len - at), convert_alive, c);
	if (encoded)
		out_base64(&s->out, sink_bytes(to));
}

/* What the files in a text hold, each behind a delimiter. */
static void splice_cuts(
    struct splice *s, const struct splice_part *part, const char *boundary)
{
	struct out *o = &s->out;

	for (const struct splice_cut *cut = part->cuts; cut; cut = cut->next) {
		o->text_open = true; /* what stands before ends without its line ending */
		o->seed = out_hash(cut->tnef);
		out_delimiter(o, boundary, false);
		write_planned(o, cut->plan);
	}
}

/* The text, and behind it what the files hold, unless that goes further behind. */
static void splice_text(struct splice *s, const struct splice_part *part)
{
	const struct entity *e = part->e;
	struct out *o = &s->out;
	const char *but =
	    transfer_is_encoded(e->encoding) ? "Content-Transfer-Encoding" : NULL;
	char boundary[OUT_BOUNDARY];

	if (part->around) {
		copy_fields(s, e, COPY_ALL, but);
		splice_rest(s, part);
		return;
	}
	copy_header(s, e);
	out_boundary(o, boundary);
	splice_declare(s, part->needs);
	out_printf(o, "Content-Type: multipart/mixed;%s\tboundary=\"%s\"%s%s", o->eol,
	    boundary, o->eol, o->eol);
	out_delimiter(o, boundary, false);
	copy_fields(s, e, COPY_CONTENT, but);
	splice_rest(s, part);
	splice_cuts(s, part, boundary);
	o->text_open = true;
	out_delimiter(o, boundary, true);
	if (!e->parent)
		out_line(o, "");
}

static void splice_in_place(struct splice *s, const struct splice_part *part)
{
	const struct entity *e = part->e;

	CRUMB("mime", e->level, 0, 0, e->head);
	splice_within(s, e, part->tnef);
	copy_until(s, e->head);
	if (part->fate == SPLICE_INNER) {
		splice_inner(s, part);
	} else if (part->fate == SPLICE_TEXT) {
		splice_text(s, part);
	} else {
		copy_header(s, e);
		splice_write(s, part);
	}
	s->done = e->end;
}

/* What is taken out goes with its boundary's line. */
static void splice_take(struct splice *s, const struct entity *e)
{
	if (e->end <= s->done) /* so was what it is in */
		return;
	if (e->lead > s->done) /* else the header of what it is in ends there */
		copy_until(s, e->lead);
	s->done = e->end;
}

static const struct splice_part *splice_behind(
    const struct splice_part *part, const struct entity *e)
{
	while (part && part->around != e)
		part = part->next;
	return part;
}

/* multipart/mixed around e, whose own header goes inside. */
static void splice_open(
    struct splice *s, const struct entity *e, const struct splice_part *behind)
{
	struct wrapper *w = &s->open[s->depth++];

	w->e = e;
	splice_within(s, e, behind->tnef);
	s->outer[s->out.outer_count++] = e->boundary;
	out_boundary(&s->out, w->boundary);
	copy_until(s, e->head);
	copy_header(s, e);
	splice_declare(s, e->raised);
	out_printf(&s->out, "Content-Type: multipart/mixed;%s\tboundary=\"%s\"%s%s",
	    s->out.eol, w->boundary, s->out.eol, s->out.eol);
	out_delimiter(&s->out, w->boundary, false);
	copy_fields(s, e, COPY_CONTENT, e->raised ? "Content-Transfer-Encoding" : NULL);
	splice_declare(s, e->raised);
	out_line(&s->out, "");
	s->done = e->body;
}

/* Its header as it was, with another transfer encoding. */
static void splice_raise(struct splice *s, const struct entity *e)
{
	copy_until(s, e->head);
	copy_fields(s, e, COPY_ALL, "Content-Transfer-Encoding");
	s->out.eol = e->crlf ? "\r\n" : "\n";
	splice_declare(s, e->raised);
	out_line(&s->out, "");
	s->done = e->body;
}

static void splice_close(struct splice *s)
{
	const struct wrapper *w = &s->open[--s->depth];
	struct out *o = &s->out;

	copy_until(s, w->e->end);
	splice_within(s, w->e, span_over(NULL, 0));
	if (w->e->unclosed)
		out_printf(o, "%s--%s--", o->eol, w->e->boundary);
	for (const struct splice_part *p = splice_behind(s->parts, w->e); p;
	     p = splice_behind(p->next, w->e)) {
		if (p->fate == SPLICE_TEXT) {
			splice_cuts(s, p, w->boundary);
			continue;
		}
		o->text_open = true;
		o->seed = out_hash(p->tnef);
		out_delimiter(o, w->boundary, false);
		splice_write(s, p);
	}
	o->text_open = true;
	out_delimiter(o, w->boundary, true);
	if (!w->e->parent)
		out_line(o, "");
}

bool splice_mail(struct convert *c)
{
	struct splice s = { .c = c, .out = { .c = c, .eol = "\n" } };
	struct span as_it_came = c->in;

	c->in = normal_mail(c);
	if (!probe_confirm(c))
		return false;
	struct entity *first = scan_mail(c, true);
	const struct splice_part *next = s.parts = splice_plan(&s.out, first);

	s.lines = lines_over(c->arena, c->in, 0);
	for (const struct entity *e = first; e; e = e->next) {
		while (s.depth > 0 && !scan_is_within(e, s.open[s.depth - 1].e))
			splice_close(&s);
		const struct splice_part *behind = splice_behind(s.parts, e);
		if (behind)
			splice_open(&s, e, behind);
		else if (e->raised && !e->taken)
			splice_raise(&s, e);
		if (e->taken)
			splice_take(&s, e);
		else if (next && next->e == e)
			splice_in_place(&s, next);
		if (next && next->e == e)
			next = next->next;
	}
	while (s.depth > 0)
		splice_close(&s);
	c->unchanged = s.parts == NULL;
	if (c->unchanged)
		c->in = as_it_came;
	copy_until(&s, c->in.len);
	return true;
}
