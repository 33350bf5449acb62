#include "codec/rtf_html.h"

#include <string.h>

#include "base/sink.h"
#include "codec/rtf_walk.h"

struct writer {
	struct sink *out;
	struct rtf_walk *walk;
	bool table, row, cell, par; /* open elements */
	bool row_announced; /* \trowd seen: what follows are cells, \intbl or not */
	bool blank;         /* the paragraph ends in a space, or has nothing yet */
	bool empty;         /* the paragraph has nothing yet */
	char number[64];    /* of a list item whose paragraph is not open yet */
	size_t number_len;
	struct rtf_looks looks; /* as in the open elements of characters */
	struct rtf_link *link;
	size_t budget; /* bytes of addresses that may still be written again */
	uint32_t pictures;
};

static void put(struct writer *w, const char *s)
{
	sink_text(w->out, s);
}

/* Elements for looks, outermost first. */
static const struct element {
	size_t field;
	uint8_t value; /* 0: any but 0 */
	const char *open, *close;
} elements[] = {
	{ offsetof(struct rtf_looks, bold), 0, "<b>", "</b>" },
	{ offsetof(struct rtf_looks, italic), 0, "<i>", "</i>" },
	{ offsetof(struct rtf_looks, underline), 0, "<u>", "</u>" },
	{ offsetof(struct rtf_looks, strike), 0, "<s>", "</s>" },
	{ offsetof(struct rtf_looks, script), RTF_SCRIPT_SUPER, "<sup>", "</sup>" },
	{ offsetof(struct rtf_looks, script), RTF_SCRIPT_SUB, "<sub>", "</sub>" },
};
enum { ELEMENTS = sizeof elements / sizeof elements[0] };

static bool applies(const struct element *e, const struct rtf_looks *looks)
{
	uint8_t v = *((const uint8_t *)looks + e->field);
	return e->value ? v == e->value : v != 0;
}

/* The style attribute's content for size and colours. How many properties it has. */
static unsigned put_span(struct writer *w, const struct rtf_looks *looks, bool dry)
{
	uint32_t color, back;
	bool has_color = looks->color && rtf_walk_color(w->walk, looks->color, &color);
	bool has_back =
	    looks->background && rtf_walk_color(w->walk, looks->background, &back);

	if (!dry && looks->size)
		sink_printf(w->out, "font-size:%u%spt;", looks->size / 2U,
		    looks->size % 2U ? ".5" : "");
	if (!dry && has_color)
		sink_printf(w->out, "color:#%06x;", (unsigned)color);
	if (!dry && has_back)
		sink_printf(w->out, "background-color:#%06x;", (unsigned)back);
	return (looks->size != 0) + has_color + has_back;
}

static bool same_span(const struct rtf_looks *a, const struct rtf_looks *b)
{
	return a->size == b->size && a->color == b->color &&
	       a->background == b->background;
}

/* From the looks of the open elements to others; what both need stays open. */
static void change_looks(struct writer *w, const struct rtf_looks *to)
{
	bool keep = same_span(&w->looks, to);
	struct rtf_looks from = w->looks;

	if (memcmp(&from, to, sizeof from) == 0)
		return;
	w->looks = *to;
	for (size_t i = ELEMENTS; i-- > 0;)
		if (applies(&elements[i], &from))
			put(w, elements[i].close);
	if (!keep && put_span(w, &from, true) > 0)
		put(w, "</span>");
	if (!keep && put_span(w, to, true) > 0) {
		put(w, "<span style=\"");
		(void)put_span(w, to, false);
		put(w, "\">");
	}
	for (size_t i = 0; i < ELEMENTS; i++)
		if (applies(&elements[i], to))
			put(w, elements[i].open);
}

static void close_looks(struct writer *w)
{
	change_looks(w, &(struct rtf_looks){ 0 });
}

static void close_link(struct writer *w)
{
	if (w->link)
		put(w, "</a>");
	w->link = NULL;
}

/* Text as HTML. Spaces in a row would collapse: every second one must not. */
static void put_escaped(struct writer *w, const char *s, size_t n)
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
			as = w->blank ? "&nbsp;" : NULL;
			break;
		default:
			break;
		}
		w->blank = s[i] == '\t' || (s[i] == ' ' && !w->blank);
		if (!as)
			continue;
		sink_write(w->out, s + from, i - from);
		put(w, as);
		from = i + 1;
	}
	sink_write(w->out, s + from, n - from);
}

/*
 * Open the link that the text is in. An address is written once; again (after a
 * paragraph's end) as long as all of that together stays below the RTF's size.
 */
static void open_link(struct writer *w, struct rtf_link *link)
{
	if (!link || (link->told && link->len > w->budget))
		return;
	if (link->told)
		w->budget -= link->len;
	link->told = true;
	w->link = link;
	put(w, "<a href=\"");
	bool blank = w->blank;
	put_escaped(w, link->url, link->len);
	w->blank = blank;
	put(w, "\">");
}

