/* SPDX-License-Identifier: ISC */
/* An Outlook message file ([MS-OXMSG]): a compound file whose root is a message. */
#include "format/msg/msg.h"

#include <strings.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/limits.h"
#include "format/format.h"
#include "message/codepage.h"
#include "message/envelope.h"
#include "message/facts.h"
#include "message/notes.h"
#include "message/tags.h"

enum {
	HEADER_TOP = 32,
	HEADER_EMBEDDED = 24,
	HEADER_ROW = 8, /* of a recipient */
};

/* The first compound file of mail is a message; others are told apart when read. */
static enum probe msg_probe(struct span head)
{
	return cfb_probe(head) ? PROBE_YES : PROBE_NO;
}

static void msg_odd(void *arg, bool lost, uint64_t offset, const char *what)
{
	struct convert *c = arg;
	enum note_kind kind = lost ? NOTE_LOST : NOTE_KEPT;

	if (offset > 0)
		notes_add(&c->notes, kind, "message", "compound file",
		    "%s (at offset %llu)", what, (unsigned long long)offset);
	else
		notes_add(&c->notes, kind, "message", "compound file", "%s", what);
}

static void read_recipients(struct msg *s, struct message *m, struct msg_rows rows)
{
	for (uint32_t i = 0; i < rows.count; i++) {
		if (s->items[rows.first + i].role != MSG_RECIPIENT)
			continue;
		struct cfb_entry storage = s->items[rows.first + i].entry;
		if (!message_add_recipient(m))
			return;
		uint32_t number = m->recipient_count;
		struct msg_place at = { .m = m,
			.to = &m->recipients[number - 1].props,
			.part = arena_printf(m->arena, "recipient %u", number),
			.number = number };
		struct msg_rows inner = msg_enter(s, &storage, at.part);
		msg_props_read(s, inner, HEADER_ROW, &at);
		msg_leave(s, inner);
		convert_alive(s->c);
	}
}

static void read_attachments(struct msg *s, struct message *m, struct msg_rows rows)
{
	for (uint32_t i = 0; i < rows.count; i++) {
		if (s->items[rows.first + i].role != MSG_ATTACHMENT)
			continue;
		struct cfb_entry storage = s->items[rows.first + i].entry;
		if (m->attachment_count >= LIMIT_ATTACHMENTS) {
			(void)message_add_attachment(m); /* notes it */
			return;
		}
		msg_attach_read(s, m, &storage);
		convert_alive(s->c);
	}
}

void msg_note_others(struct msg *s, struct msg_rows rows, const char *part)
{
	for (uint32_t i = 0; i < rows.count; i++) {
		const struct msg_item *item = &s->items[rows.first + i];
		char name[CFB_NAME];
		if (item->role != MSG_OTHER)
			continue;
		cfb_name(&item->entry, name);
		notes_add(&s->c->notes, NOTE_LOST, part, "storage",
		    "%s \"%s\" is nothing of a message: %llu bytes",
		    item->entry.kind == CFB_STREAM ? "stream" : "storage", name,
		    (unsigned long long)item->entry.size);
	}
}

static void msg_tell_facts(struct msg *s, struct message *m)
{
	if (!convert_wants_facts(s->c))
		return;
	struct codepage_early early = { m, codepage_settle(m, 0, false) };
	const struct facts facts =
	    facts_of(m->arena, "msg", codepage_fact, &early, envelope_date(m));
	s->c->tell_facts(s->c->arg, &facts);
}

struct message *msg_message_read(struct msg *s, const struct cfb_entry *storage, bool top)
{
	struct message *m = message_new(s->c->arena, &s->c->notes, s->c->depth);
	struct msg_rows rows = msg_enter(s, storage, "message");
	struct msg_place at = { .m = m, .to = &m->props, .part = "message" };
	const struct msg_item *nameid = msg_find(s, rows, MSG_NAMEID);

	if (nameid && !s->names) {
		struct cfb_entry entry = nameid->entry;
		msg_names_read(s, &entry);
	}
	msg_props_read(s, rows, top ? HEADER_TOP : HEADER_EMBEDDED, &at);
	read_recipients(s, m, rows);
	if (top)
		msg_tell_facts(s, m);
	read_attachments(s, m, rows);
	m->codepage = codepage_settle(m, 0, true);
	codepage_decode(m);
	codepage_decode_attachments(m);
	msg_note_others(s, rows, "message");
	msg_leave(s, rows);
	return m;
}

/* Streams that say what else a compound file is. */
static const struct other {
	const char *stream, *what;
} others[] = {
	{ "WordDocument", ": a Word document" },
	{ "Workbook", ": an Excel workbook" },
	{ "Book", ": an Excel workbook" },
	{ "PowerPoint Document", ": a PowerPoint presentation" },
	{ "VisioDocument", ": a Visio drawing" },
	{ "Quill", ": a Publisher document" },
	{ "Contents", ": a document of some program" },
	{ "EncryptedPackage", ": an encrypted Office document" },
};

static bool root_holds(struct cfb *f, const char *name)
{
	struct cfb_entry root = cfb_root(f);

	return cfb_holds(f, &root, name);
}

static bool holds_message(struct cfb *f)
{
	return root_holds(f, "__properties_version1.0") || root_holds(f, "__substg1.0_");
}

bool msg_is_message(struct arena *arena, struct span in)
{
	const char *why;
	uint64_t offset;
	struct cfb *f =
	    cfb_probe(in) ? cfb_open(arena, in, NULL, NULL, &why, &offset) : NULL;

	return f && holds_message(f);
}

static struct message *msg_read(struct convert *c)
{
	struct msg s = { .c = c };
	const char *why, *what = "";
	uint64_t offset;

	s.cfb = cfb_open(c->arena, c->in, msg_odd, c, &why, &offset);
	if (!s.cfb) {
		(void)convert_refuse(c, "message", offset, "%s", why);
		return NULL;
	}
	if (!holds_message(s.cfb)) {
		for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
			if (root_holds(s.cfb, others[i].stream))
				what = others[i].what;
		(void)convert_refuse(c, "message", 0,
		    "a compound file that is no Outlook message%s", what);
		return NULL;
	}
	struct cfb_entry root = cfb_root(s.cfb);
	struct message *m = msg_message_read(&s, &root, true);
	uint32_t orphans = cfb_orphans(s.cfb);
	if (orphans > 0)
		notes_add(&c->notes, NOTE_LOST, "message", "compound file",
		    "%u entries of its directory are in no storage", orphans);
	return m;
}

const struct format format_msg = {
	.row = &formats_rows[FORMATS_MSG],
	.probe = msg_probe,
	.holds_message = msg_is_message,
	.read = msg_read,
};
