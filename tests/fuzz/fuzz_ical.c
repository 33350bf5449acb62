/* SPDX-License-Identifier: ISC */
/*
 * What items hold as bytes: recurrences, time zones, entry ids. Any bytes, by the first
 * one's choice; what was read is asked everything that a writer asks.
 *
 * Covers: worker/format/ical/ worker/message/person.c worker/codec/content_line.c
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "codec/content_line.h"
#include "format/ical/recurrence.h"
#include "format/ical/zone.h"
#include "message/person.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_zone(struct arena *a, bool read, const struct zone *z)
{
	struct content_line l = { .to = sink_memory(a) };

	if (!read)
		return;
	zone_write(&l, z);
	for (int64_t t = -400000000; t < 4000000000; t += 86400 * 251 + 1) {
		int64_t local = zone_local(z, t);
		if (local - t > 48 * 3600 || t - local > 48 * 3600)
			abort();
		(void)zone_utc(z, local);
	}
}

static void fuzz_recurrence(struct arena *a, struct span in)
{
	struct recurrence r;

	if (!recurrence_read(a, in, &r))
		return;
	if (r.deleted_count > in.len / 4 || r.exception_count > in.len / 14)
		abort();
	for (uint32_t i = 0; i < r.exception_count; i++)
		if (r.exceptions[i].subject8.len > in.len ||
		    r.exceptions[i].subject.len > 2 * in.len)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	const char *missing = NULL;
	struct person p;
	struct zone z;

	if (!arena) {
		if (!text_init(&missing))
			abort();
		arena = arena_new(64UL << 20);
	}
	if (size == 0)
		return 0;
	struct span in = span_over(data + 1, size - 1);
	switch (data[0] & 3) {
	case 0:
		fuzz_recurrence(arena, in);
		break;
	case 1:
		fuzz_zone(arena, zone_from_definition(arena, in, &z), &z);
		break;
	case 2:
		fuzz_zone(arena, zone_from_struct(arena, in, &z), &z);
		break;
	default:
		if (person_from_entry(arena, 0, cur_over(in.mem, (size_t)in.len), &p) &&
		    p.name.len + p.address.len > 4 * size)
			abort();
		break;
	}
	arena_reset(arena);
	return 0;
}
