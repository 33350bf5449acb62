/* SPDX-License-Identifier: ISC */
/* Properties sorted: their order in a container means nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "message/message.h"

static int order_number(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int order_name(const struct prop_name *a, const struct prop_name *b)
{
	int order = memcmp(a->set, b->set, 16);

	if (order == 0 && a->is_string != b->is_string)
		return a->is_string ? 1 : -1;
	if (order == 0 && !a->is_string)
		return order_number(a->id, b->id);
	if (order == 0) {
		size_t shorter = a->name.len < b->name.len ? a->name.len : b->name.len;
		order = memcmp(a->name.s, b->name.s, shorter);
	}
	if (order == 0)
		order = a->name.len < b->name.len ? -1 : a->name.len > b->name.len;
	return order;
}

static int order_prop(const void *left, const void *right)
{
	const struct prop *a = *(const struct prop *const *)left;
	const struct prop *b = *(const struct prop *const *)right;

	if (a->name && b->name)
		return order_name(a->name, b->name);
	if (a->name || b->name)
		return a->name ? 1 : -1;
	return order_number(a->id, b->id);
}

const struct prop *const *props_sorted(const struct props *ps, struct arena *arena)
{
	const struct prop **sorted =
	    arena_array(arena, (size_t)ps->count + 1, sizeof(void *));

	for (uint32_t i = 0; i < ps->count; i++)
		sorted[i] = &ps->list[i];
	qsort(sorted, ps->count, sizeof(void *), order_prop);
	return sorted;
}
