/* SPDX-License-Identifier: ISC */
#include "format/mime/write/address.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/mime/write/notification.h"
#include "message/envelope.h"
#include "message/message.h"

enum { LOCAL_MAX = 256, TYPE_MAX = 32 };

static bool address_is_word(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!isalnum((unsigned char)t.s[i]))
			return false;
	return t.len > 0;
}

/*
 * An address of another system as the local part of an internet address: IMCEA,
 * the type, "-", and the address with "/" as "_" and other bytes as +XX.
 */
static const char *address_encapsulated(struct arena *a, const struct person *p)
{
	struct sink *s = sink_memory(a);

	sink_text(s, "IMCEA");
	if (p->type.s && p->type.len <= TYPE_MAX && address_is_word(p->type))
		sink_write(s, p->type.s, p->type.len);
	sink_text(s, "-");
	for (size_t i = 0; i < p->address.len && sink_length(s) < LOCAL_MAX; i++) {
		char ch = p->address.s[i];
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

/*
 * The name of who has no address that mail programs can use: it holds the one that he
 * has, where a person can read that. A local part that is not ASCII is usable between
 * servers with SMTPUTF8 alone (RFC 6531 3.1), and others refuse a mail whose header has
 * it (RFC 6532 3.1).
 */
static struct text address_name(struct arena *a, const struct person *p)
{
	bool own = p->address.len > 0 && p->type.len == 4 &&
		   strncasecmp(p->type.s, "SMTP", 4) == 0 &&
		   !memmem(p->name.s ? p->name.s : "", p->name.len, p->address.s,
		       p->address.len);

	if (p->internet || !own)
		return p->name;
	if (p->name.len == 0)
		return p->address;
	char *both = arena_printf(a, "%s (%s)", p->name.s, p->address.s);
	return (struct text){ .s = both, .len = strlen(both) };
}

const char *address_text(struct out *o, const struct person *p, const char *part)
{
	struct arena *a = o->c->arena;
	const char *spec = p->address.s;
	struct text name = address_name(a, p);

	if (!person_any(p))
		return NULL;
	if (!p->internet) {
		spec = p->address.len ? address_encapsulated(a, p)
				      : "unknown@unknown.invalid";
		notes_add(&o->c->notes, NOTE_CHANGED, part, "address",
		    "%s is no internet address, written as %s",
		    p->address.len ? p->address.s : p->name.s, spec);
	}
	if (name.len == 0)
		return spec;
	return arena_printf(a, "%s <%s>", out_phrase(o, name), spec);
}

/* One more of a list, comma-separated. */
static void address_add(
    struct out *o, struct sink *to, const struct person *p, const char *part)
{
	const char *text = address_text(o, p, part);

	if (text) {
		sink_text(to, sink_length(to) ? ", " : "");
		sink_text(to, text);
	}
}

/* NULL: there is none in it. */
static const char *address_joined(struct arena *a, struct sink *list)
{
	struct span all = sink_bytes(list);

	return all.len ? arena_copy(a, all.mem, (size_t)all.len) : NULL;
}

const char *address_list(struct out *o, const struct message *m, enum recipient_type type)
{
	struct arena *a = o->c->arena;
	struct sink *s = sink_memory(a);
	struct person to;

	if (notification_is_about_recipients(m))
		return type == RECIPIENT_TO && notification_to(o, m, &to)
			   ? address_text(o, &to, "message")
			   : NULL;
	if (type == RECIPIENT_TO && envelope_receiver(a, m, &to))
		address_add(o, s, &to, "message");
	for (uint32_t i = 0; i < m->recipient_count; i++) {
		if (envelope_recipient_type(&m->recipients[i]) != type)
			continue;
		struct person p =
		    person_of(a, &m->recipients[i].props, &person_recipient);
		address_add(o, s, &p, arena_printf(a, "recipient %u", i + 1));
	}
	return address_joined(a, s);
}

const char *address_reply_to(struct out *o, const struct message *m)
{
	struct arena *a = o->c->arena;
	struct sink *s = sink_memory(a);
	struct person *list;
	size_t n = person_list(
	    a, m->codepage, props_bytes(&m->props, PidTagReplyRecipientEntries), &list);

	for (size_t i = 0; i < n; i++)
		address_add(o, s, &list[i], "message");
	return address_joined(a, s);
}
