/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "codec/rtf/rtf.h"
#include "codec/rtf/rtf_walk_private.h"

/* Groups and the destinations that they turn to. */

enum { GROUPS_FIRST = 32 };

/* Is this place one that the visitor wants? */
static bool is_here(const struct rtf_walk *w)
{
	return (w->now.state.aside != RTF_ASIDE_NONE) == w->to->asides;
}

bool rtf_is_shown(const struct rtf_walk *w)
{
	switch ((enum rtf_dest)w->now.state.dest) {
	case RTF_DEST_BODY:
	case RTF_DEST_HTMLTAG:
		return is_here(w) && !(w->to->original && w->now.state.suppressed);
	case RTF_DEST_NUMBER:
		return is_here(w) && !w->to->original;
	case RTF_DEST_FIELD:
	case RTF_DEST_MARK:
		return true;
	case RTF_DEST_SHAPE:
	case RTF_DEST_SILENT:
	case RTF_DEST_FONTS:
	case RTF_DEST_COLORS:
	case RTF_DEST_LISTS:
	case RTF_DEST_OVERRIDES:
	case RTF_DEST_PN:
	case RTF_DEST_PICTURE:
	case RTF_DEST_OBJECT:
	case RTF_DEST_TWICE:
	case RTF_DEST_ASIDE:
	case RTF_DEST_SKIP:
		break;
	}
	return false;
}

bool rtf_is_seen(const struct rtf_walk *w)
{
	bool silent =
	    w->now.state.dest == RTF_DEST_SILENT || w->now.state.dest == RTF_DEST_SHAPE;

	return rtf_is_shown(w) || (silent && is_here(w) && !w->to->original);
}

void rtf_group_open(struct rtf_walk *w)
{
	rtf_chars_flush_soft(&w->chars);
	if (w->depth == LIMIT_RTF_GROUPS) {
		w->too_deep++;
		rtf_walk_lost(w, RTF_LOST_DEPTH);
		return;
	}
	if (w->depth == w->capacity) {
		uint32_t capacity = w->capacity ? w->capacity * 2 : GROUPS_FIRST;
		struct rtf_state *list = arena_array(w->arena, capacity, sizeof *list);
		if (w->depth)
			memcpy(list, w->groups, w->depth * sizeof *list);
		w->groups = list;
		w->capacity = capacity;
	}
	w->groups[w->depth++] = w->now.state;
}

/* The instruction of a field is complete: its group gets the link. */
static struct rtf_link *rtf_group_end_field(struct rtf_walk *w)
{
	bool refused;
	struct rtf_link *link = rtf_field_link(&w->field, &refused);

	w->field_depth = RTF_NO_FIELD;
	if (refused)
		rtf_walk_lost(w, RTF_LOST_LINKS);
	return link;
}

/* A picture or an object ends at this offset. */
static void end_item(struct rtf_walk *w, uint64_t to)
{
	bool object = w->now.state.dest == RTF_DEST_OBJECT;
	unsigned lost = object ? RTF_LOST_OBJECTS : RTF_LOST_PICTURES;

	if (!w->item_shown)
		return;
	w->shown++;
	w->item = (struct rtf_item){ .number = ++w->facts.items };
	w->item.in = span_sub(w->rtf, w->item_from, to - w->item_from);
	if (object)
		w->item.kind = RTF_ITEM_OBJECT;
	else
		rtf_item_describe(&w->item, &w->now.pict);
	if (!w->item_filled)
		w->item.kind = RTF_ITEM_UNKNOWN;
	if (w->item.kind == RTF_ITEM_UNKNOWN ||
	    (w->to->items && !rtf_items_add(w->to->items, &w->item)))
		rtf_walk_lost(w, lost);
}

/* What the end of a group means for the destination that it was. */
static void leave_dest(struct rtf_walk *w, uint64_t at)
{
	struct rtf_state *outer = &w->groups[w->depth - 1];
	enum rtf_dest dest = (enum rtf_dest)w->now.state.dest;

	if (dest == RTF_DEST_PICTURE || dest == RTF_DEST_OBJECT)
		end_item(w, at);
	/* Lines, arrows and the like: nothing of it could be shown. */
	if (dest == RTF_DEST_SHAPE && is_here(w) && w->shown == w->shape_shown)
		rtf_walk_lost(w, RTF_LOST_DRAWINGS);
	if (dest == RTF_DEST_PN) {
		outer->layout.marker = w->now.state.layout.marker;
		outer->layout.marker_from = w->now.state.layout.marker_from;
	}
}

