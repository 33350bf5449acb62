/* SPDX-License-Identifier: ISC */
/*
 * Changed instances of a series: the pattern says when they are and what little was
 * changed, a message in a hidden attachment has the rest ([MS-OXOCAL] 2.2.10).
 */
#include "base/arena.h"
#include "format/format.h"
#include "format/ical/ical.h"
#include "message/named.h"
#include "message/notes.h"

const struct message *ical_exception_of(
    const struct ical *ic, const struct recurrence_exception *e)
{
	const struct message *m = ic->m;

	for (uint32_t i = 0; i < m->attachment_count; i++) {
		const struct message *inner = m->attachments[i].embedded;
		const struct props *p = &m->attachments[i].props;
		if (!inner)
			continue;
		struct when original = named_when(
		    &inner->props, props_set_appointment, PidLidExceptionReplaceTime);
		/* By its start, in the pattern's clock, where the other is missing. */
		struct when start = props_when(p, PidTagExceptionStartTime);
		if (original.valid
			? ical_local(ic, original.unix_s) == ical_minutes(e->original)
			: start.valid && start.unix_s == ical_minutes(e->start))
			return inner;
	}
	return NULL;
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
static struct text inherited(struct ical *ic, const struct message *inner,
    struct text (*get)(const struct props *))
{
	struct text own = inner ? get(&inner->props) : (struct text){ 0 };

	return own.s ? own : get(&ic->m->props);
}

static struct text get_subject(const struct props *p)
{
	return props_text(p, PidTagSubject);
}

static struct text get_body(const struct props *p)
{
	return props_text(p, PidTagBody);
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
	const struct message *inner = ical_exception_of(ic, e);
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
	if (e->end >= e->start)
		ical_put_local(ic, "DTEND", ical_minutes(e->end));
	ic->all_day = whole_days;
	content_line_put(&ic->l, "SUMMARY",
	    exception_text(
		ic, e->subject, e->subject8, inherited(ic, inner, get_subject)));
	content_line_put(&ic->l, "DESCRIPTION", inherited(ic, inner, get_body));
	content_line_put(&ic->l, "LOCATION",
	    exception_text(
		ic, e->location, e->location8, inherited(ic, inner, get_location)));
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

	if (!ic->recurring || r->pattern >= PATTERN_HIJRI)
		return;
	for (uint32_t i = 0; i < r->exception_count; i++)
		write_exception(ic, &r->exceptions[i]);
}
