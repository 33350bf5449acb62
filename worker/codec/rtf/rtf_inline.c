/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_inline.h"

#include <string.h>

#include "base/sink.h"
#include "codec/rtf/rtf_fonts.h"
#include "codec/rtf/rtf_walk.h"

static void rtf_inline_put(struct rtf_inline *in, const char *s)
{
	sink_text(in->out, s);
}

/* Elements for looks, outermost first. */
static const struct element {
	size_t field;
	uint8_t value; /* 0: any but 0 */
	const char *open, *close;
} elements[] = {
	{ offsetof(struct rtf_looks, bold), 0, "<b>", "</b>" },
	{ offsetof(struct rtf_looks, italic), 0, "<i>", "</i>" },
	{ offsetof(struct rtf_looks, underline), RTF_UNDERLINE_SOLID, "<u>", "</u>" },
	{ offsetof(struct rtf_looks, underline), RTF_UNDERLINE_DOUBLE,
	    "<u style=\"text-decoration-style:double\">", "</u>" },
	{ offsetof(struct rtf_looks, underline), RTF_UNDERLINE_DOTTED,
	    "<u style=\"text-decoration-style:dotted\">", "</u>" },
	{ offsetof(struct rtf_looks, underline), RTF_UNDERLINE_DASHED,
	    "<u style=\"text-decoration-style:dashed\">", "</u>" },
	{ offsetof(struct rtf_looks, underline), RTF_UNDERLINE_WAVY,
	    "<u style=\"text-decoration-style:wavy\">", "</u>" },
	{ offsetof(struct rtf_looks, strike), 0, "<s>", "</s>" },
	{ offsetof(struct rtf_looks, script), RTF_SCRIPT_SUPER, "<sup>", "</sup>" },
	{ offsetof(struct rtf_looks, script), RTF_SCRIPT_SUB, "<sub>", "</sub>" },
};
enum { ELEMENTS = sizeof elements / sizeof elements[0] };

static bool rtf_inline_applies(const struct element *e, const struct rtf_looks *looks)
{
	uint8_t v = *((const uint8_t *)looks + e->field);
	return e->value ? v == e->value : v != 0;
}

void rtf_inline_family(struct sink *out, const struct rtf_font *font)
{
	static const char *const families[] = { "", "serif", "sans-serif", "monospace",
		"cursive", "fantasy" };
	const char *family = families[font->family];

	if (font->name)
		sink_printf(
		    out, "font-family:'%s'%s%s;", font->name, *family ? "," : "", family);
	else if (*family)
		sink_printf(out, "font-family:%s;", family);
}

/* Is it another one than the document's? Fonts of signs became characters. */
static bool has_font(const struct rtf_inline *in, uint16_t number, struct rtf_font *font)
{
	struct rtf_font own = rtf_walk_font(in->walk, in->font);

	*font = rtf_walk_font(in->walk, number);
	if (number == in->font || font->face != RTF_FACE_TEXT)
		return false;
	if (font->name && own.name)
		return strcmp(font->name, own.name) != 0;
	return font->name || font->family != RTF_FAMILY_NONE;
}

/* The style attribute's content. False: none is needed; dry: nothing is written. */
static bool put_style(struct rtf_inline *in, const struct rtf_looks *looks, bool dry)
{
	static const char *const caps[] = { "", "text-transform:uppercase;",
		"font-variant:small-caps;" };
	uint32_t color, back;
	struct rtf_font font;
	bool has_family = has_font(in, looks->font, &font);
	bool has_color = looks->color && rtf_walk_color(in->walk, looks->color, &color);
	bool has_back =
	    looks->background && rtf_walk_color(in->walk, looks->background, &back);

	if (dry)
		return looks->size || looks->caps || has_family || has_color || has_back;
	if (has_family)
		rtf_inline_family(in->out, &font);
	if (looks->size)
		sink_printf(in->out, "font-size:%u%spt;", looks->size / 2U,
		    looks->size % 2U ? ".5" : "");
	if (has_color)
		sink_printf(in->out, "color:#%06x;", (unsigned)color);
	if (has_back)
		sink_printf(in->out, "background-color:#%06x;", (unsigned)back);
	rtf_inline_put(in, caps[looks->caps]);
	return true;
}

/* Two fonts of one name are one: RTF has one for each code page. */
static bool same_font(const struct rtf_inline *in, uint16_t a, uint16_t b)
{
	struct rtf_font one, other;
	bool has_one = has_font(in, a, &one), has_other = has_font(in, b, &other);

	if (a == b || !has_one || !has_other)
		return a == b || has_one == has_other;
	return one.name && other.name && strcmp(one.name, other.name) == 0;
}

