/* SPDX-License-Identifier: ISC */
/*
 * The decoders of quoted-printable, uuencode, dates, names of encodings and domains
 * against those of GMime and GLib, which only tests link: over all that the corpus has of
 * them, and over generated ones. They answer the same but for the differences that are
 * named here, each with its reason; where GMime answers as we do, a row fails: it has
 * been mended.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fnmatch.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "codec/date.h"
#include "codec/idna.h"
#include "codec/quoted.h"
#include "codec/uuencode.h"
#include "format/mime/syntax/transfer.h"

TestSuite(against_gmime, .init = g_mime_init, .timeout = 600);

/* Bytes that grow. */
struct grown {
	uint8_t *p;
	size_t n;
};

/* --- both sides, one beside the other --- */

static struct grown gmime_decoded(GMimeContentEncoding as, const void *in, size_t n)
{
	GMimeEncoding state;
	struct grown g;

	g_mime_encoding_init_decode(&state, as);
	if (as == GMIME_CONTENT_ENCODING_UUENCODE)
		state.state |= GMIME_UUDECODE_STATE_BEGIN;
	g.p = malloc(g_mime_encoding_outlen(&state, n) + 8);
	cr_assert_not_null(g.p);
	g.n = g_mime_encoding_step(&state, in, n, (char *)g.p);
	g.n += g_mime_encoding_flush(&state, "", 0, (char *)g.p + g.n);
	return g;
}

static struct grown own_decoded(GMimeContentEncoding as, const void *in, size_t n)
{
	struct grown g = { malloc(UUENCODE_MOST(n) + QUOTED_MOST(n) + UUENCODE_ROW), 0 };
	struct quoted q = { 0 };
	struct uuencode u = { 0 };

	cr_assert_not_null(g.p);
	if (as == GMIME_CONTENT_ENCODING_UUENCODE) {
		g.n = uuencode_decode(&u, in, n, g.p);
		g.n += uuencode_finish(&u, g.p + g.n);
	} else {
		g.n = quoted_decode(&q, in, n, g.p);
		g.n += quoted_finish(&q, g.p + g.n);
	}
	return g;
}

static bool decoded_alike(GMimeContentEncoding as, const void *in, size_t n)
{
	struct grown a = gmime_decoded(as, in, n), b = own_decoded(as, in, n);
	bool alike = a.n == b.n && memcmp(a.p, b.p, a.n) == 0;

	free(a.p);
	free(b.p);
	return alike;
}

/* false: none. */
static bool gmime_date(const char *s, int64_t *to)
{
	GDateTime *t = g_mime_utils_header_decode_date(s);

	if (!t)
		return false;
	*to = g_date_time_to_unix(t);
	g_date_time_unref(t);
	return true;
}

static bool dates_alike(const char *s)
{
	int64_t theirs = 0;
	struct when ours = date_read(s, strlen(s));

	return gmime_date(s, &theirs) == ours.valid &&
	       (!ours.valid || theirs == ours.unix_s);
}

/* --- the differences --- */

static const struct {
	GMimeContentEncoding as;
	const char *in, *why;
} bodies[] = {
	{ GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, "a= \nb",
	    "RFC 2045 6.7 (3): blanks at the end of a line are a transport's, and the "
	    "line "
	    "break is a soft one" },
	{ GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, "a=4", "\"=4\" at the end is lost" },
	{ GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, "a=z", "\"=z\" at the end is lost" },
	{ GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, "a=4=41",
	    "RFC 2045 6.7: a \"=\" that begins no escape stands for itself, with the "
	    "character behind it; the next \"=\" begins one" },
	{ GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, "====\nb",
	    "a row of \"=\", as people draw lines of, stands for itself" },
	{ GMIME_CONTENT_ENCODING_UUENCODE, "\"0V$\nend\n",
	    "blanks that were lost at the end of a line are zeroes" },
	{ GMIME_CONTENT_ENCODING_UUENCODE, "#0V%TX Y\n#0V%T\nend\n",
	    "what stands behind the data of a line is none" },
	{ GMIME_CONTENT_ENCODING_UUENCODE, "Some words\n#0V%T\nend\n",
	    "a line with other characters is no data" },
	{ GMIME_CONTENT_ENCODING_UUENCODE, "#0V%T\nend\n#0V%T\n",
	    "what follows the end is no data" },
};

