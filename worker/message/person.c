/* SPDX-License-Identifier: ISC */
#include "message/person.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "message/message.h"
#include "message/tags.h"

enum {
	LOCAL_MAX = 256, /* bytes; RFC 5321 says 64, real ones are longer */
	DOMAIN_MAX = 255,
};

const struct person_ids person_sender = { PidTagSenderName, PidTagSenderAddressType,
	PidTagSenderEmailAddress, PidTagSenderSmtpAddress, PidTagSenderEntryId };
const struct person_ids person_representing = { PidTagSentRepresentingName,
	PidTagSentRepresentingAddressType, PidTagSentRepresentingEmailAddress,
	PidTagSentRepresentingSmtpAddress, PidTagSentRepresentingEntryId };
const struct person_ids person_receipt = { PidTagReadReceiptName,
	PidTagReadReceiptAddressType, PidTagReadReceiptEmailAddress,
	PidTagReadReceiptSmtpAddress, PidTagReadReceiptEntryId };
const struct person_ids person_recipient = { PidTagDisplayName, PidTagAddressType,
	PidTagEmailAddress, PidTagSmtpAddress, PidTagEntryId };

const uint8_t person_one_off[16] = { 0x81, 0x2b, 0x1f, 0xa4, 0xbe, 0xa3, 0x10, 0x19, 0x9d,
	0x6e, 0x00, 0xdd, 0x01, 0x0f, 0x54, 0x02 };

static bool person_all_of(const char *p, size_t n, const char *also)
{
	for (size_t i = 0; i < n; i++)
		if (!p[i] || (!isalnum((unsigned char)p[i]) && !strchr(also, p[i])))
			return false;
	return n > 0;
}

/* addr-spec of RFC 5322 3.4.1 in its plain forms: safe between < and >. */
static bool person_is_internet(struct text t)
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
		if (!dot && !person_all_of(t.s + i, 1, atext))
			return false;
	}
	if (at[1] == '[')
		return at[domain] == ']' && person_all_of(at + 2, domain - 2, ".:");
	return person_all_of(at + 1, domain, ".-_") && at[1] != '.' &&
	       at[domain] != '.' && !memmem(at + 1, domain, "..", 2);
}

/* A one-off entry id: flags, provider, version, flags, then name, type, address. */
static void person_from_one_off(struct arena *a, struct cursor in, struct person *p)
{
	uint8_t uid[16];
	struct text *to[] = { &p->name, &p->type, &p->address };

	(void)cur_u32le(&in);
	cur_bytes(&in, uid, sizeof uid);
	(void)cur_u16le(&in);
	bool wide = cur_u16le(&in) & 0x8000;
	if (in.bad || memcmp(uid, person_one_off, sizeof uid) != 0)
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
		struct text t =
		    wide ? text_from_utf16(a, start, n) : text_from(a, 1252, start, n);
		if (!to[i]->s || to[i]->len == 0)
			*to[i] = t;
	}
}

/* Names and addresses as they may be written, and which of them is the address. */
static struct person person_settle(struct arena *a, struct person p)
{
	p.name = text_clean(a, p.name);
	p.address = text_clean(a, p.address);
	if (p.address.len > 5 && strncasecmp(p.address.s, "SMTP:", 5) == 0)
		p.address = (struct text){ p.address.s + 5, p.address.len - 5, 0 };
	p.internet = person_is_internet(p.address);
	if (!p.internet && person_is_internet(p.name)) {
		p.address = p.name; /* the name is the address, as in many old messages */
		p.internet = true;
	}
	if (p.name.len == p.address.len &&
	    strncasecmp(p.name.s, p.address.s, p.name.len) == 0)
		p.name = (struct text){ .s = "" };
	/* Outlook wraps names that are addresses in quotes of its own. */
	if (p.name.len > 2 && *p.name.s == '\'' && p.name.s[p.name.len - 1] == '\'')
		p.name = (struct text){ arena_copy(a, p.name.s + 1, p.name.len - 2),
			p.name.len - 2, 0 };
	return p;
}

struct person person_of(
    struct arena *a, const struct props *ps, const struct person_ids *ids)
{
	struct person p = { .name = props_text(ps, ids->name),
		.type = props_text(ps, ids->type),
		.address = props_text(ps, ids->smtp) };

	if (!p.address.s || p.address.len == 0)
		p.address = props_text(ps, ids->email);
	if (!person_is_internet(p.address)) {
		struct span id = span_load(a, props_bytes(ps, ids->entry));
		struct person one = { .name = p.name };
		if (id.len > 0)
			person_from_one_off(a, cur_over(id.mem, (size_t)id.len), &one);
		if (person_is_internet(one.address) || !p.address.s || p.address.len == 0)
			p = one;
	}
	return person_settle(a, p);
}

size_t person_list(struct arena *a, struct span entries, struct person **to)
{
	enum { SHORTEST = 4 + 24 }; /* length, and a one-off entry id of empty texts */
	struct span list = span_load(a, entries);
	struct cursor in = cur_over(list.mem, (size_t)list.len);
	size_t claimed = cur_u32le(&in), count = 0;

	(void)cur_u32le(&in); /* bytes that follow */
	if (claimed > in.left / SHORTEST + 1)
		claimed = in.left / SHORTEST + 1;
	*to = arena_array(a, claimed, sizeof **to);
	while (count < claimed && in.left > 4) {
		struct cursor one = cur_sub(&in, cur_u32le(&in));
		struct person p = { 0 };
		if (one.bad)
			break;
		person_from_one_off(a, one, &p);
		cur_align4(&in, list.mem);
		(*to)[count++] = person_settle(a, p);
	}
	return count;
}
