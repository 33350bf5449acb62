/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/shown.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/recode.h"
#include "base/sink.h"
#include "base/text.h"
#include "base/wipe.h"
#include "codec/html_text.h"
#include "format/format.h"
#include "format/mime/syntax/lines.h"
#include "format/mime/syntax/scan.h"
#include "format/mime/syntax/transfer.h"

enum { PIECE = 8 * 1024, TRIES = 64, UTF_8 = 65001 };

struct shown_text {
	struct shown_text *next;
	struct span says; /* folded */
};

/* --- what of a text is compared --- */

/*
 * A character as it is compared: the bytes to write, none where it does not count. Other
 * characters than these rows are compared as they are.
 */
static const struct fold {
	uint32_t first, last;
	const char *to;
} folds[] = {
	{ 0x00, 0x20, "" },
	{ '>', '>', "" }, /* quoting */
	{ 0x7f, 0xa0, "" },
	{ 0xad, 0xad, "" },     /* soft hyphen */
	{ 0xb7, 0xb7, "" },     /* bullets */
	{ 0x2000, 0x200f, "" }, /* blanks, joiners, directions */
	{ 0x2010, 0x2015, "-" },
	{ 0x2018, 0x201b, "'" },
	{ 0x201c, 0x201f, "\"" },
	{ 0x2022, 0x2023, "" },
	{ 0x2026, 0x2026, "..." },
	{ 0x2028, 0x202f, "" },
	{ 0x205f, 0x206f, "" },
	{ 0x2212, 0x2212, "-" },
	{ 0x25a0, 0x25ff, "" },
	{ 0x3000, 0x3000, "" },
	{ 0xf0a7, 0xf0b7, "" }, /* bullets of a symbol font */
	{ 0xfeff, 0xfeff, "" },
};

static const char *shown_fold(uint32_t ch)
{
	if (ch > ' ' && ch < 0x7f && ch != '>')
		return NULL;
	for (size_t i = 0; i < sizeof folds / sizeof folds[0]; i++)
		if (ch >= folds[i].first && ch <= folds[i].last)
			return folds[i].to;
	return NULL;
}

/* The character that begins here and its length; what is no UTF-8 is one byte. */
static size_t shown_char(const uint8_t *p, size_t left, uint32_t *ch)
{
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = *p < 0xc0 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

	*ch = *p < 0x80 ? *p : 0x110000;
	if (n == 1 || n > left)
		return 1;
	uint32_t all = *p ^ lead[n];
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		all = all << 6 | (p[i] & 0x3f);
	}
	*ch = all;
	return n;
}

/* What the text says, as it is compared. */
static struct span shown_folded(struct convert *c, struct span text)
{
	struct sink *to = convert_scratch(c);
	uint8_t p[PIECE];
	uint64_t at = 0;
	size_t have;

	while ((have = span_read(text, at, p, sizeof p)) > 0) {
		size_t i = 0, kept = 0, keep = at + have < text.len ? 4 : 0;
		while (i < have && have - i > keep) {
			uint32_t ch;
			size_t n = shown_char(p + i, have - i, &ch);
			const char *other = shown_fold(ch);
			if (other) {
				sink_write(to, p + kept, i - kept);
				sink_text(to, other);
				kept = i + n;
			}
			i += n;
		}
		sink_write(to, p + kept, i - kept);
		at += i;
		convert_alive(c);
	}
	return sink_bytes(to);
}

/* --- is one in the other --- */

/* Bytes of a span one after the other. */
struct reader {
	struct span in;
	uint64_t at;
	size_t used, have;
	uint8_t p[PIECE];
};

/* Not by a value, which a compiler may make on the stack first. */
static void shown_begin(struct reader *r, struct span in)
{
	r->in = in;
	r->at = 0;
	r->used = r->have = 0;
}

static int shown_next(struct reader *r)
{
	if (r->used == r->have) {
		r->at += r->have;
		r->used = 0;
		r->have = span_read(r->in, r->at, r->p, sizeof r->p);
		if (r->have == 0)
			return -1;
	}
	return r->p[r->used++];
}

static bool shown_equal(struct span a, struct span b)
{
	uint8_t p[PIECE], q[PIECE];
	uint64_t at = 0;
	size_t n;

	while ((n = span_read(a, at, p, sizeof p)) > 0) {
		if (span_read(b, at, q, n) != n || memcmp(p, q, n) != 0)
			return false;
		at += n;
	}
	return a.len == b.len;
}

/*
 * By Karp and Rabin: the sum over a window as long as the needle moves along. Sums modulo
 * 2^32 meet by chance, or on purpose: each meeting is looked at, and after some in vain
 * it is not known to be in there.
 */