Test(against_gmime, bodies_it_reads_otherwise)
{
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		cr_expect(
		    !decoded_alike(bodies[i].as, bodies[i].in, strlen(bodies[i].in)),
		    "GMime has been mended: %s", bodies[i].why);
}

static const struct {
	const char *in, *why;
} dates[] = {
	{ "21 Nov 50 09:55:06 +0000", "RFC 5322 4.3: from 50 on years are 19.." },
	{ "21 Nov 103 09:55:06 +0000", "RFC 5322 4.3: years of three digits" },
	{ "21 Nov 0103 09:55:06 +0000", "years since 1900 in four digits" },
	{ "21 Nov 1900 09:55:06 +0000", "RFC 5322 3.3: years from 1900 on" },
	{ "31 Dec 2016 23:59:60 +0000", "RFC 5322 3.3: leap seconds" },
	{ "21 Nov 1997 09 : 55 : 06 +0000", "RFC 5322 4.3: blanks in a time" },
	{ "21 Nov 1997 09:55:06 A", "RFC 5322 4.3: military zones say nothing" },
	{ "21 Nov 1997 09:55:06 est", "RFC 5234 2.3: words in any case" },
	{ "feb 21 09:55:06 1997", "the same" },
	{ "32 Feb 05 12:34:39 GMT", "there is no such day" },
	{ "21 Nov 1997 09:55:06 +2500", "RFC 5322 3.3: zones up to 9959" },
	{ "21 Nov 1997 09:55:06 GMT+0100", "as JavaScript writes it" },
	{ "21 Nov 1997 09:55:06 +01:00", "RFC 3339's zones" },
	{ "21 Nov 1997 09:55:06 +1", "a zone of hours" },
	{ "21 Nov 1997 09:55:06 \"EST\"", "a zone in quotes" },
	{ "21 Nov 1997 9:55:06 PM +0100", "PM" },
	{ "21 Nov 1997 09:55:06.123 +0100", "the time is lost for a fraction" },
	{ "21 Nov 1997 09.55.06 +0100", "the time is lost for its dots" },
	{ "21. Nov 1997 09:55:06 +0100", "no date for a dot" },
	{ "21.11.1997 09:55:06", "the same" },
	{ "1997-11-21T09:55:06Z", "RFC 3339" },
	{ "=?utf-8?q?Fri, 21 Nov 1997 09:55:06 +0100?=", "the zone is lost" },
};

Test(against_gmime, dates_it_reads_otherwise)
{
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++)
		cr_expect(!dates_alike(dates[i].in), "GMime has been mended: %s: %s",
		    dates[i].in, dates[i].why);
}

/* --- generated ones --- */

static uint64_t seed = 88172645463325252;

static unsigned below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

#define ONE_OF(list) list[below(sizeof(list) / sizeof(list)[0])]

/* RFC 5322 3.3 and what of 4.3 both read alike, and dates of mbox files. */
static void generate_date(char *to, size_t size)
{
	static const char *const days[] = { "", "Mon, ", "Tue,", "Wed ", "Thursday, ",
		"(x) " };
	static const char *const months[] = { "Jan", "Feb", "Mar", "April", "May", "Jun",
		"Jul", "Aug", "Sept", "Oct", "Nov", "Dec" };
	static const char *const zones[] = { "+0000", "-0000", "+0100", "-0930", "+1400",
		"GMT", "UT", "UTC", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST",
		"PDT", "Z", "", "XYZ", "+0100 (CET)", "-0500 (a (nested) one)",
		"(EST) -0500" };
	const char *month = ONE_OF(months), *zone = ONE_OF(zones);
	unsigned day = below(32), year = 1970 + below(130), hour = below(25);
	char time[32];

	if (below(4) == 0)
		year %= 100;
	if (year >= 50 && year < 70)
		year += 1900 + 50;
	(void)snprintf(time, sizeof time, below(2) ? "%02u:%02u:%02u" : "%02u:%02u", hour,
	    below(61), below(60));
	if (below(4) == 0)
		(void)snprintf(to, size, "%s%s %u %s %s %u", ONE_OF(days), month, day,
		    time, zone, year < 1970 ? 1997 : year);
	else
		(void)snprintf(to, size, "%s%u%s%s%s%0*u %s %s", ONE_OF(days), day,
		    below(4) ? " " : "-", month, below(4) ? " " : "-", 2, year, time,
		    zone);
}

