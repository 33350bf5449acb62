/* SPDX-License-Identifier: ISC */
#include "format/mime/write/address.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "base/sink.h"
#include "format/mime/syntax/header_table.h"
#include "message/message.h"
#include "message/tags.h"

enum {
	LOCAL_MAX = 256, /* bytes; RFC 5321 says 64, real ones are longer */
	DOMAIN_MAX = 255,
	TYPE_MAX = 32,
};

struct found {
	struct text name, type, address;
};

static bool all_of(const char *p, size_t n, const char *also)
{
	for (size_t i = 0; i < n; i++)
		if (!p[i] || (!isalnum((unsigned char)p[i]) && !strchr(also, p[i])))
			return false;
	return n > 0;
}

/* addr-spec of RFC 5322 3.4.1 in its plain forms: safe between < and >. */
static bool is_internet(struct text t)
{
	static const char atext[] = "!#$%&'*+-/=?^_`{|}~";
	const char *at = t.s && t.len ? memrchr(t.s, '@', t.len) : NULL;

	if (!at || memchr(t.s, '\0', t.len))
		return false;
	size_t local = (size_t)(at - t.s), domain = t.len - local - 1;
	if (local == 0 || local > LOCAL_MAX || domain == 0 || domain > DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < local; i++) {
		bool dot = t.s[i] == '.';
		if (dot && (i == 0 || i + 1 == local || t.s[i - 1] == '.'))
			return false;
		if (!dot && !all_of(t.s + i, 1, atext))
			return false;
	}
	if (at[1] == '[')
		return at[domain] == ']' && all_of(at + 2, domain - 2, ".:");
	return all_of(at + 1, domain, ".-_") && at[1] != '.' && at[domain] != '.' &&
	       !memmem(at + 1, domain, "..", 2);
}

/*
 * An address of another system as the local part of an internet address: IMCEA,
 * the type, "-", and the address with "/" as "_" and other bytes as +XX.
 */
static const char *address_encapsulated(struct arena *a, const struct found *f)
{
	struct sink *s = sink_memory(a);

	sink_text(s, "IMCEA");
	if (f->type.s && f->type.len <= TYPE_MAX && all_of(f->type.s, f->type.len, ""))
		sink_write(s, f->type.s, f->type.len);
	sink_text(s, "-");
	for (size_t i = 0; i < f->address.len && sink_length(s) < LOCAL_MAX; i++) {
		char ch = f->address.s[i];
		if (isalnum((unsigned char)ch) || ch == '=' || ch == '-')
			sink_write(s, &ch, 1);
		else if (ch == '/')
			sink_write(s, "_", 1);
		else
			sink_printf(s, "+%02X", (unsigned char)ch);
	}
	sink_text(s, "@unknown.invalid");
	return arena_copy(a, sink_bytes(s).mem, (size_t)sink_bytes(s).len);
}

/* A one-off entry id: flags, provider, version, flags, then name, type, address. */
static void from_one_off(struct out *o, struct cursor in, struct found *f)
{
	uint8_t uid[16];
	struct text *to[] = { &f->name, &f->type, &f->address };

	(void)cur_u32le(&in);
	cur_bytes(&in, uid, sizeof uid);
	(void)cur_u16le(&in);
	bool wide = cur_u16le(&in) & 0x8000;
	if (in.bad || memcmp(uid, header_one_off, sizeof uid) != 0)
		return;
	for (size_t i = 0; i < sizeof to / sizeof to[0] && !in.bad; i++) {
		const uint8_t *start = in.pos;
		size_t n = 0;
		if (wide)
			while (cur_u16le(&in) != 0)
				n += 2;
		else
			while (cur_u8(&in) != 0)
				n++;
		if (in.bad)
			return;
		struct text t = wide ? text_from_utf16(o->c->arena, start, n)
				     : text_from(o->c->arena, 1252, start, n);
		if (!to[i]->s || to[i]->len == 0)
			*to[i] = t;
	}
}

