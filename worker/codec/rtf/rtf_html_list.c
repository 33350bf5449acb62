/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_html_list.h"

#include "base/sink.h"
#include "codec/rtf/rtf_state.h"
#include "codec/rtf/rtf_walk.h"

static bool is_numbered(uint8_t marker)
{
	return marker >= RTF_MARKER_DECIMAL;
}

static void close_level(struct rtf_html_list *l)
{
	const struct rtf_html_level *level = &l->levels[--l->depth];

	sink_text(l->out, level->item ? "</li>" : "");
	sink_text(l->out, is_numbered(level->marker) ? "</ol>\r\n" : "</ul>\r\n");
}

static void open_level(struct rtf_html_list *l, const struct rtf_html_level *as)
{
	static const char types[] = { [RTF_MARKER_UPPER_ROMAN] = 'I',
		[RTF_MARKER_LOWER_ROMAN] = 'i',
		[RTF_MARKER_UPPER_LETTER] = 'A',
		[RTF_MARKER_LOWER_LETTER] = 'a' };

	if (l->depth > 0 && !l->levels[l->depth - 1].item) {
		sink_text(l->out, "<li style=\"list-style:none\">");
		l->levels[l->depth - 1].item = true;
	}
	if (!is_numbered(as->marker))
		sink_text(l->out, "<ul>\r\n");
	else if (as->marker == RTF_MARKER_DECIMAL)
		sink_text(l->out, "<ol>\r\n");
	else
		sink_printf(l->out, "<ol type=\"%c\">\r\n", types[as->marker]);
	l->levels[l->depth++] = *as;
}

/* "1.2.3." is 3; -1: no number, or none that can be one. */
static int32_t rtf_html_list_number_of(const char *s, size_t n)
{
	enum { MOST = 1000000 };
	int32_t number = -1;
	bool within = false;

	for (size_t i = 0; i < n; i++) {
		bool digit = s[i] >= '0' && s[i] <= '9';
		if (digit)
			number = within ? number * 10 + (s[i] - '0') : s[i] - '0';
		within = digit;
		if (number > MOST)
			return -1;
	}
	return number;
}

/* How the paragraph's item is marked; NULL: it is no item. */
static struct rtf_level *rtf_html_list_level_of(
    struct rtf_html_list *l, const struct rtf_state *st)
{
	const struct rtf_layout *layout = &st->layout;

	if (layout->list > 0) {
		struct rtf_level *level =
		    rtf_walk_level(l->walk, layout->list, layout->level);
		bool marked = level && level->marker != RTF_MARKER_BLANK;
		return marked ? level : NULL;
	}
	if (layout->marker == RTF_MARKER_NONE)
		return NULL;
	bool goes_on = l->depth > 0 && l->levels[0].list == 0 &&
		       l->levels[0].marker == layout->marker;
	if (!goes_on)
		l->old.next = layout->marker_from ? layout->marker_from : 1;
	l->old.marker = layout->marker;
	return &l->old;
}

static void open_item(struct rtf_html_list *l, int32_t number)
{
	struct rtf_html_level *level = &l->levels[l->depth - 1];

	sink_text(l->out, level->item ? "</li>\r\n" : "");
	if (is_numbered(level->marker) && number != level->next)
		sink_printf(l->out, "<li value=\"%d\">", (int)number);
	else
		sink_text(l->out, "<li>");
	level->item = true;
	level->next = number + 1;
}

bool rtf_html_list_item(
    struct rtf_html_list *l, const struct rtf_state *st, const char *number, size_t n)
{
	struct rtf_level *level = rtf_html_list_level_of(l, st);
	uint16_t list = st->layout.list;
	unsigned depth = list ? st->layout.level + 1U : 1;

	if (!level) {
		rtf_html_list_close(l);
		return false;
	}
	struct rtf_html_level as = { .marker = level->marker, .list = list, .next = 1 };
	while (l->depth > depth)
		close_level(l);
	if (l->depth == depth && (l->levels[depth - 1].marker != as.marker ||
				     l->levels[depth - 1].list != list))
		close_level(l);
	while (l->depth + 1 < depth) /* levels that have no item of their own */
		open_level(
		    l, &(struct rtf_html_level){ RTF_MARKER_BULLET, list, false, 1 });
	if (l->depth < depth)
		open_level(l, &as);
	int32_t shown =
	    level->marker == RTF_MARKER_DECIMAL ? rtf_html_list_number_of(number, n) : -1;
	if (shown < 0)
		shown = level->next;
	open_item(l, shown);
	level->next = shown < INT32_MAX ? shown + 1 : shown;
	rtf_walk_restart(l->walk, list, st->layout.level);
	return true;
}

void rtf_html_list_close(struct rtf_html_list *l)
{
	while (l->depth > 0)
		close_level(l);
}
