/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read_tnef.h"

#include <string.h>

#include "base/arena.h"
#include "format/mime/read/read_attach.h"
#include "format/mime/read/reading.h"
#include "format/mime/syntax/shown.h"
#include "format/mime/syntax/transfer.h"
#include "message/body.h"
#include "message/tags.h"

/* The body, in all its forms and with what they need to be read. */
static const uint16_t body_ids[] = { PidTagBody, PidTagHtml, PidTagRtfCompressed,
	PidTagRtfInSync, PidTagNativeBody, PidTagInternetCodepage };

static bool read_tnef_is_body(const struct prop *p)
{
	for (size_t i = 0; !p->name && i < sizeof body_ids / sizeof body_ids[0]; i++)
		if (body_ids[i] == p->id)
			return true;
	return false;
}

static const struct prop *find_same(const struct props *in, const struct prop *p)
{
	if (!p->name)
		return props_get(in, p->id);
	if (p->name->is_string)
		return props_get_string_named(in, p->name->set,
		    p->name->name.s); /* ends with NUL, as all texts do */
	return props_get_named(in, p->name->set, p->name->id);
}

/* What of the TNEF's body becomes the message's. */
enum take {
	TAKE_NOTHING, /* it is shown already, or stands below what is shown */
	TAKE_RICHER,  /* the same in HTML or RTF, where the mail has but plain text */
	TAKE_ALL,     /* the mail shows nothing */
};

static bool is_wanted(const struct reading *r, const struct prop *p, enum take take)
{
	if (!read_tnef_is_body(p))
		return !find_same(&r->m->props, p);
	return take == TAKE_ALL || (take == TAKE_RICHER && p->id != PidTagBody);
}

static void read_tnef_merge(struct reading *r, const struct message *from, enum take take)
{
	for (uint32_t i = 0; i < from->props.count; i++)
		if (is_wanted(r, &from->props.list[i], take))
			message_put(
			    r->m, NULL, &r->m->props, &from->props.list[i], "message");
	for (uint32_t i = 0; i < from->recipient_count; i++) {
		if (r->m->recipient_count > i)
			break; /* those of the mail */
		struct recipient *to = message_add_recipient(r->m);
		if (!to)
			break;
		*to = from->recipients[i];
	}
	for (uint32_t i = 0; i < from->attachment_count; i++) {
		struct attachment *at = message_add_attachment(r->m);
		if (!at)
			break;
		uint32_t number = at->number;
		*at = from->attachments[i];
		at->number = number;
	}
	r->m->codepage = from->codepage;
}

/* The attachment that was added last is this message. */
static void read_tnef_embed(struct reading *r, struct message *m)
{
	struct attachment *at;

	if (r->m->attachment_count == 0)
		return;
	at = &r->m->attachments[r->m->attachment_count - 1];
	at->embedded = m;
	reading_number(
	    r, &at->props, PidTagAttachMethod, PT_LONG, ATTACH_EMBEDDED_MESSAGE);
}

static bool read_tnef_same_id(const struct reading *r, const struct message *m)
{
	struct text id =
	    text_clean(r->c->arena, props_text(&m->props, PidTagInternetMessageId));

	return id.len > 0 && r->mail->message_id &&
	       strcmp(r->mail->message_id, id.s) == 0;
}

/* Is it this mail's own, as when it is converted in its place (splice_plan.c)? */
static bool read_tnef_is_own(const struct reading *r, const struct entity *e,
    const struct message *m, const struct shown *shown, bool said)
{
	enum scan_keys keys = scan_keys(r->c, e, m);
	unsigned streams = 0;

	if (!e->parent || keys == KEYS_EQUAL)
		return !r->tnef;
	if (keys == KEYS_DIFFER || r->tnef)
		return false;
	const struct entity *o = r->mail;
	do
		streams += o->host == r->mail && o->tnef;
	while ((o = o->next));
	return read_tnef_same_id(r, m) || !shown_any(shown) || said ||
	       (keys == KEYS_NONE && streams <= 1 &&
		   (!e->tnef || (e->type && strstr(e->type, "tnef"))));
}

/* The TNEF's body in UTF-8; words: what is compared. */
struct read_tnef_body {
	struct span words, text, html;
};

/* Its own: what it says and is not shown stands below what is. False: it does not fit.
 */
static bool read_tnef_own(struct reading *r, const struct entity *e,
    const struct message *m, const struct shown *shown, const struct read_tnef_body *b)
{
	bool whole = true;
	enum take take = TAKE_NOTHING;
	bool said = shown_says(shown, b->words);

	r->tnef = e;
	if (!shown_any(shown)) {
		take = TAKE_ALL;
		r->bodies.replaced = true;
	} else if (said && !r->mail->has_html && shown_within(shown, b->words)) {
		take = TAKE_RICHER;
	} else if (!said) {
		whole = read_add_body(r, e, b->text, b->html);
	}
	read_tnef_merge(r, m, take);
	return whole;
}

/* TNEF that lies in the part e. *own: it is merged; else it is r->other. */
static bool read_tnef_stream(
    struct reading *r, const struct entity *e, struct span tnef, bool *damaged, bool *own)
{
	uint32_t lost = r->c->notes.count[NOTE_LOST];
	struct message *m = format_read_nested(r->c, tnef, e->path);

	if (!m)
		return false;
	struct body_want want = convert_body_want(r->c, e->path, NULL);
	want.notes = &(struct notes){ 0 };
	notes_init(want.notes, r->c->arena); /* who writes the body tells of it */
	struct body body = body_of(&want, m);
	struct shown shown = shown_of(r->c, r->mail);
	struct read_tnef_body b = { .words = body.plain,
		.text = body.plain,
		.html = body_html_utf8(&want, &body) };
	if (body.plain_from_html)
		b.words = body_words(&want, &body);
	bool said = shown_says(&shown, b.words);

	*damaged |= r->c->notes.count[NOTE_LOST] > lost;
	*own = read_tnef_is_own(r, e, m, &shown, said);
	if (!*own)
		r->other = m;
	else if (!read_tnef_own(r, e, m, &shown, &b) ||
		 (shown_any(&shown) && body.rtf.len > 0))
		*damaged = true; /* does not fit, or it has more than its HTML */
	return true;
}

bool read_tnef_file(
    struct reading *r, const struct entity *e, struct text name, struct span data)
{
	bool damaged = false, own;

	if (!format_begins(FORMATS_TNEF, data) ||
	    !read_tnef_stream(r, e, data, &damaged, &own))
		return false;
	if (!own || damaged)
		read_attach_file(r, e->path, name, data);
	if (!own)
		read_tnef_embed(r, r->other);
	return true;
}

bool read_tnef(struct reading *r, const struct entity *e)
{
	bool damaged, own;
	struct span tnef = transfer_decode(
	    r->c, span_sub(r->c->in, e->body, e->end - e->body), e->encoding, &damaged);

	if (!format_begins(FORMATS_TNEF, tnef)) {
		notes_add(&r->c->notes, NOTE_KEPT, e->path, e->type,
		    "no TNEF signature in it (MS-OXTNEF 2.1.3.1), left as it is");
		return false;
	}
	if (!read_tnef_stream(r, e, tnef, &damaged, &own))
		return false;
	if (!own)
		notes_add(&r->c->notes, NOTE_CHANGED, e->path, e->type,
		    "not of the mail around it: a message of its own");
	if (!own || damaged)
		read_attach_bytes(r, e, tnef, false);
	if (!own)
		read_tnef_embed(r, r->other);
	return true;
}
