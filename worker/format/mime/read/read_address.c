/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read_address.h"

#include <gmime/gmime.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sink.h"
#include "format/mime/read/read_fields.h"
#include "format/mime/read/reading.h"
#include "format/mime/syntax/words.h"

struct people {
	struct arena *arena;
	struct read_person *list;
	size_t count, room;
};

static struct text read_address_own(struct arena *a, const char *s)
{
	if (!s)
		return (struct text){ .s = "" };
	return words_guess(a, arena_copy(a, s, strlen(s)), strlen(s));
}

static void read_address_add(struct people *p, struct text name, struct text address)
{
	if (p->count >= LIMIT_RECIPIENTS)
		return;
	if (p->count == p->room) {
		size_t room = p->room ? 2 * p->room : 4;
		struct read_person *more = arena_array(p->arena, room, sizeof *more);
		if (p->count)
			memcpy(more, p->list, p->count * sizeof *more);
		p->list = more;
		p->room = room;
	}
	p->list[p->count++] = (struct read_person){ name, address };
}

/* depth: a group does not hold a group, but what is parsed is anybody's. */
/* NOLINTNEXTLINE(misc-no-recursion): two levels */
static void add_all(struct people *p, InternetAddressList *list, int depth)
{
	int n = internet_address_list_length(list);

	for (int i = 0; i < n; i++) {
		InternetAddress *one = internet_address_list_get_address(list, i);
		if (INTERNET_ADDRESS_IS_MAILBOX(one))
			read_address_add(p,
			    read_address_own(p->arena, internet_address_get_name(one)),
			    read_address_own(
				p->arena, internet_address_mailbox_get_addr(
					      INTERNET_ADDRESS_MAILBOX(one))));
		else if (INTERNET_ADDRESS_IS_GROUP(one) && depth < 2)
			add_all(p,
			    internet_address_group_get_members(
				INTERNET_ADDRESS_GROUP(one)),
			    depth + 1);
	}
}

size_t read_people(struct arena *a, const char *value, struct read_person **to)
{
	struct people p = { .arena = a };
	const char *quoted = words_quote(a, value);
	InternetAddressList *list = internet_address_list_parse(NULL, quoted);

	if (list) {
		add_all(&p, list, 0);
		g_object_unref(list);
	} else if (*value) {
		read_address_add(
		    &p, words_decode(a, value, strlen(value)), (struct text){ .s = "" });
	}
	*to = p.list;
	return p.count;
}

void read_put_person(struct reading *r, struct props *to, const struct person_ids *ids,
    const struct read_person *who)
{
	static const struct text smtp = { .s = "SMTP", .len = 4 };

	reading_text(r, to, ids->name, who->name.len ? who->name : who->address);
	if (who->address.len == 0)
		return;
	reading_text(r, to, ids->type, smtp);
	reading_text(r, to, ids->email, who->address);
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
	for (const char *p = t.s; p < t.s + t.len && *p;
	     p += g_utf8_skip[(unsigned char)*p]) {
		gunichar ch = g_utf8_get_char(p);
		if (ch > 0xffff) {
			put_u16(s, 0xd7c0 + (unsigned)(ch >> 10));
			ch = 0xdc00 + (ch & 0x3ff);
		}
		put_u16(s, (unsigned)ch);
	}
	put_u16(s, 0);
}

static struct span one_off(struct arena *a, const struct read_person *who)
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

struct span read_entry_list(
    struct arena *a, const struct read_person *people, size_t count)
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
