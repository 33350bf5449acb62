/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read.h"

#include <string.h>

#include "base/crumb.h"
#include "format/mime/read/read_attach.h"
#include "format/mime/read/read_header.h"
#include "format/mime/read/read_notification.h"
#include "format/mime/read/read_smime.h"
#include "format/mime/read/read_tnef.h"
#include "format/mime/read/reading.h"
#include "format/mime/syntax/normal.h"
#include "format/mime/syntax/probe.h"
#include "message/tags.h"

enum { UTF_8 = 65001 };

/* Below the first part of the mail: what a signature of it covers. */
static bool in_first_part(const struct reading *r, const struct entity *e)
{
	while (e->parent && e->parent != r->mail)
		e = e->parent;
	return e == r->mail->next;
}

/* A multipart of which no part was found is read as what it is without: bytes. */
static bool is_leaf(const struct entity *e)
{
	return !e->boundary || e->parts == 0;
}

static void note_multipart(struct reading *r, const struct entity *e)
{
	if (e->text)
		notes_add(&r->c->notes, NOTE_LOST, e->path, e->type,
		    "there is text behind its last boundary");
	if (e->unclosed)
		notes_add(&r->c->notes, NOTE_KEPT, e->path, e->type,
		    "ends without its last boundary");
	if (strcmp(e->type, "multipart/encrypted") == 0)
		notes_add(&r->c->notes, NOTE_KEPT, e->path, e->type,
		    "not opened: its parts are attached");
	if (e != r->mail && strcmp(e->type, "multipart/signed") == 0)
		notes_add(&r->c->notes, NOTE_CHANGED, e->path, e->type,
		    "a part of the mail is signed: taken apart, its signature attached");
}

/* The parts of the mail that are nobody else's: those of a mail in it are that one's. */
static void read_leaf(struct reading *r, const struct entity *e)
{
	const char *type = e->type ? e->type : "text/plain";

	CRUMB("mime", r->m->depth, e->level, 0, e->head);
	if (strncmp(type, "multipart/", 10) == 0) {
		notes_add(&r->c->notes, NOTE_CHANGED, e->path, type,
		    "no part was found in it: %s",
		    e == r->mail ? "read as text" : "attached");
		type = e == r->mail ? "text/plain" : type;
	}
	read_notification(r, e);
	if (scan_may_be_tnef(e) && read_tnef(r, e))
		return;
	if (!e->mail && read_take_text(r, e, type))
		return;
	read_attach(r, e);
}

static void read_all_parts(struct reading *r)
{
	bool whole = read_smime(r);

	if (whole && !r->mail->boundary)
		return; /* CMS: it has no body */
	for (const struct entity *e = r->mail; e; e = e->next) {
		if (e->host != r->mail)
			continue;
		if (!is_leaf(e))
			note_multipart(r, e);
		else if (!whole)
			read_leaf(r, e);
		else if (in_first_part(r, e))
			(void)read_take_text(r, e, e->type ? e->type : "text/plain");
	}
}

struct message *read_mime(struct convert *c)
{
	static const struct text class = { .s = "IPM.Note", .len = 8 };
	struct reading r = { .c = c };

	r.wide = normal_is_wide(c->in);
	c->in = normal_mail(c);
	if (!probe_confirm(c))
		return NULL;
	r.mail = scan_mail(c, false);
	r.m = message_new(c->arena, &c->notes, c->depth);
	r.m->codepage = UTF_8;
	r.header = read_header(c, r.mail);
	read_envelope(&r);
	read_all_parts(&r);
	read_finish_body(&r);
	if (!props_get(&r.m->props, PidTagMessageClass))
		reading_text(&r, &r.m->props, PidTagMessageClass, class);
	return r.m;
}
