/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <gmime/gmime.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "format/mime/syntax/lines.h"
#include "format/mime/write/out.h"
#include "format/mime/write/text_body.h"

static struct arena *arena;
static struct convert c;
static struct out o;

static void start(void)
{
	arena = arena_new((size_t)64 << 20);
	c = (struct convert){ .arena = arena, .scratch = -1 };
	notes_init(&c.notes, arena);
	o = (struct out){ .c = &c, .eol = "\r\n" };
}

static void end(void)
{
	arena_free(arena);
}

TestSuite(mime_out, .init = start, .fini = end);

static struct text text(const char *s)
{
	return (struct text){ .s = s, .len = strlen(s) };
}

static const char *written(void)
{
	struct span all = sink_bytes(c.out);
	return arena_copy(arena, all.mem, (size_t)all.len);
}

static const struct pair {
	const char *name, *in, *want;
} headers[] = {
	{ "plain", "Hello world", "S: Hello world\r\n" },
	{ "empty", "", "S:\r\n" },
	{ "line ends", "a\r\nBcc: x", "S: a =?utf-8?Q?_Bcc=3A_x?=\r\n" },
	{ "ends trimmed", "\x01 a \x7f", "S: a\r\n" },
	{ "two blanks survive", "a  b", "S: a =?utf-8?Q?_b?=\r\n" },
	{ "an encoded word's look survives", "=?x", "S: =?utf-8?Q?=3D=3Fx?=\r\n" },
	{ "not ASCII", "\xc3\xa9", "S: =?utf-8?B?w6k=?=\r\n" },
	{ "near ASCII: to be read as it is",
	    "Gr\xc3\xbc\xc3\x9f"
	    "e (2)",
	    "S: =?utf-8?Q?Gr=C3=BC=C3=9Fe_=282=29?=\r\n" },
	{ "plain words before it stay",
	    "Re: a=b: Gr\xc3\xbc\xc3\x9f"
	    "e from K\xc3\xb6ln",
	    "S: Re: a=b: =?utf-8?Q?Gr=C3=BC=C3=9Fe_from_K=C3=B6ln?=\r\n" },
	{ "in Q as long as a line, characters whole",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9"
	    "b\xc3\xa9",
	    "S: =?utf-8?Q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?=\r\n"
	    " =?utf-8?Q?=C3=A9b=C3=A9?=\r\n" },
	{ "folded at a blank",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
	    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb c",
	    "S: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
	    " bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb c\r\n" },
};

Test(mime_out, text_fields)
{
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		c.out = sink_memory(arena);
		out_text_field(&o, "S", text(headers[i].in));
		cr_expect_str_eq(written(), headers[i].want, "%s", headers[i].name);
	}
}

static const struct pair phrases[] = {
	{ "atoms", "Ann Example", "Ann Example" },
	{ "specials", "Example, Ann", "\"Example, Ann\"" },
	{ "quotes", "a \"b\" \\c", "\"a \\\"b\\\" \\\\c\"" },
	{ "nothing", "", "\"\"" },
	{ "not ASCII", "\xc3\xa9", "=?utf-8?B?w6k=?=" },
	{ "an address in it", "x <y@z>", "\"x <y@z>\"" },
};

Test(mime_out, phrases)
{
	for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
		cr_expect_str_eq(out_phrase(&o, text(phrases[i].in)), phrases[i].want,
		    "%s", phrases[i].name);
}

static const struct pair params[] = {
	{ "plain", "a b.txt", ";\r\n\tn=\"a b.txt\"" },
	{ "quote", "a\"b", ";\r\n\tn*=utf-8''a%22b" },
	{ "not ASCII", "\xc3\xa9.txt", ";\r\n\tn*=utf-8''%C3%A9.txt" },
	{ "control characters", "a\r\nX: y", ";\r\n\tn=\"a  X: y\"" },
	{ "long",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aa\xc3\xa9",
	    ";\r\n\tn*0*=utf-8''aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    ";\r\n\tn*1*=aaaaaaaaaaaaaaaaaaaaaaaa%C3%A9" },
};

Test(mime_out, parameters)
{
	for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
		c.out = sink_memory(arena);
		out_param(&o, "n", text(params[i].in));
		cr_expect_str_eq(written(), params[i].want, "%s", params[i].name);
	}
}

