/* SPDX-License-Identifier: ISC */
#include "format/mime/write/refs.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"

enum {
	VALUE_MAX = 2048, /* bytes of a value that are looked at */
	PIECE = 64 * 1024,
};

/* A key is an id or a place; equal ones share the first one's mark. */
struct slot {
	struct text key; /* .s NULL: empty */
	bool is_id, found;
};

struct table {
	struct slot *slots;
	size_t mask;
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
		if (!s->key.s ||
		    (s->is_id == is_id && s->key.len == n && memcmp(s->key.s, p, n) == 0))
			return s;
	}
}

static void refs_enter(const struct table *t, struct text key, bool is_id)
{
	if (key.len > 0) {
		struct slot *s = refs_find_url(t, key.s, key.len, is_id);
		s->key = key;
		s->is_id = is_id;
	}
}

static void refs_mark(const struct table *t, const char *p, size_t n, bool is_id)
{
	struct slot *s = refs_find_url(t, p, n, is_id);

	s->found = s->key.s != NULL;
}

static bool is_found(const struct table *t, struct text key, bool is_id)
{
	return key.len > 0 && refs_find_url(t, key.s, key.len, is_id)->found;
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
	size_t n = (size_t)(stop - start);
	refs_mark(t, start, n, false);
	if (n > 4 && strncasecmp(start, "cid:", 4) == 0)
		refs_mark(t, start + 4, n - 4, true);
	/* url( within style="..." is behind the quote: look there again. */
	return *p == '"' || *p == '\'' ? start : stop;
}

void refs_find(struct arena *a, struct span html, struct refs_want *want, size_t count)
{
	size_t room = 4;

	while (room < 4 * count)
		room *= 2;
	struct table t = { .slots = arena_array(a, room, sizeof *t.slots),
		.mask = room - 1 };
	for (size_t i = 0; i < count; i++) {
		refs_enter(&t, want[i].id, true);
		refs_enter(&t, want[i].place, false);
	}
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
		want[i].found =
		    is_found(&t, want[i].id, true) || is_found(&t, want[i].place, false);
}
