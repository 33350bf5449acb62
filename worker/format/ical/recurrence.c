/* SPDX-License-Identifier: ISC */
#include "format/ical/recurrence.h"

#include "base/arena.h"
#include "base/cursor.h"
#include "base/limits.h"

enum {
	READER_VERSION = 0x3004,
	WRITER_HIGHLIGHT = 0x3009, /* from this on an exception has a ChangeHighlight */
	LEAST_EXCEPTION = 14,
};

/* A counted list of dates; *count says how many of them are there. */
static uint32_t *read_dates(struct arena *a, struct cursor *in, uint32_t *count)
{
	*count = cur_u32le(in);
	if (*count > in->left / 4) {
		*count = 0;
		in->bad = true;
	}
	uint32_t *dates = arena_array(a, *count ? *count : 1, sizeof *dates);
	for (uint32_t i = 0; i < *count; i++)
		dates[i] = cur_u32le(in);
	return dates;
}

static void read_specific(struct cursor *in, struct recurrence *r)
{
	switch (r->pattern) {
	case PATTERN_WEEK:
		r->days = cur_u32le(in);
		break;
	case PATTERN_MONTH:
	case PATTERN_MONTH_END:
	case PATTERN_HIJRI:
	case PATTERN_HIJRI_END:
		r->day = cur_u32le(in);
		break;
	case PATTERN_MONTH_NTH:
	case PATTERN_HIJRI_NTH:
		r->days = cur_u32le(in);
		r->nth = cur_u32le(in);
		break;
	default:
		break;
	}
}

/* A length, the same without its terminator, the text in 8 bits. */
static struct span read_text8(struct cursor *in)
{
	(void)cur_u16le(in);
	size_t n = cur_u16le(in);
	const uint8_t *p = cur_take(in, n);

	return span_over(p, p ? n : 0);
}

static bool read_exception(struct cursor *in, struct recurrence_exception *e)
{
	e->start = cur_u32le(in);
	e->end = cur_u32le(in);
	e->original = cur_u32le(in);
	e->overrides = cur_u16le(in);
	if (e->overrides & OVERRIDE_SUBJECT)
		e->subject8 = read_text8(in);
	if (e->overrides & OVERRIDE_MEETING_TYPE)
		e->meeting_type = cur_u32le(in);
	if (e->overrides & OVERRIDE_REMINDER_DELTA)
		e->reminder_delta = cur_u32le(in);
	if (e->overrides & OVERRIDE_REMINDER)
		e->reminder = cur_u32le(in);
	if (e->overrides & OVERRIDE_LOCATION)
		e->location8 = read_text8(in);
	if (e->overrides & OVERRIDE_BUSY)
		e->busy = cur_u32le(in);
	if (e->overrides & OVERRIDE_ATTACHMENT)
		(void)cur_u32le(in);
	if (e->overrides & OVERRIDE_SUBTYPE)
		e->all_day = cur_u32le(in);
	if (e->overrides & OVERRIDE_COLOR)
		(void)cur_u32le(in);
	return !in->bad;
}

static void skip_block(struct cursor *in)
{
	(void)cur_take(in, cur_u32le(in));
}

static struct text read_wide(struct arena *a, struct cursor *in)
{
	size_t n = 2 * (size_t)cur_u16le(in);
	const uint8_t *p = cur_take(in, n);

	return p ? text_from_utf16(a, p, n) : (struct text){ 0 };
}

/* The Unicode form of what the exception's texts are (2.2.1.44.4). */
static void read_extended(
    struct arena *a, struct cursor *in, uint32_t writer, struct recurrence_exception *e)
{
	bool subject = e->overrides & OVERRIDE_SUBJECT;
	bool location = e->overrides & OVERRIDE_LOCATION;

