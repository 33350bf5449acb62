/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "codec/html_text.h"
#include "kernel.h"

#define FFFD "\xef\xbf\xbd"

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
	{ "no control characters by number", "&#27;&#7;&#127;&#129;",
	    "&#27;&#7;&#127;&#129;\n" },
	{ "numbers repaired", "&#0;&#155;&#x80;&#xd800;&#99999999;",
	    FFFD "\xe2\x80\xba\xe2\x82\xac" FFFD FFFD "\n" },
	{ "numbers without an end", "&#65 &#x41-&#65", "A A-A\n" },
	{ "all names", "Gr&uuml;&szlig;e &Auml; &CounterClockwiseContourIntegral;",
	    "Gr\xc3\xbc\xc3\x9f"
	    "e \xc3\x84 \xe2\x88\xb3\n" },
	{ "two characters", "&NotEqualTilde;", "\xe2\x89\x82\xcc\xb8\n" },
	{ "old names need no end", "&copy2024 &ampx; &notit; &uumlx",
	    "\xc2\xa9"
	    "2024 &x; \xc2\xacit; \xc3\xbcx\n" },
	{ "new names need one", "&alpha &alpha;", "&alpha \xce\xb1\n" },
	{ "case counts", "&Eacute;&eacute;&EACUTE;", "\xc3\x89\xc3\xa9&EACUTE;\n" },
	{ "pre", "<p>x</p><pre>\na   b\n\n  c\td\n</pre>e  f",
	    "x\n\na   b\n\n  c\td\n\ne f\n" },
	{ "pre in pre", "<pre>a  <pre>b  </pre>c  d</pre>e  f",
	    "a  \n\nb  \n\nc  d\n\ne f\n" },
	{ "white-space",
	    "<div style=\"color:red; White-Space : pre-wrap\">a  b\n c<div>d  "
	    "</div>e  f</div>g  h",
	    "a  b\n c\nd  \ne  f\ng h\n" },
	{ "a tab of its own", "a<span style='white-space:pre'>\t</span>b  c",
	    "a\tb c\n" },
	{ "lines alone",
	    "<p style=\"white-space: pre-line !important\">a  b \n  c\n\nd</p>e  f",
	    "a b\nc\n\nd\n\ne f\n" },
	{ "pre that is none", "<pre style=white-space:normal>a  b\nc</pre>d  e",
	    "a b c\n\nd e\n" },
	{ "the last one counts", "<b style='white-space:pre;white-space:normal'>a  b</b>",
	    "a b\n" },
	{ "none of ours",
	    "<b style='x-white-space:pre;white-space:prefix;white-space'>a  b</b>",
	    "a b\n" },
	{ "within it one blank",
	    "<div style='white-space:pre'>a  b<span "
	    "style='white-space:nowrap'>c  d</span>e  f</div>",
	    "a  bc de  f\n" },
	{ "no end of its own",
	    "<p style='white-space:pre'>a  b<p>c  d<br "
	    "style='white-space:pre'>e  f",
	    "a  b\n\nc d\ne f\n" },
	{ "left open in it",
	    "<div style='white-space:pre'>a  b<b "
	    "style='white-space:pre-line'>c  d</div>e  f",
	    "a  bc d\ne f\n" },
	{ "rules",
	    "<style><!-- /* {x} */ p.MsoX, .kept\n{color:red;white-space:pre}\n"
	    "@media screen{b{white-space:pre-line}}.one{white-space:normal}"
	    "div p{white-space:pre} @font-face{src:x}i/*,*/{white-space:pre}--></style>"
	    "<p class='a kept'>a  b</p><p class=keptx>a  b</p><p class=MsoX>a  b</p>"
	    "<span class=MsoX>a  b</span> <b>a  b\nc</b> <b class=kept>a  b</b> "
	    "<b class=kept style='white-space:normal'>a  b</b> <i>c  d</i><i class=one>e "
	    " f</i>",
	    "a  b\n\na b\n\na  b\n\na b a b\nc a  b a b c  de f\n" },
	{ "ids, several classes, any element",
	    "<style>#k{white-space:pre}.a.b{white-space:pre}b#x.y{white-space:pre}"
	    "*{white-space:nowrap}</style><i id=k>1  2</i> <i id=K>1  2</i> "
	    "<i class='b c a'>1  2</i> <i class=a>1  2</i> <b id=x class=y>1  2</b> "
	    "<i id=x class=y>1  2</i>",
	    "1  2 1 2 1  2 1 2 1  2 1 2\n" },
	{ "elements within others",
	    "<style>#w p b{white-space:pre}div.c > i{white-space:pre}"
	    "u + u, s:hover, q[x], em ~ em, a > > a{white-space:pre}</style>"
	    "<div id=w><p><i><b>1  2</b></i> <u>1  2</u><u>1  2</u></p></div>"
	    "<p><b>1  2</b></p><div class=c><i>1  2</i><b><i>1  2</i></b></div>"
	    "<i>1  2</i><s>1  2</s><q x>1  2</q>",
	    "1  2 1 21 2\n\n1 2\n\n1  21 2\n1 21 21 2\n" },
	{ "the more special rule",
	    "<style>#k{white-space:pre}p.c{white-space:normal}p p, .c{white-space:pre}"
	    "</style><p id=k class=c>1  2</p><p class=c>1  2</p><b class=c>1  2</b>",
	    "1  2\n\n1 2\n\n1  2\n" },
	{ "as around it",
	    "<style>.o{white-space:nowrap}.o b{white-space:inherit}</style>"
	    "<div style='white-space:pre'>1  2<i style='white-space:initial'>1  2"
	    "<b style='white-space:unset'>1  2</b></i><p style='white-space:inherit'>"
	    "1  2</p></div><div class=o><b>1  2</b></div>",
	    "1  21 21 2\n\n1  2\n\n1 2\n" },
	{ "ends that are left out",
	    "<style>td > b{white-space:pre}li > b{white-space:pre}td td b{white-space:"
	    "normal}ul li li b{white-space:normal}</style><table><tr><td><i>x<td><b>1  2"
	    "</b></table><ul><li>y<li><b>1  2</b></ul>",
	    "x\t1  2\n\n- y\n- 1  2\n" },
	{ "rules without an end", "a<style>b{white-space:pre", "a\n" },
	{ "link", "<a href=\"https://x.example/y?a=1&amp;b=2\">here</a>.",
	    "here <https://x.example/y?a=1&b=2>.\n" },
	{ "link that says its target",
	    "<a href='https://x.example/'>x.example</a> <a "
	    "href=mailto:a@x.example>a@x.example</a>",
	    "x.example a@x.example\n" },
	{ "link within it, and without an end", "<a href=#b>b</a> <a href=\"c>d</a>",
	    "b d\n" },
	{ "picture", "a<img src=x alt=\"two  words\">b<img alt=''><img src=y>",
	    "a[two words]b\n" },
	{ "ordered list", "<ol><li>a<li>b<ul><li>c</ul><li>d</ol>",
	    "1. a\n2. b\n\n- c\n\n3. d\n" },
	{ "list", "<ul><li>a<li>b</ul>c", "- a\n- b\n\nc\n" },
	{ "table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>", "a\tb\nc\n" },
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
Test(html_text, takes_linear_time, .timeout = 600)
{
	if (!kernel_filters())
		cr_skip_test(EMULATED);
	static const char *const parts[] = { "<", "<a", "<!--", "&", "<script>", "</",
		"<1", "&#", "<li>", "<pre>", "<pre>\n", "<a href=x>b", "<a href=x>b</a>",
		"<img alt=a>", "<td>a", "&a", "<ol><li>", "<b style=white-space:pre>",
		"<b style=", "</b>", "<style>a{white-space:pre}", "<style>",
		"<style></style>" };
	enum { N = 1 << 20 };
	struct arena *a = arena_new(512UL << 20);
	char *html = arena_alloc(a, N);

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		size_t n = strlen(parts[i]);
		for (size_t k = 0; k < N; k++)
			html[k] = parts[i][k % n];
		struct text t = html_text_of(a, html, N);
		cr_expect_leq(t.len, N + 64, "%s", parts[i]);
	}
	arena_free(a);
}
