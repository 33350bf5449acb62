/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

#include "codec/base64.h"

static const struct {
	const char *name, *in, *want;
	bool joined, foreign, cut;
} cases[] = {
	{ "nothing", "", "", false, false, false },
	{ "whole", "TWFu", "Man", false, false, false },
	{ "one pad", "TWE=", "Ma", false, false, false },
	{ "two pads", "TQ==", "M", false, false, false },
	{ "no pads, two letters", "TWFuTQ", "ManM", false, false, false },
	{ "no pads, three letters", "TWFuTWE", "ManMa", false, false, false },
	{ "one pad of two", "TQ=", "M", false, false, false },
	{ "too many pads", "TQ======", "M", false, false, false },
	{ "pads within", "TQ==TWE=TWFu", "MMaMan", true, false, false },
	{ "pads behind a whole group", "TWFu==TWFu", "ManMan", true, false, false },
	{ "a letter alone", "TWFuT", "Man", false, false, true },
	{ "a letter before a pad", "T=TWFu", "Man", true, false, true },
	{ "white space anywhere", " T\tW\r\nF\v\f u\n", "Man", false, false, false },
	{ "foreign characters", "TW!Fu\xff", "Man", false, true, false },
	{ "the letters of URLs", "_-8", "\xff\xef", false, false, false },
	{ "all letters",
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	    "\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51\x55\x97\x61"
	    "\x96\x9b\x71\xd7\x9f\x82\x18\xa3\x92\x59\xa7\xa2\x9a\xab\xb2\xdb\xaf\xc3\x1c"
	    "\xb3\xd3\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf",
	    false, false, false },
};

/* Cut into two pieces at every place, and byte for byte: always the same. */
Test(base64_decode, decodes_what_mail_has)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = strlen(cases[i].in);
		size_t want =
		    i + 1 == sizeof cases / sizeof cases[0] ? 48 : strlen(cases[i].want);
		for (size_t cut = 0; cut <= n; cut++) {
			struct base64 b = { 0 };
			uint8_t out[BASE64_MOST(64) + 8];
			size_t k = base64_decode(&b, cases[i].in, cut, out);
			k += base64_decode(&b, cases[i].in + cut, n - cut, out + k);
			k += base64_finish(&b, out + k);
			cr_expect_eq(k, want, "%s at %zu: %zu", cases[i].name, cut, k);
			cr_expect(memcmp(out, cases[i].want, want) == 0, "%s at %zu",
			    cases[i].name, cut);
			cr_expect_eq(b.joined, cases[i].joined, "%s", cases[i].name);
			cr_expect_eq(b.foreign, cases[i].foreign, "%s", cases[i].name);
			cr_expect_eq(b.cut, cases[i].cut, "%s", cases[i].name);
		}
	}
}

Test(base64_decode, room_is_enough)
{
	for (size_t n = 0; n < 64; n++)
		for (unsigned before = 0; before < 4; before++) {
			struct base64 b = { 0 };
			char in[64];
			uint8_t out[256];
			memset(in, 'A', sizeof in);
			(void)base64_decode(&b, in, before, out);
			size_t k = base64_decode(&b, in, n, out);
			cr_expect_leq(k + base64_finish(&b, out + k), BASE64_MOST(n));
		}
}

/* Why there is one of our own. */
Test(base64_decode, glib_loses_bytes)
{
	gsize n = 0;
	guchar *out = g_base64_decode("TWFuTQ", &n);
	cr_expect_eq(n, 3, "the last byte of \"ManM\" is there: use GLib's");
	g_free(out);
}
