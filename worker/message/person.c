/* SPDX-License-Identifier: ISC */
#include "message/person.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/hex.h"
#include "base/text.h"
#include "codec/idna.h"
#include "message/message.h"
#include "message/tags.h"

enum {
	LOCAL_MAX = 256, /* bytes; RFC 5321 says 64, real ones are longer */
	DOMAIN_MAX = 255,
	/* It has no canonical name; some servers use it when 0x5d01 is missing. */
	TAG_CREATOR_SMTP = 0x5d0a,
	WIDE = 0x8000, /* of a one-off entry id's flags: UTF-16 */
	LATIN_1 = 1252,
};

const struct person_ids person_sender = { PidTagSenderName, PidTagSenderAddressType,
	PidTagSenderEmailAddress, PidTagSenderSmtpAddress, PidTagSenderEntryId,
	PidTagSenderSearchKey, TAG_CREATOR_SMTP };
const struct person_ids person_representing = { PidTagSentRepresentingName,
	PidTagSentRepresentingAddressType, PidTagSentRepresentingEmailAddress,
	PidTagSentRepresentingSmtpAddress, PidTagSentRepresentingEntryId,
	PidTagSentRepresentingSearchKey, 0 };
const struct person_ids person_received_by = { PidTagReceivedByName,
	PidTagReceivedByAddressType, PidTagReceivedByEmailAddress,
	PidTagReceivedBySmtpAddress, PidTagReceivedByEntryId, PidTagReceivedBySearchKey,
	0 };
const struct person_ids person_received_representing = { PidTagReceivedRepresentingName,
	PidTagReceivedRepresentingAddressType, PidTagReceivedRepresentingEmailAddress,
	PidTagReceivedRepresentingSmtpAddress, PidTagReceivedRepresentingEntryId,
	PidTagReceivedRepresentingSearchKey, 0 };
const struct person_ids person_receipt = { PidTagReadReceiptName,
	PidTagReadReceiptAddressType, PidTagReadReceiptEmailAddress,
	PidTagReadReceiptSmtpAddress, PidTagReadReceiptEntryId,
	PidTagReadReceiptSearchKey, 0 };
const struct person_ids person_recipient = { PidTagDisplayName, PidTagAddressType,
	PidTagEmailAddress, PidTagSmtpAddress, PidTagEntryId, PidTagSearchKey, 0 };

const uint8_t person_one_off[16] = { 0x81, 0x2b, 0x1f, 0xa4, 0xbe, 0xa3, 0x10, 0x19, 0x9d,
	0x6e, 0x00, 0xdd, 0x01, 0x0f, 0x54, 0x02 };

/* [MS-OXCDATA] 2.2.5.2: the provider of an address book's entry ids. */
static const uint8_t provider_book[16] = { 0xdc, 0xa7, 0x40, 0xc8, 0xc0, 0x42, 0x10, 0x1a,
	0xb4, 0xb9, 0x08, 0x00, 0x2b, 0x2f, 0xe1, 0x82 };

static bool person_all_of(const char *p, size_t n, const char *also)
{
	for (size_t i = 0; i < n; i++)
		if (!p[i] || (!isalnum((unsigned char)p[i]) && !text_among(also, p[i])))
			return false;
	return n > 0;
}

bool person_is_internet(struct text t)
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

static struct text person_copy(struct arena *a, const char *p, size_t n)
{
	return (struct text){ .s = arena_copy(a, p, n), .len = n };
}

/* 8-bit texts are in the message's code page. Where that is unknown, or only the last
 * resort: UTF-8 if they are valid UTF-8, else windows-1252. */
static struct text one_off_text(
    struct arena *a, unsigned page, struct cursor *in, bool wide)
{
	const uint8_t *start = in->pos;
	size_t n = 0;

	if (wide)
		while (cur_u16le(in) != 0)
			n += 2;
	else
		while (cur_u8(in) != 0)
			n++;
	if (in->bad)
		return (struct text){ 0 };
	if (wide)
		return text_from_utf16(a, start, n);
	bool denied;
	return page == 0 || page == LATIN_1 ? text_guess(a, start, n)
					    : text_claimed(a, page, start, n, &denied);
}