/*
 * Why headers and parameters are written here and not by GMime. When one of these fails,
 * GMime has been mended: use it.
 */
Test(mime_out, gmime_encodes)
{
	static const char look[] = "=?utf-8?Q?x?= y";
	char kanji[28 * 3 + 1] = "";

	g_mime_init();
	/* What looks like an encoded word reads as something else. */
	char *said = g_mime_utils_header_encode_text(NULL, look, "utf-8");
	cr_expect_str_eq(said, look);
	g_free(said);
	/* Words of more than 75 bytes (RFC 2047 2). */
	for (size_t i = 0; i < 28; i++)
		(void)strcat(kanji, "\xe6\x97\xa5");
	said = g_mime_utils_header_encode_text(NULL, kanji, "utf-8");
	cr_expect_gt(strcspn(said, " "), 75, "%s", said);
	g_free(said);
	/* Sections that end within a character. */
	GMimeParamList *list = g_mime_param_list_new();
	GString *line = g_string_new("");
	g_mime_param_list_set_parameter(list, "n", kanji);
	g_mime_param_list_encode(list, NULL, TRUE, line);
	cr_expect(
	    strstr(line->str, "%E6;") || strstr(line->str, "%97;"), "%s", line->str);
	(void)g_string_free(line, TRUE);
	g_object_unref(list);
}

static const struct pair bodies[] = {
	{ "ASCII", "a\nb\r\nc\r",
	    "Content-Type: t/p; charset=us-ascii\r\nContent-Transfer-Encoding: "
	    "7bit\r\n\r\n"
	    "a\r\nb\r\nc\r\n" },
	{ "empty", "",
	    "Content-Type: t/p; charset=us-ascii\r\nContent-Transfer-Encoding: "
	    "7bit\r\n\r\n\r\n" },
	{ "blank before the line's end", "=_ \nF.\n.",
	    "Content-Type: t/p; charset=us-ascii\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	    "=3D_=20\r\n=46.\r\n=2E\r\n" },
	{ "UTF-8", "abc \xc3\xa9",
	    "Content-Type: t/p; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\nabc =C3=A9\r\n" },
	{ "mostly not ASCII",
	    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
	    "Content-Type: t/p; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n5pel5pys6Kqe5pel5pys6KqeDQo=\r\n" },
};

Test(mime_out, text_bodies)
{
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		c.out = sink_memory(arena);
		text_body_write(
		    &o, "t/p", NULL, span_over(bodies[i].in, strlen(bodies[i].in)));
		cr_expect_str_eq(written(), bodies[i].want, "%s", bodies[i].name);
	}
}

/* No line of a text ends a multipart around it, also where a long line is broken. */
Test(mime_out, text_holds_no_outer_boundary)
{
	static const char *const outer[] = { "outer" };
	static char text_body[400];

	o.outer = outer;
	o.outer_count = 1;
	for (size_t at = 0; at < 200; at++) {
		memset(text_body, 'x', sizeof text_body - 1);
		memcpy(text_body + at, "--outer--", 9);
		c.out = sink_memory(arena);
		text_body_write(&o, "t/p", NULL, span_over(text_body, at + 9));
		cr_assert_not(strstr(written(), "\n--"), "%zu", at);
	}
	c.out = sink_memory(arena);
	text_body_write(&o, "t/p", NULL, span_over("a\n--outer--\n", 12));
	cr_expect(strstr(written(), "\r\n\r\na\r\n=2D-outer--\r\n"));
}

