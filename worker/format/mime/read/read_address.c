/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read_address.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sink.h"
#include "base/utf8.h"
#include "format/mime/read/reading.h"

struct people read_people(struct reading *r, const char *field, const char *value)
{
	struct people p = people_of(r->c->arena, value, strlen(value));

	if (p.texts > 0)
		notes_add(&r->c->notes, NOTE_KEPT, "message", field,
		    "%zu without an address, kept as text: %.80s", p.texts, p.text.s);
	if (p.group.len > 0)
		notes_add(&r->c->notes, NOTE_CHANGED, "message", field,
		    "of the group \"%.80s\" there are its members", p.group.s);
	if (p.more)
		notes_add(&r->c->notes, NOTE_LOST, "message", field,
		    "more than %d people", LIMIT_RECIPIENTS);
	return p;
}

void read_put_person(struct reading *r, struct props *to, const struct person_ids *ids,
    const struct mailbox *who)
{
	struct text type = { .s = "SMTP", .len = 4 }, inner = who->address;

	reading_text(r, to, ids->name, who->name.len ? who->name : who->address);
	if (who->address.len == 0)
		return;
	if (!person_unwrap(r->c->arena, who->address, &type, &inner)) {
		type = (struct text){ .s = "SMTP", .len = 4 };
		inner = who->address;
	}
	reading_text(r, to, ids->type, type);
	reading_text(r, to, ids->email, inner);
	reading_text(r, to, ids->smtp, who->address);
}

static void put_u16(struct sink *s, unsigned v)
{
	const uint8_t bytes[] = { (uint8_t)v, (uint8_t)(v >> 8) };

	sink_write(s, bytes, sizeof bytes);
}

static void put_u32(struct sink *s, uint64_t v)
{
	put_u16(s, (unsigned)(v & 0xffff));
	put_u16(s, (unsigned)(v >> 16 & 0xffff));
}

/* UTF-8 that is well-formed, or windows-1252 made so, as UTF-16LE with its end. */
static void put_utf16(struct sink *s, struct text t)
{
	size_t n = strnlen(t.s, t.len), length;

	for (size_t at = 0; at < n; at += length) {
		uint32_t ch = utf8_first(t.s + at, n - at, &length);
		if (ch > 0xffff) {
			put_u16(s, 0xd7c0 + (unsigned)(ch >> 10));
			ch = 0xdc00 + (ch & 0x3ff);
		}
		put_u16(s, (unsigned)ch);
	}
	put_u16(s, 0);
}

static struct span one_off(struct arena *a, const struct mailbox *who)
{
	enum { UNICODE_PLAIN = 0x8001 }; /* wide strings, no rich text */
	struct sink *s = sink_memory(a);

	put_u32(s, 0);
	sink_write(s, person_one_off, sizeof person_one_off);
	put_u16(s, 0);
	put_u16(s, UNICODE_PLAIN);
	put_utf16(s, who->name.len ? who->name : who->address);
	put_utf16(s, (struct text){ .s = "SMTP", .len = 4 });
	put_utf16(s, who->address);
	return sink_bytes(s);
}

struct span read_entry_list(struct arena *a, const struct mailbox *people, size_t count)
{
	struct sink *all = sink_memory(a), *list = sink_memory(a);
	static const char padding[4];

	for (size_t i = 0; i < count; i++) {
		struct span one = one_off(a, &people[i]);
		put_u32(list, one.len);
		sink_write(list, one.mem, (size_t)one.len);
		sink_write(list, padding, -(size_t)one.len & 3);
	}
	put_u32(all, count);
	put_u32(all, sink_length(list));
	sink_write(all, sink_bytes(list).mem, (size_t)sink_length(list));
	return sink_bytes(all);
}