Test(against_gmime, generated_dates)
{
	for (int i = 0; i < 200000; i++) {
		char date[256];
		generate_date(date, sizeof date);
		cr_expect(dates_alike(date), "%s", date);
	}
}

/* Is there one of the forms that are in "bodies" above? */
static bool is_broken_quoted(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t left = n - i, blanks = strspn(s + i + 1, " \t");
		const char *behind = s + i + 1 + blanks;
		if (s[i] != '=')
			continue;
		if (left == 2 || (left > 2 && s[i + 1] != '\n' && s[i + 2] == '='))
			return true;
		if (blanks > 0 && (*behind == '\n' || *behind == '\r' || *behind == '\0'))
			return true;
	}
	return false;
}

Test(against_gmime, generated_quoted_printable)
{
	static const char letters[] = "===4aFz \t\r\n\n\x80";
	int compared = 0;

	for (int i = 0; i < 300000; i++) {
		char text[13] = "";
		size_t n = below(sizeof text);
		for (size_t k = 0; k < n; k++)
			text[k] = letters[below(sizeof letters - 1)];
		if (is_broken_quoted(text, n))
			continue;
		compared++;
		if (decoded_alike(GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, text, n))
			continue;
		char *shown = g_strescape(text, NULL);
		cr_expect(false, "\"%s\"", shown);
		g_free(shown);
	}
	cr_expect_gt(compared, 10000);
}

/* What GMime encodes comes back, and we read it as it does. */
Test(against_gmime, encoded_by_gmime)
{
	static const GMimeContentEncoding as[] = { GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE,
		GMIME_CONTENT_ENCODING_UUENCODE };

	for (int i = 0; i < 4000; i++)
		for (size_t k = 0; k < 2; k++) {
			char bytes[600], coded[4000];
			size_t n = below(sizeof bytes);
			for (size_t b = 0; b < n; b++) {
				bytes[b] = (char)below(i % 2 ? 256 : 128);
				if (bytes[b] == '\r') /* it makes CR LF a line end */
					bytes[b] = '.';
			}
			GMimeEncoding state;
			g_mime_encoding_init_encode(&state, as[k]);
			size_t len = g_mime_encoding_step(&state, bytes, n, coded);
			len += g_mime_encoding_flush(&state, "", 0, coded + len);
			struct grown back = own_decoded(as[k], coded, len);
			cr_expect(back.n >= n && memcmp(back.p, bytes, n) == 0);
			cr_expect(decoded_alike(as[k], coded, len));
			free(back.p);
		}
}

Test(against_gmime, names_of_encodings)
{
	static const struct {
		const char *name;
		GMimeContentEncoding theirs;
		enum transfer ours;
	} names[] = {
		{ "7bit", GMIME_CONTENT_ENCODING_7BIT, TRANSFER_7BIT },
		{ "7-bit", GMIME_CONTENT_ENCODING_7BIT, TRANSFER_7BIT },
		{ "8BIT", GMIME_CONTENT_ENCODING_8BIT, TRANSFER_8BIT },
		{ "8-bit", GMIME_CONTENT_ENCODING_8BIT, TRANSFER_8BIT },
		{ "Binary", GMIME_CONTENT_ENCODING_BINARY, TRANSFER_BINARY },
		{ "BASE64", GMIME_CONTENT_ENCODING_BASE64, TRANSFER_BASE64 },
		{ "Quoted-Printable", GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE,
		    TRANSFER_QUOTED },
		{ "uuencode", GMIME_CONTENT_ENCODING_UUENCODE, TRANSFER_UUENCODE },
		{ "x-uuencode", GMIME_CONTENT_ENCODING_UUENCODE, TRANSFER_UUENCODE },
		{ "x-uue", GMIME_CONTENT_ENCODING_UUENCODE, TRANSFER_UUENCODE },
		{ "", GMIME_CONTENT_ENCODING_DEFAULT, TRANSFER_NONE },
		{ "base65", GMIME_CONTENT_ENCODING_DEFAULT, TRANSFER_NONE },
		{ "quoted", GMIME_CONTENT_ENCODING_DEFAULT, TRANSFER_NONE },
		{ "yenc", GMIME_CONTENT_ENCODING_DEFAULT, TRANSFER_NONE },
	};
	/* What follows a name in real mail, and a "-" where none is. */
	static const char *const more[] = { "base64;", "base64 (said so)", "base-64",
		"base64, 8bit" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		cr_expect_eq(g_mime_content_encoding_from_string(names[i].name),
		    names[i].theirs, "%s", names[i].name);
		cr_expect_eq(
		    transfer_named(names[i].name), names[i].ours, "%s", names[i].name);
	}
	for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
		cr_expect_eq(transfer_named(more[i]), TRANSFER_BASE64, "%s", more[i]);
}

