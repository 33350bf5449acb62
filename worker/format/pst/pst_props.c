/* SPDX-License-Identifier: ISC */
/* Properties ([MS-PST] 2.3.3), and rows of tables as such. */
#include <string.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "format/pst/pst.h"
#include "message/notes.h"
#include "message/tags.h"
#include "message/value.h"

enum { SUBJECT_MARK = 1 /* then a character: the length of its prefix, plus 1 */ };

struct pst_reading {
	struct pst *p;
	struct ltp_heap *heap;
	struct pst_place *at;
	uint32_t nameless;
};

/* A store marks how long a subject's prefix ("RE: ") is, within it (2.5.3.1.1.1). */
static struct span subject_alone(const struct prop *p, struct span bytes)
{
	uint8_t head[2] = { 0 };
	size_t width = p->type == PT_UNICODE ? 2 : 1;

	if (p->name || p->id != PidTagSubject || p->multi ||
	    span_read(bytes, 0, head, width) != width || head[0] != SUBJECT_MARK ||
	    head[1] != 0)
		return bytes;
	return span_sub(bytes, 2 * width, UINT64_MAX);
}

static void pst_one_value(struct pst_reading *r, struct prop *p, struct span bytes)
{
	bool body = !p->name && (p->id == PidTagBody || p->id == PidTagHtml);
	struct prop_value *v = &p->values[p->count++];
	struct arena *a = r->p->c->arena;

	if (!value_variable(a, p->type, subject_alone(p, bytes), body, v))
		notes_add(&r->p->c->notes, NOTE_LOST, r->at->part, prop_label(a, p),
		    p->type == PT_CLSID
			? "%llu bytes, where a GUID has 16"
			: "%llu bytes of text: only the beginning is kept",
		    (unsigned long long)bytes.len);
	if (p->type == PT_UNICODE && v->text.lossy)
		notes_add(&r->p->c->notes, NOTE_CHANGED, r->at->part, prop_label(a, p),
		    "not valid UTF-16: replaced by U+FFFD");
}

static uint64_t pst_allot(struct pst_reading *r, struct prop *p, uint64_t count)
{
	struct arena *a = r->p->c->arena;

	if (count > LIMIT_VALUES) {
		notes_add(&r->p->c->notes, NOTE_LOST, r->at->part, prop_label(a, p),
		    "%llu values above the limit of %d",
		    (unsigned long long)(count - LIMIT_VALUES), LIMIT_VALUES);
		count = LIMIT_VALUES;
	}
	p->values = arena_array(a, count ? (size_t)count : 1, sizeof *p->values);
	return count;
}

/* Values of one size one behind the other (2.3.3.4.1). */
static void pst_packed(struct pst_reading *r, struct prop *p, struct span bytes)
{
	unsigned size = value_size(p->type);
	uint64_t count = pst_allot(r, p, bytes.len / size);

	for (; p->count < count; p->count++) {
		uint8_t raw[16] = { 0 };
		size_t n = span_read(bytes, (uint64_t)p->count * size, raw, size);
		struct cursor in = cur_over(raw, sizeof raw);
		if (n != size)
			break;
		if (p->type == PT_CLSID)
			p->values[p->count].guid =
			    (const uint8_t *)arena_copy(r->p->c->arena, raw, sizeof raw);
		else
			value_fixed(p->type, cur_u64le(&in), &p->values[p->count]);
	}
}

/* Their number, where each begins, and they (2.3.3.4.2). */
static void pst_many(struct pst_reading *r, struct prop *p, struct span bytes)
{
	uint8_t raw[4] = { 0 };

	(void)span_read(bytes, 0, raw, sizeof raw);
	struct cursor head = cur_over(raw, sizeof raw);
	uint64_t count = cur_u32le(&head);
	if (count > bytes.len / 4)
		count = bytes.len / 4;
	uint64_t allotted = pst_allot(r, p, count);
	for (uint64_t i = 0; i < allotted; i++) {
		uint8_t two[8] = { 0 };
		(void)span_read(bytes, 4 + i * 4, two, sizeof two);
		struct cursor c = cur_over(two, sizeof two);
		uint64_t from = cur_u32le(&c),
			 to = i + 1 < count ? cur_u32le(&c) : bytes.len;
		pst_one_value(r, p, span_sub(bytes, from, to > from ? to - from : 0));
	}
}

