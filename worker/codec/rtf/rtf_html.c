/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_html.h"

#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "codec/rtf/rtf_field.h"
#include "codec/rtf/rtf_html_list.h"
#include "codec/rtf/rtf_inline.h"
#include "codec/rtf/rtf_plan.h"
#include "codec/rtf/rtf_rows.h"
#include "codec/rtf/rtf_walk.h"

enum { NUMBER_MAX = 64, MARKS_MAX = 256 };

struct writer {
	struct sink *out;
	struct rtf_walk *walk;
	const struct rtf_want *want;
	struct rtf_plan plan;
	bool asides; /* what stands aside is written */
	unsigned aside_count;
	uint32_t tables, table_rows; /* begun so far */

	struct rtf_rows rows;
	struct open_row {
		const struct rtf_plan_row *plan;
		bool shown; /* the open cell is one of its own */
	} open[LIMIT_RTF_NEST + 1];
	struct rtf_html_list list;
	struct rtf_inline line;

	bool par;                /* a paragraph is open */
	bool empty;              /* and has nothing yet */
	char number[NUMBER_MAX]; /* of a list item, or of what stands aside: its paragraph
				  */
	size_t number_len;       /* is not open yet */
	char marks[MARKS_MAX];   /* bookmarks that wait for text */
	size_t marks_len;
};

static void rtf_html_put(struct writer *w, const char *s)
{
	sink_text(w->out, s);
}

static void close_par(struct writer *w)
{
	if (!w->par)
		return;
	if (w->empty)
		rtf_html_put(w, "&nbsp;");
	rtf_inline_end(&w->line);
	rtf_html_put(w, "</p>\r\n");
	w->par = false;
}

static void close_blocks(struct writer *w)
{
	close_par(w);
	rtf_html_list_close(&w->list);
}

static void rtf_html_open_table(void *arg, unsigned level)
{
	struct writer *w = arg;
	bool border = rtf_plan_border(&w->plan, w->tables) ||
		      w->plan.cell_count == 0; /* nothing is known of any table */

	(void)level;
	close_blocks(w);
	w->tables++;
	rtf_html_put(
	    w, border ? "<table border=\"1\" style=\"border-collapse:collapse\">\r\n"
		      : "<table>\r\n");
}

static void rtf_html_close_table(void *arg, unsigned level)
{
	(void)level;
	rtf_html_put(arg, "</table>\r\n");
}

static void rtf_html_open_row(void *arg, unsigned level)
{
	struct writer *w = arg;
	const struct rtf_plan_row *row = rtf_plan_row(&w->plan, w->table_rows++);

	w->open[level] = (struct open_row){ .plan = row };
	rtf_html_put(w, "<tr style=\"vertical-align:top\">");
	if (row && row->empty > 0)
		sink_printf(w->out, "<td colspan=\"%u\" style=\"border:none\"></td>",
		    (unsigned)row->empty);
}

static void rtf_html_close_row(void *arg, unsigned level)
{
	(void)level;
	rtf_html_put(arg, "</tr>\r\n");
}

/* The left edge of a cell is the right one of the cell before. */
static unsigned width_of(const struct rtf_plan_row *row, const struct rtf_plan *plan,
    const struct rtf_plan_cell *cell, unsigned index)
{
	enum { TWIPS_PER_POINT = 20, MOST = 2000 };
	const struct rtf_plan_cell *before =
	    index > 0 ? rtf_plan_cell(plan, row, index - 1) : NULL;
	int64_t width = (int64_t)cell->edge - (before ? before->edge : row->left);

	width /= TWIPS_PER_POINT;
	return width > 0 && width < MOST ? (unsigned)width : 0;
}