bool person_from_entry(struct arena *a, unsigned page, struct cursor in, struct person *p)
{
	uint8_t provider[16];
	struct text *to[] = { &p->name, &p->type, &p->address };

	*p = (struct person){ 0 };
	(void)cur_u32le(&in);
	cur_bytes(&in, provider, sizeof provider);
	if (in.bad)
		return false;
	if (memcmp(provider, provider_book, sizeof provider) == 0) {
		(void)cur_u32le(&in); /* version, kind */
		(void)cur_u32le(&in);
		p->address = one_off_text(a, page, &in, false);
		p->type = person_copy(a, "EX", 2);
		return p->address.len > 0;
	}
	if (memcmp(provider, person_one_off, sizeof provider) != 0)
		return false;
	(void)cur_u16le(&in); /* version */
	bool wide = cur_u16le(&in) & WIDE;
	for (size_t i = 0; i < sizeof to / sizeof to[0] && !in.bad; i++)
		*to[i] = one_off_text(a, page, &in, wide);
	return p->address.len > 0 || p->name.len > 0;
}

/*
 * An address of another system within one of the internet: IMCEASMTP-ann+40example+2Ecom
 * @example.net, "_" for "/", +XX for a byte.
 */
bool person_unwrap(struct arena *a, struct text t, struct text *type, struct text *inner)
{
	static const char prefix[] = "IMCEA";
	enum { TYPE_MOST = 32 };
	size_t n = sizeof prefix - 1, len = 0;

	if (t.len <= n || strncasecmp(t.s, prefix, n) != 0)
		return false;
	size_t start = n;
	while (n < t.len && isalnum((unsigned char)t.s[n]))
		n++;
	if (n == start || n - start > TYPE_MOST || n == t.len || t.s[n] != '-')
		return false;
	*type = person_copy(a, t.s + start, n - start);
	const char *at = memrchr(t.s, '@', t.len);
	size_t end = at && at > t.s + n ? (size_t)(at - t.s) : t.len;
	char *to = arena_alloc(a, t.len + 1);
	for (size_t i = n + 1; i < end; i++) {
		int high = i + 2 < end ? hex_value(t.s[i + 1]) : -1;
		int low = i + 2 < end ? hex_value(t.s[i + 2]) : -1;
		if (t.s[i] == '+' && high >= 0 && low >= 0) {
			to[len++] = (char)(high << 4 | low);
			i += 2;
		} else
			to[len++] = (char)(t.s[i] == '_' ? '/' : t.s[i]);
	}
	*inner = text_clean(a, text_guess(a, to, len));
	return inner->len > 0;
}

/* The domain in its plain form: A-labels (RFC 5890 2.3.2.1) for what is not ASCII. */
static struct text plain_domain(struct arena *a, const char *p, size_t n)
{
	char *domain = arena_copy(a, p, n);

	bool ascii = true;

	for (size_t i = 0; i < n; i++)
		ascii &= (unsigned char)p[i] < 0x80;
	if (ascii || n > DOMAIN_MAX || strlen(domain) != n || !text_is_utf8(p, n))
		return (struct text){ .s = domain, .len = n };
	char *labels = arena_alloc(a, IDNA_MOST);
	return (struct text){ .s = labels, .len = idna_ascii(p, n, labels) };
}

/* A local part that is well-formed as a quoted string: "ann lee". */
static bool local_is_quoted(const char *p, size_t n)
{
	if (n < 3 || p[0] != '"' || p[n - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < n; i++) {
		if (p[i] == '"' || (p[i] == '\\' && i + 2 == n))
			return false;
		i += p[i] == '\\';
	}
	return true;
}

/* A local part in quotes (RFC 5322 3.2.4). */
static const char *person_quoted(struct arena *a, const char *p, size_t n)
{
	char *to = arena_alloc(a, 2 * n + 3), *end = to;

	*end++ = '"';
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"' || p[i] == '\\')
			*end++ = '\\';
		*end++ = p[i];
	}
	*end++ = '"';
	*end = '\0';
	return to;
}

/*
 * An address that mail programs use although it is none (RFC 5322 3.4.1), in a form that
 * is one: the local part quoted, the domain in A-labels. .len 0: it cannot be one. Other
 * characters in a local part are of addresses of another kind.
 */
static struct text usable_of(struct arena *a, struct text t)
{
	static const char lenient[] = "!#$%&'*+-/=?^_`{|}~. @";
	static const char odd[] = "!#$%&'*+-?^_`{|}~. ,()[]\\\""; /* not of X.500 */
	const char *at = t.len ? memrchr(t.s, '@', t.len) : NULL;
	size_t local = at ? (size_t)(at - t.s) : 0;
	bool quoted = at && local_is_quoted(t.s, local);