static bool same_style(const struct rtf_inline *in, const struct rtf_looks *to)
{
	const struct rtf_looks *from = &in->looks;

	return from->size == to->size && from->color == to->color &&
	       from->caps == to->caps && from->background == to->background &&
	       same_font(in, from->font, to->font);
}

/* From the looks of the open elements to others; what both need stays open. */
static void change_looks(struct rtf_inline *in, const struct rtf_looks *to)
{
	struct rtf_looks from = in->looks;
	size_t same = 0;

	if (memcmp(&from, to, sizeof from) == 0)
		return;
	bool keep = same_style(in, to);
	in->looks = *to;
	/* The style is outside of all elements: they stay only as long as it does. */
	while (keep && same < ELEMENTS &&
	       rtf_inline_applies(&elements[same], &from) ==
		   rtf_inline_applies(&elements[same], to))
		same++;
	for (size_t i = ELEMENTS; i-- > same;)
		if (rtf_inline_applies(&elements[i], &from))
			rtf_inline_put(in, elements[i].close);
	if (!keep && put_style(in, &from, true))
		rtf_inline_put(in, "</span>");
	if (!keep && put_style(in, to, true)) {
		rtf_inline_put(in, "<span style=\"");
		(void)put_style(in, to, false);
		rtf_inline_put(in, "\">");
	}
	for (size_t i = same; i < ELEMENTS; i++)
		if (rtf_inline_applies(&elements[i], to))
			rtf_inline_put(in, elements[i].open);
}

/* A document's own font is written nowhere, so that a plain one has no elements. */
static void close_looks(struct rtf_inline *in)
{
	change_looks(in, &(struct rtf_looks){ .font = in->font });
}

static void close_link(struct rtf_inline *in)
{
	if (in->link)
		rtf_inline_put(in, "</a>");
	in->link = NULL;
}

/* Text as HTML. Spaces in a row would collapse: every second one must not. */
static void put_escaped(struct rtf_inline *in, const char *s, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		const char *as = NULL;
		switch (s[i]) {
		case '<':
			as = "&lt;";
			break;
		case '>':
			as = "&gt;";
			break;
		case '&':
			as = "&amp;";
			break;
		case '"':
			as = "&quot;";
			break;
		case '\t':
			as = "&nbsp;&nbsp;&nbsp; ";
			break;
		case '\r':
		case '\n':
			as = " ";
			break;
		case ' ':
			as = in->blank ? "&nbsp;" : NULL;
			break;
		default:
			break;
		}
		in->blank = s[i] == '\t' || (s[i] == ' ' && !in->blank);
		if (!as)
			continue;
		sink_write(in->out, s + from, i - from);
		rtf_inline_put(in, as);
		from = i + 1;
	}
	sink_write(in->out, s + from, n - from);
}

void rtf_inline_value(struct rtf_inline *in, const char *s, size_t n)
{
	bool blank = in->blank;

	for (size_t i = 0; i < n; i++) {
		in->blank = false; /* blanks are no trouble in a value */
		put_escaped(in, s + i, 1);
	}
	in->blank = blank;
}

/* Would its address be one too many? */
static bool is_spent(const struct rtf_inline *in, const struct rtf_link *link)
{
	return link->written && link->len + link->title_len > in->budget;
}

/*
 * Open the link that the text is in. An address is written once; again (after a
 * paragraph's end) as long as all of that together stays below the RTF's size.
 */
static void open_link(struct rtf_inline *in, struct rtf_link *link)
{
	if (!link || is_spent(in, link))
		return;
	if (link->written)
		in->budget -= link->len + link->title_len;
	link->written = true;
	in->link = link;
	rtf_inline_put(in, "<a href=\"");
	rtf_inline_value(in, link->url, link->len);
	if (link->title_len > 0) {
		rtf_inline_put(in, "\" title=\"");
		rtf_inline_value(in, link->title, link->title_len);
	}
	rtf_inline_put(in, "\">");
}

void rtf_inline_begin(struct rtf_inline *in)
{
	in->looks = (struct rtf_looks){ .font = in->font };
	in->link = NULL;
	in->blank = true;
}

void rtf_inline_text(
    struct rtf_inline *in, const struct rtf_state *st, const char *s, size_t n)
{
	if (st->link != in->link && !(st->link && !in->link && is_spent(in, st->link))) {
		close_looks(in);
		close_link(in);
		open_link(in, st->link);
	}
	change_looks(in, &st->looks);
	put_escaped(in, s, n);
}

void rtf_inline_end(struct rtf_inline *in)
{
	close_looks(in);
	close_link(in);
}