/* Labels of the letters of many scripts, without a capital sigma: GLib lowers it by what
 * surrounds it, and UTS 46 does not. */
Test(against_gmime, domains)
{
	static const struct {
		gunichar from, count;
	} scripts[] = { { 'A', 26 }, { 'a', 26 }, { 0xc0, 0x40 }, { 0x100, 0x80 },
		{ 0x391, 18 }, { 0x3a4, 0x26 }, { 0x410, 0x40 }, { 0x5d0, 27 },
		{ 0x627, 0x20 }, { 0x905, 0x30 }, { 0x1100, 19 }, { 0x1161, 21 },
		{ 0x11a8, 27 }, { 0x1e00, 0xf0 }, { 0x300, 0x20 }, { 0x3041, 0x50 },
		{ 0x4e00, 0x1000 }, { 0xac00, 0x2ba4 }, { 0xff21, 26 },
		{ 0x1f600, 0x40 } };

	for (int i = 0; i < 200000; i++) {
		char in[64] = "", to[IDNA_MOST] = "";
		int n = 0;
		for (unsigned k = 0, many = 1 + below(6); k < many; k++) {
			unsigned s = below(sizeof scripts / sizeof scripts[0]);
			n += g_unichar_to_utf8(
			    scripts[s].from + below(scripts[s].count), in + n);
		}
		char *theirs = g_hostname_to_ascii(in);
		size_t ours = idna_ascii(in, (size_t)n, to);
		cr_expect(ours ? theirs && strcmp(theirs, to) == 0 : !theirs,
		    "%s: %s, %s", in, theirs ? theirs : "none", ours ? to : "none");
		g_free(theirs);
	}
}

/* --- what the corpus has --- */

struct counts {
	unsigned files, dates, quoted, uu, others;
};

/* Dates that GMime reads otherwise, or not at all, by what "dates" above says. */
static const char *const known[] = {
	"*[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*", /* RFC 3339 */
	"* 01[0-9][0-9] *",                              /* years since 1900 */
	"* [AP]M*", "* cst", "*__substg1.0_*",           /* no date: bytes of a .msg */
};

static bool is_known(const char *date)
{
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (fnmatch(known[i], date, 0) == 0)
			return true;
	return false;
}

/* Is there a line with other characters in it, or one that has lost blanks? */
static bool is_broken_uu(const uint8_t *p, size_t n)
{
	for (size_t at = 0; at + 3 < n;) { /* but for "end" */
		const uint8_t *lf = memchr(p + at, '\n', n - at);
		size_t end = lf ? (size_t)(lf - p) : n, length = end - at;
		length -= length > 0 && p[end - 1] == '\r';
		size_t says = length > 0 ? (p[at] - ' ') & 63U : 0;
		if (length > 0 && length < 1 + (says + 2) / 3 * 4)
			return true;
		for (size_t i = 0; i < length; i++)
			if (p[at + i] > '`')
				return true;
		at = end + 1;
	}
	return false;
}

/* They differ: is it known why? */
static void differ(bool why, struct counts *counts, const char *path, const char *what)
{
	counts->others++;
	cr_expect(why, "%s: %s", path, what);
}

