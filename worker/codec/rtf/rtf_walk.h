/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_WALK_H
#define CODEC_RTF_WALK_H

#include "base/span.h"
#include "codec/rtf/rtf_items.h"
#include "codec/rtf/rtf_state.h"

struct rtf_font;
struct rtf_want;
struct rtf_level;
struct sink;

/*
 * One walk through an RTF document: groups, destinations, fonts and their code
 * pages, escapes. What is left for a visitor is decoded text, the few words that
 * shape it, and the state they stand in. Memory does not grow with the document.
 */

/* Words that a visitor sees. */
enum rtf_event {
	RTF_PAR,
	RTF_LINE,
	RTF_CELL,
	RTF_ROW,
	RTF_NEST_CELL,
	RTF_NEST_ROW,
	RTF_ROW_STARTS, /* the definition of a row */
	RTF_CELL_EDGE,  /* the definition of a cell is complete */
	RTF_ITEM,       /* a picture or an object ends */
	RTF_ASIDE, /* text begins that stands aside: it, or the place that refers to it */
	RTF_MARK,  /* a bookmark: rtf_walk_mark */
	RTF_PLACE, /* of an attachment: rtf_walk_place */
};

struct rtf_facts {
	unsigned codepage; /* of the document; 0: not declared */
	unsigned items;    /* pictures and objects met */
	unsigned asides;   /* texts that stand aside */
	unsigned places;   /* of attachments that were met */
	unsigned lost;     /* set of enum rtf_lost */
};

struct rtf_visitor {
	/* UTF-8, never empty. */
	void (*text)(void *arg, const struct rtf_state *, const char *s, size_t n);
	void (*event)(void *arg, const struct rtf_state *, enum rtf_event);
	/* Encapsulation is read: \htmltag shown, \htmlrtf obeyed (MS-OXRTFEX 2.2.3). */
	bool original;
	bool asides;             /* what stands aside is shown, and nothing else */
	struct rtf_items *items; /* where they are collected; NULL: nowhere */
	unsigned items_before;   /* how many another walk has numbered already */
	const struct sink *out;  /* the walk ends where it has so many bytes; NULL: not */
	uint64_t most;           /* 0: not */
	void *arg;
};

/* One of a document, for one walk. Its fonts and links live as long as it does. */
struct rtf_walk;
struct rtf_walk *rtf_walk_new(struct span rtf, const struct rtf_want *);
struct rtf_facts rtf_walk_run(struct rtf_walk *, const struct rtf_visitor *);
void rtf_walk_free(struct rtf_walk *);

/* A colour as 0xrrggbb; false for the automatic one and for what is not in the table. */
bool rtf_walk_color(const struct rtf_walk *, unsigned index, uint32_t *rgb);

/* A font of the table, and the number of the one that text begins in. */
struct rtf_font rtf_walk_font(const struct rtf_walk *, uint16_t number);
uint16_t rtf_walk_default_font(const struct rtf_walk *);

/* What words have set, and the event's parameter: \cellx's, or an enum rtf_aside. */
const struct rtf_now *rtf_walk_now(const struct rtf_walk *, int32_t *parameter);

/* At RTF_ITEM: the item. */
const struct rtf_item *rtf_walk_item(const struct rtf_walk *);

/* At RTF_PLACE: the address of what is shown there; NULL: nothing is. */
const char *rtf_walk_place(const struct rtf_walk *);

/* At RTF_MARK: the bookmark's name. */
const char *rtf_walk_mark(const struct rtf_walk *, size_t *len);

/* How an item of list ls is marked at that level; NULL: no such list. */
struct rtf_level *rtf_walk_level(struct rtf_walk *, uint16_t ls, uint16_t level);
void rtf_walk_restart(struct rtf_walk *, uint16_t ls, uint16_t level); /* deeper ones */

/* Is text in this state not for the eyes? */
static inline bool rtf_walk_hides(const struct rtf_state *st)
{
	return st->looks.hidden || st->looks.deleted;
}

/* The visitor left something out: bits of enum rtf_lost. */
void rtf_walk_lost(struct rtf_walk *, unsigned what);

#endif