	if (local == 0 || (!quoted && !person_all_of(t.s, local, lenient) &&
			      (*t.s == '"' || !person_all_of(t.s, local, odd))))
		return (struct text){ 0 };
	struct text domain = plain_domain(a, at + 1, t.len - local - 1);
	if (domain.len == 0)
		return domain;
	char *plain = arena_printf(a, "x@%s", domain.s);
	if (!person_is_internet((struct text){ .s = plain, .len = domain.len + 2 }))
		return (struct text){ 0 };
	char *all = arena_printf(a, "%.*s@%s", (int)local, t.s, domain.s);
	if (!quoted &&
	    !person_is_internet((struct text){ .s = all, .len = local + 1 + domain.len }))
		all = arena_printf(a, "%s@%s", person_quoted(a, t.s, local), domain.s);
	return local > LOCAL_MAX ? (struct text){ 0 }
				 : (struct text){ .s = all, .len = strlen(all) };
}

/* Without what stands before and behind the address: Ann <a@x>, a@x (Ann), a dot at its
 * end, and blanks that take no room. */
static struct text person_cut(struct arena *a, struct text t)
{
	static const char *const unseen[] = { "\xe2\x80\x8b", "\xef\xbb\xbf" };
	const char *at = t.len ? memchr(t.s, '@', t.len) : NULL;
	const char *open = t.len ? memrchr(t.s, '<', t.len) : NULL;

	for (size_t i = 0; i < 2; i++)
		if (t.len > 3 && memcmp(t.s, unseen[i], 3) == 0)
			return person_copy(a, t.s + 3, t.len - 3);
	if (!at)
		return t;
	if (open && open > t.s && t.s[t.len - 1] == '>')
		return person_copy(a, open, t.len - (size_t)(open - t.s));
	open = memchr(at, '(', t.len - (size_t)(at - t.s));
	if (open && t.s[t.len - 1] == ')')
		return text_clean(a, person_copy(a, t.s, (size_t)(open - t.s)));
	if (t.s[t.len - 1] == '.')
		return person_copy(a, t.s, t.len - 1);
	return t;
}

/* Without what programs put around addresses: <a@x>, 'a@x', "a@x", [a@x], mailto:a@x?..,
 * SMTP:a@x. */
static struct text person_bare(struct arena *a, struct text t)
{
	static const char *const schemes[] = { "SMTP:", "mailto:" };
	bool more = true;

	while (more) {
		size_t len = t.len;
		for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
			size_t n = strlen(schemes[i]);
			if (t.len <= n || strncasecmp(t.s, schemes[i], n) != 0)
				continue;
			t = person_copy(a, t.s + n, t.len - n);
			const char *query = i == 1 ? memchr(t.s, '?', t.len) : NULL;
			t.len = query ? (size_t)(query - t.s) : t.len;
		}
		t = person_cut(a, t);
		char first = (char)(t.len > 2 ? *t.s : '\0');
		char last = (char)(t.len ? t.s[t.len - 1] : '\0');
		if ((first == '<' && last == '>') || (first == '\'' && last == '\'') ||
		    (first == '[' && last == ']') || (first == '"' && last == '"'))
			t = text_clean(a, person_copy(a, t.s + 1, t.len - 2));
		more = t.len < len;
	}
	return t;
}

/* The internet address in a text that may be one, or hold one in a form of its own. */
static struct text internet_in(struct arena *a, struct text raw)
{
	enum { LONGEST = 4096 };
	struct text t = text_clean(a, raw);

	if (t.len > LONGEST)
		return (struct text){ 0 };
	t = person_bare(a, t);
	struct text type, inner;
	if (t.len > 0 && person_unwrap(a, t, &type, &inner) && type.len == 4 &&
	    strcasecmp(type.s, "SMTP") == 0 && person_is_internet(inner))
		return inner;
	return person_is_internet(t) ? t : usable_of(a, t);
}

/* "SMTP:ANN@EXAMPLE.COM" in capitals, and a zero: better than nothing. */
static struct text in_search_key(struct arena *a, struct span key)
{
	struct text found = { 0 };

	key = span_load(a, span_sub(key, 0, LOCAL_MAX + DOMAIN_MAX));
	size_t n = strnlen((const char *)key.mem, (size_t)key.len);
	if (n > 5 && strncasecmp((const char *)key.mem, "SMTP:", 5) == 0)
		found = internet_in(a, person_copy(a, (const char *)key.mem, n));
	char *p = found.len > 0 ? arena_copy(a, found.s, found.len) : NULL;
	for (size_t i = 0; i < found.len; i++)
		p[i] = (char)tolower((unsigned char)p[i]);
	return (struct text){ .s = p, .len = found.len };
}

