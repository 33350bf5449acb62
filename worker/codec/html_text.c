/* SPDX-License-Identifier: ISC */
#include "codec/html_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/feed.h"
#include "base/sink.h"
#include "base/wipe.h"
#include "codec/html_refs.h"
#include "codec/html_rules.h"
#include "codec/html_space.h"

enum { CRUMB_STEP = 64 * 1024, AHEAD = 4096, LISTS = 8, TARGET = 2048 };
#define NOWHERE UINT64_MAX

/* What a tag does to the text around it. */
enum effect {
	EFFECT_NONE,
	EFFECT_LINE,
	EFFECT_BLOCK,
	EFFECT_CELL,
	EFFECT_ITEM,
	EFFECT_HIDE,
	EFFECT_LIST,
	EFFECT_PRE,
	EFFECT_LINK,
	EFFECT_PICTURE,
};

/* To add a tag: a row. */
static const struct tag {
	char name[12];
	enum effect effect;
} tags[] = {
	{ "a", EFFECT_LINK },
	{ "article", EFFECT_BLOCK },
	{ "blockquote", EFFECT_BLOCK },
	{ "br", EFFECT_LINE },
	{ "caption", EFFECT_LINE },
	{ "center", EFFECT_LINE },
	{ "dd", EFFECT_LINE },
	{ "div", EFFECT_LINE },
	{ "dl", EFFECT_BLOCK },
	{ "dt", EFFECT_LINE },
	{ "h1", EFFECT_BLOCK },
	{ "h2", EFFECT_BLOCK },
	{ "h3", EFFECT_BLOCK },
	{ "h4", EFFECT_BLOCK },
	{ "h5", EFFECT_BLOCK },
	{ "h6", EFFECT_BLOCK },
	{ "hr", EFFECT_LINE },
	{ "img", EFFECT_PICTURE },
	{ "li", EFFECT_ITEM },
	{ "listing", EFFECT_PRE },
	{ "ol", EFFECT_LIST },
	{ "p", EFFECT_BLOCK },
	{ "pre", EFFECT_PRE },
	{ "script", EFFECT_HIDE },
	{ "section", EFFECT_BLOCK },
	{ "style", EFFECT_HIDE },
	{ "table", EFFECT_BLOCK },
	{ "td", EFFECT_CELL },
	{ "textarea", EFFECT_PRE },
	{ "th", EFFECT_CELL },
	{ "title", EFFECT_HIDE },
	{ "tr", EFFECT_LINE },
	{ "ul", EFFECT_LIST },
	{ "xmp", EFFECT_PRE },
};

/* The link that is open: where it leads, and the words in it. */
struct link {
	char target[TARGET];
	size_t len, said; /* said: bytes of its words, of which the first are kept */
	char words[TARGET];
};

struct reader {
	struct feed in;
	struct sink *out;
	unsigned lines; /* line ends due before the next word */
	bool any, blank;
	bool readable;    /* with targets, texts of pictures, columns */
	bool row, column; /* a cell of this row has words; a new one is due */
	struct html_spaces spaces;
	struct html_rules rules;
	unsigned depth;       /* of lists */
	unsigned item[LISTS]; /* of an ordered list its last number, 0: unordered */
	bool ordered[LISTS];
	struct link link;
	bool no_tag, no_comment; /* no end of one lies ahead: not looked for again */
};

static void html_text_newline(struct reader *r, unsigned want)
{
	r->lines = want > r->lines ? want : r->lines;
}

static void html_text_put(struct reader *r, const char *p, size_t n)
{
	struct link *l = &r->link;

	if (r->any && r->lines == 0 && r->column && r->row)
		sink_text(r->out, "\t");
	else if (r->any && r->lines == 0 && r->blank)
		sink_text(r->out, " ");
	for (; r->any && r->lines > 0; r->lines--)
		sink_text(r->out, "\n");
	sink_write(r->out, p, n);
	for (size_t i = 0; l->len > 0 && i < n; i++, l->said++)
		if (l->said < TARGET)
			l->words[l->said] = p[i];
	r->column = false;
	r->row = true;
	r->blank = false;
	r->any = true;
	r->lines = 0;
}

