/* SPDX-License-Identifier: ISC */
#include "format/ical/ical.h"

#include <strings.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "format/growth.h"
#include "message/named.h"
#include "message/notes.h"

enum { DAY = 86400, FROM_1601 = 11644473600 / 60, GOID_DATA = 40, GOID_DATE = 16 };

/* In their order: the first that the class equals or lies below counts. */
static const struct ical_class classes[] = {
	{ "IPM.Appointment", ICAL_EVENT, "PUBLISH", NULL },
	{ "IPM.Schedule.Meeting.Request", ICAL_EVENT, "REQUEST", NULL },
	{ "IPM.Schedule.Meeting.Canceled", ICAL_EVENT, "CANCEL", NULL },
	{ "IPM.Schedule.Meeting.Resp.Pos", ICAL_EVENT, "REPLY", "ACCEPTED" },
	{ "IPM.Schedule.Meeting.Resp.Neg", ICAL_EVENT, "REPLY", "DECLINED" },
	{ "IPM.Schedule.Meeting.Resp.Tent", ICAL_EVENT, "REPLY", "TENTATIVE" },
	/* An exception, where it stands alone. */
	{ "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}", ICAL_EVENT, "PUBLISH",
	    NULL },
	{ "IPM.Task", ICAL_TASK, "PUBLISH", NULL },
	{ "IPM.Activity", ICAL_JOURNAL, "PUBLISH", NULL },
};

const struct ical_class *ical_class_of(const struct message *m)
{
	struct text t = props_text(&m->props, PidTagMessageClass);

	for (size_t i = 0; t.s && i < sizeof classes / sizeof classes[0]; i++) {
		size_t n = strlen(classes[i].class);
		if (strncasecmp(t.s, classes[i].class, n) == 0 &&
		    (!t.s[n] || t.s[n] == '.'))
			return &classes[i];
	}
	return NULL;
}

int64_t ical_minutes(uint32_t minutes)
{
	return ((int64_t)minutes - FROM_1601) * 60;
}

void ical_spell(char to[ICAL_TIME], int64_t seconds, bool date)
{
	int64_t days = seconds >= 0 ? seconds / DAY : (seconds - DAY + 1) / DAY, year;
	unsigned month, day, rest = (unsigned)(seconds - days * DAY);

	zone_date(days, &year, &month, &day);
	if (date)
		(void)snprintf(to, ICAL_TIME, "%04d%02u%02u", (int)year, month, day);
	else
		(void)snprintf(to, ICAL_TIME, "%04d%02u%02uT%02u%02u%02u", (int)year,
		    month, day, rest / 3600, rest / 60 % 60, rest % 60);
}

int64_t ical_local(const struct ical *ic, int64_t utc)
{
	return ic->zoned ? zone_local(&ic->zone, utc) : utc + ic->shift;
}

int64_t ical_utc(const struct ical *ic, int64_t local)
{
	return ic->zoned ? zone_utc(&ic->zone, local) : local - ic->shift;
}

void ical_put_local(struct ical *ic, const char *name, int64_t local)
{
	char text[ICAL_TIME];

	content_line_begin(&ic->l, name);
	if (ic->all_day)
		content_line_param_word(&ic->l, "VALUE", "DATE");
	else if (ic->zoned)
		content_line_param(&ic->l, "TZID", ic->zone.name);
	ical_spell(
	    text, ic->all_day || ic->zoned ? local : ical_utc(ic, local), ic->all_day);
	content_line_raw(&ic->l, "%s%s", text, ic->all_day || ic->zoned ? "" : "Z");
	content_line_end(&ic->l);
}

void ical_put_time(struct ical *ic, const char *name, int64_t utc)
{
	ical_put_local(ic, name, ical_local(ic, utc));
}

void ical_put_end(struct ical *ic, const char *name, int64_t utc)
{
	struct zone of_start = ic->zone;

	if (ic->end_zoned)
		ic->zone = ic->end_zone;
	ical_put_time(ic, name, utc);
	ic->zone = of_start;
}

void ical_put_utc(struct ical *ic, const char *name, struct when when)
{
	char text[ICAL_TIME];

	if (!when.valid)
		return;
	ical_spell(text, when.unix_s, false);
	content_line_say(&ic->l, name, "%sZ", text);
}

static struct text hex_text(struct arena *a, struct span bytes)
{
	char *to = arena_alloc(a, 2 * (size_t)bytes.len + 1);

	for (size_t i = 0; i < bytes.len; i++)
		(void)snprintf(to + 2 * i, 3, "%02X", bytes.mem[i]);
	return (struct text){ .s = to, .len = 2 * (size_t)bytes.len };
}

