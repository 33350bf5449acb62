/* SPDX-License-Identifier: ISC */
/* What a storage holds, by the names of its entries ([MS-OXMSG] 2.1.3, 2.2). */
#include <stdlib.h>
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "format/format.h"
#include "format/msg/msg.h"

enum { MOST_ROWS = LIMIT_PROPERTIES + LIMIT_VALUES + LIMIT_RECIPIENTS };

/* Names in any case; digits of a number follow where it has one. */
static const struct role {
	const char *name;
	enum msg_role role;
	enum cfb_kind kind; /* CFB_UNUSED: either */
	bool numbered;
} roles[] = {
	{ "__substg1.0_", MSG_VALUE, CFB_UNUSED, true },
	{ "__properties_version1.0", MSG_PROPERTIES, CFB_STREAM, false },
	{ "__recip_version1.0_#", MSG_RECIPIENT, CFB_STORAGE, true },
	{ "__attach_version1.0_#", MSG_ATTACHMENT, CFB_STORAGE, true },
	{ "__nameid_version1.0", MSG_NAMEID, CFB_STORAGE, false },
};

/* Up to eight hexadecimal digits; false: none. */
static bool storage_hex(const char **p, uint32_t *value)
{
	const char *start = *p;

	for (*value = 0; **p && *p - start < 8; (*p)++) {
		char c = **p;
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
							: 16;
		if (digit > 15)
			break;
		*value = *value << 4 | digit;
	}
	return *p > start;
}

static struct msg_item storage_item(const struct cfb_entry *e)
{
	struct msg_item item = {
		.role = MSG_OTHER, .index = (uint32_t)MSG_NO_INDEX, .entry = *e
	};
	char name[CFB_NAME];

	cfb_name(e, name);
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
		const struct role *r = &roles[i];
		size_t n = strlen(r->name);
		const char *p = name + n;
		if (strncasecmp(name, r->name, n) != 0 ||
		    (r->kind != CFB_UNUSED && r->kind != e->kind))
			continue;
		if (!r->numbered)
			item.role = *p ? MSG_OTHER : r->role;
		else if (storage_hex(&p, r->role == MSG_VALUE ? &item.tag : &item.index))
			item.role = r->role;
		if (item.role == MSG_VALUE && *p++ == '-')
			(void)storage_hex(&p, &item.index);
		break;
	}
	return item;
}

struct entering {
	struct msg *s;
	const char *part;
	uint32_t dropped;
};

static void storage_add(void *arg, const struct cfb_entry *e)
{
	struct entering *in = arg;
	struct msg *s = in->s;

	if (s->item_count >= MOST_ROWS) {
		in->dropped++;
		return;
	}
	if (s->item_count == s->item_capacity) {
		uint32_t capacity = s->item_capacity ? 2 * s->item_capacity : 128;
		struct msg_item *items =
		    arena_array(s->c->arena, capacity, sizeof *items);
		if (s->item_count > 0)
			memcpy(items, s->items, s->item_count * sizeof *items);
		s->items = items;
		s->item_capacity = capacity;
	}
	s->items[s->item_count++] = storage_item(e);
}

static int compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int by_role(const void *left, const void *right)
{
	const struct msg_item *a = left, *b = right;
	int order = compare_numbers(a->role, b->role);

	if (order == 0)
		order = compare_numbers(a->tag, b->tag);
	/* The lengths of many values stand before them. */
	if (order == 0)
		order = compare_numbers(a->index + 1, b->index + 1);
	return order ? order : compare_numbers(a->entry.id, b->entry.id);
}

struct msg_rows msg_enter(
    struct msg *s, const struct cfb_entry *storage, const char *part)
{
	struct msg_rows rows = { .first = s->item_count };
	struct entering in = { .s = s, .part = part };

	cfb_children(s->cfb, storage, storage_add, &in);
	rows.count = s->item_count - rows.first;
	if (in.dropped > 0)
		notes_add(&s->c->notes, NOTE_LOST, part, "storage",
		    "%u entries above the limit of %d", in.dropped, MOST_ROWS);
	if (rows.count > 0)
		qsort(s->items + rows.first, rows.count, sizeof *s->items, by_role);
	return rows;
}

void msg_leave(struct msg *s, struct msg_rows rows)
{
	s->item_count = rows.first;
}

const struct msg_item *msg_find(
    const struct msg *s, struct msg_rows rows, enum msg_role role)
{
	for (uint32_t i = 0; i < rows.count; i++)
		if (s->items[rows.first + i].role == role)
			return &s->items[rows.first + i];
	return NULL;
}

const struct msg_item *msg_find_value(
    const struct msg *s, struct msg_rows rows, uint16_t id, uint16_t type)
{
	uint32_t tag = (uint32_t)id << 16 | type, low = 0, high = rows.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct msg_item *item = &s->items[rows.first + middle];
		if (item->role == MSG_VALUE && item->tag < tag)
			low = middle + 1;
		else
			high = middle;
	}
	const struct msg_item *item = &s->items[rows.first + low];
	return low < rows.count && item->role == MSG_VALUE && item->tag == tag ? item
									       : NULL;
}
