/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_LISTS_H
#define CODEC_RTF_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * The tables of lists and their overrides: how the items of list \ls are marked. The
 * counters are here, too: overrides of one list go on with its numbers.
 */
enum { RTF_LEVELS = 9 };

struct rtf_level {
	uint8_t marker; /* enum rtf_marker */
	int32_t next;   /* number of the next item */
	int32_t from;   /* of the first one */
};

struct rtf_list {
	int32_t id;
	uint32_t count; /* levels described */
	struct rtf_level levels[RTF_LEVELS];
};

struct rtf_override {
	uint32_t list; /* its place in the table, plus 1; 0 none */
	uint32_t count;
	int32_t from[RTF_LEVELS]; /* another first number, used once; below 0: none */
};

struct rtf_lists {
	struct arena *arena;
	struct rtf_list *lists;
	uint32_t list_count, list_capacity;
	struct rtf_override *overrides; /* by \ls */
	uint32_t override_capacity;
	struct rtf_override now; /* the override being described */
	uint32_t described;      /* overrides so far */
	bool full;               /* a list or an override was one too many */
};

/* The words of the two tables. */
enum rtf_list_word {
	RTF_LIST_BEGINS,
	RTF_LIST_LEVEL,
	RTF_LIST_FORMAT,
	RTF_LIST_FROM,
	RTF_LIST_ID,
	RTF_LIST_OVERRIDE,
	RTF_LIST_OVERRIDE_LEVEL,
	RTF_LIST_LS,
};

void rtf_lists_word(
    struct rtf_lists *, enum rtf_list_word word, int32_t n, bool in_overrides);

/* How an item is marked, its next number made good; NULL: that is not known. */
struct rtf_level *rtf_lists_get(struct rtf_lists *, uint16_t ls, uint16_t level);

/* An item of this level was numbered: deeper ones begin again. */
void rtf_lists_restart(struct rtf_lists *, uint16_t ls, uint16_t level);

#endif