/*
 * MS-OXCICAL 2.1.3.1.1.20.26: the global object id in hexadecimal digits, without the
 * date of an instance; or the id that it wraps, from another program.
 */
static struct text uid_of(struct arena *a, const struct message *m)
{
	static const char wrapped[12] = "vCal-Uid\x01";
	struct span id =
	    named_bytes(&m->props, props_set_meeting, PidLidCleanGlobalObjectId);

	if (id.len == 0)
		id = named_bytes(&m->props, props_set_meeting, PidLidGlobalObjectId);
	if (id.len == 0)
		id = named_bytes(&m->props, props_set_common, PidLidTaskGlobalId);
	if (id.len == 0)
		id = props_bytes(&m->props, PidTagSearchKey);
	id = span_load(a, span_sub(id, 0, 4096));
	if (id.len > GOID_DATA + sizeof wrapped &&
	    memcmp(id.mem + GOID_DATA, wrapped, sizeof wrapped) == 0) {
		const char *p = (const char *)id.mem + GOID_DATA + sizeof wrapped;
		size_t n = strnlen(p, (size_t)id.len - GOID_DATA - sizeof wrapped);
		struct text t = text_clean(a, text_from(a, 65001, p, n));
		if (t.len > 0)
			return t;
	}
	uint8_t *clean = (uint8_t *)arena_copy(a, id.mem, (size_t)id.len);
	if (id.len >= GOID_DATA)
		memset(clean + GOID_DATE, 0, 4);
	return hex_text(a, span_over(clean, (size_t)id.len));
}

/* Without any id: what the item says is what it is. */
static struct text uid_made(struct arena *a, const struct message *m)
{
	struct text subject = props_text(&m->props, PidTagSubject);
	struct when start =
	    named_when(&m->props, props_set_appointment, PidLidAppointmentStartWhole);
	uint64_t h = 14695981039346656037U ^ (uint64_t)start.unix_s;

	for (size_t i = 0; i < subject.len; i++)
		h = (h ^ (unsigned char)subject.s[i]) * 1099511628211U;
	char *to = arena_printf(a, "%016llx@bulkhead.invalid", (unsigned long long)h);
	return (struct text){ .s = to, .len = strlen(to) };
}

static void put_stamp(struct ical *ic)
{
	const struct props *p = &ic->m->props;
	bool answer =
	    strcmp(ic->method, "REPLY") == 0 || strcmp(ic->method, "COUNTER") == 0;
	struct when choices[] = {
		named_when(p, props_set_meeting,
		    answer ? PidLidAttendeeCriticalChange : PidLidOwnerCriticalChange),
		named_when(p, props_set_meeting,
		    answer ? PidLidOwnerCriticalChange : PidLidAttendeeCriticalChange),
		props_when(p, PidTagClientSubmitTime),
		props_when(p, PidTagLastModificationTime),
		props_when(p, PidTagCreationTime),
		{ .unix_s = 0,
		    .valid = true }, /* one there must be; the clock is no one's */
	};

	for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
		if (choices[i].valid) {
			ical_put_utc(ic, "DTSTAMP", choices[i]);
			return;
		}
}

/* PidTagSubject, or its two halves. */
static struct text summary_of(struct arena *a, const struct props *p)
{
	struct text whole = props_text(p, PidTagSubject);
	struct text prefix = props_text(p, PidTagSubjectPrefix);
	struct text rest = props_text(p, PidTagNormalizedSubject);

	if (whole.len > 0 || rest.len == 0)
		return text_clean(a, whole);
	char *both = arena_printf(a, "%s%s", prefix.s ? prefix.s : "", rest.s);
	return text_clean(a, (struct text){ .s = both, .len = strlen(both) });
}

void ical_put_common(struct ical *ic, const struct message *m)
{
	const struct props *p = &m->props;
	static const char *const sensitivities[] = { "PUBLIC", "X-PERSONAL", "PRIVATE",
		"CONFIDENTIAL" };
	static const char *const priorities[] = { "9", "5", "1" };
	int64_t sensitivity = props_number(p, PidTagSensitivity, 0);
	int64_t importance = props_number(p, PidTagImportance, 1);

	content_line_put(&ic->l, "UID", ic->uid);
	put_stamp(ic);
	content_line_put(&ic->l, "SUMMARY", summary_of(ic->a, p));
	ical_put_description(ic, m);
	if (sensitivity >= 0 && sensitivity < 4)
		content_line_say(&ic->l, "CLASS", "%s", sensitivities[sensitivity]);
	if (importance >= 0 && importance < 3)
		content_line_say(&ic->l, "PRIORITY", "%s", priorities[importance]);
	named_put_keywords(&ic->l, p);
	ical_put_utc(ic, "CREATED", props_when(p, PidTagCreationTime));
	ical_put_utc(ic, "LAST-MODIFIED", props_when(p, PidTagLastModificationTime));
}

