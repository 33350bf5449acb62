/* SPDX-License-Identifier: ISC */
#ifndef ICAL_RECURRENCE_H
#define ICAL_RECURRENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "base/text.h"

struct arena;

/*
 * When something recurs: PidLidAppointmentRecur and PidLidTaskRecurrence ([MS-OXOCAL]
 * 2.2.1.44). Only reads. All times are minutes since 1601-01-01 in the meeting's own
 * time zone, whatever that is.
 */
enum recurrence_frequency {
	RECUR_DAILY = 0x200a,
	RECUR_WEEKLY = 0x200b,
	RECUR_MONTHLY = 0x200c,
	RECUR_YEARLY = 0x200d,
};

enum recurrence_pattern {
	PATTERN_DAY = 0,
	PATTERN_WEEK = 1,
	PATTERN_MONTH = 2,
	PATTERN_MONTH_NTH = 3,
	PATTERN_MONTH_END = 4,
	PATTERN_HIJRI = 0x0a, /* as 2, 3 and 4, from here on in the Hijri calendar */
	PATTERN_HIJRI_NTH = 0x0b,
	PATTERN_HIJRI_END = 0x0c,
};

enum recurrence_end { RECUR_END_DATE = 0x2021, RECUR_END_COUNT, RECUR_END_NEVER };

/* What an exception overrides: bits of recurrence_exception.overrides (2.2.1.44.2). */
enum recurrence_override {
	OVERRIDE_SUBJECT = 0x001,
	OVERRIDE_MEETING_TYPE = 0x002,
	OVERRIDE_REMINDER_DELTA = 0x004,
	OVERRIDE_REMINDER = 0x008,
	OVERRIDE_LOCATION = 0x010,
	OVERRIDE_BUSY = 0x020,
	OVERRIDE_ATTACHMENT = 0x040,
	OVERRIDE_SUBTYPE = 0x080,
	OVERRIDE_COLOR = 0x100,
	OVERRIDE_BODY = 0x200,
};

struct recurrence_exception {
	uint32_t start, end, original; /* minutes */
	unsigned overrides;
	uint32_t meeting_type, reminder_delta, reminder, busy, all_day;
	struct span subject8, location8; /* in the message's code page */
	struct text subject, location;   /* .s NULL: only in 8 bits */
};

struct recurrence {
	unsigned frequency, pattern, calendar;
	uint32_t first, period, sliding;
	uint32_t days, day, nth; /* week: mask; month: day of it; nth: mask and which */
	uint32_t end, count, week_start;
	uint32_t *deleted, deleted_count;
	uint32_t *modified, modified_count;
	uint32_t start_date, end_date;
	/* Of appointments only. */
	bool appointment;
	uint32_t start_offset, end_offset; /* minutes of the day */
	struct recurrence_exception *exceptions;
	uint32_t exception_count;
	bool cut; /* it ends before all of it was there */
};

enum { RECUR_NO_END = 0x5ae980df }; /* as end_date */

/* PidTagCalendarType's values by whose months are not ours ([MS-OXOCAL] 2.2.1.44.1). */
enum recurrence_calendar { CALENDAR_HIJRI = 6, CALENDAR_UMALQURA = 0x17 };

/* Does it count by the months of another calendar than ours? Days and weeks do not. */
bool recurrence_is_foreign(const struct recurrence *);

/* The month of the Hijri calendar, 1 to 12, in which this minute is: by arithmetic, as
 * Windows counts. */
unsigned recurrence_hijri_month(uint32_t minutes);

/* False: no recurrence in it. What is behind damage is missing, and cut is set. */
bool recurrence_read(struct arena *, struct span in, struct recurrence *)
    __attribute__((warn_unused_result));

#endif
