/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <string.h>

#include "codec/uuencode.h"

static const struct {
	const char *name, *in, *want;
	size_t len; /* 0: of the text */
} cases[] = {
	{ "nothing", "", "", 0 },
	{ "one line", "#0V%T\n`\nend\n", "Cat", 0 },
	{ "CR LF", "#0V%T\r\n`\r\nend\r\n", "Cat", 0 },
	{ "without an end", "#0V%T", "Cat", 0 },
	{ "a blank for zero", "#0V%T\n \nend\n", "Cat", 0 },
	{ "two lines", "#0V%T\n#0V%T\n`\nend\n", "CatCat", 0 },
	{ "two bytes", "\"0V$ \n`\nend\n", "Ca", 0 },
	{ "one byte", "!00  \n`\nend\n", "A", 0 },
	{ "blanks lost at the end", "\"0V$\n#0V%T\nend\n", "CaCat", 0 },
	{ "all of them lost", "#\n#0V%T\nend\n", "\0\0\0Cat", 6 },
	{ "grave accents", "#````\nend\n", "\0\0\0", 3 },
	{ "a longest line",
	    "_???????????????????????????????????????????????????????????????????????????"
	    "?"
	    "????????\nend\n",
	    "\x7d\xf7\xdf\x7d\xf7\xdf\x7d\xf7\xdf\x7d\xf7\xdf\x7d\xf7\xdf\x7d\xf7\xdf\x7d"
	    "\xf7"
	    "\xdf\x7d\xf7\xdf\x7d\xf7\xdf\x7d\xf7\xdf\x7d\xf7\xdf\x7d\xf7\xdf\x7d\xf7\xdf"
	    "\x7d"
	    "\xf7\xdf\x7d\xf7\xdf\x7d\xf7\xdf\x7d\xf7\xdf\x7d\xf7\xdf\x7d\xf7\xdf\x7d\xf7"
	    "\xdf"
	    "\x7d\xf7\xdf",
	    63 },
	{ "a checksum behind the data", "#0V%TX\n#0V%T\nend\n", "CatCat", 0 },
	{ "a line of any length behind the data",
	    "#0V%T "
	    "0123456789012345678901234567890123456789012345678901234567890123456789012345"
	    "0123456789012345678901234567890123456789012345678901234567890123456789012345"
	    "\n#0V%T\nend\n",
	    "CatCat", 0 },
	{ "blank lines between", "#0V%T\n\n\n#0V%T\nend\n", "CatCat", 0 },
	{ "text between", "#0V%T\nRegards, ann\n#0V%T\nend\n", "CatCat", 0 },
	{ "no characters of it", "#0V%\x7f\n#\x80V%T\n#0V%T\nend\n", "Cat", 0 },
	{ "text behind the end", "#0V%T\nend\n#0V%T\n", "Cat", 0 },
	{ "blanks behind the end", "#0V%T\nend  \n#0V%T\n", "Cat", 0 },
	{ "text behind a line of no bytes", "#0V%T\n`\n#0V%T\n", "Cat", 0 },
	{ "a word that begins so", "#0V%T\nendless\n#0V%T\n", "CatCat", 0 },
};

Test(uuencode, decodes_what_mail_has)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = strlen(cases[i].in);
		size_t want = cases[i].len ? cases[i].len : strlen(cases[i].want);
		for (size_t cut = 0; cut <= n; cut++) {
			struct uuencode u = { 0 };
			static uint8_t out[UUENCODE_MOST(512)];
			size_t k = uuencode_decode(&u, cases[i].in, cut, out);
			k += uuencode_decode(&u, cases[i].in + cut, n - cut, out + k);
			k += uuencode_finish(&u, out + k);
			cr_expect_eq(k, want, "%s at %zu: %zu", cases[i].name, cut, k);
			cr_expect(memcmp(out, cases[i].want, want) == 0, "%s at %zu",
			    cases[i].name, cut);
		}
	}
}

/* A line of 63 bytes that has lost all but its length, again and again. */
Test(uuencode, room_is_enough)
{
	for (size_t n = 0; n < 64; n++)
		for (size_t before = 0; before < 3; before++) {
			struct uuencode u = { 0 };
			char in[66];
			static uint8_t out[UUENCODE_MOST(66)];
			for (size_t i = 0; i < sizeof in; i++)
				in[i] = i % 2 ? '\n' : '_';
			(void)uuencode_decode(&u, in, before, out);
			size_t k = uuencode_decode(&u, in + before % 2, n, out);
			cr_expect_leq(k, UUENCODE_MOST(n), "%zu", n);
			cr_expect_leq(uuencode_finish(&u, out), UUENCODE_ROW);
		}
}
