/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sink.h"
#include "format/mime/syntax/lines.h"
#include "format/mime/syntax/probe.h"
#include "format/mime/syntax/scan.h"
#include "format/mime/syntax/transfer.h"
#include "format/mime/syntax/uu.h"
#include "format/mime/write/smime.h"
#include "format/mime/write/splice.h"
#include "format/mime/write/splice_plan_private.h"

/* --- a mail in an encoding --- */

static bool plan_is_named_mail(const struct entity *e)
{
	return (e->type && strncmp(e->type, "message/", 8) == 0) ||
	       (e->name && formats_is_named(&formats_rows[FORMATS_MIME], e->name));
}

/* Can it stand without an encoding among the boundaries around it? */
static bool plan_is_plain(struct convert *c, struct span mail, const struct entity *e)
{
	struct lines lines = lines_over(c->arena, mail, 0);
	struct line l;

	while (lines_next(&lines, &l)) {
		if (l.len < 2 || memcmp(l.text, "--", 2) != 0)
			continue;
		for (const struct entity *p = e->parent; p; p = p->parent)
			if (p->boundary && l.len - 2 >= strlen(p->boundary) &&
			    memcmp(l.text + 2, p->boundary, strlen(p->boundary)) == 0)
				return false;
	}
	return true;
}

struct splice_part *plan_inner(struct planning *p, struct entity *e)
{
	struct convert *c = p->o->c;
	uint8_t head[4096];

	if (e->mail || e->boundary || e->tnef || !e->parent || !plan_is_named_mail(e) ||
	    (e->encoding != TRANSFER_BASE64 && e->encoding != TRANSFER_QUOTED))
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
	s->whole = e->type && strncmp(e->type, "message/", 8) == 0 &&
		   plan_is_plain(c, s->inner, e);
	s->needs = s->whole ? smime_needs_bytes(c->arena, s->inner) : NULL;
	return s;
}

/* --- a text with files in uuencode --- */

/* The text that may hold one; .len 0: there is none, or it is too long to be decoded. */
static struct span plan_text_of(struct convert *c, const struct entity *e)
{
	struct span raw = span_sub(c->in, e->body, e->end - e->body);
	bool text = !e->type || strncmp(e->type, "text/", 5) == 0;

	if (e->tnef || e->mail || e->boundary)
		return span_over(NULL, 0);
	if (!transfer_is_encoded(e->encoding))
		return e->uu ? raw : span_over(NULL, 0);
	return text && raw.len <= LIMIT_TEXT ? transfer_decode(c, raw, e->encoding, NULL)
					     : span_over(NULL, 0);
}

/* The file as TNEF of the mail; NULL: it is another file, or is to stay. */
static struct splice_cut *plan_cut(
    struct planning *p, const struct entity *e, struct span text, struct uu_file uu)
{
	struct convert *c = p->o->c;
	struct span tnef = transfer_decode(
	    c, span_sub(text, uu.from, uu.to - uu.from), TRANSFER_UUENCODE, NULL);
	struct entity like = *e; /* as if it were a part of its own */

	if (!format_begins(FORMATS_TNEF, tnef))
		return NULL;
	like.tnef = true;
	if (!plan_is_free(c, &like))
		return NULL;
	uint32_t lost = c->notes.count[NOTE_LOST];
	struct message *m = plan_read(c, e, tnef);
	if (!m)
		return NULL;
	struct splice_cut *cut = arena_alloc(c->arena, sizeof *cut);
	*cut = (struct splice_cut){ .from = uu.from, .to = uu.to, .tnef = tnef };
	struct write_want want = { .shown = &plan_host(p, e)->shown,
		.nested = true,
		.original = tnef,
		.damaged = c->notes.count[NOTE_LOST] > lost,
		.part = e->path };
	p->o->seed = out_hash(tnef);
	p->o->counter++;
	cut->plan = write_plan(p->o, m, &want);
	return cut;
}

struct splice_part *plan_text(struct planning *p, struct entity *e)
{
	struct convert *c = p->o->c;
	struct span text = plan_text_of(c, e);
	struct splice_cut *cuts = NULL, **last = &cuts;
	struct uu_file uu;

	if (text.len == 0)
		return NULL;
	struct lines lines = lines_over(
	    c->arena, text, transfer_is_encoded(e->encoding) ? 0 : e->uu - e->body);
	while (uu_next(c->arena, &lines, &uu)) {
		*last = plan_cut(p, e, text, uu);
		last = *last ? &(*last)->next : last;
	}
	if (!cuts)
		return NULL;
	struct splice_part *s = arena_alloc(c->arena, sizeof *s);
	*s = (struct splice_part){ .e = e,
		.fate = SPLICE_TEXT,
		.around = plan_around(e),
		.tnef = cuts->tnef,
		.text = text,
		.cuts = cuts };
	for (const struct splice_cut *cut = cuts; cut; cut = cut->next)
		s->needs = smime_more(s->needs, write_needs(cut->plan));
	return s;
}
