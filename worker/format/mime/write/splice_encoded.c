/* SPDX-License-Identifier: ISC */
#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sink.h"
#include "format/mime/syntax/lines.h"
#include "format/mime/syntax/probe.h"
#include "format/mime/syntax/scan.h"
#include "format/mime/syntax/transfer.h"
#include "format/mime/write/splice.h"
#include "format/mime/write/splice_plan_private.h"

/* --- a mail in an encoding --- */

static bool plan_is_named_mail(const struct entity *e)
{
	size_t n = e->name ? strlen(e->name) : 0;

	return (e->type && strncmp(e->type, "message/", 8) == 0) ||
	       (n > 4 && strcasecmp(e->name + n - 4, ".eml") == 0);
}

/* Can it stand without an encoding among the boundaries around it? */
static bool plan_is_plain(struct span mail, const struct entity *e)
{
	for (const struct entity *p = e->parent; p; p = p->parent)
		if (p->boundary &&
		    memmem(mail.mem, (size_t)mail.len, p->boundary, strlen(p->boundary)))
			return false;
	return true;
}

struct splice_part *plan_inner(struct planning *p, struct entity *e)
{
	struct convert *c = p->o->c;
	uint8_t head[4096];

	if (e->mail || e->boundary || e->tnef || !e->parent || !plan_is_named_mail(e) ||
	    (e->encoding != GMIME_CONTENT_ENCODING_BASE64 &&
		e->encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE))
		return NULL;
	struct span mail = transfer_decode(
	    c, span_sub(c->in, e->body, e->end - e->body), e->encoding, NULL);
	size_t n = span_read(mail, 0, head, sizeof head);
	if (probe_mime(span_over(head, n)) != PROBE_YES)
		return NULL;
	if (mail.len > LIMIT_TEXT || c->depth + 1 >= LIMIT_DEPTH) {
		notes_add(&c->notes, NOTE_KEPT, e->path, e->type,
		    "an encoded mail that is too long or nested too deeply: not looked "
		    "into");
		return NULL;
	}
	struct convert *inner = convert_nested(c, mail);
	inner->out = sink_memory(c->arena);
	inner->keep_signed = c->keep_signed;
	bool done = splice_mail(inner) && !inner->unchanged;
	convert_adopt(c, inner, e->path, NULL);
	if (!done)
		return NULL;
	const struct entity *host = plan_signed_host(e);
	if (e->shelter || (host && c->keep_signed)) {
		notes_add(&c->notes, NOTE_KEPT, e->path, e->type,
		    "inside %s, left as it is",
		    e->shelter ? e->shelter : host->signed_by);
		return NULL;
	}
	struct splice_part *s = arena_alloc(c->arena, sizeof *s);
	s->e = e;
	s->fate = SPLICE_INNER;
	s->inner = sink_bytes(inner->out);
	s->whole =
	    e->type && strncmp(e->type, "message/", 8) == 0 && plan_is_plain(s->inner, e);
	return s;
}

/* --- a text with a file in uuencode --- */

/* Behind the line "end"; 0: there is none. */
static uint64_t plan_uu_end(struct convert *c, const struct entity *e)
{
	struct lines lines = lines_over(c->arena, c->in, e->uu);
	struct line l;

	while (lines.pos < e->end && lines_next(&lines, &l))
		if (l.len == 3 && memcmp(l.text, "end", 3) == 0)
			return l.end < e->end ? l.end : e->end;
	return 0;
}

static bool plan_is_raw(const struct entity *e)
{
	return e->encoding != GMIME_CONTENT_ENCODING_BASE64 &&
	       e->encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
	       e->encoding != GMIME_CONTENT_ENCODING_UUENCODE;
}

struct splice_part *plan_text(struct planning *p, struct entity *e)
{
	struct convert *c = p->o->c;
	uint64_t end = e->uu && !e->tnef && !e->mail && !e->boundary && plan_is_raw(e)
			   ? plan_uu_end(c, e)
			   : 0;

	if (end == 0)
		return NULL;
	struct span block = span_sub(c->in, e->uu, end - e->uu);
	struct span tnef =
	    transfer_decode(c, block, GMIME_CONTENT_ENCODING_UUENCODE, NULL);
	if (!format_begins(FORMATS_TNEF, tnef))
		return NULL;
	struct entity like = *e; /* as if it were a part of its own */
	like.tnef = true;
	if (!plan_is_free(c, &like))
		return NULL;
	struct splice_part *s = arena_alloc(c->arena, sizeof *s);
	uint32_t lost = c->notes.count[NOTE_LOST];
	*s = (struct splice_part){ .e = e,
		.fate = SPLICE_TEXT,
		.tnef = tnef,
		.original = tnef,
		.cut = e->uu,
		.cut_end = end };
	s->m = plan_read(c, e, tnef);
	if (!s->m)
		return NULL;
	s->damaged = c->notes.count[NOTE_LOST] > lost;
	struct host *h = plan_host(p, e);
	struct write_want want = { .shown = &h->shown,
		.nested = true,
		.original = tnef,
		.damaged = s->damaged,
		.part = e->path };
	p->o->seed = out_hash(tnef);
	p->o->counter++;
	s->plan = write_plan(p->o, s->m, &want);
	return s;
}