static bool person_same(struct text a, struct text b)
{
	return a.len == b.len && strncasecmp(a.s, b.s, a.len) == 0;
}

/*
 * Can an address of this type only look like an internet address, as
 * "CN=Bob/O=Acme@Acme" of Notes does? A real one has a domain with a dot.
 */
static bool person_is_foreign(struct text type, struct text address)
{
	static const char *const others[] = { "NOTES", "MS", "X400", "CCMAIL", "FAX",
		"PROFS", "SNADS", "MHS", "GWISE" };
	const char *at = address.len ? memrchr(address.s, '@', address.len) : NULL;

	if (!at || memchr(at, '.', address.len - (size_t)(at - address.s)))
		return false;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (type.len == strlen(others[i]) &&
		    strncasecmp(type.s, others[i], type.len) == 0)
			return true;
	return false;
}

/* Names and addresses as they may be written, and which of them is the address. */
static struct person person_settle(struct arena *a, struct person p)
{
	p.name = text_clean(a, p.name);
	/* Outlook wraps names that are addresses in quotes of its own. */
	if (p.name.len > 2 && *p.name.s == '\'' && p.name.s[p.name.len - 1] == '\'')
		p.name = (struct text){ arena_copy(a, p.name.s + 1, p.name.len - 2),
			p.name.len - 2, 0 };
	p.address = text_clean(a, p.address);
	bool foreign = person_is_foreign(p.type, p.address);
	struct text found = foreign ? (struct text){ 0 } : internet_in(a, p.address),
		    raw = p.address;
	p.internet = found.len > 0;
	if (p.internet)
		p.address = found;
	if (!p.internet && person_is_internet(p.name)) {
		p.address = p.name; /* the name is the address, as in many old messages */
		p.internet = true;
	}
	if (p.internet && (person_same(p.name, p.address) || person_same(p.name, raw)))
		p.name = (struct text){ .s = "" };
	return p;
}

/* The first internet address of those that properties hold; .len 0: none. */
static struct text find_internet(struct arena *a, const struct props *ps,
    const struct person_ids *ids, struct text entry)
{
	struct text found = internet_in(a, props_text(ps, ids->smtp));

	if (found.len == 0 &&
	    !person_is_foreign(props_text(ps, ids->type), props_text(ps, ids->email)))
		found = internet_in(a, props_text(ps, ids->email));
	if (found.len == 0)
		found = internet_in(a, entry);
	if (found.len == 0 && ids->smtp_too)
		found = internet_in(a, props_text(ps, ids->smtp_too));
	if (found.len == 0)
		found = in_search_key(a, props_bytes(ps, ids->search_key));
	return found;
}

/* The name in "Ann <a@x>"; .len 0: none stands there. */
static struct text person_before(struct arena *a, struct text address)
{
	const char *angle = address.len ? memchr(address.s, '<', address.len) : NULL;

	return angle ? person_copy(a, address.s, (size_t)(angle - address.s))
		     : (struct text){ 0 };
}

struct person person_of(
    struct arena *a, const struct props *ps, const struct person_ids *ids)
{
	struct person p = { .name = props_text(ps, ids->name),
		.type = props_text(ps, ids->type),
		.address = props_text(ps, ids->email) },
		      one = { 0 };
	struct span id = span_load(a, props_bytes(ps, ids->entry));

	if (id.len > 0)
		(void)person_from_entry(
		    a, ps->codepage, cur_over(id.mem, (size_t)id.len), &one);
	if (p.address.len == 0) {
		p.type = one.type;
		p.address = one.address.len > 0 ? one.address : props_text(ps, ids->smtp);
	}
	if (p.name.len == 0)
		p.name = one.name;
	struct text found = find_internet(a, ps, ids, one.address);
	if (found.len > 0 && p.name.len == 0)
		p.name = person_before(a, p.address);
	if (found.len > 0)
		p.address = found;
	return person_settle(a, p);
}

size_t person_list(
    struct arena *a, unsigned page, struct span entries, struct person **to)
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
		(void)person_from_entry(a, page, one, &p);
		cur_align4(&in, list.mem);
		(*to)[count++] = person_settle(a, p);
	}
	return count;
}