static void put_cell(struct writer *w, const struct rtf_plan_row *row,
    const struct rtf_plan_cell *cell, unsigned index)
{
	static const char *const valign[] = { "", "vertical-align:middle;",
		"vertical-align:bottom;" };
	unsigned width = cell->columns == 1 ? width_of(row, &w->plan, cell, index) : 0;
	uint32_t rgb;
	bool shade = cell->shade && rtf_walk_color(w->walk, cell->shade, &rgb);

	rtf_html_put(w, "<td");
	if (cell->columns > 1)
		sink_printf(w->out, " colspan=\"%u\"", (unsigned)cell->columns);
	if (cell->rows > 1)
		sink_printf(w->out, " rowspan=\"%u\"", (unsigned)cell->rows);
	if (width > 0 || shade || cell->valign) {
		sink_printf(w->out, " style=\"%s", valign[cell->valign]);
		if (width > 0)
			sink_printf(w->out, "width:%upt;", width);
		if (shade)
			sink_printf(w->out, "background-color:#%06x;", (unsigned)rgb);
		rtf_html_put(w, "\"");
	}
	rtf_html_put(w, ">");
}

static void rtf_html_open_cell(void *arg, unsigned level, unsigned index)
{
	struct writer *w = arg;
	struct open_row *row = &w->open[level];
	const struct rtf_plan_cell *cell = rtf_plan_cell(&w->plan, row->plan, index);

	close_blocks(w);
	row->shown = !cell || !cell->joined;
	if (!cell)
		rtf_html_put(w, "<td>");
	else if (row->shown)
		put_cell(w, row->plan, cell, index);
}

static void rtf_html_close_cell(void *arg, unsigned level)
{
	struct writer *w = arg;

	close_blocks(w);
	if (w->open[level].shown)
		rtf_html_put(w, "</td>");
}

static const struct rtf_rows_to to_html = { rtf_html_open_table, rtf_html_close_table,
	rtf_html_open_row, rtf_html_close_row, rtf_html_open_cell, rtf_html_close_cell };

/* Is this a cell that is a part of another one? It has no text, and no paragraph. */
static bool is_joined(const struct writer *w)
{
	return w->rows.depth > 0 && !w->open[w->rows.depth].shown;
}

static void put_par(struct writer *w, const struct rtf_layout *layout, bool item)
{
	static const char *const align[] = { [RTF_ALIGN_LEFT] = "",
		[RTF_ALIGN_RIGHT] = ";text-align:right",
		[RTF_ALIGN_CENTER] = ";text-align:center",
		[RTF_ALIGN_JUSTIFY] = ";text-align:justify" };
	enum { TWIPS_PER_POINT = 20, MOST = 500 * TWIPS_PER_POINT };
	const char *sides[] = { "left", "right" };
	int32_t indents[] = { layout->indent, layout->right };
	int32_t first = layout->first;

	rtf_html_put(
	    w, layout->rtl ? "<p dir=\"rtl\" style=\"margin:0" : "<p style=\"margin:0");
	for (int i = 0; i < 2 && !item; i++) {
		int32_t n = indents[i] < MOST ? indents[i] : MOST;
		if (n >= TWIPS_PER_POINT)
			sink_printf(w->out, ";margin-%s:%dpt",
			    sides[layout->rtl ? 1 - i : i], (int)(n / TWIPS_PER_POINT));
	}
	/* Not further out than the paragraph is in. */
	first = first < MOST ? first : MOST;
	if (first < 0 && (layout->indent < 0 || first < -layout->indent))
		first = layout->indent < 0 ? 0 : -layout->indent;
	first = first < -MOST ? -MOST : first;
	if (!item && first / TWIPS_PER_POINT != 0)
		sink_printf(w->out, ";text-indent:%dpt", (int)(first / TWIPS_PER_POINT));
	rtf_html_put(w, align[layout->align]);
	rtf_html_put(w, "\">");
}

static void open_par(struct writer *w, const struct rtf_state *st)
{
	bool item = false;

	rtf_rows_place(&w->rows, st);
	if (w->par)
		return;
	if (is_joined(w)) { /* it has text after all */
		rtf_html_put(w, "<td>");
		w->open[w->rows.depth].shown = true;
	}
	if (w->number_len == 0 || w->number[0] != '[')
		item = rtf_html_list_item(&w->list, st, w->number, w->number_len);
	else
		rtf_html_list_close(&w->list);
	put_par(w, &st->layout, item);
	w->par = w->empty = true;
	rtf_inline_begin(&w->line);
	sink_write(w->out, w->marks, w->marks_len);
	w->marks_len = 0;
	if (w->number_len > 0 && !item) {
		const struct rtf_state plain = { .looks = { .font = w->line.font } };
		rtf_inline_text(&w->line, &plain, w->number, w->number_len);
		w->empty = false;
	}
	w->number_len = 0;
}