	if (writer >= WRITER_HIGHLIGHT)
		skip_block(in); /* ChangeHighlight */
	skip_block(in);
	if (!subject && !location)
		return;
	(void)cur_take(in, 12); /* start, end, original once more */
	if (subject)
		e->subject = read_wide(a, in);
	if (location)
		e->location = read_wide(a, in);
	skip_block(in);
}

static void read_appointment(struct arena *a, struct cursor *in, struct recurrence *r)
{
	(void)cur_u32le(in); /* reader's version */
	uint32_t writer = cur_u32le(in);
	r->start_offset = cur_u32le(in);
	r->end_offset = cur_u32le(in);
	uint32_t claimed = cur_u16le(in);
	if (in->bad)
		return;
	r->appointment = true;
	if (claimed > in->left / LEAST_EXCEPTION)
		claimed = (uint32_t)(in->left / LEAST_EXCEPTION);
	r->exceptions = arena_array(a, claimed ? claimed : 1, sizeof *r->exceptions);
	while (r->exception_count < claimed &&
	       read_exception(in, &r->exceptions[r->exception_count]))
		r->exception_count++;
	skip_block(in);
	for (uint32_t i = 0; i < r->exception_count && !in->bad; i++) {
		struct recurrence_exception before = r->exceptions[i];
		read_extended(a, in, writer, &r->exceptions[i]);
		if (in->bad)
			r->exceptions[i] = before;
	}
}

bool recurrence_read(struct arena *a, struct span bytes, struct recurrence *r)
{
	struct span held = span_load(a, span_sub(bytes, 0, LIMIT_LOAD));
	struct cursor in = cur_over(held.mem, (size_t)held.len);

	*r = (struct recurrence){ 0 };
	if (cur_u16le(&in) != READER_VERSION)
		return false;
	(void)cur_u16le(&in); /* writer's version */
	r->frequency = cur_u16le(&in);
	r->pattern = cur_u16le(&in);
	r->calendar = cur_u16le(&in);
	r->first = cur_u32le(&in);
	r->period = cur_u32le(&in);
	r->sliding = cur_u32le(&in);
	read_specific(&in, r);
	r->end = cur_u32le(&in);
	r->count = cur_u32le(&in);
	r->week_start = cur_u32le(&in);
	if (in.bad || r->frequency < RECUR_DAILY || r->frequency > RECUR_YEARLY)
		return false;
	r->deleted = read_dates(a, &in, &r->deleted_count);
	r->modified = read_dates(a, &in, &r->modified_count);
	r->start_date = cur_u32le(&in);
	r->end_date = cur_u32le(&in);
	if (!in.bad && in.left > 0)
		read_appointment(a, &in, r);
	r->cut = in.bad;
	return true;
}

bool recurrence_is_foreign(const struct recurrence *r)
{
	/* Hijri, Hebrew, lunar ones, Um Al Qura; the eras of Japan, Taiwan, Korea and
	   Thailand have other years and our months. */
	bool lunar = r->calendar == CALENDAR_HIJRI || r->calendar == 8 ||
		     (r->calendar >= 0x0e && r->calendar <= CALENDAR_UMALQURA);

	return r->pattern >= PATTERN_HIJRI || (lunar && r->pattern >= PATTERN_MONTH);
}

unsigned recurrence_hijri_month(uint32_t minutes)
{
	/* Days from the first of the first year to 1601-01-01; 30 years, of which 11 have
	   a day more. */
	enum { TO_1601 = 357375, CYCLE = 10631, YEARS = 30, MONTHS = 12 };
	unsigned rest = (minutes / (24 * 60) + TO_1601) % CYCLE;

	for (unsigned year = 1; year <= YEARS; year++)
		for (unsigned month = 1; month <= MONTHS; month++) {
			bool leap = (year * 11 + 14) % YEARS < 11;
			unsigned length =
			    month % 2 || (month == MONTHS && leap) ? 30 : 29;
			if (rest < length)
				return month;
			rest -= length;
		}
	return MONTHS;
}