/* The field's value, unfolded. */
static void field_dates(
    const char *name, const uint8_t *p, size_t n, struct counts *counts, const char *path)
{
	size_t length = strlen(name);

	for (size_t at = 0; at < n;) {
		const uint8_t *lf = memchr(p + at, '\n', n - at);
		size_t next = lf ? (size_t)(lf - p) + 1 : n;
		if (n - at > length &&
		    strncasecmp((const char *)p + at, name, length) == 0) {
			char value[1024];
			size_t k = 0;
			while (next < n && (p[next] == ' ' || p[next] == '\t')) {
				lf = memchr(p + next, '\n', n - next);
				next = lf ? (size_t)(lf - p) + 1 : n;
			}
			for (size_t i = at + length; i < next && k + 1 < sizeof value;
			     i++)
				if (p[i] >= ' ')
					value[k++] = (char)p[i];
			value[k] = '\0';
			counts->dates++;
			if (!dates_alike(value))
				differ(is_known(value), counts, path, value);
		}
		at = next;
	}
}

/* From the end of the header that says so to what looks like a boundary. */
static void quoted_bodies(
    const uint8_t *p, size_t n, struct counts *counts, const char *path)
{
	static const char says[] = "quoted-printable";
	const uint8_t *end = p + n, *at = p;

	while ((at = memmem(at, (size_t)(end - at), says, sizeof says - 1))) {
		at += sizeof says - 1;
		const uint8_t *one = memmem(at, (size_t)(end - at), "\n\n", 2);
		const uint8_t *two = memmem(at, (size_t)(end - at), "\n\r\n", 3);
		const uint8_t *from = two && (!one || two < one) ? two + 3
				      : one                      ? one + 2
								 : end;
		const uint8_t *to = memmem(from, (size_t)(end - from), "\n--", 3);
		size_t length = (size_t)((to ? to : end) - from);
		counts->quoted++;
		if (!decoded_alike(GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, from, length))
			differ(is_broken_quoted((const char *)from, length), counts, path,
			    "quoted-printable");
	}
}

static void uu_bodies(const uint8_t *p, size_t n, struct counts *counts, const char *path)
{
	const uint8_t *end = p + n, *at = p;

	while ((at = memmem(at, (size_t)(end - at), "\nbegin 6", 8))) {
		at += 8;
		const uint8_t *from = memchr(at, '\n', (size_t)(end - at));
		const uint8_t *to =
		    from ? memmem(from, (size_t)(end - from), "\nend", 4) : NULL;
		if (!to)
			continue;
		counts->uu++;
		size_t length = (size_t)(to + 4 - from - 1);
		if (!decoded_alike(GMIME_CONTENT_ENCODING_UUENCODE, from + 1, length))
			differ(is_broken_uu(from + 1, length), counts, path, "uuencode");
	}
}

static void compare_file(const char *path, struct counts *counts)
{
	gchar *bytes = NULL;
	gsize n = 0;

	if (!g_file_get_contents(path, &bytes, &n, NULL))
		return;
	counts->files++;
	field_dates("Date:", (const uint8_t *)bytes, n, counts, path);
	field_dates("Resent-Date:", (const uint8_t *)bytes, n, counts, path);
	quoted_bodies((const uint8_t *)bytes, n, counts, path);
	uu_bodies((const uint8_t *)bytes, n, counts, path);
	g_free(bytes);
}

static void compare_folder(const char *folder, struct counts *counts)
{
	struct dirent **list;
	int n = scandir(folder, &list, NULL, alphasort);

	cr_assert_neq(n, -1, "%s", folder);
	for (int i = 0; i < n; i++) {
		char path[4096];
		struct stat st;
		(void)snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
		if (list[i]->d_name[0] == '.' || stat(path, &st) == -1)
			(void)0;
		else if (S_ISDIR(st.st_mode))
			compare_folder(path, counts);
		else
			compare_file(path, counts);
		free(list[i]);
	}
	free(list);
}

Test(against_gmime, real_mail)
{
	const char *corpus = getenv("BULKHEAD_CORPUS");
	struct counts counts = { 0 };
	struct stat st;

	compare_folder(SOURCE_DIR "/tests/corpus", &counts);
	if (corpus && stat(corpus, &st) == 0)
		compare_folder(corpus, &counts);
	else
		(void)fprintf(
		    stderr, "BULKHEAD_CORPUS is not there: real files were NOT read\n");
	(void)fprintf(stderr,
	    "%u files, %u dates, %u bodies in quoted-printable, %u in uuencode; %u are "
	    "read "
	    "otherwise\n",
	    counts.files, counts.dates, counts.quoted, counts.uu, counts.others);
	cr_expect_gt(counts.dates, 0);
	cr_expect_gt(counts.quoted, 0);
}
