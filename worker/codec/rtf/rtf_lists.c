/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_lists.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "codec/rtf/rtf_state.h"

enum { LISTS_FIRST = 8, OVERRIDES_FIRST = 16, NO_NUMBER = -1 };

/* \levelnfc: the formats that HTML has; the others are numbers all the same. */
static uint8_t marker_of(int32_t format)
{
	static const uint8_t markers[] = { RTF_MARKER_DECIMAL, RTF_MARKER_UPPER_ROMAN,
		RTF_MARKER_LOWER_ROMAN, RTF_MARKER_UPPER_LETTER,
		RTF_MARKER_LOWER_LETTER };

	if (format == 23)
		return RTF_MARKER_BULLET;
	if (format == 255)
		return RTF_MARKER_BLANK;
	return format >= 0 && format < (int32_t)sizeof markers ? markers[format]
							       : RTF_MARKER_DECIMAL;
}

static void begin_list(struct rtf_lists *s)
{
	if (s->list_count == LIMIT_RTF_LISTS) {
		s->full = true;
		return;
	}
	if (s->list_count == s->list_capacity) {
		uint32_t capacity = s->list_capacity ? s->list_capacity * 2 : LISTS_FIRST;
		struct rtf_list *lists = arena_array(s->arena, capacity, sizeof *lists);
		if (s->list_count)
			memcpy(lists, s->lists, s->list_count * sizeof *lists);
		s->lists = lists;
		s->list_capacity = capacity;
	}
	s->lists[s->list_count++] = (struct rtf_list){ 0 };
}

/* The level being described; NULL: none is. */
static struct rtf_level *rtf_lists_level_of(struct rtf_list *list)
{
	return list && list->count > 0 ? &list->levels[list->count - 1] : NULL;
}

static void list_word(struct rtf_lists *s, enum rtf_list_word word, int32_t n)
{
	struct rtf_list *list =
	    s->list_count > 0 && !s->full ? &s->lists[s->list_count - 1] : NULL;
	struct rtf_level *level = rtf_lists_level_of(list);

	if (word == RTF_LIST_BEGINS)
		begin_list(s);
	else if (word == RTF_LIST_LEVEL && list && list->count < RTF_LEVELS)
		list->levels[list->count++] =
		    (struct rtf_level){ RTF_MARKER_DECIMAL, 1, 1 };
	else if (word == RTF_LIST_FORMAT && level)
		level->marker = marker_of(n);
	else if (word == RTF_LIST_FROM && level)
		level->from = level->next = n;
	else if (word == RTF_LIST_ID && list)
		list->id = n;
}

static void end_override(struct rtf_lists *s, int32_t ls)
{
	if (ls <= 0 || ls >= LIMIT_RTF_LISTS) {
		s->full |= ls > 0;
		return;
	}
	if ((uint32_t)ls >= s->override_capacity) {
		uint32_t capacity =
		    s->override_capacity ? s->override_capacity : OVERRIDES_FIRST;
		while (capacity <= (uint32_t)ls)
			capacity *= 2;
		struct rtf_override *to = arena_array(s->arena, capacity, sizeof *to);
		if (s->override_capacity)
			memcpy(to, s->overrides, s->override_capacity * sizeof *to);
		s->overrides = to;
		s->override_capacity = capacity;
	}
	s->overrides[ls] = s->now;
}

static void override_word(struct rtf_lists *s, enum rtf_list_word word, int32_t n)
{
	struct rtf_override *o = &s->now;

	if (word == RTF_LIST_OVERRIDE) {
		*o = (struct rtf_override){ 0 };
		for (int i = 0; i < RTF_LEVELS; i++)
			o->from[i] = NO_NUMBER;
	} else if (word == RTF_LIST_ID) {
		o->list = 0;
		s->full |= s->described == LIMIT_RTF_LISTS;
		s->described += !s->full;
		for (uint32_t i = 0; !s->full && i < s->list_count; i++)
			if (s->lists[i].id == n)
				o->list = i + 1;
	} else if (word == RTF_LIST_OVERRIDE_LEVEL) {
		o->count += o->count <= RTF_LEVELS;
	} else if (word == RTF_LIST_FROM && o->count > 0 && o->count <= RTF_LEVELS) {
		o->from[o->count - 1] = n >= 0 ? n : 0;
	} else if (word == RTF_LIST_LS) {
		end_override(s, n);
	}
}

void rtf_lists_word(
    struct rtf_lists *s, enum rtf_list_word word, int32_t n, bool in_overrides)
{
	if (in_overrides)
		override_word(s, word, n);
	else
		list_word(s, word, n);
}

static struct rtf_override *rtf_lists_find(struct rtf_lists *s, uint16_t ls)
{
	return ls < s->override_capacity && s->overrides[ls].list ? &s->overrides[ls]
								  : NULL;
}

struct rtf_level *rtf_lists_get(struct rtf_lists *s, uint16_t ls, uint16_t level)
{
	struct rtf_override *o = rtf_lists_find(s, ls);

	if (!o)
		return NULL;
	struct rtf_list *list = &s->lists[o->list - 1];
	if (level >= list->count)
		return NULL;
	if (o->from[level] != NO_NUMBER) {
		list->levels[level].next = o->from[level];
		o->from[level] = NO_NUMBER;
	}
	return &list->levels[level];
}

void rtf_lists_restart(struct rtf_lists *s, uint16_t ls, uint16_t level)
{
	struct rtf_override *o = rtf_lists_find(s, ls);

	for (uint32_t i = level + 1U; o && i < RTF_LEVELS; i++) {
		struct rtf_level *deeper = &s->lists[o->list - 1].levels[i];
		deeper->next = deeper->from;
	}
}
