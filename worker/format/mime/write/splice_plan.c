/* SPDX-License-Identifier: ISC */
#include "format/mime/write/splice_plan_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/limits.h"
#include "base/text.h"
#include "format/growth.h"
#include "format/mime/syntax/lines.h"
#include "format/mime/syntax/scan.h"
#include "format/mime/syntax/transfer.h"
#include "format/mime/write/smime.h"
#include "message/message.h"
#include "message/tags.h"

struct host *plan_host(struct planning *p, const struct entity *e)
{
	for (struct host *h = p->hosts; h; h = h->next)
		if (h->e == e->host)
			return h;
	struct host *h = arena_alloc(p->o->c->arena, sizeof *h);
	h->e = e->host;
	h->shown = shown_of(p->o->c, e->host);
	for (const struct entity *o = p->first; o; o = o->next)
		h->streams += o->host == e->host && o->tnef;
	h->next = p->hosts;
	p->hosts = h;
	return h;
}

struct message *plan_read(struct convert *c, const struct entity *e, struct span tnef)
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

const struct entity *plan_signed_host(const struct entity *e)
{
	const struct entity *h = e->host;

	while (!h->signed_by && h->parent)
		h = h->parent->host;
	return h->signed_by ? h : NULL;
}

bool plan_is_free(struct convert *c, const struct entity *e)
{
	const struct entity *host = plan_signed_host(e);

	if (e->shelter) {
		notes_add(&c->notes, NOTE_KEPT, e->path, e->type,
		    "inside %s, left as it is", e->shelter);
		return false;
	}
	if (!e->tnef) {
		notes_add(&c->notes, NOTE_KEPT, e->path, e->type,
		    "no TNEF signature in it (MS-OXTNEF 2.1.3.1), left as it is");
		return false;
	}
	if (host && c->keep_signed) {
		notes_add(&c->notes, NOTE_KEPT, e->path, e->type,
		    "the %s of %s covers it, left as it is", host->signed_by, host->path);
		return false;
	}
	return true;
}

/* --- whose it is --- */

static bool plan_same_id(
    struct convert *c, const struct entity *host, const struct message *m)
{
	struct text id =
	    text_clean(c->arena, props_text(&m->props, PidTagInternetMessageId));

	return id.len > 0 && host->message_id && strcmp(host->message_id, id.s) == 0;
}

/* Does its type say that it is TNEF, and not any file? */
static bool plan_is_typed(const struct entity *e)
{
	return e->type && strstr(e->type, "tnef");
}

static bool plan_is_own(struct planning *p, struct host *h, const struct splice_part *s)
{
	enum scan_keys keys = scan_keys(p->o->c, s->e, s->m);

	if (!s->e->parent || keys == KEYS_EQUAL)
		return true;
	if (keys == KEYS_DIFFER || h->has_own)
		return false;
	return plan_same_id(p->o->c, h->e, s->m) || !shown_any(&h->shown) ||
	       write_is_said(s->plan) ||
	       (keys == KEYS_NONE && h->streams == 1 && plan_is_typed(s->e));
}

/* --- where it goes --- */

/* Does a reader see a text in it? */
static bool plan_shows(const struct entity *around)
{
	for (const struct entity *o = around; o; o = o->next)
		if (scan_is_shown(o) && scan_is_within(o, around))
			return true;
	return false;
}

/* The first part of multipart/related is shown, when there is no other. */
const struct entity *plan_around(const struct entity *e)
{
	const struct entity *found = NULL, *below = e;

	for (const struct entity *p = e->parent; p && p->boundary && !below->root;
	     below = p, p = p->parent) {
		bool first = scan_root_of(p) == below;
		if (strcmp(p->type, "multipart/alternative") == 0 ||
		    (strcmp(p->type, "multipart/related") == 0 &&
			(!first || plan_shows(p))))
			found = p;
	}
	return found;
}

/* Does it hold something that is no TNEF, to stay when that is taken out? */
static bool plan_stays(const struct entity *around)
{
	for (const struct entity *o = around; o; o = o->next)
		if (o != around && !o->tnef && (!o->boundary || o->parts == 0) &&
		    scan_is_within(o, around))
			return true;
	return false;
}

/* Settle around, and whether the part's own place is left empty. */
static void plan_behind(struct splice_part *s)
{
	s->around = plan_around(s->e);
	if (s->around && !plan_stays(s->around))
		s->around = NULL;
}

/* Its own bodies and files. False: it stays as it is, with a note. */
static bool plan_own(struct planning *p, struct host *h, struct splice_part *s)
{
	struct convert *c = p->o->c;
	const struct entity *e = s->e;

	h->has_own = true;
	plan_behind(s);
	if (write_gains(s->plan)) {
		if (s->around && !h->shown.html && !write_has_files(s->plan) &&
		    strcmp(e->parent->type, "multipart/alternative") == 0 &&
		    write_says_all(p->o, s->plan))
			s->around = NULL;
		return true;
	}
	s->around = NULL;
	if (!write_is_mail(s->plan)) {
		notes_add(&c->notes, NOTE_KEPT, e->path, "PidTagMessageClass",
		    "%s: nothing in it that the mail does not show, left for programs "
		    "that read it",
		    props_text(&s->m->props, PidTagMessageClass).s);
		return false;
	}
	if (plan_stays(e->host)) {
		s->fate = SPLICE_REMOVED;
		return write_omitted(p->o, s->plan);
	}
	return true;
}

