/* SPDX-License-Identifier: ISC */
#include "message/refs.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/hex.h"

enum {
	VALUE_MAX = 2048, /* bytes of a value that are looked at */
	PIECE = 64 * 1024,
};

/* A key is an id or a place; equal ones share the first one's mark. */
struct slot {
	const char *key; /* NULL: empty */
	uint32_t len, owner;
	const char *as; /* the id as the HTML spells it; NULL: as the key */
	bool is_id, found;
	bool cut; /* what stands before the "@" of an id, which owner has */
};

struct table {
	struct slot *slots;
	size_t mask;
	struct arena *arena;
};

static size_t refs_hash(const char *p, size_t n, bool is_id)
{
	size_t h = is_id ? 14695981039346656037U : 1099511628211U;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 1099511628211U;
	return h ^ h >> 32;
}

/* The slot that holds the key, or the empty one where it belongs. */
static struct slot *refs_find_url(
    const struct table *t, const char *p, size_t n, bool is_id)
{
	size_t i = refs_hash(p, n, is_id) & t->mask;

	for (;; i = (i + 1) & t->mask) {
		struct slot *s = &t->slots[i];
		if (!s->key ||
		    (s->is_id == is_id && s->len == n && memcmp(s->key, p, n) == 0))
			return s;
	}
}

/* The byte that two hexadecimal digits are; -1: they are not. */
static int refs_hex(const char *p)
{
	int high = hex_value(p[0]), low = high >= 0 ? hex_value(p[1]) : -1;

	return low >= 0 ? high << 4 | low : -1;
}

/* A character reference at p ("&amp;", "&#64;", "&#x40;") of an ASCII character, and its
 * length; others are compared as they are spelt. */
static size_t refs_reference(const char *p, size_t n, char *to)
{
	static const struct {
		const char *name;
		char means;
	} names[] = { { "&amp;", '&' }, { "&quot;", '"' }, { "&lt;", '<' },
		{ "&gt;", '>' }, { "&apos;", '\'' } };
	unsigned value = 0;
	size_t i = 2;

	for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
		if (n >= strlen(names[k].name) &&
		    strncasecmp(p, names[k].name, strlen(names[k].name)) == 0) {
			*to = names[k].means;
			return strlen(names[k].name);
		}
	bool hex = n > 2 && (p[2] | 0x20) == 'x';
	if (n < 3 || p[1] != '#')
		return 0;
	for (i += hex; i < n && i < 10 && isxdigit((unsigned char)p[i]); i++) {
		unsigned digit = p[i] <= '9' ? (unsigned)(p[i] - '0')
					     : (unsigned)((p[i] | 0x20) - 'a') + 10;
		if (digit > 9 && !hex)
			break;
		value = value * (hex ? 16 : 10) + digit;
	}
	if (i == (size_t)(2 + hex) || value == 0 || value > 0x7e)
		return 0;
	*to = (char)value;
	return i + (i < n && p[i] == ';');
}

static char refs_lower(char c)
{
	return (char)tolower((unsigned char)c);
}

/* Character references undone, where it is HTML. */
static size_t refs_unreferenced(const char *p, size_t n, char *to, bool html)
{
	size_t len = 0, one;

	for (size_t i = 0; i < n; i += one) {
		char ch = p[i];
		one = html && ch == '&' ? refs_reference(p + i, n - i, &ch) : 1;
		one = one ? one : 1;
		to[len++] = ch;
	}
	return len;
}

/* Copies n bytes at p into to (of n bytes), with character references and %XX undone. */
static size_t refs_fold(const char *p, size_t n, char *to, bool html)
{
	size_t len = 0;

	n = refs_unreferenced(p, n, to, html);
	for (size_t i = 0; i < n; i++) {
		char ch = to[i];
		int byte = ch == '%' && n - i > 2 ? refs_hex(to + i + 1) : -1;
		if (byte >= 0) {
			ch = (char)byte;
			i += 2;
		}
		if ((unsigned char)ch > ' ')
			to[len++] = refs_lower(ch);
	}
	return len;
}

static struct text refs_key(struct arena *a, struct text t)
{
	char *to = arena_alloc(a, t.len + 1);

	return (struct text){ .s = to, .len = refs_fold(t.s, t.len, to, false) };
}

static void refs_enter(const struct table *t, struct text key, bool is_id)
{
	if (key.len > 0) {
		struct slot *s = refs_find_url(t, key.s, key.len, is_id);
		s->key = key.s;
		s->len = (uint32_t)key.len;
		s->is_id = is_id;
	}
}

/* The slot of what stands before the "@" of an id; NULL: nothing does. */
static struct slot *refs_find_cut(const struct table *t, const char *p, size_t n)
{
	const char *at = n > 0 ? memchr(p, '@', n) : NULL;

	return at && at > p ? refs_find_url(t, p, (size_t)(at - p), true) : NULL;
}