void ical_put_alarm(struct ical *ic, bool set, int64_t minutes)
{
	enum { MOST = 60 * 24 * 366, USUAL = 15 };

	if (!set || minutes < 0)
		return;
	if (minutes > MOST) /* 0x5ae980e1 is the usual time, MS-OXORMDR 2.2.1.3 */
		minutes = USUAL;
	content_line_say(&ic->l, "BEGIN", "VALARM");
	content_line_say(&ic->l, "ACTION", "DISPLAY");
	content_line_say(&ic->l, "DESCRIPTION", "REMINDER");
	content_line_say(&ic->l, "TRIGGER;RELATED=START", "-PT%lldM", (long long)minutes);
	content_line_say(&ic->l, "END", "VALARM");
}

/* Where it ends by another clock, as a flight does (MS-OXCICAL 2.1.3.1.1.20.8). */
static void find_end_zone(struct ical *ic)
{
	struct span end = named_bytes(&ic->m->props, props_set_appointment,
	    PidLidAppointmentTimeZoneDefinitionEndDisplay);

	if (ic->zoned && !ic->recurring && !ic->all_day && end.len > 0)
		ic->end_zoned = zone_from_definition(ic->a, end, &ic->end_zone) &&
				ic->end_zone.name.len > 0 &&
				strcasecmp(ic->zone.name.s, ic->end_zone.name.s) != 0;
}

/* The zone of an event: of its recurrence, of its display, of before definitions. */
static void find_zone(struct ical *ic)
{
	static const uint32_t definitions[] = {
		PidLidAppointmentTimeZoneDefinitionRecur,
		PidLidAppointmentTimeZoneDefinitionStartDisplay,
		PidLidAppointmentTimeZoneDefinitionEndDisplay,
	};
	const struct props *p = &ic->m->props;

	for (size_t i = ic->recurring ? 0 : 1;
	     i < sizeof definitions / sizeof definitions[0] && !ic->zoned; i++) {
		struct span one = named_bytes(p, props_set_appointment, definitions[i]);
		ic->zoned = one.len > 0 && zone_from_definition(ic->a, one, &ic->zone);
	}
	struct span old = named_bytes(p, props_set_appointment, PidLidTimeZoneStruct);
	if (!ic->zoned && old.len > 0 && zone_from_struct(ic->a, old, &ic->zone)) {
		ic->zoned = true;
		zone_named(&ic->zone, ic->a,
		    named_text(p, props_set_appointment, PidLidTimeZoneDescription));
	}
	if (ic->zoned && ic->zone.name.len == 0)
		ic->zone.name = (struct text){ .s = "Customized Time Zone", .len = 20 };
	find_end_zone(ic);
}

static void find_recurrence(struct ical *ic, const uint8_t set[16], uint32_t lid)
{
	struct span blob = named_bytes(&ic->m->props, set, lid);

	if (blob.len == 0)
		return;
	ic->recurring = recurrence_read(ic->a, blob, &ic->recur);
	if (!ic->recurring)
		notes_add(&ic->c->notes, NOTE_LOST, "message", "recurrence",
		    "%llu bytes that are none", (unsigned long long)blob.len);
	else if (ic->recur.cut)
		notes_add(&ic->c->notes, NOTE_LOST, "message", "recurrence",
		    "%llu bytes: it is cut, exceptions may be missing",
		    (unsigned long long)blob.len);
}

/* Without a zone: by how much the pattern's clock differs from UTC when it begins. */
static void find_shift(struct ical *ic)
{
	struct when start =
	    named_when(&ic->m->props, props_set_appointment, PidLidAppointmentStartWhole);
	int64_t local =
	    ical_minutes(ic->recur.start_date) + (int64_t)ic->recur.start_offset * 60;

	if (ic->zoned || !ic->recurring || !ic->recur.appointment || !start.valid)
		return;
	int64_t of_day = (local - start.unix_s) % DAY;
	ic->shift = of_day > 14LL * 3600    ? of_day - DAY
		    : of_day < -12LL * 3600 ? of_day + DAY
					    : of_day;
	if (!ic->all_day)
		notes_add(&ic->c->notes, NOTE_CHANGED, "message", "recurrence",
		    "without a time zone: by an unchanging clock");
}

static void write_component(struct ical *ic)
{
	switch (ic->class->kind) {
	case ICAL_EVENT:
		ical_write_event(ic);
		ical_write_exceptions(ic);
		break;
	case ICAL_TASK:
		ical_write_task(ic);
		break;
	case ICAL_JOURNAL:
		ical_write_journal(ic);
		break;
	}
}

