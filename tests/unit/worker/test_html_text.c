/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "codec/html_text.h"

static const struct {
	const char *name, *html, *want;
} cases[] = {
	{ "nothing", "", "" },
	{ "words", "two  words", "two words\n" },
	{ "paragraphs", "<p>one</p><p>two", "one\n\ntwo\n" },
	{ "breaks", "one<br>two<BR/>three", "one\ntwo\nthree\n" },
	{ "blocks do not pile up", "<div><div>a</div></div><div>b</div>", "a\nb\n" },
	{ "head is not shown",
	    "<html><head><title>t</title><style>p{}</style></head><body>b", "b\n" },
	{ "script with signs", "<script>if (a<b && c>d) x('</p>')</script>b", "b\n" },
	{ "script without an end", "a<script>b", "a\n" },
	{ "comment", "a<!-- <p>no</p> -->b", "ab\n" },
	{ "comment without an end", "a<!--b", "a<!--b\n" },
	{ "tag without an end", "a<p b", "a<p b\n" },
	{ "unknown tag", "a<o:p>b</o:p>", "ab\n" },
	{ "less than", "1 < 2", "1 < 2\n" },
	{ "named", "&lt;&amp;&gt;&euro;&nbsp;x", "<&>\xe2\x82\xac x\n" },
	{ "numbered", "&#65;&#x2019;&#128206;", "A\xe2\x80\x99\xf0\x9f\x93\x8e\n" },
	{ "not a reference", "a&b &; &#; &#x; &verylongname;",
	    "a&b &; &#; &#x; &verylongname;\n" },
	{ "no control characters by number", "&#27;&#0;&#155;&#xd800;&#99999999;",
	    "&#27;&#0;&#155;&#xd800;&#99999999;\n" },
	{ "list", "<ul><li>a<li>b</ul>c", "- a\n- b\n\nc\n" },
	{ "table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>", "a b\nc\n" },
	{ "utf-8 stays", "\xc3\xa9", "\xc3\xa9\n" },
};

Test(html_text, cases)
{
	struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct text t = html_text_of(a, cases[i].html, strlen(cases[i].html));
		cr_expect_str_eq(t.s, cases[i].want, "%s", cases[i].name);
		cr_expect_eq(t.len, strlen(cases[i].want), "%s", cases[i].name);
	}
	arena_free(a);
}

/* What never ends must not be searched for again and again. */
Test(html_text, takes_linear_time, .timeout = 20)
{
	static const char *const parts[] = { "<", "<a", "<!--", "&", "<script>", "</",
		"<1", "&#", "<li>" };
	enum { N = 1 << 20 };
	struct arena *a = arena_new(512UL << 20);
	char *html = arena_alloc(a, N);

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		size_t n = strlen(parts[i]);
		for (size_t k = 0; k < N; k++)
			html[k] = parts[i][k % n];
		struct text t = html_text_of(a, html, N);
		cr_expect_leq(t.len, N + 16, "%s", parts[i]);
	}
	arena_free(a);
}
