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
#include "format/mime/syntax/scan.h"
#include "format/mime/syntax/transfer.h"
#include "format/mime/write/out.h"
#include "format/mime/write/write.h"
#include "message/message.h"
#include "message/tags.h"

struct splice {
	struct convert *c;
	struct out out;
	struct lines lines;
	uint64_t done; /* of the input, in the output */
	const char *outer[LIMIT_DEPTH + 2];
};

/* The input up to this offset, as it is. */
static void copy_until(struct splice *s, uint64_t to)
{
	sink_span(
	    s->c->out, span_sub(s->c->in, s->done, to - s->done), convert_alive, s->c);
	s->done = to;
}

/* The header but its content fields: they are written anew. */
static void copy_header(struct splice *s, const struct entity *e)
{
	struct line l;
	bool drop = false;

	lines_seek(&s->lines, e->head);
	while (s->lines.pos < e->body && lines_next(&s->lines, &l) && l.len > 0) {
		if (*l.text != ' ' && *l.text != '\t') {
			size_t name = fields_name(l.text, l.len);
			int use = name ? fields_use(l.text, name) : -1;
			drop = use > 0 && (use & FIELDS_CONTENT);
		}
		if (!drop)
			sink_span(s->c->out, span_sub(s->c->in, l.off, l.end - l.off),
			    NULL, NULL);
	}
	if (e->root && !e->mime_version)
		out_field(&s->out, "MIME-Version", "1.0");
}

static struct write_want splice_wanted(
    struct splice *s, const struct entity *e, const struct message *m)
{
	const struct entity *h = e->host;
	struct write_want want = { .host_plain = h->has_plain,
		.host_html = h->has_html,
		.nested = !e->root,
		.part = e->path };

	if (scan_is_stale(s->c, e, m)) {
		want.host_html |= h->has_plain; /* its body is not this mail's */
		notes_add(&s->c->notes, NOTE_CHANGED, e->path, "PidTagTnefCorrelationKey",
		    "is not that of the mail around it%s",
		    want.host_html ? ": only attachments were taken from it" : "");
	}
	return want;
}

/* Write e anew from the message object that its TNEF held. */
static void splice_replace(struct splice *s, const struct entity *e,
    const struct message *m, struct span tnef, bool damaged)
{
	size_t n = 0;

	for (const struct entity *p = e->parent; p && n < LIMIT_DEPTH + 2; p = p->parent)
		if (p->boundary)
			s->outer[n++] = p->boundary;
	s->out.outer = s->outer;
	s->out.outer_count = n;
	s->out.eol = e->crlf ? "\r\n" : "\n";
	s->out.seed = out_hash(tnef);

	struct write_want want = splice_wanted(s, e, m);
	want.original = tnef;
	want.damaged = damaged;
	copy_until(s, e->head);
	copy_header(s, e);
	write_entity(&s->out, m, &want);
	s->done = e->end;
}

/*
 * The part as a message object. When it cannot be read it stays, and one note says
 * so: what the reader lost on its way is not lost then.
 */
static struct message *read_part(
    struct convert *c, const struct entity *e, struct span tnef)
{
	struct notes before = c->notes;
	const char *why = "not readable";

	struct message *m = format_read_nested(c, tnef, e->path);
	if (m)
		return m;
	for (const struct note *n = *before.last; n; n = n->next)
		why = n->reason;
	*before.last = NULL;
	c->notes = before;
	notes_add(&c->notes, NOTE_KEPT, e->path, e->type, "%s", why);
	return NULL;
}

/* The message around the part whose DKIM signature covers it, or NULL. */
static const struct entity *signed_host(const struct entity *e)
{
	const struct entity *h = e->host;

	while (!h->signed_body && h->parent)
		h = h->parent->host;
	return h->signed_body ? h : NULL;
}

/* Convert this part if it can be; a note says why not. */
static bool try_part(struct splice *s, const struct entity *e)
{
	struct convert *c = s->c;
	uint8_t head[4];

	CRUMB("mime", e->level, 0, 0, e->head);
	if (e->shelter) {
		notes_add(&c->notes, NOTE_KEPT, e->path, e->type,
		    "inside %s, left as it is", e->shelter);
		return false;
	}
	struct span body = span_sub(c->in, e->body, e->end - e->body);
	struct span tnef = transfer_decode(c, body, e->encoding, NULL);
	if (span_read(tnef, 0, head, sizeof head) != sizeof head ||
	    memcmp(head, "\x78\x9f\x3e\x22", sizeof head) != 0) {
		notes_add(&c->notes, NOTE_KEPT, e->path, e->type,
		    "no TNEF signature in it (MS-OXTNEF 2.1.3.1), left as it is");
		return false;
	}
	const struct entity *host = signed_host(e);
	if (host && c->keep_signed) {
		notes_add(&c->notes, NOTE_KEPT, e->path, e->type,
		    "the DKIM-Signature of %s covers it, left as it is", host->path);
		return false;
	}
	uint32_t lost = c->notes.count[NOTE_LOST];
	struct message *m = read_part(c, e, tnef);
	if (!m)
		return false;
	splice_replace(s, e, m, tnef, c->notes.count[NOTE_LOST] > lost);
	if (host)
		notes_add(&c->notes, NOTE_CHANGED, host->path, "DKIM-Signature",
		    "signs the body as it was before the conversion");
	return true;
}

bool splice_mail(struct convert *c)
{
	struct splice s = { .c = c, .out = { .c = c } };
	struct entity *first = scan_mail(c, true);
	bool changed = false;

	s.lines = lines_over(c->arena, c->in, 0);
	for (const struct entity *e = first; e; e = e->next)
		if (scan_may_be_tnef(e) && try_part(&s, e))
			changed = true;
	copy_until(&s, c->in.len);
	c->unchanged = !changed;
	return true;
}