static void html_text_blank(struct reader *r, char c)
{
	enum html_space space = html_space_now(&r->spaces);

	if (space != HTML_SPACE_ONE && c == '\n')
		r->lines += r->any;
	else if (space != HTML_SPACE_ALL)
		r->blank = true;
	else if (c != '\r')
		html_text_put(r, c == '\t' ? "\t" : " ", 1);
}

static void put_code(struct reader *r, unsigned code)
{
	char utf8[4];
	size_t n = 1;

	if (code <= ' ' || code == 0xa0) {
		html_text_blank(r, code == '\n' ? '\n' : ' ');
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

/* At "&": a character reference, or just that character. */
static void html_text_reference(struct reader *r)
{
	uint32_t codes[2];

	(void)feed_need(&r->in, HTML_REFS_LONGEST);
	size_t n = html_refs_at((const char *)r->in.p, r->in.left, codes);
	if (n == 0)
		html_text_put(r, "&", 1);
	for (size_t i = 0; n > 0 && i < 2 && codes[i]; i++)
		put_code(r, codes[i]);
	feed_skip(&r->in, n ? n : 1);
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

/* The same, and the rules in it. */
static void html_text_sheet(struct reader *r, const struct tag *tag)
{
	size_t n = strlen(tag->name);

	while (feed_need(&r->in, 1)) {
		if (*r->in.p == '<' && feed_need(&r->in, n + 2) && r->in.p[1] == '/' &&
		    strncasecmp((const char *)r->in.p + 2, tag->name, n) == 0)
			break;
		html_rules_byte(&r->rules, (char)*r->in.p);
		feed_skip(&r->in, 1);
	}
	html_text_hide(r, tag);
}

static bool begins_tag(const char *p, size_t left)
{
	return left > 0 &&
	       (isalpha((unsigned char)*p) || *p == '/' || *p == '!' || *p == '?');
}

static const char *after_blanks(const char *p, const char *stop)
{
	while (p < stop && isspace((unsigned char)*p))
		p++;
	return p;
}

/* The value at p, quoted or not, character references undone; its length, 0: it does not
 * end before stop. */
static size_t html_text_unquoted(const char *p, const char *stop, char to[TARGET])
{
	char quote = '\0';
	size_t len = 0;

	if (p < stop && (*p == '"' || *p == '\''))
		quote = *p++;
	while (p < stop && (quote ? *p != quote : !isspace((unsigned char)*p))) {
		uint32_t codes[2];
		size_t k = *p == '&' ? html_refs_at(p, (size_t)(stop - p), codes) : 0;
		bool plain = k > 0 && codes[0] > ' ' && codes[0] < 0x7f && !codes[1];
		to[len++] = (char)(plain ? (int)codes[0] : *p);
		p += plain ? k : 1;
	}
	return quote && p >= stop ? 0 : len;
}

/*
 * The value of an attribute of the tag at hand, character references undone; its length,
 * 0: there is none, or it is longer than what is looked at.
 */
static size_t html_text_value(
    struct reader *r, uint64_t end, const char *name, char to[TARGET])
{
	const char *p, *stop;
	size_t n = strlen(name);

	if (!feed_need(&r->in, end < TARGET ? (size_t)end : TARGET))
		return 0;
	p = (const char *)r->in.p;
	stop = p + (end < TARGET ? end : TARGET);
	for (p++; p < stop; p++) {
		if (!isspace((unsigned char)p[-1]) || (size_t)(stop - p) <= n ||
		    strncasecmp(p, name, n) != 0)
			continue;
		p = after_blanks(p + n, stop);
		if (p >= stop || *p++ != '=')
			continue;
		return html_text_unquoted(after_blanks(p, stop), stop, to);
	}
	return 0;
}

/* Where a link leads, the words that stand for a picture. */
static void html_text_attribute(struct reader *r, const struct tag *tag, uint64_t end)
{
	char value[TARGET];
	size_t n;

	if (tag->effect == EFFECT_LINK) {
		r->link.len = html_text_value(r, end, "href", r->link.target);
		r->link.said = 0;
		if (r->link.len > 0 && *r->link.target == '#') /* within it */
			r->link.len = 0;
	} else if (tag->effect == EFFECT_PICTURE) {
		n = html_text_value(r, end, "alt", value);
		if (n > 0) {
			html_text_put(r, "[", 1);
			for (size_t i = 0; i < n; i++)
				if (isspace((unsigned char)value[i]))
					r->blank = true;
				else
					html_text_put(r, value + i, 1);
			html_text_put(r, "]", 1);
		}
	}
}

/* What the rules say of white space in this element. */
static bool html_text_ruled(
    struct reader *r, const char *name, size_t n, uint64_t end, enum html_space *space)
{
	char id[TARGET], classes[TARGET];
	struct html_element e = { name, id, classes, n, 0, 0 };

	if (r->rules.count == 0)
		return false;
	e.id_len = html_text_value(r, end, "id", id);
	e.classes_len = html_text_value(r, end, "class", classes);
	return html_rules_open(&r->rules, &e, space);
}

/* What becomes of white space from this tag on. */
static void html_text_space(struct reader *r, const struct tag *tag, const char *name,
    size_t n, bool closing, uint64_t end)
{
	bool pre = tag && tag->effect == EFFECT_PRE;
	enum html_space space = HTML_SPACE_ALL;
	char style[TARGET];

	if (closing) {
		html_space_close(&r->spaces, name, n);
		html_rules_close(&r->rules, name, n);
		return;
	}
	bool says = html_text_ruled(r, name, n, end, &space);
	size_t len = html_text_value(r, end, "style", style);
	says |= html_space_style(style, len, &space);
	html_space_open(&r->spaces, name, n, says || pre ? &space : NULL);
}

/* What a link says already: its target, with or without its scheme. */
static bool html_text_says_target(const struct link *l)
{
	static const char *const schemes[] = { "", "http://", "https://",
		"mailto:", "tel:" };
	size_t said = l->said < TARGET ? l->said : TARGET;

	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		size_t n = strlen(schemes[i]), len = l->len;
		if (len < n || strncasecmp(l->target, schemes[i], n) != 0)
			continue;
		len -= len > n && l->target[len - 1] == '/' && said + 1 == len - n;
		if (len - n == said && strncasecmp(l->target + n, l->words, said) == 0)
			return true;
	}
	return false;
}

static void html_text_end_link(struct reader *r)
{
	struct link *l = &r->link;
	size_t len = l->len;

	if (len > 0 && l->said > 0 && !html_text_says_target(l)) {
		l->len = 0;
		r->blank = true;
		html_text_put(r, "<", 1);
		html_text_put(r, l->target, len);
		html_text_put(r, ">", 1);
	}
	l->len = 0;
}

static void html_text_item(struct reader *r)
{
	size_t at = r->depth > 0 && r->depth <= LISTS ? r->depth - 1U : LISTS;
	char number[16];

	html_text_newline(r, 1);
	if (at < LISTS && r->ordered[at] && r->readable && ++r->item[at] < 100) {
		int n = snprintf(number, sizeof number, "%u. ", r->item[at]);
		html_text_put(r, number, (size_t)n);
	} else {
		html_text_put(r, "- ", 2);
	}
}

static void html_text_list(struct reader *r, const struct tag *tag, bool closing)
{
	html_text_newline(r, 2);
	if (closing) {
		r->depth -= r->depth > 0;
		return;
	}
	if (r->depth < LISTS) {
		r->ordered[r->depth] = tag->name[0] == 'o';
		r->item[r->depth] = 0;
	}
	r->depth += r->depth < UINT32_MAX;
}

static void html_text_pre(struct reader *r, bool closing)
{
	html_text_newline(r, 2);
	if (closing)
		return;
	if (feed_need(&r->in, 1) && *r->in.p == '\r')
		feed_skip(&r->in, 1);
	if (feed_need(&r->in, 1) && *r->in.p == '\n') /* not of its text */
		feed_skip(&r->in, 1);
}

static void html_text_tag(struct reader *r, const struct tag *tag, bool closing)
{
	switch (tag->effect) {
	case EFFECT_LINE:
		html_text_newline(r, 1);
		r->row = false;
		break;
	case EFFECT_ITEM:
		if (closing)
			html_text_newline(r, 1);
		else
			html_text_item(r);
		break;
	case EFFECT_BLOCK:
		html_text_newline(r, 2);
		break;
	case EFFECT_LIST:
		html_text_list(r, tag, closing);
		break;
	case EFFECT_PRE:
		html_text_pre(r, closing);
		break;
	case EFFECT_CELL:
		r->blank = true;
		r->column |= r->readable && !closing;
		break;
	case EFFECT_HIDE:
		if (!closing && strcmp(tag->name, "style") == 0)
			html_text_sheet(r, tag);
		else if (!closing)
			html_text_hide(r, tag);
		break;
	case EFFECT_LINK:
		if (closing)
			html_text_end_link(r);
		break;
	case EFFECT_PICTURE:
	case EFFECT_NONE:
		break;
	}
}

/* At "<": a tag, a comment, or just that character. */
static void html_text_markup(struct reader *r)
{
	enum { NAME = HTML_SPACE_NAME };
	char own[NAME];
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
	memcpy(own, name, n); /* behind what is looked at next it may lie no more */
	const struct tag *tag = comment ? NULL : tag_of(own, n);
	if (!comment)
		html_text_space(r, tag, own, n, closing, end);
	if (tag && !closing && r->readable)
		html_text_attribute(r, tag, end);
	feed_skip(&r->in, end + (comment ? 3 : 1));
	if (tag)
		html_text_tag(r, tag, closing);
}

static void html_text_from(
    struct arena *a, struct span html, struct sink *to, bool readable)
{
	static struct reader one; /* a text at a time */
	struct reader *const r = &one;
	uint64_t next = 0;

	wipe_later(&one, sizeof one);
	/* Not by a value, which a compiler may make on the stack first. */
	memset(&one, 0, sizeof one);
	one.in = feed_over(a, html);
	one.out = to;
	one.readable = readable;
	while (feed_any(&r->in)) {
		if (feed_at(&r->in) >= next) {
			CRUMB_WITHIN("html", feed_at(&r->in));
			next = feed_at(&r->in) + CRUMB_STEP;
		}
		char c = (char)*r->in.p;
		if (c == '<') {
			html_text_markup(r);
		} else if (c == '&') {
			html_text_reference(r);
		} else if (isspace((unsigned char)c) || c == '\0') {
			html_text_blank(r, c);
			feed_skip(&r->in, 1);
		} else {
			html_text_put(r, &c, 1);
			feed_skip(&r->in, 1);
		}
	}
	if (r->any)
		sink_text(r->out, "\n");
}

void html_text(struct arena *a, struct span html, struct sink *to)
{
	html_text_from(a, html, to, false);
}

void html_text_readable(struct arena *a, struct span html, struct sink *to)
{
	html_text_from(a, html, to, true);
}

struct text html_text_of(struct arena *a, const char *html, size_t n)
{
	struct sink *to = sink_memory(a);

	html_text_readable(a, span_over(html, n), to);
	struct span all = sink_bytes(to);
	return (
	    struct text){ arena_copy(a, all.mem, (size_t)all.len), (size_t)all.len, 0 };
}
