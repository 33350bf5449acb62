/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read_tnef.h"

#include <string.h>

#include "base/arena.h"
#include "format/mime/read/read_attach.h"
#include "format/mime/read/reading.h"
#include "format/mime/syntax/transfer.h"
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

static void read_tnef_put(struct reading *r, const struct prop *p)
{
	if (!props_put(&r->m->props, r->c->arena, p))
		notes_add(&r->c->notes, NOTE_LOST, "message", prop_label(r->c->arena, p),
		    "too many properties");
}

/* The mail shows HTML: no body. Plain text: only what is richer. Nothing: all. */
static bool is_wanted(const struct reading *r, const struct prop *p)
{
	if (!read_tnef_is_body(p))
		return !find_same(&r->m->props, p);
	if (r->mail->has_html)
		return false;
	return !(r->mail->has_plain && p->id == PidTagBody);
}

static void read_tnef_merge(struct reading *r, const struct message *from)
{
	for (uint32_t i = 0; i < from->props.count; i++)
		if (is_wanted(r, &from->props.list[i]))
			read_tnef_put(r, &from->props.list[i]);
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

static void read_tnef_embed(
    struct reading *r, const struct entity *e, struct span tnef, struct message *m)
{
	struct attachment *at;

	read_attach_bytes(r, e, tnef, false);
	if (r->m->attachment_count == 0)
		return;
	at = &r->m->attachments[r->m->attachment_count - 1];
	at->embedded = m;
	reading_number(
	    r, &at->props, PidTagAttachMethod, PT_LONG, ATTACH_EMBEDDED_MESSAGE);
}

bool read_tnef(struct reading *r, const struct entity *e)
{
	bool odd;
	struct span tnef = transfer_decode(
	    r->c, span_sub(r->c->in, e->body, e->end - e->body), e->encoding, &odd);

	if (!format_begins(FORMATS_TNEF, tnef)) {
		notes_add(&r->c->notes, NOTE_KEPT, e->path, e->type,
		    "no TNEF signature in it (MS-OXTNEF 2.1.3.1), left as it is");
		return false;
	}
	uint32_t lost = r->c->notes.count[NOTE_LOST];
	struct message *m = format_read_nested(r->c, tnef, e->path);
	if (!m)
		return false;
	bool damaged = odd || r->c->notes.count[NOTE_LOST] > lost;
	bool stale = scan_is_stale(r->c, e, m);
	if (r->tnef || stale) {
		if (stale)
			notes_add(&r->c->notes, NOTE_CHANGED, e->path,
			    "PidTagTnefCorrelationKey",
			    "is not that of the mail around it: a message of its own");
		read_tnef_embed(r, e, tnef, m);
		return true;
	}
	r->tnef = e;
	read_tnef_merge(r, m);
	if (damaged)
		read_attach_bytes(r, e, tnef, false);
	return true;
}
