/* SPDX-License-Identifier: ISC */
/*
 * Changed instances of a series: the pattern says when they are and what little was
 * changed, a message in a hidden attachment has the rest ([MS-OXOCAL] 2.2.10).
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "format/growth.h"
#include "format/ical/ical.h"
#include "message/named.h"
#include "message/notes.h"

static int by_time(const void *left, const void *right)
{
	const struct ical_inner *a = left, *b = right;

	if (a->by_start != b->by_start)
		return a->by_start ? 1 : -1;
	if (a->local != b->local)
		return a->local < b->local ? -1 : 1;
	return (a->attachment > b->attachment) - (a->attachment < b->attachment);
}

void ical_find_inner(struct ical *ic)
{
	const struct message *m = ic->m;

	ic->inner = arena_array(ic->a, m->attachment_count + 1U, sizeof *ic->inner);
	for (uint32_t i = 0; ic->recurring && i < m->attachment_count; i++) {
		const struct message *one = m->attachments[i].embedded;
		struct when original = { 0 }, start;
		if (!one)
			continue;
		original = named_when(
		    &one->props, props_set_appointment, PidLidExceptionReplaceTime);
		/* Its start, by the pattern's clock, where the other is missing. */
		start = props_when(&m->attachments[i].props, PidTagExceptionStartTime);
		if (!original.valid && !start.valid)
			continue;
		ic->inner[ic->inner_count++] = (struct ical_inner){
			.by_start = !original.valid,
			.local = original.valid ? ical_local(ic, original.unix_s)
						: start.unix_s,
			.m = one,
			.attachment = i,
		};
	}
	if (ic->inner_count > 1)
		qsort(ic->inner, ic->inner_count, sizeof *ic->inner, by_time);
}

/* The first of them that is not before this time. */
static const struct ical_inner *inner_at(
    const struct ical *ic, bool by_start, int64_t local)
{
	struct ical_inner key = { .by_start = by_start, .local = local };
	uint32_t low = 0, high = ic->inner_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (by_time(&ic->inner[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	const struct ical_inner *found = &ic->inner[low];
	return low < ic->inner_count && found->by_start == by_start &&
		       found->local == local
		   ? found
		   : NULL;
}

const struct ical_inner *ical_exception_of(
    const struct ical *ic, const struct recurrence_exception *e)
{
	const struct ical_inner *found = inner_at(ic, false, ical_minutes(e->original));

	return found ? found : inner_at(ic, true, ical_minutes(e->start));
}

static struct text exception_text(
    struct ical *ic, struct text wide, struct span narrow, struct text otherwise)
{
	if (wide.s)
		return text_clean(ic->a, wide);
	if (narrow.len > 0)
		return text_clean(ic->a,
		    text_from(ic->a, ic->m->codepage, narrow.mem, (size_t)narrow.len));
	return text_clean(ic->a, otherwise);
}

/* Of the exception's own message, else of the series. */
static struct text inherited_text(struct ical *ic, const struct message *inner,
    struct text (*get)(const struct props *))
{
	struct text own = inner ? get(&inner->props) : (struct text){ 0 };

	return own.s ? own : get(&ic->m->props);
}

static struct text get_subject(const struct props *p)
{
	return props_text(p, PidTagSubject);
}

static struct text get_location(const struct props *p)
{
	return named_text(p, props_set_appointment, PidLidLocation);
}

static int64_t inherited_number(
    struct ical *ic, const struct message *inner, uint32_t lid, int64_t fallback)
{
	int64_t of_series = named_number(&ic->m->props, props_set_common, lid, fallback);

	return inner ? named_number(&inner->props, props_set_common, lid, of_series)
		     : of_series;
}

static void write_exception(struct ical *ic, const struct recurrence_exception *e)
{
	const struct ical_inner *found = ical_exception_of(ic, e);
	const struct message *inner = found ? found->m : NULL;
	const struct props *p = inner ? &inner->props : &ic->m->props;
	const struct props *series = &ic->m->props;
	bool whole_days = ic->all_day;
	int64_t sequence = named_number(p, props_set_appointment,
	    PidLidAppointmentSequence,
	    named_number(series, props_set_appointment, PidLidAppointmentSequence, -1));

	content_line_say(&ic->l, "BEGIN", "VEVENT");
	content_line_put(&ic->l, "UID", ic->uid);
	struct when stamp = props_when(p, PidTagLastModificationTime);
	if (!stamp.valid)
		stamp = props_when(series, PidTagLastModificationTime);
	stamp.valid = true; /* one there must be */
	ical_put_utc(ic, "DTSTAMP", stamp);
	ical_put_local(ic, "RECURRENCE-ID", ical_minutes(e->original));
	if (e->overrides & OVERRIDE_SUBTYPE)
		ic->all_day = e->all_day != 0;
	ical_put_local(ic, "DTSTART", ical_minutes(e->start));
	if (e->end > e->start)
		ical_put_local(ic, "DTEND", ical_minutes(e->end));
	ic->all_day = whole_days;
	content_line_put(&ic->l, "SUMMARY",
	    exception_text(
		ic, e->subject, e->subject8, inherited_text(ic, inner, get_subject)));
	if (inner && ical_has_body(inner))
		ical_put_description(ic, inner);
	else
		ical_put_inherited(ic);
	content_line_put(&ic->l, "LOCATION",
	    exception_text(
		ic, e->location, e->location8, inherited_text(ic, inner, get_location)));
	if (sequence >= 0)
		content_line_say(&ic->l, "SEQUENCE", "%lld", (long long)sequence);
	ical_put_busy(
	    ic, e->overrides & OVERRIDE_BUSY
		    ? e->busy
		    : named_number(series, props_set_appointment, PidLidBusyStatus, -1));
	ical_put_people(ic, inner && inner->recipient_count > 0 ? inner : ic->m);
	ical_put_alarm(ic,
	    e->overrides & OVERRIDE_REMINDER
		? e->reminder != 0
		: inherited_number(ic, inner, PidLidReminderSet, 0) != 0,
	    e->overrides & OVERRIDE_REMINDER_DELTA
		? e->reminder_delta
		: inherited_number(ic, inner, PidLidReminderDelta, 15));
	content_line_say(&ic->l, "END", "VEVENT");
}

void ical_write_exceptions(struct ical *ic)
{
	const struct recurrence *r = &ic->recur;
	uint64_t length = sink_length(ic->c->out);

	if (!ic->recurring)
		return;
	/* Each may repeat the text and all people of the series: as long as the one
	   before it. */
	for (uint32_t i = 0; i < r->exception_count; i++) {
		uint64_t before = sink_length(ic->c->out);
		if (!growth_take(
			ic->c, length, "recurrence", "an exception, and those behind it"))
			return;
		write_exception(ic, &r->exceptions[i]);
		length = sink_length(ic->c->out) - before;
	}
}
