/* SPDX-License-Identifier: ISC */
#include "format/mime/read/reading.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "codec/date.h"
#include "message/tags.h"

static void put_one(struct reading *r, struct props *to, uint16_t id, enum prop_type type,
    struct prop_value value)
{
	struct prop p = { .id = id, .type = (uint16_t)type, .count = 1 };

	p.values = arena_alloc(r->c->arena, sizeof *p.values);
	*p.values = value;
	message_put(r->m, NULL, to, &p, "message");
}

void reading_text(struct reading *r, struct props *to, uint16_t id, struct text t)
{
	if (t.s && t.len > 0)
		put_one(r, to, id, PT_UNICODE, (struct prop_value){ .text = t });
}

void reading_number(
    struct reading *r, struct props *to, uint16_t id, enum prop_type type, int64_t number)
{
	put_one(r, to, id, type, (struct prop_value){ .number = number });
}

void reading_bytes(struct reading *r, struct props *to, uint16_t id, struct span bytes)
{
	put_one(r, to, id, PT_BINARY, (struct prop_value){ .bytes = bytes });
}

void reading_named(struct reading *r, struct props *to, const struct prop_name *name,
    const struct prop *values)
{
	struct prop_name *copy = arena_alloc(r->c->arena, sizeof *copy);
	struct prop p = *values;

	*copy = *name;
	p.id = TAG_NAMED; /* a number of one store: the name counts */
	p.name = copy;
	message_put(r->m, NULL, to, &p, "message");
}

bool reading_date(struct reading *r, struct props *to, uint16_t id, const char *date)
{
	uint64_t filetime = when_to_filetime(date_read(date, strlen(date)));

	if (filetime == 0)
		return false;
	put_one(r, to, id, PT_SYSTIME, (struct prop_value){ .filetime = filetime });
	return true;
}
