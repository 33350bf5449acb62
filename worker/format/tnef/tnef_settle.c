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
#include "message/tags.h"

enum { CODEPAGE_LAST_RESORT = 1252 };

/* {00020307-0000-0000-C000-000000000046} */
static const uint8_t iid_message[16] = { 0x07, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0,
	0, 0, 0, 0x46 };

static void tnef_settle_put(
    struct tnef *t, struct props *to, const struct prop *p, const char *part)
{
	if (!props_put(to, t->m->arena, p))
		notes_add(&t->c->notes, NOTE_LOST, part, prop_label(t->m->arena, p),
		    "more than %d properties", LIMIT_PROPERTIES);
}

/* Encapsulated properties win over legacy attributes (2.1.3.4). */
static void fill_gaps(
    struct tnef *t, struct props *to, const struct props *legacy, const char *part)
{
	for (uint32_t i = 0; i < legacy->count; i++)
		if (!props_get(to, legacy->list[i].id))
			tnef_settle_put(t, to, &legacy->list[i], part);
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
		tnef_settle_put(t, &a->props, &t->object, t->attach_part);
	if (is_message) {
		struct span nested = object ? object->bytes : a->data;
		if (nested.len > 0)
			a->embedded = format_read_nested(t->c, nested, t->attach_part);
	}
	t->attach_legacy = (struct props){ 0 };
	t->has_object = false;
}

/*
 * The code page of 8-bit texts: attOemCodepage, which the stream's writer meant for them
 * (2.1.3.3.2); without it, or when it names none, the message's own PidTagMessageCodepage
 * ([MS-OXCMSG] 2.2.1.4), then that of its body, PidTagInternetCodepage; at last
 * windows-1252. When several are known and disagree the first of this order counts.
 */
static unsigned tnef_settle_codepage(struct tnef *t, bool noted)
{
	const struct {
		int64_t number;
		const char *what;
	} claims[] = {
		{ t->oem_codepage, "attOemCodepage" },
		{ props_number(&t->m->props, PidTagMessageCodepage, 0),
		    "PidTagMessageCodepage" },
		{ props_number(&t->m->props, PidTagInternetCodepage, 0),
		    "PidTagInternetCodepage" },
	};

	for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
		if (claims[i].number == 0)
			continue;
		if (claims[i].number > 0 && claims[i].number <= UINT32_MAX &&
		    text_known((unsigned)claims[i].number))
			return (unsigned)claims[i].number;
		if (noted)
			notes_add(&t->c->notes, NOTE_CHANGED, "message", claims[i].what,
			    "no such code page: %lld", (long long)claims[i].number);
	}
	return CODEPAGE_LAST_RESORT;
}

static struct text tnef_settle_decode(struct tnef *t, unsigned page, struct span raw)
{
	return text_from(t->m->arena, page, raw.mem, (size_t)raw.len);
}

static void decode_props(struct tnef *t, const struct props *ps, const char *part)
{
	for (uint32_t i = 0; i < ps->count; i++) {
		const struct prop *p = &ps->list[i];
		bool lossy = false;
		if (p->type != PT_STRING8)
			continue;
		for (uint32_t k = 0; k < p->count; k++) {
			if (!p->values[k].bytes.mem) /* a long body stays as its bytes */
				continue;
			p->values[k].text =
			    tnef_settle_decode(t, t->m->codepage, p->values[k].bytes);
			lossy = lossy || p->values[k].text.lossy;
		}
		if (lossy)
			notes_add(&t->c->notes, NOTE_CHANGED, part,
			    prop_label(t->m->arena, p),
			    "bytes without meaning in code page %u: replaced by U+FFFD",
			    t->m->codepage);
	}
}

/* A text as it will be; NULL when there is none. For facts, so its loss is no news. */
static const char *tnef_settle_fact(struct tnef *t, unsigned page, uint16_t id)
{
	const struct prop *p = props_get(&t->m->props, id);

	if (!p)
		p = props_get(&t->legacy, id);
	if (!p || p->count == 0 || (p->type != PT_STRING8 && p->type != PT_UNICODE))
		return NULL;
	struct text text = p->type == PT_UNICODE
			       ? p->values[0].text
			       : tnef_settle_decode(t, page, p->values[0].bytes);
	return text.len > 0 ? text.s : NULL;
}

static const char *fact_sender(struct tnef *t, unsigned page)
{
	static const struct {
		uint16_t name, smtp, email;
	} people[] = {
		{ PidTagSenderName, PidTagSenderSmtpAddress, PidTagSenderEmailAddress },
		{ PidTagSentRepresentingName, PidTagSentRepresentingSmtpAddress,
		    PidTagSentRepresentingEmailAddress },
	};

	for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
		const char *name = tnef_settle_fact(t, page, people[i].name);
		const char *address = tnef_settle_fact(t, page, people[i].smtp);
		if (!address)
			address = tnef_settle_fact(t, page, people[i].email);
		if (name && address && strcmp(name, address) != 0)
			return arena_printf(t->m->arena, "%s <%s>", name, address);
		if (name || address)
			return address ? address : name;
	}
	return NULL;
}

void tnef_tell_facts(struct tnef *t)
{
	if (t->told || !t->c->tell_facts || t->m->depth > 0)
		return;
	t->told = true;
	unsigned page = tnef_settle_codepage(t, false);
	const char *class = tnef_settle_fact(t, page, PidTagMessageClass);
	struct facts facts = {
		.format = "tnef",
		.sender = fact_sender(t, page),
		.subject = tnef_settle_fact(t, page, PidTagSubject),
		.message_id = tnef_settle_fact(t, page, PidTagInternetMessageId),
		.message_class = class,
		/* MS-OXOMSG 2.2.2.1: what begins so reports on another message. */
		.automatic = class && strncasecmp(class, "report.", 7) == 0,
	};
	t->c->tell_facts(t->c->arg, &facts);
}

/* A file that is TNEF again: forwarded by a program that did not know what it was. */
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
	if (named && !a->embedded && format_begins(FORMATS_TNEF, a->data))
		a->embedded = format_read_nested(t->c, a->data, part);
}

void tnef_settle(struct tnef *t)
{
	struct message *m = t->m;

	tnef_attach_end(t);
	tnef_attr_owner(t);
	fill_gaps(t, &m->props, &t->legacy, "message");
	tnef_tell_facts(t);
	m->codepage = tnef_settle_codepage(t, true);
	decode_props(t, &m->props, "message");
	for (uint32_t i = 0; i < m->recipient_count; i++)
		decode_props(t, &m->recipients[i].props,
		    arena_printf(m->arena, "recipient %u", i + 1));
	for (uint32_t i = 0; i < m->attachment_count; i++) {
		const char *part = arena_printf(m->arena, "attachment %u", i + 1);
		decode_props(t, &m->attachments[i].props, part);
		read_forwarded(t, &m->attachments[i], part);
	}
}