static void close_par(struct writer *w)
{
	if (!w->par)
		return;
	if (w->empty)
		put(w, "&nbsp;");
	close_looks(w);
	close_link(w);
	put(w, "</p>\r\n");
	w->par = false;
}

static void close_row(struct writer *w)
{
	close_par(w);
	if (w->cell)
		put(w, "</td>");
	if (w->row)
		put(w, "</tr>\r\n");
	w->cell = w->row = false;
}

static void close_table(struct writer *w)
{
	close_row(w);
	if (w->table)
		put(w, "</table>\r\n");
	w->table = false;
}

static void open_cell(struct writer *w)
{
	if (w->cell)
		return;
	close_par(w);
	if (!w->table)
		put(w, "<table border=\"1\" style=\"border-collapse:collapse\">\r\n");
	if (!w->row)
		put(w, "<tr>");
	put(w, "<td>");
	w->table = w->row = w->cell = true;
}

static void open_par(struct writer *w, const struct rtf_state *st)
{
	static const char *const align[] = { [RTF_ALIGN_LEFT] = "",
		[RTF_ALIGN_RIGHT] = ";text-align:right",
		[RTF_ALIGN_CENTER] = ";text-align:center",
		[RTF_ALIGN_JUSTIFY] = ";text-align:justify" };
	enum { TWIPS_PER_POINT = 20, INDENT_MAX = 500 };

	if (st->layout.in_table || w->row_announced)
		open_cell(w);
	else if (w->table)
		close_table(w);
	if (w->par)
		return;
	put(w,
	    st->layout.rtl ? "<p dir=\"rtl\" style=\"margin:0" : "<p style=\"margin:0");
	unsigned indent = st->layout.indent / TWIPS_PER_POINT;
	if (indent > 0)
		sink_printf(w->out, ";margin-%s:%upt", st->layout.rtl ? "right" : "left",
		    indent < INDENT_MAX ? indent : INDENT_MAX);
	put(w, align[st->layout.align]);
	put(w, "\">");
	w->par = w->blank = w->empty = true;
	if (w->number_len > 0) {
		put_escaped(w, w->number, w->number_len);
		w->number_len = 0;
		w->empty = false;
	}
}

/* A list item's number comes before the words that say how its paragraph looks. */
static bool keep_number(
    struct writer *w, const struct rtf_state *st, const char *s, size_t n)
{
	if (st->dest != RTF_DEST_NUMBER || w->par || n > sizeof w->number - w->number_len)
		return false;
	memcpy(w->number + w->number_len, s, n);
	w->number_len += n;
	return true;
}

static void put_number(struct writer *w, const struct rtf_state *st)
{
	if (w->number_len > 0)
		open_par(w, st);
}

static void put_text(void *arg, const struct rtf_state *st, const char *s, size_t n)
{
	struct writer *w = arg;

	if (st->looks.hidden) {
		rtf_walk_lossy(w->walk);
		return;
	}
	if (keep_number(w, st, s, n))
		return;
	open_par(w, st);
	if (st->link != w->link &&
	    !(st->link && !w->link && st->link->told && st->link->len > w->budget)) {
		close_looks(w);
		close_link(w);
		open_link(w, st->link);
	}
	change_looks(w, &st->looks);
	put_escaped(w, s, n);
	w->empty = false;
}

static void put_event(void *arg, const struct rtf_state *st, enum rtf_event e)
{
	struct writer *w = arg;

	switch (e) {
	case RTF_PAR:
		open_par(w, st);
		close_par(w);
		break;
	case RTF_LINE:
		open_par(w, st);
		put(w, "<br>\r\n");
		w->blank = true;
		w->empty = false;
		break;
	case RTF_CELL:
		put_number(w, st);
		open_cell(w);
		close_par(w);
		put(w, "</td>");
		w->cell = false;
		break;
	case RTF_ROW:
		put_number(w, st);
		close_row(w);
		w->row_announced = false;
		break;
	case RTF_ROW_STARTS:
		w->row_announced = true;
		break;
	case RTF_PICTURE:
		open_par(w, st);
		sink_printf(w->out, "[picture %u]", (unsigned)++w->pictures);
		w->blank = w->empty = false;
		break;
	}
}

struct text rtf_html(struct arena *a, const void *rtf, size_t n, struct rtf_facts *facts)
{
	struct writer w = {
		.out = sink_memory(a), .walk = rtf_walk_new(a, rtf, n), .budget = n
	};
	struct rtf_visitor visitor = { .text = put_text, .event = put_event, .arg = &w };

	put(&w, "<html><body>\r\n");
	*facts = rtf_walk_run(w.walk, &visitor);
	put_number(&w, &(struct rtf_state){ 0 });
	close_table(&w);
	put(&w, "</body></html>\r\n");
	sink_write(w.out, "", 1);
	struct span s = sink_bytes(w.out);
	return (struct text){ (const char *)s.mem, (size_t)s.len - 1, facts->lossy };
}