static bool pst_begin(struct pst_reading *r, uint16_t id, uint16_t type, struct prop *p)
{
	*p = (struct prop){
		.id = id, .type = (uint16_t)(type & ~PT_MV), .multi = (type & PT_MV) != 0
	};
	if (id >= TAG_NAMED) {
		uint32_t index = id - (uint32_t)TAG_NAMED;
		p->name = index < r->p->name_count ? r->p->names[index] : NULL;
		r->nameless += !p->name;
	}
	CRUMB("pst", r->at->m->depth, r->at->number, (uint32_t)id << 16 | type, 0);
	return value_known(p->type);
}

static void pst_lost(struct pst_reading *r, const struct prop *p, const char *why)
{
	notes_add(&r->p->c->notes, NOTE_LOST, r->at->part, prop_label(r->p->c->arena, p),
	    "%s", why);
}

/* A property whose value lies elsewhere. */
static void pst_far(struct pst_reading *r, struct prop *p, uint32_t where)
{
	unsigned size = value_size(p->type);
	struct span bytes;

	if (!ltp_value(r->heap, where, &bytes)) {
		pst_lost(r, p, "its value is missing");
		return;
	}
	if (p->type == PT_OBJECT && !p->multi) { /* a node of its own (2.3.3.5) */
		uint8_t raw[4] = { 0 };
		(void)span_read(bytes, 0, raw, sizeof raw);
		struct cursor c = cur_over(raw, sizeof raw);
		r->at->object = cur_u32le(&c);
		return;
	}
	if (p->multi && size > 0) {
		pst_packed(r, p, bytes);
	} else if (p->multi) {
		pst_many(r, p, bytes);
	} else {
		p->values = arena_alloc(r->p->c->arena, sizeof *p->values);
		if (size > 0 && size <= 8) {
			uint8_t raw[8] = { 0 };
			(void)span_read(bytes, 0, raw, size);
			struct cursor c = cur_over(raw, sizeof raw);
			value_fixed(p->type, cur_u64le(&c), &p->values[p->count++]);
		} else {
			pst_one_value(r, p, bytes);
		}
	}
	message_put(r->at->m, r->at->attachment, r->at->to, p, r->at->part);
}

/* A value that is at hand, of up to 8 bytes. */
static void pst_near(struct pst_reading *r, struct prop *p, uint64_t bits)
{
	p->values = arena_alloc(r->p->c->arena, sizeof *p->values);
	p->count = 1;
	value_fixed(p->type, bits, p->values);
	message_put(r->at->m, r->at->attachment, r->at->to, p, r->at->part);
}

static void pst_property(void *arg, const struct ltp_property *l)
{
	struct pst_reading *r = arg;
	struct prop p;
	unsigned size = value_size(l->type);

	if (!pst_begin(r, l->id, l->type, &p))
		pst_lost(r, &p, "of an unknown type");
	else if (!p.multi && (l->type == PT_NULL || (size > 0 && size <= 4)))
		pst_near(r, &p, l->value);
	else
		pst_far(r, &p, l->value);
}

static void pst_reading_end(const struct pst_reading *r)
{
	if (r->nameless > 0)
		notes_add(&r->p->c->notes, NOTE_KEPT, r->at->part, "named properties",
		    "%u have no name", r->nameless);
}

void pst_props(struct pst *p, struct ltp_heap *heap, struct pst_place *at)
{
	struct pst_reading r = { .p = p, .heap = heap, .at = at };

	ltp_properties(heap, pst_property, &r);
	pst_reading_end(&r);
}

void pst_row(
    struct pst *p, const struct ltp_table *t, const uint8_t *cells, struct pst_place *at)
{
	struct pst_reading r = { .p = p, .heap = t->heap, .at = at };

	for (unsigned i = 0; i < t->count; i++) {
		const struct ltp_column *column = &t->columns[i];
		const uint8_t *cell = ltp_cell(t, cells, column);
		struct prop prop;
		uint8_t raw[8] = { 0 };
		if (!cell || !pst_begin(&r, (uint16_t)(column->tag >> 16),
				 (uint16_t)column->tag, &prop))
			continue;
		memcpy(raw, cell, column->size < sizeof raw ? column->size : sizeof raw);
		struct cursor c = cur_over(raw, sizeof raw);
		unsigned size = value_size(prop.type);
		if (!prop.multi && size > 0 && size <= 8 && column->size <= 8)
			pst_near(&r, &prop, cur_u64le(&c));
		else if (column->size == 4)
			pst_far(&r, &prop, cur_u32le(&c));
	}
	pst_reading_end(&r);
}
