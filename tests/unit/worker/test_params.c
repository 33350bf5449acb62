/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "format/mime/syntax/params.h"
#include "ground.h"

TestSuite(params, .init = ground_up, .fini = ground_down, .timeout = 300);

static const struct {
	const char *value, *word, *name; /* NULL: there is none */
} names[] = {
	{ "", "", NULL },
	{ "attachment", "attachment", NULL },
	{ "ATTACHMENT ; filename=a.txt", "attachment", "a.txt" },
	{ "text / Plain (of a kind); filename = a.txt ;", "text/plain", "a.txt" },
	{ "x; filename=my file (1).txt; size=3", "x", "my file (1).txt" },
	{ "x; filename=\"a;b=c.txt\"; size=3", "x", "a;b=c.txt" },
	{ "x; filename=\"a\\\"b\\\\c\\d.txt\"", "x", "a\"b\\c\\d.txt" },
	{ "x; filename=\"no end.txt", "x", "no end.txt" },
	{ "x; filename=\"a.txt\" size=3", "x", "a.txt" },
	{ "x; size=3 ; ; filename=a.txt", "x", "a.txt" },
	{ "x; size; filename=a.txt", "x", "a.txt" },
	{ "x; filename=", "x", "" },
	{ "; filename=a.txt", "", "a.txt" },
	{ "x; FileName=a.txt; filename=b.txt", "x", "a.txt" },
	{ "x; filename=\"=?utf-8?B?MjAyMC4=?=  =?utf-8?B?MTQueA==?=\"", "x",
	    "2020.14.x" },
	{ "x; filename=\"=?utf-8?B?MjAyMC4=?=\" \"=?utf-8?B?MTQueA==?=\"", "x",
	    "2020.14.x" },
	{ "x; filename==?UTF-8?B?YWFh?= =?UTF-8?B?YmJiLnBkZg==?=", "x", "aaabbb.pdf" },
	{ "x; filename=\"\xfc.txt\"", "x", "\xc3\xbc.txt" },
	{ "x; filename*=utf-8''%C3%BC%20b.txt", "x", "\xc3\xbc b.txt" },
	{ "x; filename*=UTF-8'de'a%", "x", "a%" },
	{ "x; filename*=\"utf-8''%C3%BC\"", "x", "\xc3\xbc" },
	{ "x; filename*=euc-kr''%C7%D1.pdf", "x", "\xed\x95\x9c.pdf" },
	{ "x; filename*=%C3%BC.txt", "x", "\xc3\xbc.txt" },
	{ "x; filename*=''%FC.txt", "x", "\xc3\xbc.txt" },
	{ "x; filename*=nothing''%C3%BC.txt", "x", "\xc3\xbc.txt" },
	{ "x; filename=a.txt; filename*=utf-8''b.txt", "x", "b.txt" },
	{ "x; filename*0=a; filename*1=\"b;\"; filename*2=c.txt", "x", "ab;c.txt" },
	{ "x; filename*1=b.txt; filename*0=a", "x", "ab.txt" },
	{ "x; filename*0*=utf-8''%C3; filename*1*=%BC.txt", "x", "\xc3\xbc.txt" },
	{ "x; filename*0*=utf-8'en'%C3%BC; filename*1=\"%41 b.txt\"", "x",
	    "\xc3\xbc%41 b.txt" },
	{ "x; filename*1=b; filename*3=d.txt", "x", "bd.txt" },
	{ "x; filename*10=k; filename*2=c", "x", "ck" },
	{ "x; filename*0=\"=?utf-8?B?YWFh?=\"; filename*1=\" =?utf-8?B?Yi5j?=\"", "x",
	    "aaab.c" },
	{ "x; filename*=utf-8''a%00b%0Ac%EF%BB%BF.txt", "x", "a b c\xef\xbb\xbf.txt" },
	{ "x; filename*=utf-8''%EF%BB%BFa.txt", "x", "a.txt" },
	{ "x; filename*x=a", "x", NULL },
};

Test(params, names_of_files)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct params p = params_of(arena, names[i].value);
		struct text t = params_text(&p, "filename");
		cr_expect_str_eq(p.word, names[i].word, "%s: %s", names[i].value, p.word);
		cr_expect_eq(t.s != NULL, names[i].name != NULL, "%s", names[i].value);
		if (t.s && names[i].name)
			cr_expect_str_eq(
			    t.s, names[i].name, "%s: %s", names[i].value, t.s);
	}
}

static const struct {
	const char *value, *name, *word;
} words[] = {
	{ "x; charset=utf-8 (a comment)", "charset", "utf-8" },
	{ "x; charset=\"iso-8859-1\"", "Charset", "iso-8859-1" },
	{ "x; boundary=\"a b \"", "boundary", "a b " },
	{ "x; boundary==_=?q", "boundary", "=_=?q" },
	{ "x; boundary*0=ab; boundary*1=cd", "boundary", "abcd" },
	{ "x; boundary*=us-ascii''ab", "boundary", "ab" },
	{ "x", "boundary", NULL },
};

Test(params, words_as_they_are)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct params p = params_of(arena, words[i].value);
		const char *word = params_word(&p, words[i].name);
		cr_expect_eq(word != NULL, words[i].word != NULL, "%s", words[i].value);
		if (word && words[i].word)
			cr_expect_str_eq(word, words[i].word, "%s", words[i].value);
	}
}

Test(params, any_shape_in_linear_time)
{
	static const char *const units[] = { ";", "=", "\"", "a=\"", "a=;", "a=\"b\" ",
		"(", "a*0*=%41;", "a*99999=x;", "\\", " ", "a", "=\"\" " };
	enum { SIZE = 1 << 20 };

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		size_t n = strlen(units[i]);
		char *value = arena_alloc(arena, SIZE + 1);
		for (size_t at = 0; at + n <= SIZE; at += n)
			memcpy(value + at, units[i], n);
		clock_t before = clock();
		struct params p = params_of(arena, value);
		(void)params_text(&p, "a");
		cr_expect_leq(p.count, LIMIT_PARAMETERS);
		cr_expect_leq((double)(clock() - before) / CLOCKS_PER_SEC, 2.0,
		    "%s takes too long", units[i]);
		cr_expect_leq(
		    arena_used(arena), 32U << 20, "%s takes too much", units[i]);
		arena_reset(arena);
	}
}