static const char *address_text(struct out *o, struct found *f, const char *part)
{
	struct arena *a = o->c->arena;
	struct text name = text_clean(a, f->name), address = text_clean(a, f->address);
	const char *spec;

	if (name.len == 0 && address.len == 0)
		return NULL;
	if (address.len > 5 && strncasecmp(address.s, "SMTP:", 5) == 0)
		address = (struct text){ .s = address.s + 5, .len = address.len - 5 };
	f->address = address;
	if (is_internet(address)) {
		spec = address.s;
	} else if (is_internet(name)) {
		spec = name.s; /* the name is the address, as in many old messages */
	} else {
		spec =
		    address.len ? address_encapsulated(a, f) : "unknown@unknown.invalid";
		notes_add(&o->c->notes, NOTE_CHANGED, part, "address",
		    "%s is no internet address, written as %s",
		    address.len ? address.s : name.s, spec);
	}
	if (name.len == 0 || (name.len == strlen(spec) && strcasecmp(name.s, spec) == 0))
		return spec;
	/* Outlook wraps names that are addresses in quotes of its own. */
	if (name.len > 2 && *name.s == '\'' && name.s[name.len - 1] == '\'')
		name = (struct text){ arena_copy(a, name.s + 1, name.len - 2),
			name.len - 2, 0 };
	return arena_printf(a, "%s <%s>", out_phrase(o, name), spec);
}

const char *address_from(
    struct out *o, const struct props *p, const struct address_ids *ids, const char *part)
{
	struct found f = { .name = props_text(p, ids->name),
		.type = props_text(p, ids->type),
		.address = props_text(p, ids->smtp) };

	if (!f.address.s || f.address.len == 0)
		f.address = props_text(p, ids->email);
	if (!is_internet(f.address)) {
		struct span id = span_load(o->c->arena, props_bytes(p, ids->entry));
		struct found one = { .name = f.name };
		if (id.len > 0)
			from_one_off(o, cur_over(id.mem, (size_t)id.len), &one);
		if (is_internet(one.address) || !f.address.s || f.address.len == 0)
			f = one;
	}
	return address_text(o, &f, part);
}

const char *address_list(struct out *o, const struct message *m, int64_t kind)
{
	struct arena *a = o->c->arena;
	struct sink *s = sink_memory(a);

	for (uint32_t i = 0; i < m->recipient_count; i++) {
		const struct props *p = &m->recipients[i].props;
		int64_t type = props_number(p, PidTagRecipientType, 1) & 0x0f;
		if (type < 1 || type > 3)
			type = 1; /* of no known kind: better seen than lost */
		if (type != kind)
			continue;
		const char *one = address_from(
		    o, p, &header_recipient, arena_printf(a, "recipient %u", i + 1));
		if (one) {
			sink_text(s, sink_length(s) ? ", " : "");
			sink_text(s, one);
		}
	}
	struct span all = sink_bytes(s);
	return all.len ? arena_copy(a, all.mem, (size_t)all.len) : NULL;
}

const char *address_reply_to(struct out *o, const struct message *m)
{
	struct arena *a = o->c->arena;
	struct span list =
	    span_load(a, props_bytes(&m->props, PidTagReplyRecipientEntries));
	struct cursor in = cur_over(list.mem, (size_t)list.len);
	struct sink *s = sink_memory(a);
	uint32_t count = cur_u32le(&in);

	(void)cur_u32le(&in); /* bytes that follow */
	while (count-- > 0 && in.left > 4) {
		struct cursor one = cur_sub(&in, cur_u32le(&in));
		struct found f = { 0 };
		if (one.bad)
			break;
		from_one_off(o, one, &f);
		cur_align4(&in, list.mem);
		const char *text = address_text(o, &f, "message");
		if (text) {
			sink_text(s, sink_length(s) ? ", " : "");
			sink_text(s, text);
		}
	}
	struct span all = sink_bytes(s);
	return all.len ? arena_copy(a, all.mem, (size_t)all.len) : NULL;
}