/* Marks the attachment with this id. Either side may have only what stands before the
 * "@". spelt: the id as the HTML has it. */
static void refs_mark_id(
    const struct table *t, const char *p, size_t n, struct text spelt)
{
	struct slot *s = refs_find_url(t, p, n, true);
	bool differs = s->key && s->cut;

	if (!s->key) {
		s = refs_find_cut(t, p, n);
		differs = true;
		if (!s || !s->key || s->cut)
			return;
	}
	s->found = true;
	if (differs && !s->as)
		s->as = arena_copy(t->arena, spelt.s, spelt.len);
}

/* A value of the HTML: an address, or behind "cid:" an id. */
static void refs_mark(const struct table *t, const char *p, size_t n)
{
	char value[VALUE_MAX];
	size_t len = refs_fold(p, n, value, true);
	bool is_id = len > 4 && memcmp(value, "cid:", 4) == 0;
	struct slot *s = refs_find_url(t, value, len, false);

	s->found = s->found || s->key;
	if (is_id) {
		bool plain = n == len && !memchr(p, '%', n);
		refs_mark_id(t, value + 4, len - 4,
		    (struct text){ plain ? p + 4 : value + 4, len - 4, 0 });
	}
}

/* Adds what stands before the "@" of ids, unless it is the whole id of another
 * attachment. */
static void refs_enter_cuts(
    const struct table *t, const struct refs_want *want, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct text id = want[i].id;
		struct slot *s = refs_find_cut(t, id.s, id.len);
		const char *at = s ? memchr(id.s, '@', id.len) : NULL;
		if (at && !s->key)
			*s = (struct slot){ .key = id.s,
				.len = (uint32_t)(at - id.s),
				.is_id = true,
				.cut = true,
				.owner = (uint32_t)i };
	}
}

/* Was number i found by this id, or by a part of it? */
static bool refs_by_id(
    const struct table *t, struct text id, struct refs_want *want, size_t i)
{
	const struct slot *s = id.len > 0 ? refs_find_url(t, id.s, id.len, true) : NULL;

	if (s && !s->found) {
		s = refs_find_cut(t, id.s, id.len);
		if (s && (!s->cut || s->owner != i))
			s = NULL;
	}
	if (!s || !s->found)
		return false;
	if (s->as)
		want->as = (struct text){ s->as, strlen(s->as), 0 };
	return true;
}

static bool is_found(const struct table *t, struct text key)
{
	return key.len > 0 && refs_find_url(t, key.s, key.len, false)->found;
}

static bool refs_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The value that begins here, quoted or not; returns where to go on. */
static const char *refs_value(const struct table *t, const char *p, const char *end)
{
	const char *start, *stop;

	while (p < end && refs_is_blank(*p))
		p++;
	if (p == end)
		return end;
	size_t most = (size_t)(end - p) < VALUE_MAX ? (size_t)(end - p) : VALUE_MAX;
	if (*p == '"' || *p == '\'') {
		start = p + 1;
		stop = memchr(start, *p, most - 1);
		if (!stop)
			return start;
	} else {
		start = stop = p;
		while (stop < p + most && !refs_is_blank(*stop) && *stop != '>' &&
		       *stop != ')' && *stop != '"' && *stop != '\'')
			stop++;
	}
	refs_mark(t, start, (size_t)(stop - start));
	/* url( within style="..." is behind the quote: look there again. */
	return *p == '"' || *p == '\'' ? start : stop;
}

void refs_find(struct arena *a, struct span html, struct refs_want *want, size_t count)
{
	size_t capacity = 4;

	while (capacity < 8 * count)
		capacity *= 2;
	struct table t = { .slots = arena_array(a, capacity, sizeof *t.slots),
		.mask = capacity - 1,
		.arena = a };
	for (size_t i = 0; i < count; i++) {
		want[i].id = refs_key(a, want[i].id);
		want[i].place = refs_key(a, want[i].place);
		want[i].file = refs_key(a, want[i].file);
		refs_enter(&t, want[i].id, true);
		refs_enter(&t, want[i].place, false);
		refs_enter(&t, want[i].file, true);
	}
	refs_enter_cuts(&t, want, count);
	char *piece = arena_alloc(a, html.len < PIECE ? (size_t)html.len : PIECE);
	uint64_t at = 0;
	size_t n;
	while ((n = span_read(html, at, piece, PIECE)) > 0) {
		const char *p = piece, *end = p + n;
		/* What begins near the end of a piece is looked at in the next one. */
		const char *stop = n < PIECE ? end : end - VALUE_MAX - 2;
		while (p < stop) {
			char c = *p++;
			if (c == '=' || c == '(')
				p = refs_value(&t, p, end);
		}
		at += (size_t)(p - piece);
	}
	for (size_t i = 0; i < count; i++)
		want[i].found = refs_by_id(&t, want[i].id, &want[i], i) ||
				refs_by_id(&t, want[i].file, &want[i], i) ||
				is_found(&t, want[i].place);
}