static bool shown_in(struct span needle, struct span hay)
{
	const uint32_t base = 0x01000193;
	static struct reader front, back, what; /* one comparison at a time */
	uint32_t want = 0, sum = 0, top = 1;
	unsigned tries = 0;

	wipe_later(&front, sizeof front);
	wipe_later(&back, sizeof back);
	wipe_later(&what, sizeof what);
	if (needle.len > hay.len)
		return false;
	shown_begin(&front, hay);
	shown_begin(&back, hay);
	shown_begin(&what, needle);
	for (uint64_t i = 0; i < needle.len; i++) {
		want = want * base + (uint32_t)shown_next(&what) + 1;
		sum = sum * base + (uint32_t)shown_next(&front) + 1;
		top *= base;
	}
	for (uint64_t at = 0;; at++) {
		if (sum == want) {
			if (shown_equal(needle, span_sub(hay, at, needle.len)))
				return true;
			if (++tries > TRIES)
				return false;
		}
		int in = shown_next(&front);
		if (in < 0)
			return false;
		sum = sum * base + (uint32_t)in + 1 -
		      top * ((uint32_t)shown_next(&back) + 1);
	}
}

/* --- a mail's texts --- */

/* The text of a part in UTF-8, HTML as its words. */
static struct span shown_part(struct convert *c, const struct entity *e)
{
	struct span body = transfer_decode(
	    c, span_sub(c->in, e->body, e->end - e->body), e->encoding, NULL);
	unsigned page = e->charset ? text_codepage(e->charset) : UTF_8;
	struct sink *to;

	if (page != UTF_8 && text_known(page)) {
		to = convert_scratch(c);
		(void)recode(page, body, to, convert_alive, c);
		body = sink_bytes(to);
	}
	if (!e->type || strcmp(e->type, "text/html") != 0)
		return body;
	to = convert_scratch(c);
	html_text(c->arena, body, to);
	return sink_bytes(to);
}

void shown_add(struct shown *s, struct span text)
{
	if (text.len > LIMIT_TEXT)
		return;
	struct shown_text *t = arena_alloc(s->c->arena, sizeof *t);
	t->says = shown_folded(s->c, text);
	if (t->says.len == 0)
		return;
	t->next = s->first;
	s->first = t;
}

struct shown shown_of(struct convert *c, const struct entity *host)
{
	struct shown s = { .c = c, .host = host };

	for (const struct entity *e = host; e; e = e->next) {
		if (e->host != host || !scan_is_shown(e) || e->end - e->body > LIMIT_TEXT)
			continue;
		const struct shown_text *before = s.first;
		shown_add(&s, shown_part(c, e));
		s.html |=
		    s.first != before && e->type && strcmp(e->type, "text/html") == 0;
	}
	return s;
}

/* --- parts for machines --- */

bool shown_has(const struct shown *s, const char *type)
{
	for (const struct entity *e = s->host; e; e = e->next)
		if (e->host == s->host && e->type && strcmp(e->type, type) == 0)
			return true;
	return false;
}

/* The value of the first UID (RFC 5545 3.8.4.7), unfolded; .len 0: it has none. */
static struct text shown_uid(struct convert *c, struct span ical)
{
	struct lines lines = lines_over(c->arena, ical, 0);
	struct text uid = { 0 };
	struct line l;

	while (lines_next(&lines, &l)) {
		bool folded = l.len > 0 && (*l.text == ' ' || *l.text == '\t');
		if (uid.len > 0 && !folded)
			break;
		if (uid.len > 0 && uid.len + l.len < LINES_HEAD) {
			uid.s = arena_printf(
			    c->arena, "%s%.*s", uid.s, (int)l.len - 1, l.text + 1);
			uid.len = strlen(uid.s);
		} else if (l.len > 4 && strncasecmp(l.text, "UID:", 4) == 0) {
			uid.s = arena_copy(c->arena, l.text + 4, l.len - 4);
			uid.len = strlen(uid.s);
		}
	}
	return uid;
}

bool shown_has_calendar(const struct shown *s, struct span ical, bool own_uid)
{
	struct text want = shown_uid(s->c, ical);

	for (const struct entity *e = s->host; e; e = e->next) {
		if (e->host != s->host || !e->type ||
		    strcmp(e->type, "text/calendar") != 0 ||
		    e->end - e->body > LIMIT_TEXT)
			continue;
		struct text has = shown_uid(s->c,
		    transfer_decode(s->c, span_sub(s->c->in, e->body, e->end - e->body),
			e->encoding, NULL));
		if (!own_uid || has.len == 0 || want.len == 0 ||
		    (has.len == want.len && strncasecmp(has.s, want.s, has.len) == 0))
			return true;
	}
	return false;
}

bool shown_any(const struct shown *s)
{
	return s->first != NULL;
}

bool shown_says(const struct shown *s, struct span text)
{
	if (text.len > LIMIT_TEXT)
		return false;
	struct span says = shown_folded(s->c, text);
	for (const struct shown_text *t = s->first; says.len > 0 && t; t = t->next)
		if (shown_in(says, t->says))
			return true;
	return says.len == 0;
}

bool shown_within(const struct shown *s, struct span text)
{
	struct span says =
	    text.len > LIMIT_TEXT ? span_over(NULL, 0) : shown_folded(s->c, text);
	for (const struct shown_text *t = s->first; t; t = t->next)
		if (!shown_in(t->says, says))
			return false;
	return true;
}