void rtf_group_close(struct rtf_walk *w)
{
	if (w->too_deep > 0) {
		w->too_deep--;
		return;
	}
	const struct rtf_state *outer = &w->groups[w->depth - 1];
	enum rtf_dest dest = (enum rtf_dest)w->now.state.dest;
	bool leaves = outer->dest != w->now.state.dest;
	if (leaves) {
		rtf_chars_flush(&w->chars);
		leave_dest(w, feed_at(&w->in) - 1);
	} else {
		rtf_chars_flush_soft(&w->chars);
	}
	bool field_ends = w->depth == w->field_depth;
	w->now.state = *outer;
	w->depth--;
	if (field_ends)
		w->now.state.link = rtf_group_end_field(w);
	if (!leaves || !rtf_is_seen(w))
		return;
	if (w->item_shown && (dest == RTF_DEST_PICTURE || dest == RTF_DEST_OBJECT))
		w->to->event(w->to->arg, &w->now.state, RTF_ITEM);
	else if (dest == RTF_DEST_MARK)
		w->to->event(w->to->arg, &w->now.state, RTF_MARK);
}

/* Which destination the group turns to, seen from the one it is in. */
static enum rtf_dest turn_to(const struct rtf_walk *w, enum rtf_dest to)
{
	enum rtf_dest from = (enum rtf_dest)w->now.state.dest;
	bool ends =
	    to == RTF_DEST_SKIP || to == RTF_DEST_PICTURE || to == RTF_DEST_OBJECT;

	switch (from) {
	case RTF_DEST_PICTURE: /* holds nothing but its own properties */
	case RTF_DEST_OBJECT:
	case RTF_DEST_FIELD:
	case RTF_DEST_MARK:
	case RTF_DEST_LISTS:
	case RTF_DEST_OVERRIDES:
	case RTF_DEST_PN:
		return RTF_DEST_SKIP;
	case RTF_DEST_FONTS:
	case RTF_DEST_COLORS:
	case RTF_DEST_HTMLTAG:
	case RTF_DEST_NUMBER:
		return ends ? to : from;
	case RTF_DEST_BODY:
	case RTF_DEST_SHAPE:
	case RTF_DEST_SILENT:
	case RTF_DEST_TWICE:
	case RTF_DEST_ASIDE:
	case RTF_DEST_SKIP:
		break;
	}
	if (w->to->original) {
		bool rendering = ends || to == RTF_DEST_FIELD || to == RTF_DEST_ASIDE ||
				 to == RTF_DEST_MARK || to == RTF_DEST_SHAPE;
		return rendering ? RTF_DEST_SKIP : to;
	}
	return to == RTF_DEST_HTMLTAG ? RTF_DEST_SKIP : to;
}

/* Text that stands aside begins: the body of another place. */
static void begin_aside(struct rtf_walk *w, enum rtf_aside aside)
{
	bool main_text = w->now.state.dest == RTF_DEST_BODY && !w->now.state.aside;

	w->now.state.dest = RTF_DEST_BODY;
	w->parameter = aside;
	if (!main_text)
		return;     /* within another one it is a part of that */
	if (!w->to->asides) /* the place that refers to it */
		w->to->event(w->to->arg, &w->now.state, RTF_ASIDE);
	w->now.state.aside = (uint8_t)aside;
	w->now.state.link = NULL;
	w->facts.asides++;
	if (w->to->asides)
		w->to->event(w->to->arg, &w->now.state, RTF_ASIDE);
}

static void begin_item(struct rtf_walk *w)
{
	w->item_from = feed_at(&w->in);
	w->item_shown = rtf_is_seen(w);
	w->item_filled = false;
	w->now.pict = (struct rtf_pict){ 0 };
}

void rtf_group_turn(struct rtf_walk *w, const struct rtf_word *word)
{
	enum rtf_dest to = word ? (enum rtf_dest)word->value : RTF_DEST_SKIP;

	if (w->depth <= 1) /* a destination is a group of its own: not the document */
		return;
	rtf_chars_flush(&w->chars);
	bool shown = rtf_is_shown(w);
	enum rtf_dest turned = turn_to(w, to);
	if (to == RTF_DEST_ASIDE && turned == RTF_DEST_SKIP && shown)
		rtf_walk_lost(w, RTF_LOST_ASIDES);
	else if (word && to != RTF_DEST_ASIDE && shown)
		rtf_walk_lost(w, word->more);
	if (word && turned == RTF_DEST_ASIDE) {
		begin_aside(w, (enum rtf_aside)word->more);
		return;
	}
	if (turned == RTF_DEST_PICTURE || turned == RTF_DEST_OBJECT)
		begin_item(w);
	if (turned == RTF_DEST_FIELD) {
		w->field_depth = w->depth;
		rtf_field_begin(&w->field);
	}
	if (turned == RTF_DEST_SHAPE)
		w->shape_shown = w->shown;
	if (turned == RTF_DEST_MARK)
		w->mark_len = 0;
	if (turned == RTF_DEST_FONTS)
		rtf_fonts_begin(&w->fonts, w->fonts.current);
	w->now.state.dest = (uint8_t)turned;
}

void rtf_group_end(struct rtf_walk *w)
{
	if (w->depth > 0)
		leave_dest(w, w->rtf.len);
}
