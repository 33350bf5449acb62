/* SPDX-License-Identifier: ISC */
/* The names of properties with ids from 0x8000 on ([MS-OXMSG] 2.2.3). */
#include "base/arena.h"
#include "base/limits.h"
#include "base/window.h"
#include "codec/cfb/cfb_write.h"
#include "format/format.h"
#include "format/msg/msg.h"
#include "message/tags.h"

enum {
	ENTRY = 8,
	GUID = 16,
	SET_MAPI = 1, /* these two are not in the stream of sets (2.2.3.1.2) */
	SET_PUBLIC_STRINGS = 2,
	SET_FIRST = 3,
	NAMES = 0x7fff, /* ids from 0x8000 to 0xfffe */
	NAME_BYTES = 4096,
};

/* PS_MAPI, {00020328-0000-0000-C000-000000000046} */
static const uint8_t set_mapi[16] = { 0x28, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0,
	0, 0, 0x46 };

struct naming {
	struct msg *s;
	struct span sets, strings;
};

static const uint8_t *names_set(struct naming *n, uint32_t index)
{
	uint64_t at = index >= SET_FIRST ? ((uint64_t)index - SET_FIRST) * GUID : 0;

	if (index == SET_MAPI)
		return set_mapi;
	if (index == SET_PUBLIC_STRINGS)
		return props_set_public_strings;
	if (index < SET_FIRST || n->sets.len < GUID || at > n->sets.len - GUID)
		return NULL;
	struct span one = span_load(n->s->c->arena, span_sub(n->sets, at, GUID));
	return one.len == GUID ? one.mem : NULL;
}

/* A string: its length in bytes, then UTF-16LE (2.2.3.1.3). */
static bool names_string(struct naming *n, uint32_t offset, struct text *to)
{
	struct window in =
	    win_over(n->s->c->arena, span_sub(n->strings, offset, UINT64_MAX),
		arena_alloc(n->s->c->arena, n->strings.mem ? 0 : WINDOW_BUFFER));
	uint32_t length = win_u32le(&in);

	if (length > NAME_BYTES)
		return false;
	const uint8_t *p = win_bytes(&in, length);
	if (in.bad || !p)
		return false;
	*to = text_from_utf16(n->s->c->arena, p, length);
	while (to->len > 0 && to->s[to->len - 1] == '\0')
		to->len--;
	return true;
}

/* False: damaged. */
static bool names_entry(
    struct naming *n, uint32_t value, uint32_t packed, uint32_t position)
{
	struct msg *s = n->s;
	struct prop_name *name = arena_alloc(s->c->arena, sizeof *name);
	uint32_t index = packed >> 16;

	name->set = names_set(n, (packed & 0xffff) >> 1);
	name->is_string = packed & 1;
	name->id = name->is_string ? 0 : value;
	if (!name->set || (name->is_string && !names_string(n, value, &name->name)))
		return false;
	if (index >= s->name_count || s->names[index])
		index = position; /* an index that cannot be: the order says it, too */
	if (!s->names[index])
		s->names[index] = name;
	return true;
}

static struct span names_stream(
    struct msg *s, const struct cfb_node *nameid, const char *name)
{
	for (const struct cfb_node *n = nameid->child; n; n = n->next)
		if (cfb_node_is(n, name))
			return n->data.len <= LIMIT_LOAD ? span_load(s->c->arena, n->data)
							 : n->data;
	return span_over(NULL, 0);
}

void msg_names_read(struct msg *s, const struct cfb_entry *storage)
{
	uint32_t left_out, damaged = 0;
	struct cfb_node *nameid = cfb_copy(s->cfb, storage, &left_out);
	struct naming n = { .s = s,
		.sets = names_stream(s, nameid, "__substg1.0_00020102"),
		.strings = names_stream(s, nameid, "__substg1.0_00040102") };
	struct span entries = names_stream(s, nameid, "__substg1.0_00030102");
	struct window in = win_over(s->c->arena, entries,
	    arena_alloc(s->c->arena, entries.mem ? 0 : WINDOW_BUFFER));
	uint32_t count =
	    entries.len / ENTRY < NAMES ? (uint32_t)(entries.len / ENTRY) : NAMES;

	memcpy(nameid->name, storage->name, sizeof nameid->name);
	s->nameid = nameid;
	s->names = arena_array(s->c->arena, count ? count : 1, sizeof(void *));
	s->name_count = count;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t value = win_u32le(&in), packed = win_u32le(&in);
		if (in.bad || !names_entry(&n, value, packed, i))
			damaged++;
	}
	if (damaged > 0)
		notes_add(&s->c->notes, NOTE_CHANGED, "message", "named properties",
		    "%u of %u names are damaged", damaged, count);
}
