/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "codec/quoted.h"

/* A row: RFC 2045 6.7, or a form that is none of its. */
static const struct {
	const char *name, *in, *want;
} cases[] = {
	{ "nothing", "", "" },
	{ "plain", "plain text\r\n", "plain text\r\n" },
	{ "rule 1", "=C3=BC =3D =0D=0A", "\xc3\xbc = \r\n" },
	{ "lower case, which it says to be robust about", "=c3=bC", "\xc3\xbc" },
	{ "rule 3, encoded", "a=20\r\nb=09\r\n", "a \r\nb\t\r\n" },
	{ "blanks that nobody encoded stay", "a \t\r\n", "a \t\r\n" },
	{ "rule 5, its example",
	    "Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.",
	    "Now's the time for all folk to come to the aid of their country." },
	{ "rule 5, line feeds", "a=\nb", "ab" },
	{ "rule 5 with rule 3: blanks that a transport added", "a= \t \r\nb= \nc",
	    "abc" },
	{ "the line end is the boundary's", "a=", "a" },
	{ "half of it, too", "a=\r", "a" },
	{ "with a transport's blanks", "a= \t", "a" },
	{ "a lone = and its character are passed on", "a=b=Zx=?", "a=b=Zx=?" },
	{ "one digit", "=4Z=4", "=4Z=4" },
	{ "one digit, then an escape", "=4=41", "=4A" },
	{ "one digit, then a soft line break", "a=4=\r\nb", "a=4b" },
	{ "one digit, then a line end", "=4\r\n", "=4\r\n" },
	{ "two of them", "a==41", "a==41" },
	{ "a row of them that nobody encoded", "=====\r\n====\n===41=41",
	    "=====\r\n====\n===41A" },
	{ "two of them at a line end", "==\r\n", "==\r\n" },
	{ "blanks, then no line end", "a= \tb= =41", "a= \tb= A" },
	{ "CR, then no LF", "a=\rb=\r\r\n", "a=\rb=\r\r\n" },
	{ "CR, then an escape", "=\r=41", "=\rA" },
	{ "bytes above ASCII", "\xfc=\xfc=FC\xff", "\xfc=\xfc\xfc\xff" },
	{ "more blanks than a line has",
	    "=                                                                           "
	    "                                                                   \r\nb",
	    "=                                                                           "
	    "                                                                   \r\nb" },
};

/* Cut into two pieces at every place: always the same. */
Test(quoted, decodes_what_mail_has)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = strlen(cases[i].in), want = strlen(cases[i].want);
		for (size_t cut = 0; cut <= n; cut++) {
			struct quoted q = { 0 };
			uint8_t out[QUOTED_MOST(256) + QUOTED_HELD];
			size_t k = quoted_decode(&q, cases[i].in, cut, out);
			k += quoted_decode(&q, cases[i].in + cut, n - cut, out + k);
			k += quoted_finish(&q, out + k);
			cr_expect_eq(k, want, "%s at %zu: %zu", cases[i].name, cut, k);
			cr_expect(memcmp(out, cases[i].want, want) == 0, "%s at %zu",
			    cases[i].name, cut);
		}
	}
}

Test(quoted, every_byte)
{
	for (int byte = 0; byte < 256; byte++) {
		char in[4];
		uint8_t out[QUOTED_MOST(3)];
		struct quoted q = { 0 };
		(void)snprintf(in, sizeof in, "=%02X", (unsigned)byte);
		cr_expect_eq(quoted_decode(&q, in, 3, out), 1);
		cr_expect_eq(out[0], byte);
		cr_expect_eq(quoted_finish(&q, out), 0);
	}
}