static void plan_other(struct planning *p, struct splice_part *s)
{
	s->fate = SPLICE_MAIL;
	plan_behind(s);
	notes_add(&p->o->c->notes, NOTE_CHANGED, s->e->path, s->e->type,
	    "is another mail's than the one around it: a message of its own");
}

static struct splice_part *plan_part(struct planning *p, struct entity *e)
{
	struct convert *c = p->o->c;
	struct splice_part *s = arena_alloc(c->arena, sizeof *s);
	uint32_t lost = c->notes.count[NOTE_LOST];
	bool odd;

	CRUMB("mime", e->level, 0, 0, e->head);
	if (!plan_is_free(c, e))
		return NULL;
	s->e = e;
	struct span body = span_sub(c->in, e->body, e->end - e->body);
	s->tnef = transfer_decode(c, body, e->encoding, &odd);
	s->m = plan_read(c, e, s->tnef);
	if (!s->m)
		return NULL;
	s->damaged = c->notes.count[NOTE_LOST] > lost;
	s->original = s->damaged && odd ? body : s->tnef;
	struct host *h = plan_host(p, e);
	struct write_want want = { .shown = &h->shown,
		.nested = !e->root,
		.original = s->original,
		.damaged = s->damaged,
		.part = e->path };
	if (e->parent)
		want.entity = span_sub(c->in, e->head, e->end - e->head);
	p->o->seed = out_hash(s->tnef);
	p->o->counter++; /* two equal ones have names of their own */
	struct notes before = c->notes;
	struct growth reckoned = c->growth ? *c->growth : (struct growth){ 0 };
	s->plan = write_plan(p->o, s->m, &want);
	s->needs = write_needs(s->plan);
	if (plan_is_own(p, h, s))
		return plan_own(p, h, s) ? s : NULL;
	*before.last = NULL; /* they are made again when it is written as a mail */
	c->notes = before;
	if (c->growth)
		*c->growth = reckoned;
	plan_other(p, s);
	return s;
}

/* A multipart of which nothing is left is taken out as a whole: an empty one would hide
 * what stands beside it. */
static void plan_take(struct arena *a, struct entity *first)
{
	size_t count = 0;

	for (struct entity *e = first; e; e = e->next)
		count++;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
	struct entity **all = arena_array(a, count, sizeof *all);
	count = 0;
	for (struct entity *e = first; e; e = e->next)
		all[count++] = e;
	while (count-- > 0) { /* parts stand behind what they are in */
		struct entity *e = all[count];
		e->taken = e->taken || (e->parts > 0 && e->gone == e->parts);
		if (e->taken && e->parent)
			e->parent->gone++;
	}
}

/* RFC 2045 6.4: what a part needs, all that it stands in declares. */
static void plan_raise(const struct splice_part *s)
{
	for (struct entity *e = s->e->parent; s->needs && e; e = e->parent)
		if (e->encoding != TRANSFER_BINARY &&
		    (e->encoding != TRANSFER_8BIT || *s->needs != '8'))
			e->raised = smime_more(e->raised, s->needs);
}

/* Of what is no multipart but by its name, readers show nothing, or one text: so it is
 * not known what is in it. */
static void plan_note_partless(struct convert *c, const struct entity *e)
{
	struct lines lines = lines_over(c->arena, c->in, e->body);
	struct line l;

	if (!e->type || strncmp(e->type, "multipart/", 10) != 0 || e->parts > 0 ||
	    e->level >= LIMIT_DEPTH || scan_may_be_tnef(e))
		return;
	while (lines.pos < e->end && lines_next(&lines, &l))
		for (size_t i = 0; i < l.len; i++)
			if (!text_among(" \t\r", l.text[i])) {
				notes_add(&c->notes, NOTE_KEPT, e->path, e->type,
				    e->boundary ? "its boundary \"%s\" begins no part "
						  "of it: not looked into"
						: "it has no boundary%s: not looked into",
				    e->boundary ? e->boundary : "");
				return;
			}
}

struct splice_part *splice_plan(struct out *o, struct entity *first)
{
	struct planning p = { .o = o, .first = first };
	struct splice_part *parts = NULL, **last = &parts;

	for (struct entity *e = first; e; e = e->next) {
		plan_note_partless(o->c, e);
		struct splice_part *s =
		    scan_may_be_tnef(e) ? plan_part(&p, e) : plan_inner(&p, e);
		if (!s && !scan_may_be_tnef(e))
			s = plan_text(&p, e);
		if (!s)
			continue;
		const struct entity *host = plan_signed_host(e);
		if (host)
			notes_add(&o->c->notes, NOTE_CHANGED, host->path, host->signed_by,
			    "signs the body as it was before the conversion");
		e->taken =
		    s->fate == SPLICE_REMOVED || (s->around && s->fate != SPLICE_TEXT);
		plan_raise(s);
		*last = s;
		last = &s->next;
	}
	plan_take(o->c->arena, first);
	return parts;
}