Test(mime_out, quoted_printable_lines_are_short)
{
	char line[5000];

	for (size_t i = 0; i < sizeof line; i++)
		line[i] = i % 97 == 0 ? '\xe9' : i % 89 == 0 ? ' ' : 'x';
	for (size_t n = 0; n < 300; n++) {
		c.out = sink_memory(arena);
		text_body_write(&o, "t/p", "windows-1252", span_over(line, n + 100));
		const char *p = strstr(written(), "\r\n\r\n") + 4;
		for (const char *e; (e = strstr(p, "\r\n")); p = e + 2)
			cr_assert_leq(e - p, 76, "%zu bytes", n);
		arena_reset(arena);
	}
}

Test(mime_out, boundaries_avoid_the_outer_ones)
{
	static const char *const outer[] = { "", "b",
		"b=_bulkhead_0000000000000007_00000002x", "c=_", "zz",
		"d=_bulkhead_0000000000000007_00000003" };
	char to[3][OUT_BOUNDARY];

	o.seed = 7;
	o.outer = outer + 1;
	o.outer_count = 5;
	for (size_t i = 0; i < 3; i++)
		out_boundary(&o, to[i]);
	for (size_t i = 0; i < 3; i++) {
		cr_expect_eq(strlen(to[i]), strlen(to[0]));
		cr_expect(strstr(to[i], "=_"));
		for (size_t k = 0; k < o.outer_count; k++) {
			const char *out = o.outer[k];
			size_t n =
			    strlen(out) < strlen(to[i]) ? strlen(out) : strlen(to[i]);
			cr_expect(memcmp(out, to[i], n) != 0, "%s and %s", out, to[i]);
		}
		for (size_t k = 0; k < i; k++)
			cr_expect_str_neq(to[i], to[k]);
	}
}

static const struct line_case {
	const char *name;
	size_t head, tail; /* bytes before the line end and behind it */
	const char *eol;
} line_cases[] = {
	{ "short", 3, 0, "\n" },
	{ "CRLF over the buffer's end", LINES_BUFFER - 1, 5, "\r\n" },
	{ "LF at the buffer's end", LINES_BUFFER - 1, 5, "\n" },
	{ "as long as the buffer", LINES_BUFFER, 5, "\r\n" },
	{ "longer than the buffer", 3 * LINES_BUFFER + 1, 5, "\r\n" },
	{ "very long, ends at a read's end", 2 * LINES_BUFFER - LINES_HEAD - 1, 1,
	    "\r\n" },
	{ "very long, CR and LF in two reads", 2 * LINES_BUFFER - LINES_HEAD - 1, 0,
	    "\r\n" },
	{ "very long without an end", 200000, 0, "" },
};

Test(mime_out, lines_have_exact_offsets)
{
	for (size_t i = 0; i < sizeof line_cases / sizeof line_cases[0]; i++) {
		const struct line_case *t = &line_cases[i];
		size_t eol = strlen(t->eol), all = t->head + eol + t->tail;
		char *p = arena_alloc(arena, all);
		memset(p, 'x', all);
		memcpy(p + t->head, t->eol, eol);
		struct lines l = lines_over(arena, span_over(p, all), 0);
		struct line line;
		cr_assert(lines_next(&l, &line), "%s", t->name);
		cr_expect_eq(line.off, 0);
		cr_expect_eq(line.end, t->head + eol, "%s", t->name);
		cr_expect_eq(line.eol, eol, "%s", t->name);
		cr_expect_eq(line.len, t->head < LINES_HEAD ? t->head : LINES_HEAD);
		cr_expect_eq(lines_next(&l, &line), t->tail > 0, "%s", t->name);
		if (t->tail > 0)
			cr_expect(
			    line.off == t->head + eol && line.end == all && line.eol == 0,
			    "%s", t->name);
		cr_expect_not(t->tail > 0 && lines_next(&l, &line), "%s", t->name);
	}
}
