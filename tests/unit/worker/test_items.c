/* SPDX-License-Identifier: ISC */
/*
 * Items of tests/corpus/make_items.py as iCalendar and vCard: the same from a message
 * file and from TNEF, and what the golden files say.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/ical/zone.h"
#include "ground.h"
#include "message/message.h"
#include "message/person.h"
#include "samples.h"

TestSuite(items, .init = ground_up, .fini = ground_down, .timeout = 120);

/* The item in this format; no memory when it is none of its kind. */
static struct span item_as(struct span in, const char *format)
{
	struct convert *c = ground_convert(in);

	return format_convert(c, format) ? sink_bytes(c->out) : (struct span){ .fd = -1 };
}

static const char *const formats[][2] = { { "ical", "ics" }, { "vcard", "vcf" },
	{ "vcard3", "v3.vcf" }, { "mime", "eml" } };

static void check_item(const char *path, const char *name)
{
	struct span msg = sample_load(arena, path);
	struct span tnef = sample_load(
	    arena, arena_printf(arena, "%.*stnef", (int)strlen(path) - 3, path));

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct span is = item_as(msg, formats[i][0]);
		sample_golden(arena,
		    arena_printf(arena, "%s/tests/golden/items/%s.%s", SOURCE_DIR, name,
			formats[i][1]),
		    is);
		if (strcmp(formats[i][0], "mime") == 0)
			continue; /* its boundaries are made of the input */
		struct span other = item_as(tnef, formats[i][0]);
		cr_expect_eq(is.mem != NULL, other.mem != NULL, "%s", name);
		cr_expect(!is.mem || sample_same(is, other), "%s: TNEF gives\n%.*s", name,
		    (int)other.len, (const char *)other.mem);
	}
}

Test(items, golden)
{
	unsigned count = sample_each(arena,
	    arena_printf(arena, "%s/tests/corpus/items", SOURCE_DIR), ".msg", check_item);

	cr_assert_gt(count, 35);
}

/* A mail is none of these. */
Test(items, a_mail_is_no_item)
{
	struct span in = sample_load(
	    arena, arena_printf(arena, "%s/tests/corpus/msg/plain.msg", SOURCE_DIR));

	for (size_t i = 0; i < 3; i++) {
		struct convert *c = ground_convert(in);
		cr_assert_not(format_convert(c, formats[i][0]));
		cr_assert(strstr(c->refused, "its class is IPM.Note"), "%s", c->refused);
	}
}

Test(items, days_of_the_calendar)
{
	int64_t year;
	unsigned month, day;

	cr_assert_eq(zone_days(1970, 1, 1), 0);
	cr_assert_eq(zone_days(1601, 1, 1), -134774);
	cr_assert_eq(zone_days(2000, 3, 1), 11017);
	for (int64_t d = -140000; d < 1000000; d += 13) {
		zone_date(d, &year, &month, &day);
		cr_assert_eq(zone_days(year, month, day), d);
	}
}

/* Berlin, by the rules of the European Union: the clock changes at 01:00 UTC. */
Test(items, local_time)
{
	struct zone z = { .standard = 3600,
		.daylight = 7200,
		.to_standard = { .month = 10, .day = 5, .hour = 3 },
		.to_daylight = { .month = 3, .day = 5, .hour = 2 },
		.changes = true };
	int64_t spring = zone_days(2024, 3, 31) * 86400 + 3600;
	int64_t autumn = zone_days(2024, 10, 27) * 86400 + 3600;

	cr_assert_eq(zone_local(&z, spring - 1), spring - 1 + 3600);
	cr_assert_eq(zone_local(&z, spring), spring + 7200);
	cr_assert_eq(zone_local(&z, autumn - 1), autumn - 1 + 7200);
	cr_assert_eq(zone_local(&z, autumn), autumn + 3600);
	/* 02:30 twice in autumn: the first; never in spring: by the clock before. */
	cr_assert_eq(zone_utc(&z, autumn + 3600 + 1800), autumn - 1800);
	cr_assert_eq(zone_utc(&z, spring + 3600 + 1800), spring + 1800);
	for (int64_t t = spring - 86400 * 90; t < spring + 86400 * 270; t += 1800)
		if (zone_utc(&z, zone_local(&z, t)) != t) /* the second 02:xx */
			cr_assert(t >= autumn && t < autumn + 3600);
}

Test(items, internet_addresses)
{
	static const char *const good[] = { "ann@example.com", "a.b+c@sub.example",
		"o'neil@example.com", "x@[192.0.2.1]" };
	static const char *const bad[] = { "", "ann", "@example.com", "ann@",
		"a b@example.com", "a@b@", ".a@example.com", "a..b@example.com",
		"a@.example", "a@example..com", "a<@example.com", "a\n@example.com",
		"/o=X/cn=y" };

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		cr_expect(
		    person_is_internet((struct text){ good[i], strlen(good[i]), 0 }),
		    "%s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect(!person_is_internet((struct text){ bad[i], strlen(bad[i]), 0 }),
		    "%s", bad[i]);
}
