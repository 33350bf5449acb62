/* SPDX-License-Identifier: ISC */
#include "format/growth.h"

#include "base/sink.h"
#include "format/format.h"

enum {
	FIELDS = 1024, /* of a part, with delimiter and a long name */
	SHARE = 8,     /* of what may come of it, for fields; as much for the rest */
	SPARE = 64 * 1024,
};

uint64_t growth_encoded(uint64_t bytes)
{
	/* 76 characters and a line end for 57 bytes; quoted-printable is used where that
	   is no more. */
	return bytes > UINT64_MAX / 4 ? UINT64_MAX / 2 : bytes + bytes / 5 * 2 + FIELDS;
}

struct growth growth_of(uint64_t floor, uint64_t times, uint64_t size)
{
	uint64_t original = growth_encoded(size);
	uint64_t most = times > 0 && size > (UINT64_MAX - floor) / times
			    ? UINT64_MAX
			    : floor + times * size;

	uint64_t content = most > original ? most - original : 0;
	return (struct growth){
		.whole = most < UINT64_MAX - SPARE ? most + SPARE : UINT64_MAX,
		.most = content - content / SHARE * 2,
		.fields = content / SHARE,
		.floor = floor,
		.times = times,
		.size = size,
	};
}

void growth_narrow(struct convert *c, uint64_t size)
{
	struct growth *g = c->growth;

	if (!g || size >= g->size)
		return;
	*g = growth_of(g->floor, g->times, size);
	sink_bound(c->out, g->whole);
}

/* What was written unreckoned, as headers are, counts too. */
static uint64_t growth_used(const struct convert *c)
{
	uint64_t written = c->out ? sink_length(c->out) : 0;

	return written > c->growth->used ? written : c->growth->used;
}

uint64_t growth_left(const struct convert *c)
{
	if (!c->growth)
		return UINT64_MAX;
	uint64_t used = growth_used(c);
	return used < c->growth->most ? c->growth->most - used : 0;
}

/* Always false. */
static bool growth_leave_out(
    struct convert *c, uint64_t bytes, const char *part, const char *what)
{
	c->growth->left_out++;
	notes_add(&c->notes, NOTE_LOST, part, what,
	    "left out: with its %llu bytes more would come of this message than its size "
	    "allows (limits.growth)",
	    (unsigned long long)bytes);
	return false;
}

bool growth_fits(struct convert *c, uint64_t bytes, const char *part, const char *what)
{
	return bytes <= growth_left(c) || growth_leave_out(c, bytes, part, what);
}

bool growth_fits_line(void *convert, uint64_t bytes, const char *name)
{
	return growth_fits(convert, bytes, "message", name);
}

bool growth_field(struct convert *c, uint64_t bytes, const char *name)
{
	if (!c->growth)
		return true;
	if (bytes > c->growth->fields)
		return growth_leave_out(c, bytes, "message", name);
	c->growth->fields -= bytes;
	return true;
}

bool growth_take(struct convert *c, uint64_t bytes, const char *part, const char *what)
{
	if (!growth_fits(c, bytes, part, what))
		return false;
	if (c->growth)
		c->growth->used = growth_used(c) + bytes;
	return true;
}

uint32_t growth_left_out(const struct convert *c)
{
	return c->growth ? c->growth->left_out : 0;
}