/* Is any time of it by a clock? Of whole days an instance may have become timed. */
static bool is_timed(const struct ical *ic)
{
	bool timed = !ic->all_day;

	for (uint32_t i = 0; i < ic->recur.exception_count && !timed; i++)
		timed = (ic->recur.exceptions[i].overrides & OVERRIDE_SUBTYPE) &&
			!ic->recur.exceptions[i].all_day;
	return timed;
}

static const char *method_of(const struct message *m, const struct ical_class *class)
{
	bool counter = class->status && named_number(&m->props, props_set_appointment,
					    PidLidAppointmentCounterProposal, 0) != 0;

	return counter ? "COUNTER" : class->method;
}

static struct ical ical_of(
    struct convert *c, const struct message *m, const struct ical_class *class)
{
	struct ical ic = { .c = c,
		.a = c->arena,
		.m = m,
		.class = class,
		.method = method_of(m, class),
		.l = { .to = c->out, .fits = growth_fits_line, .arg = c } };

	ic.uid = uid_of(c->arena, m);
	if (ic.uid.len == 0)
		ic.uid = uid_made(c->arena, m);
	if (class->kind == ICAL_EVENT) {
		ic.all_day = named_number(&m->props, props_set_appointment,
				 PidLidAppointmentSubType, 0) != 0;
		find_recurrence(&ic, props_set_appointment, PidLidAppointmentRecur);
		find_zone(&ic);
		find_shift(&ic);
	} else if (class->kind == ICAL_TASK) {
		ic.all_day = true; /* tasks have dates without times */
		find_recurrence(&ic, props_set_task, PidLidTaskRecurrence);
	}
	ical_find_inner(&ic);
	return ic;
}

static bool ical_write(struct convert *c, const struct message *m)
{
	const struct ical_class *class = ical_class_of(m);
	struct text name = props_text(&m->props, PidTagMessageClass);

	if (!class)
		return convert_refuse(c, "message", 0,
		    "its class is %s: neither appointment, meeting, task nor journal",
		    name.s ? name.s : "unknown");
	struct ical ic = ical_of(c, m, class);
	content_line_say(&ic.l, "BEGIN", "VCALENDAR");
	content_line_say(&ic.l, "PRODID", "-//Bulkhead//bulkhead//EN");
	content_line_say(&ic.l, "VERSION", "2.0");
	content_line_say(&ic.l, "METHOD", "%s", ic.method);
	if (ic.recurring && recurrence_is_foreign(&ic.recur))
		content_line_say(
		    &ic.l, "X-MICROSOFT-CALSCALE", "%s", ical_calendar_of(&ic.recur));
	if (ic.zoned && is_timed(&ic))
		zone_write(&ic.l, &ic.zone);
	if (ic.end_zoned)
		zone_write(&ic.l, &ic.end_zone);
	write_component(&ic);
	content_line_say(&ic.l, "END", "VCALENDAR");
	return true;
}

/* Messages of exceptions, where all that is in them is written: no files, and no body
 * that is not text. */
static void ical_holds(struct arena *a, const struct message *m, uint8_t *held)
{
	const struct ical_class *class = ical_class_of(m);
	struct convert quiet = { .arena = a, .scratch = -1 };

	notes_init(&quiet.notes, a);
	if (!class || class->kind != ICAL_EVENT)
		return;
	struct ical ic = ical_of(&quiet, m, class);
	for (uint32_t i = 0; i < ic.recur.exception_count; i++) {
		const struct ical_inner *one =
		    ical_exception_of(&ic, &ic.recur.exceptions[i]);
		bool body =
		    one && (props_get(&one->m->props, PidTagBody) ||
			       (!props_get(&one->m->props, PidTagHtml) &&
				   !props_get(&one->m->props, PidTagRtfCompressed)));
		if (one && body && one->m->attachment_count == 0)
			held[one->attachment] = 1;
	}
}

static bool ical_item(struct arena *a, const struct message *m, struct format_item *to)
{
	static const char *const files[] = { "meeting.ics", "task.ics", "journal.ics" };
	const struct ical_class *class = ical_class_of(m);

	if (!class)
		return false;
	/* MS-OXCMAIL 2.1.3.3.8: the method stands in the type, too. */
	to->type = arena_printf(a, "text/calendar; method=%s", method_of(m, class));
	to->file = files[class->kind];
	to->alternative = class->kind == ICAL_EVENT;
	to->carries = ical_carries;
	to->holds = ical_holds;
	return true;
}

const struct format format_ical = {
	.row = &formats_rows[FORMATS_ICAL],
	.write = ical_write,
	.item = ical_item,
};
