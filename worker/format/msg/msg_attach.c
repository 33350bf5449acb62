/* SPDX-License-Identifier: ISC */
/*
 * Attachments ([MS-OXMSG] 2.2.2): values, messages, storages of other programs. What an
 * attachment holds is seen by what is there; PidTagAttachMethod is only believed where
 * that leaves a choice.
 */
#include "base/arena.h"
#include "base/limits.h"
#include "base/sink.h"
#include "codec/cfb/cfb_write.h"
#include "format/format.h"
#include "format/msg/msg.h"
#include "message/notes.h"
#include "message/tags.h"

enum {
	HEADER_ROW = 8,
	HEADER_EMBEDDED = 24,
	HEADER_MORE = 8, /* that of a message in no other one is longer */
};

static void put_method(struct message *m, struct attachment *a, int64_t method)
{
	struct prop p = { .id = PidTagAttachMethod, .type = PT_LONG, .count = 1 };

	p.values = arena_alloc(m->arena, sizeof *p.values);
	p.values[0].number = method;
	(void)props_put(&a->props, m->arena, &p);
}

static struct span storage_file(struct msg *s, struct cfb_node *root)
{
	struct sink *to = convert_scratch(s->c);

	cfb_write(s->c->arena, root, to, convert_alive, s->c);
	return sink_bytes(to);
}

static void note_left_out(struct msg *s, const char *part, uint32_t left_out)
{
	if (left_out > 0)
		notes_add(&s->c->notes, NOTE_LOST, part, "PidTagAttachDataObject",
		    "%u storages deeper than %d levels", left_out, CFB_DEPTH);
}

static void keep_storage(struct msg *s, struct attachment *a,
    const struct cfb_entry *storage, const char *part)
{
	uint32_t left_out;
	struct cfb_node *root = cfb_copy(s->cfb, storage, &left_out);

	a->data = storage_file(s, root);
	note_left_out(s, part, left_out);
}

/* The list of properties of a message that is not in another one has 8 bytes more. */
static struct span top_list(struct msg *s, struct span list)
{
	static const uint8_t more[HEADER_MORE];
	struct sink *to = sink_memory(s->c->arena);

	sink_span(to, span_sub(list, 0, HEADER_EMBEDDED), NULL, NULL);
	sink_write(to, more, sizeof more);
	sink_span(to, span_sub(list, HEADER_EMBEDDED, LIMIT_LOAD), NULL, NULL);
	return sink_bytes(to);
}

/* A message deeper than messages are read: a file of its own, with the names of its
 * properties. */
static void keep_message(struct msg *s, struct message *m, struct attachment *a,
    const struct cfb_entry *storage, const char *part)
{
	uint32_t left_out;
	struct cfb_node *root = cfb_copy(s->cfb, storage, &left_out);

	for (struct cfb_node *n = root->child; n; n = n->next)
		if (cfb_node_is(n, "__properties_version1.0") &&
		    n->data.len >= HEADER_EMBEDDED && n->data.len < LIMIT_LOAD)
			n->data = top_list(s, n->data);
	if (s->nameid) {
		struct cfb_node *names = arena_alloc(m->arena, sizeof *names);
		*names = *s->nameid;
		names->next = root->child;
		root->child = names;
	}
	a->data = storage_file(s, root);
	put_method(m, a, ATTACH_BY_VALUE);
	note_left_out(s, part, left_out);
	notes_add(&s->c->notes, NOTE_KEPT, part, "nested message",
	    "nested deeper than %d levels, left as it is", LIMIT_DEPTH);
}

static struct message *read_embedded(
    struct msg *s, const struct cfb_entry *storage, const char *part)
{
	struct convert *parent = s->c;

	s->c = convert_nested(parent, span_over(NULL, 0));
	struct message *m = msg_message_read(s, storage, false);
	convert_adopt(parent, s->c, part, m);
	s->c = parent;
	return m;
}

/* The object is a storage: a message's, or another program's. */
static void take_storage(
    struct msg *s, struct message *m, const struct cfb_entry *storage, const char *part)
{
	struct attachment *a = &m->attachments[m->attachment_count - 1];
	bool message = cfb_holds(s->cfb, storage, "__properties_version1.0") ||
		       cfb_holds(s->cfb, storage, "__substg1.0_");

	if (!message) {
		keep_storage(s, a, storage, part);
		put_method(m, a, ATTACH_STORAGE);
	} else if (s->c->depth + 1 >= LIMIT_DEPTH)
		keep_message(s, m, a, storage, part);
	else {
		put_method(m, a, ATTACH_EMBEDDED_MESSAGE);
		a->embedded = read_embedded(s, storage, part);
	}
}

/* The bytes may be a message file, dragged into the message as any other file. */
static void take_bytes(
    struct msg *s, struct message *m, struct attachment *a, const char *part)
{
	int64_t method = props_number(&a->props, PidTagAttachMethod, 0);

	if (method == 0 && a->data.len > 0)
		put_method(m, a, ATTACH_BY_VALUE);
	if (msg_is_message(m->arena, a->data))
		a->embedded = format_read_nested(s->c, a->data, part);
}

void msg_attach_read(struct msg *s, struct message *m, const struct cfb_entry *storage)
{
	struct attachment *a = message_add_attachment(m);
	const char *part = arena_printf(m->arena, "attachment %u", a->number);
	struct msg_rows rows = msg_enter(s, storage, part);
	struct msg_place at = { .m = m,
		.to = &a->props,
		.attachment = a,
		.part = part,
		.number = a->number };
	struct cfb_entry object = { .kind = CFB_UNUSED };

	msg_props_read(s, rows, HEADER_ROW, &at);
	for (uint32_t i = 0; i < rows.count; i++) {
		const struct msg_item *item = &s->items[rows.first + i];
		if (item->role == MSG_VALUE &&
		    item->tag >> 16 == PidTagAttachDataBinary &&
		    item->entry.kind == CFB_STORAGE)
			object = item->entry;
	}
	msg_note_others(s, rows, part);
	if (object.kind == CFB_STORAGE)
		take_storage(s, m, &object, part);
	else
		take_bytes(s, m, a, part);
	msg_leave(s, rows);
}
