/* SPDX-License-Identifier: ISC */
/* The names of properties with ids from 0x8000 on ([MS-PST] 2.4.7). */
#include "base/arena.h"
#include "base/limits.h"
#include "base/window.h"
#include "format/pst/pst.h"
#include "message/notes.h"
#include "message/tags.h"

enum {
	SETS = 2, /* properties of the node */
	ENTRIES = 3,
	STRINGS = 4,
	ENTRY = 8,
	GUID = 16,
	SET_MAPI = 1,
	SET_PUBLIC_STRINGS = 2,
	SET_FIRST = 3,
	NAMES = 0x7fff,
	NAME_BYTES = 4096,
};

/* PS_MAPI, {00020328-0000-0000-C000-000000000046} */
static const uint8_t pst_set_mapi[16] = { 0x28, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0,
	0, 0, 0, 0x46 };

struct pst_naming {
	struct pst *p;
	struct span sets, strings;
};

static struct span names_part(struct pst *p, struct ltp_heap *h, uint16_t id)
{
	struct ltp_property property;
	struct span bytes = span_over(NULL, 0);

	if (ltp_property(h, id, &property))
		(void)ltp_value(h, property.value, &bytes);
	return span_load(ndb_arena(p->ndb), span_sub(bytes, 0, LIMIT_LOAD));
}

static const uint8_t *name_set(const struct pst_naming *n, uint32_t index)
{
	if (index == SET_MAPI)
		return pst_set_mapi;
	if (index == SET_PUBLIC_STRINGS)
		return props_set_public_strings;
	uint64_t at = ((uint64_t)index - SET_FIRST) * GUID;
	return index < SET_FIRST || n->sets.len < GUID || at > n->sets.len - GUID
		   ? NULL
		   : n->sets.mem + at;
}

static bool name_string(const struct pst_naming *n, uint32_t offset, struct text *to)
{
	struct arena *a = ndb_arena(n->p->ndb);
	struct window in = win_over(a, span_sub(n->strings, offset, UINT64_MAX), NULL);
	uint32_t length = win_u32le(&in);
	const uint8_t *bytes = length <= NAME_BYTES ? win_bytes(&in, length) : NULL;

	if (in.bad || !bytes)
		return false;
	*to = text_from_utf16(a, bytes, length);
	while (to->len > 0 && to->s[to->len - 1] == '\0')
		to->len--;
	return true;
}

void pst_names(struct pst *p)
{
	struct arena *a = ndb_arena(p->ndb);
	struct ndb_node node;
	struct ltp_heap *h = ndb_find(p->ndb, PST_NAMES, &node)
				 ? ltp_open(p->ndb, &node, LTP_PROPERTIES)
				 : NULL;
	uint32_t damaged = 0;

	p->names = arena_array(a, 1, sizeof(void *));
	if (!h)
		return;
	struct pst_naming n = { .p = p,
		.sets = names_part(p, h, SETS),
		.strings = names_part(p, h, STRINGS) };
	struct span entries = names_part(p, h, ENTRIES);
	struct window in = win_over(a, entries, NULL);
	uint32_t count =
	    entries.len / ENTRY < NAMES ? (uint32_t)(entries.len / ENTRY) : NAMES;
	p->names = arena_array(a, NAMES, sizeof(void *));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t value = win_u32le(&in), packed = win_u32le(&in);
		uint32_t index = packed >> 16;
		struct prop_name *name = arena_alloc(a, sizeof *name);
		name->set = name_set(&n, (packed & 0xffff) >> 1);
		name->is_string = packed & 1;
		name->id = name->is_string ? 0 : value;
		if (!name->set || index >= NAMES || p->names[index] ||
		    (name->is_string && !name_string(&n, value, &name->name))) {
			damaged++;
			continue;
		}
		p->names[index] = name;
	}
	p->name_count = NAMES;
	if (damaged > 0)
		notes_add(&p->c->notes, NOTE_KEPT, "message", "named properties",
		    "%u of %u names of the store are damaged", damaged, count);
}
