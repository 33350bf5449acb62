#include "codec/html_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/sink.h"

enum { CRUMB_STEP = 64 * 1024 };

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
	const char *p;
	size_t left;
	struct sink *out;
	unsigned lines; /* line ends due before the next word */
	bool any, blank;
	bool no_tag, no_comment; /* no end of one lies ahead: not looked for again */
};

static void newline(struct reader *r, unsigned want)
{
	r->lines = want > r->lines ? want : r->lines;
}

static void put(struct reader *r, const char *p, size_t n)
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
	put(r, utf8, n);
}

static void skip(struct reader *r, size_t n)
{
	n = n < r->left ? n : r->left;
	r->p += n;
	r->left -= n;
}

/* "#8217" and "#x2019"; 0: none that can be shown. */
static unsigned numbered(const char *p, size_t n)
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
static void reference(struct reader *r)
{
	enum { LONGEST = 10 };
	size_t most = r->left < LONGEST ? r->left : LONGEST;
	const char *end = memchr(r->p, ';', most);
	size_t n = end ? (size_t)(end - r->p) - 1 : 0;
	const char *name = r->p + 1;
	unsigned code = 0;

	if (n > 1 && *name == '#')
		code = numbered(name, n);
	for (size_t i = 0; n && !code && i < sizeof entities / sizeof entities[0]; i++)
		if (strlen(entities[i].name) == n &&
		    memcmp(entities[i].name, name, n) == 0)
			code = entities[i].code;
	if (code) {
		put_code(r, code);
		skip(r, n + 2);
	} else {
		put(r, "&", 1);
		skip(r, 1);
	}
}

static const struct tag *tag_of(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
		if (strlen(tags[i].name) == n && strncasecmp(tags[i].name, p, n) == 0)
			return &tags[i];
	return NULL;
}

/* Behind the end tag of what is not shown, or to the end. */
static void hide(struct reader *r, const struct tag *tag)
{
	size_t n = strlen(tag->name);

	while (r->left > 0) {
		const char *lt = memchr(r->p, '<', r->left);
		if (!lt)
			break;
		skip(r, (size_t)(lt - r->p) + 1);
		if (r->left > n + 1 && *r->p == '/' &&
		    strncasecmp(r->p + 1, tag->name, n) == 0) {
			const char *gt = memchr(r->p, '>', r->left);
			skip(r, gt ? (size_t)(gt - r->p) + 1 : r->left);
			return;
		}
	}
	skip(r, r->left);
}

static bool begins_tag(const char *p, size_t left)
{
	return left > 0 &&
	       (isalpha((unsigned char)*p) || *p == '/' || *p == '!' || *p == '?');
}

/* At "<": a tag, a comment, or just that character. */
static void markup(struct reader *r)
{
	bool comment = r->left >= 4 && memcmp(r->p, "<!--", 4) == 0;
	const char *name = r->p + 1, *end = NULL;
	size_t n = 0;

	if (comment && !r->no_comment)
		end = memmem(r->p, r->left, "-->", 3);
	else if (!comment && !r->no_tag && begins_tag(name, r->left - 1))
		end = memchr(r->p, '>', r->left);
	if (!end) {
		r->no_comment |= comment;
		r->no_tag |= !comment && begins_tag(name, r->left - 1);
		put(r, "<", 1);
		skip(r, 1);
		return;
	}
	bool closing = *name == '/';
	name += closing;
	while (name + n < end && isalnum((unsigned char)name[n]))
		n++;
	const struct tag *tag = comment ? NULL : tag_of(name, n);
	skip(r, (size_t)(end - r->p) + (comment ? 3 : 1));
	if (!tag)
		return;
	switch (tag->effect) {
	case EFFECT_LINE:
	case EFFECT_ITEM:
		newline(r, 1);
		if (tag->effect == EFFECT_ITEM && !closing)
			put(r, "- ", 2);
		break;
	case EFFECT_BLOCK:
		newline(r, 2);
		break;
	case EFFECT_CELL:
		r->blank = true;
		break;
	case EFFECT_HIDE:
		if (!closing)
			hide(r, tag);
		break;
	case EFFECT_NONE:
		break;
	}
}

struct text html_text(struct arena *a, const char *html, size_t n)
{
	struct reader r = { .p = html, .left = n, .out = sink_memory(a) };
	size_t next = 0;

	while (r.left > 0) {
		if (n - r.left >= next) {
			CRUMB_WITHIN("html", n - r.left);
			next += CRUMB_STEP;
		}
		if (*r.p == '<') {
			markup(&r);
		} else if (*r.p == '&') {
			reference(&r);
		} else if (isspace((unsigned char)*r.p) || *r.p == '\0') {
			r.blank = true;
			skip(&r, 1);
		} else {
			put(&r, r.p, 1);
			skip(&r, 1);
		}
	}
	if (r.any)
		sink_text(r.out, "\n");
	struct span all = sink_bytes(r.out);
	return (struct text){ .s = arena_copy(a, all.mem, (size_t)all.len),
		.len = (size_t)all.len };
}
