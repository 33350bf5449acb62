/* SPDX-License-Identifier: ISC */
#include "base/ids.h"

#include <stdlib.h>
#include <string.h>

bool ids_add(struct ids *ids, uint64_t id)
{
	if (ids->count == ids->capacity) {
		size_t capacity = ids->capacity ? ids->capacity * 2 : 64;
		uint64_t *more = reallocarray(ids->at, capacity, sizeof *more);
		if (!more)
			return false;
		ids->at = more;
		ids->capacity = capacity;
	}
	ids->at[ids->count++] = id;
	return true;
}

static int ids_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void ids_sort(struct ids *ids)
{
	if (ids->count > 0)
		qsort(ids->at, ids->count, sizeof *ids->at, ids_compare);
}

static uint64_t *ids_find(const struct ids *ids, uint64_t id)
{
	return ids->count > 0 ? bsearch(&id, ids->at, ids->count, sizeof id, ids_compare)
			      : NULL;
}

bool ids_has(const struct ids *ids, uint64_t id)
{
	return ids_find(ids, id) != NULL;
}

void ids_remove(struct ids *ids, uint64_t id)
{
	uint64_t *found = ids_find(ids, id);

	if (!found)
		return;
	size_t after = ids->count - (size_t)(found - ids->at) - 1;
	memmove(found, found + 1, after * sizeof *found);
	ids->count--;
}

void ids_clear(struct ids *ids)
{
	free(ids->at);
	*ids = (struct ids){ 0 };
}
