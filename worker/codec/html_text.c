/* SPDX-License-Identifier: ISC */
#include "codec/html_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/feed.h"
#include "base/sink.h"

enum { CRUMB_STEP = 64 * 1024, AHEAD = 4096 };
#define NOWHERE UINT64_MAX

/* What a tag does to the text around it. */
enum effect {
	EFFECT_NONE,
	EFFECT_LINE,
	EFFECT_BLOCK,
	EFFECT_CELL,
	EFFECT_ITEM,
	EFFECT_HIDE
};

/* To add a tag: a row. */
static const struct tag {
	char name[12];
	enum effect effect;
} tags[] = {
	{ "blockquote", EFFECT_BLOCK },
	{ "br", EFFECT_LINE },
	{ "div", EFFECT_LINE },
	{ "h1", EFFECT_BLOCK },
	{ "h2", EFFECT_BLOCK },
	{ "h3", EFFECT_BLOCK },
	{ "h4", EFFECT_BLOCK },
	{ "h5", EFFECT_BLOCK },
	{ "h6", EFFECT_BLOCK },
	{ "hr", EFFECT_LINE },
	{ "li", EFFECT_ITEM },
	{ "ol", EFFECT_BLOCK },
	{ "p", EFFECT_BLOCK },
	{ "pre", EFFECT_BLOCK },
	{ "script", EFFECT_HIDE },
	{ "style", EFFECT_HIDE },
	{ "table", EFFECT_BLOCK },
	{ "td", EFFECT_CELL },
	{ "th", EFFECT_CELL },
	{ "title", EFFECT_HIDE },
	{ "tr", EFFECT_LINE },
	{ "ul", EFFECT_BLOCK },
};

/* Character references that mail programs write; the rest stays as it is. */
static const struct entity {
	char name[8];
	unsigned code;
} entities[] = {
	{ "amp", '&' },
	{ "apos", '\'' },
	{ "bull", 0x2022 },
	{ "copy", 0xa9 },
	{ "euro", 0x20ac },
	{ "gt", '>' },
	{ "hellip", 0x2026 },
	{ "laquo", 0xab },
	{ "ldquo", 0x201c },
	{ "lsquo", 0x2018 },
	{ "lt", '<' },
	{ "mdash", 0x2014 },
	{ "nbsp", ' ' },
	{ "ndash", 0x2013 },
	{ "quot", '"' },
	{ "raquo", 0xbb },
	{ "rdquo", 0x201d },
	{ "reg", 0xae },
	{ "rsquo", 0x2019 },
};

struct reader {
	struct feed in;
	struct sink *out;
	unsigned lines; /* line ends due before the next word */
	bool any, blank;
	bool no_tag, no_comment; /* no end of one lies ahead: not looked for again */
};

static void html_text_newline(struct reader *r, unsigned want)
{
	r->lines = want > r->lines ? want : r->lines;
}

static void html_text_put(struct reader *r, const char *p, size_t n)
{
	if (r->any && r->lines == 0 && r->blank)
		sink_text(r->out, " ");
	for (; r->any && r->lines > 0; r->lines--)
		sink_text(r->out, "\n");
	sink_write(r->out, p, n);
	r->blank = false;
	r->any = true;
	r->lines = 0;
}

