/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <string.h>

#include "format/format.h"
#include "format/mime/syntax/fields.h"
#include "format/mime/syntax/probe.h"

static const struct claim {
	const char *name, *bytes;
	enum probe want;
} claims[] = {
	{ "a mail", "From: a@b\r\nTo: c@d\r\n\r\ntext", PROBE_YES },
	{ "one field", "Message-ID: <x@y>\n", PROBE_YES },
	{ "no final newline", "Received: from x by y", PROBE_YES },
	{ "folded", "Received: from x\n\tby y\n\nbody", PROBE_YES },
	{ "blank before the colon", "From : a@b\n\n", PROBE_YES },
	{ "mbox line", "From a@b Wed Jan  1 10:00:00 2020\nFrom: a@b\n\n", PROBE_YES },
	{ "quoted mbox line", ">From a@b Wed Jan\nReturn-Path: <a@b>\n\n", PROBE_YES },
	{ "byte order mark",
	    "\xef\xbb\xbf"
	    "From: a@b\n\n",
	    PROBE_YES },
	{ "blank lines first", "\r\n\r\nFrom: a@b\r\n\r\n", PROBE_YES },
	{ "8-bit value", "From: \xe9\xff\n\n", PROBE_YES },
	{ "an odd line among fields", "From: a@b\nno field\nTo: x\n\n", PROBE_YES },
	{ "only weak fields", "Subject: x\nTo: y\n\ntext", PROBE_MAYBE },
	{ "only families", "X-One: 1\nList-Two: 2\n\n", PROBE_MAYBE },
	{ "a text", "Dear Sir,\nthis is no mail.\n", PROBE_NO },
	{ "a text with a colon", "Note: read this\nFrom here on\n", PROBE_NO },
	{ "source text", "#include <x.h>\nint main(void)\n{\n", PROBE_NO },
	{ "a makefile", "CC := gcc\nall: x\n\tcc\n", PROBE_NO },
	{ "a field below a blank line", "text\n\nFrom: a@b\n", PROBE_NO },
	{ "a field in prose", "one line\nanother line\nFrom: a@b\nmore\n\n", PROBE_NO },
	{ "a control character first",
	    "\x01"
	    "From: a@b\n\n",
	    PROBE_NO },
	{ "nothing", "", PROBE_NO },
	{ "blank lines only", "\n\n\n", PROBE_NO },
	{ "a colon only", ":\n", PROBE_NO },
};

Test(mime_probe, claims_mail_and_no_text)
{
	for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++)
		cr_expect_eq(
		    probe_mime(span_over(claims[i].bytes, strlen(claims[i].bytes))),
		    claims[i].want, "%s", claims[i].name);
}

Test(mime_probe, any_prefix_is_safe)
{
	static const char mail[] =
	    "\xef\xbb\xbf\r\nFrom x\r\nFrom: a\r\n b\r\nX:\r\n\r\n";

	for (size_t n = 0; n < sizeof mail; n++) {
		char *exact =
		    malloc(n ? n : 1); /* so that a sanitizer sees one byte more */
		memcpy(exact, mail, n);
		enum probe p = probe_mime(span_over(exact, n));
		cr_expect(n < 18 || p == PROBE_YES, "%zu bytes", n);
		free(exact);
	}
}

Test(mime_fields, names_and_uses)
{
	cr_expect_eq(fields_name("Subject: x", 10), 7);
	cr_expect_eq(fields_name("Subject \t: x", 12), 7);
	cr_expect_eq(fields_name("Sub ject: x", 11), 0);
	cr_expect_eq(fields_name(" Subject: x", 11), 0);
	cr_expect_eq(fields_name("Subject", 7), 0);
	cr_expect_eq(fields_name(": x", 3), 0);
	cr_expect_eq(fields_name("S\xfc: x", 5), 0);
	cr_expect_eq(fields_name("", 0), 0);
	cr_expect_eq(fields_use("content-TYPE", 12), FIELDS_CONTENT);
	cr_expect_eq(fields_use("Received", 8), 0);
	cr_expect_eq(fields_use("X-Anything", 10), FIELDS_WEAK);
	cr_expect_eq(fields_use("X-", 2), -1);
	cr_expect_eq(fields_use("Receive", 7), -1);
}
