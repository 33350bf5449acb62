/* SPDX-License-Identifier: ISC */
/*
 * What can only be decided when more than one attribute was read: which of two values
 * counts, what an attachment holds, which code page the 8-bit texts are in, and whose
 * message it is.
 */
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "format/format.h"
#include "format/tnef/tnef.h"
#include "message/codepage.h"
#include "message/envelope.h"
#include "message/facts.h"
#include "message/tags.h"

enum { CODEPAGE_LAST_RESORT = 1252 };

/* {00020307-0000-0000-C000-000000000046} */
static const uint8_t iid_message[16] = { 0x07, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0,
	0, 0, 0, 0x46 };

/* Encapsulated properties win over legacy attributes (2.1.3.4). */
static void fill_gaps(
    struct tnef *t, struct props *to, const struct props *legacy, const char *part)
{
	for (uint32_t i = 0; i < legacy->count; i++)
		if (!props_get(to, legacy->list[i].id))
			message_put(t->m, NULL, to, &legacy->list[i], part);
}

void tnef_attach_end(struct tnef *t)
{
	if (t->m->attachment_count == 0)
		return;
	struct attachment *a = &t->m->attachments[t->m->attachment_count - 1];
	const struct prop_value *object = t->has_object ? t->object.values : NULL;
	bool is_message =
	    object && object->guid && memcmp(object->guid, iid_message, 16) == 0;

	if (is_message) /* attAttachRendData has no word for a message */
		tnef_put(t, &t->attach_legacy, PidTagAttachMethod, PT_LONG,
		    (struct prop_value){ .number = ATTACH_EMBEDDED_MESSAGE });
	fill_gaps(t, &a->props, &t->attach_legacy, t->attach_part);
	if (props_number(&a->props, PidTagAttachMethod, 0) == ATTACH_EMBEDDED_MESSAGE)
		is_message = true;
	if (object && a->data.len == 0)
		a->data = object->bytes;
	else if (object && !is_message) /* both were given: the data is the attachment */
		message_put(t->m, NULL, &a->props, &t->object, t->attach_part);
	if (is_message) {
		struct span nested = object ? object->bytes : a->data;
		if (nested.len > 0)
			a->embedded = format_read_nested(t->c, nested, t->attach_part);
	}
	t->attach_legacy = (struct props){ 0 };
	t->has_object = false;
}

struct tnef_facts {
	struct tnef *t;
	unsigned page; /* of 8-bit texts */
};

/* A text as it will be; NULL when there is none. For facts, so its loss is no news. */
static const char *tnef_settle_fact(void *arg, uint16_t id)
{
	const struct tnef_facts *at = arg;
	struct tnef *t = at->t;
	const struct prop *p = props_get(&t->m->props, id);

	if (!p)
		p = props_get(&t->legacy, id);
	return codepage_early_text(t->m->arena, at->page, p);
}

void tnef_tell_facts(struct tnef *t)
{
	if (t->facts_sent || !convert_wants_facts(t->c))
		return;
	t->facts_sent = true;
	struct tnef_facts at = { t, codepage_settle(t->m, t->oem_codepage, false) };
	struct when date = envelope_date(t->m);
	if (!date.valid)
		date = props_when(&t->legacy, PidTagClientSubmitTime);
	const struct facts facts =
	    facts_of(t->m->arena, "tnef", tnef_settle_fact, &at, date);
	t->c->tell_facts(t->c->arg, &facts);
}

/* A file that is TNEF again: forwarded by a program that did not know what it was. Or
 * one that was saved from Outlook, and attached as any other. */
static void read_forwarded(struct tnef *t, struct attachment *a, const char *part)
{
	static const uint16_t names[] = { PidTagAttachLongFilename,
		PidTagAttachFilename };
	struct text type = props_text(&a->props, PidTagAttachMimeTag);
	const struct formats_row *row = &formats_rows[FORMATS_TNEF];

	bool named = formats_is_type(row, type.s);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct text name = props_text(&a->props, names[i]);
		named = named || formats_is_named(row, name.s);
	}
	if (a->embedded)
		return;
	if ((named && format_begins(FORMATS_TNEF, a->data)) ||
	    format_holds_message(FORMATS_MSG, t->c->arena, a->data))
		a->embedded = format_read_nested(t->c, a->data, part);
}

void tnef_settle(struct tnef *t)
{
	struct message *m = t->m;

	tnef_attach_end(t);
	tnef_attr_owner(t);
	fill_gaps(t, &m->props, &t->legacy, "message");
	tnef_tell_facts(t);
	m->codepage = codepage_settle(m, t->oem_codepage, true);
	codepage_decode(m);
	codepage_decode_attachments(m);
	for (uint32_t i = 0; i < m->attachment_count; i++)
		read_forwarded(t, &m->attachments[i],
		    arena_printf(m->arena, "attachment %u", i + 1));
}
