/* SPDX-License-Identifier: ISC */
/*
 * Recurrences: any bytes as that of an appointment or of a task, by the first one's
 * choice, and the calendar that is made of them.
 *
 * Covers: worker/format/ical/
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "format/ical/recurrence.h"
#include "fuzz_ground.h"
#include "message/message.h"
#include "message/tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_put(struct message *m, const struct prop_name *name, uint16_t id,
    uint16_t type, struct prop_value value)
{
	struct prop p = { .id = id, .type = type, .name = name, .count = 1 };

	p.values = arena_alloc(m->arena, sizeof *p.values);
	p.values[0] = value;
	if (!props_put(&m->props, m->arena, &p))
		abort();
}

static void fuzz_write(struct arena *a, uint8_t choice, struct span blob)
{
	struct convert c = { .arena = a, .scratch = -1 };
	const struct prop_name task = { .set = props_set_task,
		.id = PidLidTaskRecurrence },
			       event = { .set = props_set_appointment,
				       .id = PidLidAppointmentRecur };
	const char *class = choice & 1 ? "IPM.Task" : "IPM.Appointment";

	notes_init(&c.notes, a);
	struct message *m = message_new(a, &c.notes, 0);
	m->codepage = 1252;
	fuzz_put(m, NULL, PidTagMessageClass, PT_UNICODE,
	    (struct prop_value){ .text = { .s = class, .len = strlen(class) } });
	fuzz_put(m, choice & 1 ? &task : &event, 0x8000, PT_BINARY,
	    (struct prop_value){ .bytes = blob });
	c.out = sink_memory(a);
	if (!format_by_name("ical")->write(&c, m) ||
	    sink_length(c.out) > 64 * (blob.len + 64))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(64UL << 20);
	struct recurrence r;

	if (size == 0)
		return 0;
	struct span in = span_over(data + 1, size - 1);
	if (recurrence_read(arena, in, &r) &&
	    (r.deleted_count > in.len / 4 || r.exception_count > in.len / 14))
		abort();
	fuzz_write(arena, data[0], in);
	arena_reset(arena);
	return 0;
}
