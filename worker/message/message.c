/* SPDX-License-Identifier: ISC */
#include "message/message.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "message/notes.h"
#include "message/tags.h"

struct message *message_new(struct arena *arena, struct notes *notes, unsigned depth)
{
	struct message *m = arena_alloc(arena, sizeof *m);

	m->arena = arena;
	m->notes = notes;
	m->depth = depth;
	return m;
}

/* One more place in a growing table. When it is doubled, the old table stays in the
 * arena. */
static void *message_grow(
    struct arena *arena, void *table, uint32_t count, uint32_t *capacity, size_t size)
{
	if (count < *capacity)
		return table;
	uint32_t wanted = *capacity ? *capacity * 2 : 4;
	void *bigger = arena_array(arena, wanted, size);
	if (table)
		memcpy(bigger, table, count * size);
	*capacity = wanted;
	return bigger;
}

struct recipient *message_add_recipient(struct message *m)
{
	if (m->recipient_count >= LIMIT_RECIPIENTS) {
		notes_add(m->notes, NOTE_LOST, "message", "recipient table",
		    "more than %d recipients", LIMIT_RECIPIENTS);
		return NULL;
	}
	m->recipients = message_grow(m->arena, m->recipients, m->recipient_count,
	    &m->recipient_capacity, sizeof *m->recipients);
	return &m->recipients[m->recipient_count++];
}

struct attachment *message_add_attachment(struct message *m)
{
	if (m->attachment_count >= LIMIT_ATTACHMENTS) {
		notes_add(m->notes, NOTE_LOST, "message", "attachment table",
		    "more than %d attachments", LIMIT_ATTACHMENTS);
		return NULL;
	}
	m->attachments = message_grow(m->arena, m->attachments, m->attachment_count,
	    &m->attachment_capacity, sizeof *m->attachments);
	struct attachment *a = &m->attachments[m->attachment_count++];
	a->number = m->attachment_count;
	return a;
}

static uint32_t message_mix(uint32_t hash, const void *p, size_t n)
{
	const uint8_t *byte = p;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ byte[i]) * 16777619U; /* FNV-1a */
	return hash;
}

static uint32_t key_hash(uint16_t id, const struct prop_name *name)
{
	uint32_t hash = 2166136261U;

	if (!name)
		return message_mix(hash, &id, sizeof id);
	hash = message_mix(hash, name->set, 16);
	if (name->is_string)
		return message_mix(hash, name->name.s, name->name.len);
	return message_mix(hash, &name->id, sizeof name->id);
}

/* A named property's id is only its number within one file: the name is the key. */
static bool key_equal(const struct prop *p, uint16_t id, const struct prop_name *name)
{
	if (!p->name || !name)
		return !p->name && !name && p->id == id;
	if (p->name->is_string != name->is_string ||
	    memcmp(p->name->set, name->set, 16) != 0)
		return false;
	if (!name->is_string)
		return p->name->id == name->id;
	return p->name->name.len == name->name.len &&
	       memcmp(p->name->name.s, name->name.s, name->name.len) == 0;
}

/* The slot that holds the key, or the empty one where it belongs. capacity is not 0. */
static uint32_t *find_slot(
    const struct props *ps, uint16_t id, const struct prop_name *name)
{
	uint32_t mask = ps->capacity * 2 - 1, i = key_hash(id, name) & mask;

	while (ps->index[i] != 0 && !key_equal(&ps->list[ps->index[i] - 1], id, name))
		i = (i + 1) & mask;
	return &ps->index[i];
}

static const struct prop *message_find(
    const struct props *ps, uint16_t id, const struct prop_name *name)
{
	if (ps->count == 0)
		return NULL;
	uint32_t at = *find_slot(ps, id, name);
	return at ? &ps->list[at - 1] : NULL;
}

static void props_grow(struct props *ps, struct arena *arena)
{
	uint32_t before = ps->capacity;

	ps->list =
	    message_grow(arena, ps->list, ps->count, &ps->capacity, sizeof *ps->list);
	if (ps->capacity == before)
		return;
	ps->index = arena_array(arena, (size_t)ps->capacity * 2, sizeof *ps->index);
	for (uint32_t i = 0; i < ps->count; i++)
		*find_slot(ps, ps->list[i].id, ps->list[i].name) = i + 1;
}

struct prop *props_put(struct props *ps, struct arena *arena, const struct prop *p)
{
	const struct prop *old = message_find(ps, p->id, p->name);

	if (old) {
		struct prop *at = &ps->list[old - ps->list];
		*at = *p;
		return at;
	}
	if (ps->count >= LIMIT_PROPERTIES)
		return NULL;
	props_grow(ps, arena);
	*find_slot(ps, p->id, p->name) = ps->count + 1;
	ps->list[ps->count] = *p;
	return &ps->list[ps->count++];
}

const struct prop *props_get(const struct props *ps, uint16_t id)
{
	return message_find(ps, id, NULL);
}

const struct prop *props_get_named(
    const struct props *ps, const uint8_t set[16], uint32_t id)
{
	const struct prop_name name = { .set = set, .id = id };

	return message_find(ps, 0, &name);
}

const struct prop *props_get_string_named(
    const struct props *ps, const uint8_t set[16], const char *name)
{
	const struct prop_name key = {
		.set = set, .is_string = true, .name = { .s = name, .len = strlen(name) }
	};

	return message_find(ps, 0, &key);
}

struct text props_text(const struct props *ps, uint16_t id)
{
	const struct prop *p = props_get(ps, id);

	if (!p || p->count == 0 || (p->type != PT_STRING8 && p->type != PT_UNICODE))
		return (struct text){ 0 };
	return p->values[0].text;
}

int64_t prop_number(const struct prop *p, int64_t fallback)
{
	if (!p || p->count == 0)
		return fallback;
	switch (p->type) {
	case PT_SHORT:
	case PT_LONG:
	case PT_BOOLEAN:
	case PT_I8:
		return p->values[0].number;
	default:
		return fallback;
	}
}

int64_t props_number(const struct props *ps, uint16_t id, int64_t fallback)
{
	return prop_number(props_get(ps, id), fallback);
}

struct when props_when(const struct props *ps, uint16_t id)
{
	const struct prop *p = props_get(ps, id);

	if (!p || p->count == 0 || p->type != PT_SYSTIME)
		return (struct when){ 0 };
	return when_from_filetime(p->values[0].filetime);
}

struct span props_bytes(const struct props *ps, uint16_t id)
{
	const struct prop *p = props_get(ps, id);

	if (!p || p->count == 0 || (p->type != PT_BINARY && p->type != PT_OBJECT))
		return span_over(NULL, 0);
	return p->values[0].bytes;
}

void message_put(struct message *m, struct attachment *attachment, struct props *to,
    const struct prop *p, const char *part)
{
	bool bytes = attachment && !p->name && p->count > 0 && !p->multi &&
		     (p->type == PT_BINARY || p->type == PT_OBJECT);

	if (bytes && p->id == PidTagAttachDataBinary)
		attachment->data = p->values[0].bytes;
	else if (bytes && p->id == PidTagAttachRendering)
		attachment->rendering = p->values[0].bytes;
	else if (!props_put(to, m->arena, p))
		notes_add(m->notes, NOTE_LOST, part, prop_label(m->arena, p),
		    "more than %d properties", LIMIT_PROPERTIES);
}
