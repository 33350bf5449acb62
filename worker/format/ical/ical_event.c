/* SPDX-License-Identifier: ISC */
/* VEVENT: MS-OXCICAL 2.1.3.1.1.20 */
#include "base/arena.h"
#include "base/cursor.h"
#include "format/format.h"
#include "format/ical/ical.h"
#include "message/named.h"
#include "message/notes.h"

enum { DAY = 86400, GOID_DATE = 16, BUSY_WORDS = 5 };

/* PidLidBusyStatus ([MS-OXOCAL] 2.2.1.2) */
static const char *const busy_words[BUSY_WORDS] = { "FREE", "TENTATIVE", "BUSY", "OOF",
	"WORKINGELSEWHERE" };

void ical_put_busy(struct ical *ic, int64_t busy)
{
	bool canceled = strcmp(ic->method, "CANCEL") == 0;

	if (busy < 0 || busy >= BUSY_WORDS)
		return;
	content_line_say(&ic->l, "TRANSP", "%s", busy == 0 ? "TRANSPARENT" : "OPAQUE");
	if (!canceled)
		content_line_say(
		    &ic->l, "STATUS", "%s", busy == 1 ? "TENTATIVE" : "CONFIRMED");
	content_line_say(&ic->l, "X-MICROSOFT-CDO-BUSYSTATUS", "%s", busy_words[busy]);
}

static struct when first_valid(struct when a, struct when b, struct when c)
{
	return a.valid ? a : b.valid ? b : c;
}

static struct when event_time(const struct ical *ic, bool end)
{
	const struct props *p = &ic->m->props;
	struct when proposed = { 0 };

	if (strcmp(ic->method, "COUNTER") == 0)
		proposed = named_when(p, props_set_appointment,
		    end ? PidLidAppointmentProposedEndWhole
			: PidLidAppointmentProposedStartWhole);
	return first_valid(proposed,
	    named_when(p, props_set_appointment,
		end ? PidLidAppointmentEndWhole : PidLidAppointmentStartWhole),
	    first_valid(named_when(p, props_set_common,
			    end ? PidLidCommonEnd : PidLidCommonStart),
		props_when(p, end ? PidTagEndDate : PidTagStartDate),
		(struct when){ 0 }));
}

/* Midnight in a zone that nobody names: the nearest midnight of UTC. */
static void settle_all_day(struct ical *ic, struct when start)
{
	int64_t of_day = (start.unix_s % DAY + DAY) % DAY;

	if (!ic->all_day || ic->zoned || ic->shift != 0 || of_day == 0)
		return;
	ic->shift = of_day > 10LL * 3600 ? DAY - of_day : -of_day;
	notes_add(&ic->c->notes, NOTE_CHANGED, "message", "time zone",
	    "none is named: the day is the one whose midnight is nearest");
}

/* One instance of a series is meant: which ([MS-OXCICAL] 2.1.3.1.1.20.20). */
static void put_instance(struct ical *ic)
{
	const struct props *p = &ic->m->props;
	struct when original =
	    named_when(p, props_set_appointment, PidLidExceptionReplaceTime);
	struct span id =
	    span_load(ic->a, named_bytes(p, props_set_meeting, PidLidGlobalObjectId));
	const uint8_t *date = id.len >= GOID_DATE + 4 ? id.mem + GOID_DATE : NULL;
	unsigned year = date ? (unsigned)date[0] << 8 | date[1] : 0;

	if (ic->recurring)
		return;
	if (original.valid) {
		ical_put_time(ic, "RECURRENCE-ID", original.unix_s);
		return;
	}
	if (year == 0 || date[2] < 1 || date[2] > 12 || date[3] < 1 || date[3] > 31)
		return;
	int64_t at = zone_days(year, date[2], date[3]) * DAY;
	/* Hours, minutes and seconds in bits ([MS-OXOCAL] 2.2.6.14). */
	int64_t packed =
	    named_number(p, props_set_meeting, PidLidStartRecurrenceTime, -1);
	struct when start = event_time(ic, false);
	if (packed >= 0)
		at += (packed >> 12 & 0x1f) * 3600 + (packed >> 6 & 0x3f) * 60 +
		      (packed & 0x3f);
	else if (start.valid) /* the time of day of what it became */
		at += ((ical_local(ic, start.unix_s) % DAY) + DAY) % DAY;
	ical_put_local(ic, "RECURRENCE-ID", at);
}

