/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_WALK_PRIVATE_H
#define CODEC_RTF_WALK_PRIVATE_H

#include "base/feed.h"
#include "codec/rtf/rtf_chars.h"
#include "codec/rtf/rtf_colors.h"
#include "codec/rtf/rtf_field.h"
#include "codec/rtf/rtf_fonts.h"
#include "codec/rtf/rtf_lists.h"
#include "codec/rtf/rtf_walk.h"
#include "codec/rtf/rtf_words.h"

/* A walk's inside, for the two files that are it: words (rtf_walk.c) and groups. */
enum { RTF_MARK_MAX = 64 };
#define RTF_NO_FIELD UINT32_MAX

struct rtf_walk {
	struct arena *arena;
	struct feed in;
	struct span rtf;
	const struct rtf_want *want;
	struct rtf_facts facts;
	const struct rtf_visitor *to;
	struct rtf_chars chars;
	struct rtf_fonts fonts;
	struct rtf_colors colors;
	struct rtf_lists lists;

	struct rtf_now now;
	struct rtf_state *groups; /* those around the present one */
	uint32_t depth, capacity;
	uint32_t too_deep; /* groups over the limit, which share one state */

	bool starred;      /* \* was the last token */
	uint32_t skip;     /* what \u's fallback still has to be skipped */
	int32_t parameter; /* of the word that is an event */
	uint16_t default_font;

	uint32_t field_depth; /* of the group with a field's instruction */
	struct rtf_field field;
	char mark[RTF_MARK_MAX]; /* a bookmark's name */
	size_t mark_len;

	uint64_t shown,
	    shape_shown; /* texts and items; how many of them before a shape */

	uint64_t item_from; /* where the item's inside begins */
	bool item_shown, item_filled;
	struct rtf_item item;
};

/* Does text at this place go anywhere? */
bool rtf_is_shown(const struct rtf_walk *);

/* Are pictures and the definitions of rows at this place for the visitor? */
bool rtf_is_seen(const struct rtf_walk *);

void rtf_group_open(struct rtf_walk *);
void rtf_group_close(struct rtf_walk *);

/* The group turns to a destination; NULL: to one that nobody knows. */
void rtf_group_turn(struct rtf_walk *, const struct rtf_word *);

/* The document ends within a group. */
void rtf_group_end(struct rtf_walk *);

#endif