static void put_code(struct reader *r, unsigned code)
{
	char utf8[4];
	size_t n = 1;

	if (code == ' ' || code == 0xa0) {
		r->blank = true;
		return;
	}
	if (code < 0x80) {
		utf8[0] = (char)code;
	} else if (code < 0x800) {
		utf8[0] = (char)(0xc0 | code >> 6);
		n = 2;
	} else if (code < 0x10000) {
		utf8[0] = (char)(0xe0 | code >> 12);
		n = 3;
	} else {
		utf8[0] = (char)(0xf0 | code >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		utf8[i] = (char)(0x80 | (code >> (6 * (n - 1 - i)) & 0x3f));
	html_text_put(r, utf8, n);
}

/* How far ahead these n bytes are; NOWHERE: they do not come any more. */
static uint64_t html_text_ahead(struct reader *r, const char *what, size_t n)
{
	(void)feed_need(&r->in, AHEAD);
	const uint8_t *at = memmem(r->in.p, r->in.left, what, n);
	if (at)
		return (uint64_t)(at - r->in.p);
	/* Not at hand: the rest of a file, in pieces that overlap. */
	uint8_t piece[AHEAD];
	uint64_t here = feed_at(&r->in);
	for (uint64_t from = r->in.next - (r->in.left < n ? r->in.left : n - 1);;) {
		size_t got = span_read(r->in.in, from, piece, sizeof piece);
		at = memmem(piece, got, what, n);
		if (at)
			return from - here + (uint64_t)(at - piece);
		if (got < sizeof piece)
			return NOWHERE;
		from += got - (n - 1);
	}
}

/* "#8217" and "#x2019"; 0: none that can be shown. */
static unsigned html_text_numbered(const char *p, size_t n)
{
	unsigned base = n > 1 && (p[1] == 'x' || p[1] == 'X') ? 16 : 10, code = 0;

	for (size_t i = base == 16 ? 2 : 1; i < n; i++) {
		int digit = isdigit((unsigned char)p[i])    ? p[i] - '0'
			    : isxdigit((unsigned char)p[i]) ? (p[i] | 0x20) - 'a' + 10
							    : 16;
		if ((unsigned)digit >= base)
			return 0;
		code = code * base + (unsigned)digit;
		if (code > 0x10ffff)
			return 0;
	}
	bool shown = code >= ' ' && (code < 0x7f || code >= 0xa0) &&
		     (code < 0xd800 || code > 0xdfff);
	return shown ? code : 0;
}

/* At "&": a character reference, or just that character. */
static void html_text_reference(struct reader *r)
{
	enum { LONGEST = 10 };
	(void)feed_need(&r->in, LONGEST);
	const char *p = (const char *)r->in.p;
	const char *end = memchr(p, ';', r->in.left < LONGEST ? r->in.left : LONGEST);
	size_t n = end ? (size_t)(end - p) - 1 : 0;
	const char *name = p + 1;
	unsigned code = 0;

	if (n > 1 && *name == '#')
		code = html_text_numbered(name, n);
	for (size_t i = 0; n && !code && i < sizeof entities / sizeof entities[0]; i++)
		if (strlen(entities[i].name) == n &&
		    memcmp(entities[i].name, name, n) == 0)
			code = entities[i].code;
	if (code)
		put_code(r, code);
	else
		html_text_put(r, "&", 1);
	feed_skip(&r->in, code ? n + 2 : 1);
}

static const struct tag *tag_of(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
		if (strlen(tags[i].name) == n && strncasecmp(tags[i].name, p, n) == 0)
			return &tags[i];
	return NULL;
}

/* Behind the end tag of what is not shown, or to the end. */
static void html_text_hide(struct reader *r, const struct tag *tag)
{
	size_t n = strlen(tag->name);
	uint64_t lt;

	while ((lt = html_text_ahead(r, "<", 1)) != NOWHERE) {
		feed_skip(&r->in, lt + 1);
		if (!feed_need(&r->in, n + 1) || *r->in.p != '/' ||
		    strncasecmp((const char *)r->in.p + 1, tag->name, n) != 0)
			continue;
		uint64_t gt = html_text_ahead(r, ">", 1);
		feed_skip(&r->in, gt == NOWHERE ? r->in.in.len : gt + 1);
		return;
	}
	feed_skip(&r->in, r->in.in.len);
}

static bool begins_tag(const char *p, size_t left)
{
	return left > 0 &&
	       (isalpha((unsigned char)*p) || *p == '/' || *p == '!' || *p == '?');
}

/* At "<": a tag, a comment, or just that character. */
static void html_text_markup(struct reader *r)
{
	enum { NAME = 32 };
	(void)feed_need(&r->in, NAME);
	bool comment = r->in.left >= 4 && memcmp(r->in.p, "<!--", 4) == 0;
	bool tagged = !comment && begins_tag((const char *)r->in.p + 1, r->in.left - 1);
	uint64_t end = NOWHERE;

	if (comment && !r->no_comment)
		end = html_text_ahead(r, "-->", 3);
	else if (tagged && !r->no_tag)
		end = html_text_ahead(r, ">", 1);
	if (end == NOWHERE) {
		r->no_comment |= comment;
		r->no_tag |= tagged;
		html_text_put(r, "<", 1);
		feed_skip(&r->in, 1);
		return;
	}
	const char *name = (const char *)r->in.p + 1;
	bool closing = *name == '/';
	name += closing;
	size_t n = 0, most = end < NAME ? (size_t)end : NAME;
	while (n + 1 + closing < most && isalnum((unsigned char)name[n]))
		n++;
	const struct tag *tag = comment ? NULL : tag_of(name, n);
	feed_skip(&r->in, end + (comment ? 3 : 1));
	if (!tag)
		return;
	switch (tag->effect) {
	case EFFECT_LINE:
	case EFFECT_ITEM:
		html_text_newline(r, 1);
		if (tag->effect == EFFECT_ITEM && !closing)
			html_text_put(r, "- ", 2);
		break;
	case EFFECT_BLOCK:
		html_text_newline(r, 2);
		break;
	case EFFECT_CELL:
		r->blank = true;
		break;
	case EFFECT_HIDE:
		if (!closing)
			html_text_hide(r, tag);
		break;
	case EFFECT_NONE:
		break;
	}
}

void html_text(struct arena *a, struct span html, struct sink *to)
{
	struct reader r = { .in = feed_over(a, html), .out = to };
	uint64_t next = 0;

	while (feed_any(&r.in)) {
		if (feed_at(&r.in) >= next) {
			CRUMB_WITHIN("html", feed_at(&r.in));
			next = feed_at(&r.in) + CRUMB_STEP;
		}
		char c = (char)*r.in.p;
		if (c == '<') {
			html_text_markup(&r);
		} else if (c == '&') {
			html_text_reference(&r);
		} else if (isspace((unsigned char)c) || c == '\0') {
			r.blank = true;
			feed_skip(&r.in, 1);
		} else {
			html_text_put(&r, &c, 1);
			feed_skip(&r.in, 1);
		}
	}
	if (r.any)
		sink_text(r.out, "\n");
}

struct text html_text_of(struct arena *a, const char *html, size_t n)
{
	struct sink *to = sink_memory(a);

	html_text(a, span_over(html, n), to);
	struct span all = sink_bytes(to);
	return (
	    struct text){ arena_copy(a, all.mem, (size_t)all.len), (size_t)all.len, 0 };
}