/* A list item's number comes before the words that say how its paragraph looks. */
static bool keep_number(
    struct writer *w, const struct rtf_state *st, const char *s, size_t n)
{
	if (st->dest != RTF_DEST_NUMBER || w->par || n > NUMBER_MAX - w->number_len)
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

static void rtf_html_put_text(
    void *arg, const struct rtf_state *st, const char *s, size_t n)
{
	struct writer *w = arg;

	if (rtf_walk_hides(st)) {
		rtf_walk_lost(w->walk, RTF_LOST_HIDDEN);
		return;
	}
	if (keep_number(w, st, s, n))
		return;
	open_par(w, st);
	rtf_inline_text(&w->line, st, s, n);
	w->empty = false;
}

/* The caller's place for a picture, or words in its place. */
static void put_picture(struct writer *w, const struct rtf_state *st)
{
	const struct rtf_item *item = rtf_walk_item(w->walk);
	char words[32];

	open_par(w, st);
	(void)snprintf(words, sizeof words, "[picture %u]", item->number);
	if (!w->want->url || item->kind == RTF_ITEM_UNKNOWN) {
		rtf_inline_text(&w->line, st, words, strlen(words));
	} else {
		rtf_inline_text(&w->line, st, "", 0);
		sink_printf(w->out, "<img src=\"%s%u%s\" alt=\"%s\"", w->want->url,
		    item->number, w->want->url_end, words);
		if (item->width > 0 && item->height > 0)
			sink_printf(w->out, " width=\"%u\" height=\"%u\"",
			    (unsigned)item->width, (unsigned)item->height);
		rtf_html_put(w, ">");
	}
	w->line.blank = w->empty = false;
}

/* What is attached, where it stands. */
static void rtf_html_put_place(struct writer *w, const struct rtf_state *st)
{
	const char *url = rtf_walk_place(w->walk);

	if (!url || rtf_walk_hides(st))
		return;
	open_par(w, st);
	rtf_inline_text(&w->line, st, "", 0);
	rtf_html_put(w, "<img src=\"");
	rtf_inline_value(&w->line, url, strlen(url));
	rtf_html_put(w, "\">");
	w->line.blank = w->empty = false;
}

/* Text stands aside: the place that refers to it, or the text with what it is. */
static void rtf_html_put_aside(struct writer *w, const struct rtf_state *st)
{
	int32_t kind;
	struct rtf_state raised = *st;
	bool numbered;

	(void)rtf_walk_now(w->walk, &kind);
	numbered = kind == RTF_ASIDE_FOOTNOTE || kind == RTF_ASIDE_ANNOTATION;
	w->aside_count += numbered;
	if (w->asides) {
		rtf_rows_close(&w->rows);
		close_blocks(w);
		w->number_len = 0;
	} else if (!numbered) {
		return;
	}
	char words[16];
	(void)snprintf(words, sizeof words, "[%u]", w->aside_count);
	if (w->asides) {
		w->number_len = (size_t)snprintf(w->number, NUMBER_MAX, "%s ",
		    kind == RTF_ASIDE_HEADER   ? "[header]"
		    : kind == RTF_ASIDE_FOOTER ? "[footer]"
					       : words);
		return;
	}
	raised.looks.script = RTF_SCRIPT_SUPER;
	raised.dest = RTF_DEST_BODY;
	open_par(w, st);
	rtf_inline_text(&w->line, &raised, words, strlen(words));
	w->empty = false;
}

static void rtf_html_put_mark(struct writer *w)
{
	size_t n;
	const char *mark = rtf_walk_mark(w->walk, &n);
	size_t left = MARKS_MAX - w->marks_len;

	if (!rtf_field_is_mark(mark, n))
		return;
	int written =
	    snprintf(w->marks + w->marks_len, left, "<a id=\"%.*s\"></a>", (int)n, mark);
	if (written > 0 && (size_t)written < left)
		w->marks_len += (size_t)written;
}

static void put_break(struct writer *w, const struct rtf_state *st, enum rtf_event e)
{
	rtf_rows_place(&w->rows, st);
	if (is_joined(w) && w->number_len == 0)
		return;
	open_par(w, st);
	if (e == RTF_PAR) {
		close_par(w);
		return;
	}
	rtf_html_put(w, "<br>\r\n");
	w->line.blank = true;
	w->empty = false;
}

static void rtf_html_put_event(void *arg, const struct rtf_state *st, enum rtf_event e)
{
	struct writer *w = arg;

	switch (e) {
	case RTF_PAR:
	case RTF_LINE:
		put_break(w, st, e);
		break;
	case RTF_CELL:
	case RTF_NEST_CELL:
		put_number(w, st);
		rtf_rows_cell(&w->rows, st, e == RTF_NEST_CELL);
		break;
	case RTF_ROW:
	case RTF_NEST_ROW:
		put_number(w, st);
		rtf_rows_row(&w->rows, e == RTF_NEST_ROW);
		break;
	case RTF_ROW_STARTS:
		w->rows.announced |= st->dest != RTF_DEST_SILENT;
		break;
	case RTF_ITEM: /* an object shows itself by a picture beside it */
		if (rtf_walk_item(w->walk)->kind != RTF_ITEM_OBJECT)
			put_picture(w, st);
		break;
	case RTF_ASIDE:
		rtf_html_put_aside(w, st);
		break;
	case RTF_MARK:
		rtf_html_put_mark(w);
		break;
	case RTF_PLACE:
		rtf_html_put_place(w, st);
		break;
	case RTF_CELL_EDGE:
		break;
	}
}

/* The text, or what stands aside of it. before: facts of what was rendered already. */
static struct rtf_facts rtf_html_render(struct arena *a, struct span rtf,
    const struct rtf_want *want, struct rtf_items *items, const struct rtf_facts *before)
{
	struct writer *w = arena_alloc(a, sizeof *w);
	struct rtf_visitor visitor = { .text = rtf_html_put_text,
		.event = rtf_html_put_event,
		.asides = before != NULL,
		.items = items,
		.items_before = before ? before->items : 0,
		.out = want->html,
		.most = want->most,
		.arg = w };

	*w = (struct writer){ .out = want->html, .want = want, .asides = before != NULL };
	w->walk = rtf_walk_new(rtf, want);
	rtf_plan_make(&w->plan, a, rtf, want, w->asides);
	w->rows = (struct rtf_rows){ .to = &to_html, .arg = w };
	w->list = (struct rtf_html_list){ .out = w->out, .walk = w->walk };
	w->line = (struct rtf_inline){ .out = w->out,
		.walk = w->walk,
		.font = w->plan.default_font,
		.budget = rtf.len };
	if (before) {
		rtf_html_put(w, "<hr>\r\n");
	} else {
		rtf_html_put(w, "<html><body");
		if (w->plan.font.name || w->plan.font.family) {
			rtf_html_put(w, " style=\"");
			rtf_inline_family(w->out, &w->plan.font);
			rtf_html_put(w, "\"");
		}
		rtf_html_put(w, ">\r\n");
	}
	struct rtf_facts facts = rtf_walk_run(w->walk, &visitor);
	put_number(w, &(struct rtf_state){ .looks = { .font = w->line.font } });
	close_blocks(w);
	rtf_rows_close(&w->rows);
	rtf_walk_free(w->walk);
	facts.lost |= w->plan.facts.lost | (w->rows.too_deep ? RTF_LOST_TABLES : 0U);
	return facts;
}

struct rtf_facts rtf_html(struct arena *a, struct span rtf, const struct rtf_want *want,
    struct rtf_items *items)
{
	struct rtf_facts facts = rtf_html_render(a, rtf, want, items, NULL);

	if (facts.asides > 0) {
		struct rtf_facts aside = rtf_html_render(a, rtf, want, items, &facts);
		facts.lost |= aside.lost;
		facts.items = aside.items;
	}
	sink_text(want->html, "</body></html>\r\n");
	return facts;
}