static void put_flags(struct ical *ic)
{
	const struct props *p = &ic->m->props;
	int64_t busy = named_number(p, props_set_appointment, PidLidBusyStatus, -1);
	int64_t intended =
	    named_number(p, props_set_appointment, PidLidIntendedBusyStatus, -1);
	int64_t owner = props_number(p, PidTagOwnerAppointmentId, -1);
	int64_t counters =
	    named_number(p, props_set_appointment, PidLidAppointmentNotAllowPropose, -1);

	/* A request says what the time will be when it is accepted. */
	ical_put_busy(ic, ic->method[0] == 'R' && intended >= 0 ? intended : busy);
	if (strcmp(ic->method, "CANCEL") == 0)
		content_line_say(&ic->l, "STATUS", "CANCELLED");
	if (intended >= 0 && intended < BUSY_WORDS)
		content_line_say(
		    &ic->l, "X-MICROSOFT-CDO-INTENDEDSTATUS", "%s", busy_words[intended]);
	content_line_say(
	    &ic->l, "X-MICROSOFT-CDO-ALLDAYEVENT", "%s", ic->all_day ? "TRUE" : "FALSE");
	if (owner != -1)
		content_line_say(
		    &ic->l, "X-MICROSOFT-CDO-OWNERAPPTID", "%lld", (long long)owner);
	if (counters >= 0)
		content_line_say(&ic->l, "X-MICROSOFT-DISALLOW-COUNTER", "%s",
		    counters ? "TRUE" : "FALSE");
}

/* A counter-proposal also says what was proposed before (2.1.3.1.1.20.55 and .56). */
static void put_proposed_from(struct ical *ic)
{
	const struct props *p = &ic->m->props;
	struct when start =
	    named_when(p, props_set_appointment, PidLidAppointmentStartWhole);
	struct when end = named_when(p, props_set_appointment, PidLidAppointmentEndWhole);

	if (strcmp(ic->method, "COUNTER") != 0)
		return;
	if (start.valid)
		ical_put_time(ic, "X-MS-OLK-ORIGINALSTART", start.unix_s);
	if (end.valid)
		ical_put_end(ic, "X-MS-OLK-ORIGINALEND", end.unix_s);
}

static void put_contacts(struct ical *ic)
{
	const struct prop *names =
	    props_get_named(&ic->m->props, props_set_common, PidLidContacts);

	for (uint32_t i = 0; names && i < names->count &&
			     (names->type == PT_UNICODE || names->type == PT_STRING8);
	     i++)
		content_line_put(&ic->l, "CONTACT", names->values[i].text);
}

void ical_write_event(struct ical *ic)
{
	const struct props *p = &ic->m->props;
	struct when start = event_time(ic, false), end = event_time(ic, true);
	int64_t sequence =
	    named_number(p, props_set_appointment, PidLidAppointmentSequence, -1);

	settle_all_day(ic, start);
	content_line_say(&ic->l, "BEGIN", "VEVENT");
	ical_put_common(ic, ic->m);
	if (start.valid)
		ical_put_time(ic, "DTSTART", start.unix_s);
	else
		notes_add(&ic->c->notes, NOTE_LOST, "message", "start",
		    "the item does not say when");
	if (start.valid && end.valid && end.unix_s < start.unix_s)
		notes_add(&ic->c->notes, NOTE_CHANGED, "message", "end",
		    "is before its start: left out");
	/* RFC 5545 3.8.2.2: later than the start, or not there. */
	else if (end.valid && (!start.valid || end.unix_s > start.unix_s))
		ical_put_end(ic, "DTEND", end.unix_s);
	ical_put_rule(ic);
	put_instance(ic);
	content_line_put(&ic->l, "LOCATION",
	    text_clean(ic->a, named_text(p, props_set_appointment, PidLidLocation)));
	ical_put_people(ic, ic->m);
	if (sequence >= 0)
		content_line_say(&ic->l, "SEQUENCE", "%lld", (long long)sequence);
	put_flags(ic);
	put_proposed_from(ic);
	put_contacts(ic);
	bool canceled = strcmp(ic->method, "CANCEL") == 0;
	ical_put_alarm(ic,
	    !canceled && named_number(p, props_set_common, PidLidReminderSet, 0) != 0,
	    named_number(p, props_set_common, PidLidReminderDelta, 15));
	content_line_say(&ic->l, "END", "VEVENT");
}
