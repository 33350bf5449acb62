/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"

static const struct {
	uint64_t filetime;
	const char *iso, *mail;
} filetimes[] = {
	{ 0, "", "" },
	{ 1, "1601-01-01T00:00:00.0000001Z", "Mon, 1 Jan 1601 00:00:00 +0000" },
	{ 116444736000000000, "1970-01-01T00:00:00Z", "Thu, 1 Jan 1970 00:00:00 +0000" },
	{ 116444735999999999, "1969-12-31T23:59:59.9999999Z",
	    "Wed, 31 Dec 1969 23:59:59 +0000" },
	{ 125009925060000000, "1997-02-21T09:55:06Z", "Fri, 21 Feb 1997 09:55:06 +0000" },
	{ 125962631995000000, "2000-02-29T01:59:59.5Z",
	    "Tue, 29 Feb 2000 01:59:59 +0000" },
	{ 2650467743999999999, "9999-12-31T23:59:59.9999999Z",
	    "Fri, 31 Dec 9999 23:59:59 +0000" },
	{ 2650467744000000000, "", "" },
	{ UINT64_MAX, "", "" },
};

Test(when, filetime)
{
	char text[40];

	for (size_t i = 0; i < sizeof filetimes / sizeof filetimes[0]; i++) {
		struct when w = when_from_filetime(filetimes[i].filetime);
		cr_expect_eq(w.valid, filetimes[i].iso[0] != '\0', "%zu", i);
		when_iso8601(w, text, sizeof text);
		cr_expect_str_eq(text, filetimes[i].iso);
		when_rfc5322(w, text, sizeof text);
		cr_expect_str_eq(text, filetimes[i].mail);
	}
}

static const struct {
	const char *name;
	uint16_t field[6];
	const char *iso;
} dtrs[] = {
	{ "plain", { 1996, 11, 21, 9, 55, 6 }, "1996-11-21T09:55:06Z" },
	{ "leap day", { 2000, 2, 29, 23, 59, 59 }, "2000-02-29T23:59:59Z" },
	{ "leap day 1996", { 1996, 2, 29, 0, 0, 0 }, "1996-02-29T00:00:00Z" },
	{ "no leap day", { 1900, 2, 29, 0, 0, 0 }, "" },
	{ "no leap day 2001", { 2001, 2, 29, 0, 0, 0 }, "" },
	{ "1900", { 1900, 1, 1, 0, 0, 0 }, "1900-01-01T00:00:00Z" },
	{ "first", { 1601, 1, 1, 0, 0, 0 }, "1601-01-01T00:00:00Z" },
	{ "last", { 9999, 12, 31, 23, 59, 59 }, "9999-12-31T23:59:59Z" },
	{ "year 0", { 0, 1, 1, 0, 0, 0 }, "" },
	{ "year 1600", { 1600, 1, 1, 0, 0, 0 }, "" },
	{ "year 10000", { 10000, 1, 1, 0, 0, 0 }, "" },
	{ "year 65535", { 65535, 1, 1, 0, 0, 0 }, "" },
	{ "month 0", { 2000, 0, 1, 0, 0, 0 }, "" },
	{ "month 13", { 2000, 13, 1, 0, 0, 0 }, "" },
	{ "day 0", { 2000, 1, 0, 0, 0, 0 }, "" },
	{ "31 April", { 2000, 4, 31, 0, 0, 0 }, "" },
	{ "hour 24", { 2000, 1, 1, 24, 0, 0 }, "" },
	{ "minute 60", { 2000, 1, 1, 0, 60, 0 }, "" },
	{ "second 60", { 2000, 1, 1, 0, 0, 60 }, "" },
	{ "all zero", { 0 }, "" },
	{ "all ones", { 65535, 65535, 65535, 65535, 65535, 65535 }, "" },
};

Test(when, dtr)
{
	char text[40];

	for (size_t i = 0; i < sizeof dtrs / sizeof dtrs[0]; i++) {
		struct when w = when_from_dtr(dtrs[i].field);
		cr_expect_eq(w.valid, dtrs[i].iso[0] != '\0', "%s", dtrs[i].name);
		when_iso8601(w, text, sizeof text);
		cr_expect_str_eq(text, dtrs[i].iso, "%s", dtrs[i].name);
	}
}

/* Each day of 1601 to 2400 there and back through both calendars. */
Test(when, every_day_of_800_years)
{
	char want[40], got[40];
	struct when before = when_from_dtr((uint16_t[6]){ 1600, 12, 31 });

	cr_assert(!before.valid);
	for (uint16_t year = 1601; year <= 2400; year++)
		for (uint16_t month = 1; month <= 12; month++)
			for (uint16_t day = 1; day <= 31; day++) {
				struct when w =
				    when_from_dtr((uint16_t[6]){ year, month, day });
				if (!w.valid)
					continue;
				if (before.valid)
					cr_assert_eq(w.unix_s, before.unix_s + 86400);
				before = w;
				when_iso8601(w, got, sizeof got);
				(void)snprintf(want, sizeof want,
				    "%04u-%02u-%02uT00:00:00Z", year, month, day);
				cr_assert_str_eq(got, want);
			}
	cr_assert_eq(before.unix_s, 13601001600); /* 2400-12-31 */
}

Test(when, small_rooms)
{
	char text[8] = "unset";
	struct when w = when_from_filetime(116444736000000000);

	when_rfc5322(w, text, 0);
	cr_expect_str_eq(text, "unset");
	when_rfc5322(w, text, sizeof text);
	cr_expect_str_eq(text, "Thu, 1 ");
	when_iso8601(w, text, 1);
	cr_expect_str_eq(text, "");
}

/* Why dates are not GLib's: a FILETIME has ten times as many digits. When this fails, use
 * GDateTime. */
Test(when, glib_rounds)
{
	GDateTime *second = g_date_time_new_from_unix_utc(0);
	GDateTime *later = g_date_time_add_seconds(second, 0.0000007);
	char *text = g_date_time_format_iso8601(later);

	cr_expect_str_neq(text, "1970-01-01T00:00:00.0000007Z", "%s", text);
	g_free(text);
	g_date_time_unref(later);
	g_date_time_unref(second);
}
