/* SPDX-License-Identifier: ISC */
#ifndef ICAL_ICAL_H
#define ICAL_ICAL_H

#include "codec/content_line.h"
#include "format/ical/recurrence.h"
#include "format/ical/zone.h"
#include "message/message.h"

struct convert;

/*
 * An item of a calendar or a task list as iCalendar (RFC 5545, RFC 5546) by MS-OXCICAL;
 * tasks, of which that does not speak, by RFC 5545. Private to this folder; format_ical
 * in registry.c is the way in.
 */
enum ical_kind { ICAL_EVENT, ICAL_TASK, ICAL_JOURNAL };

struct ical_class {
	const char *class;
	enum ical_kind kind;
	const char *method, *status; /* status: of the attendee who answers */
};

struct ical {
	struct convert *c;
	struct arena *a;
	const struct message *m;
	const struct ical_class *class;
	const char *method;
	struct content_line l;
	struct text uid;

	bool all_day, zoned, recurring, end_zoned;
	struct zone zone, end_zone; /* when zoned, end_zoned: it ends in another */
	int64_t shift; /* without a zone: local time is so much later than UTC */
	struct recurrence recur;
	struct text described;    /* of the series, once it is written */
	struct ical_inner *inner; /* messages of exceptions, by when they are */
	uint32_t inner_count;
};

/* A message in an attachment that is an exception of the series. */
struct ical_inner {
	bool by_start; /* local is when it begins, not when it would have begun */
	int64_t local;
	const struct message *m;
	uint32_t attachment; /* from 0 */
};

/* The row of the message's class; NULL: no item of these kinds. */
const struct ical_class *ical_class_of(const struct message *);

/* Seconds since 1970 of minutes since 1601. */
int64_t ical_minutes(uint32_t minutes);

/* A property of a time of the item: a date, a local time with its zone, or UTC. */
void ical_put_end(struct ical *, const char *name, int64_t utc);
void ical_put_time(struct ical *, const char *name, int64_t utc);
void ical_put_local(struct ical *, const char *name, int64_t local);
/* Always in UTC; nothing when it is not valid. */
void ical_put_utc(struct ical *, const char *name, struct when);

/* "20240131" and "20240131T120000". */
enum { ICAL_TIME = 40 };
void ical_spell(char to[ICAL_TIME], int64_t seconds, bool date);

/* Local time of the item's zone, or what stands for it, and back. */
int64_t ical_local(const struct ical *, int64_t utc);
int64_t ical_utc(const struct ical *, int64_t local);

/* Properties that all kinds have: UID, SUMMARY, CLASS, PRIORITY, CATEGORIES, ... */
void ical_put_common(struct ical *, const struct message *);

/* ical_description.c: DESCRIPTION, and X-ALT-DESC where there is HTML; of an answer
 * COMMENT. */
void ical_put_description(struct ical *, const struct message *);
bool ical_has_body(const struct message *);
/* The same of an exception without a body: that of the series. */
void ical_put_inherited(struct ical *);

/* ical.c: VALARM, minutes before the start, or nothing. */
void ical_put_alarm(struct ical *, bool set, int64_t minutes);

/* ical_rule.c: RRULE, and EXDATE of what was deleted. of_task: occurrences by date. */
void ical_put_rule(struct ical *);
/* X-MICROSOFT-CALSCALE of a recurrence by foreign months. */
const char *ical_calendar_of(const struct recurrence *);

/* ical_people.c: ORGANIZER and ATTENDEE of a message (an exception has its own). */
void ical_put_people(struct ical *, const struct message *);

/* ical_event.c, ical_exception.c, ical_task.c: the component of each kind. */
void ical_write_event(struct ical *);
void ical_write_exceptions(struct ical *);
void ical_write_task(struct ical *);
void ical_write_journal(struct ical *);

/* Properties of one event that an exception may override. */
void ical_put_busy(struct ical *, int64_t busy);

/* Look through the attachments for messages of exceptions. */
void ical_find_inner(struct ical *);

/* The one of this exception; NULL: none. */
const struct ical_inner *ical_exception_of(
    const struct ical *, const struct recurrence_exception *);

/* ical_carries.c: is this property in what is written, or derived from what is? */
bool ical_carries(const struct prop *);

#endif
