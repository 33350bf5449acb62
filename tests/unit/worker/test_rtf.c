/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdbool.h>
#include <string.h>

#include "codec/rtf/rtf.h"
#include "codec/rtf/rtf_words.h"
#include "ground.h"
#include "rtf_texts.h"

struct sample {
	const char *name, *rtf, *want;
	bool lossy;
};

TestSuite(rtf, .init = ground_up, .fini = ground_down);

static void check(const struct sample *t, enum rtf_kind kind)
{
	struct rtf_texts b;

	cr_assert(rtf_texts(arena, t->rtf, strlen(t->rtf), NULL, &b), "%s", t->name);
	struct text got = kind == RTF_TEXT ? b.text : b.html;
	cr_assert_eq(b.body.kind, kind, "%s: kind %d", t->name, (int)b.body.kind);
	cr_expect_str_eq(got.s, t->want, "%s: %s", t->name, got.s);
	cr_expect_eq(got.len, strlen(got.s), "%s", t->name);
	cr_expect_eq(b.body.lost != 0, t->lossy, "%s: lossy", t->name);
	cr_expect(text_is_utf8(got.s, got.len), "%s", t->name);
}

#define FONTS \
	"{\\fonttbl{\\f0\\fswiss Arial;}{\\f1\\fcharset204 Arial Cyr;}" \
	"{\\f2\\fcharset128 MS Gothic;}{\\f3\\fcharset134 SimSun;}" \
	"{\\f4\\fnil\\fcharset2 Symbol;}{\\f5\\cpg1253 Greek;}{\\f6\\fcharset1 X;}}"
#define TEXT(s) \
	"{\\rtf1\\ansi\\ansicpg1252\\fromtext \\deff0" FONTS "\\uc1\\pard\\f0 " s "}"

/* Escapes and code pages: what they are does not depend on the document's kind. */
static const struct sample texts[] = {
	{ "plain", TEXT("Hello"), "Hello", false },
	{ "line ends mean nothing", TEXT("a\r\nb\nc\rd"), "abcd", false },
	{ "par, line, tab", TEXT("a\\par b\\line c\\tab d"), "a\r\nb\r\nc\td", false },
	{ "escaped line ends", TEXT("a\\\r\nb\\\nc"), "a\r\nb\r\nc", false },
	{ "an escaped tab", TEXT("a\\\tb"), "a\tb", false },
	{ "quotes", TEXT("\\lquote a\\rquote \\ldblquote b\\rdblquote"),
	    "\u2018a\u2019\u201cb\u201d", false },
	{ "dashes and bullets", TEXT("\\bullet\\endash\\emdash"), "\u2022\u2013\u2014",
	    false },
	{ "symbols", TEXT("\\{\\}\\\\\\~\\_\\-"), "{}\\\u00a0\u00ad\u00ad", false },
	{ "one space ends a word", TEXT("\\tab  x\\tab1 y"), "\t x\ty", false },
	{ "the document's code page", TEXT("\\'e9\\'80"), "\u00e9\u20ac", false },
	{ "hex of either case", TEXT("\\'E9\\'eA"), "\u00e9\u00ea", false },
	{ "8-bit bytes as they are", TEXT("\xe9t\xe9"), "\u00e9t\u00e9", false },
	{ "a font's charset", TEXT("{\\f1 \\'e9}\\'e9"), "\u0439\u00e9", false },
	{ "a font's code page", TEXT("\\f5 \\'e1"), "\u03b1", false },
	{ "charset 1 is the default", TEXT("\\f6 \\'e9"), "\u00e9", false },
	{ "an unknown font", TEXT("\\f77 \\'e9"), "\u00e9", false },
	{ "plain means the default font", TEXT("\\f1 \\plain\\'e9"), "\u00e9", false },
	{ "two bytes", TEXT("\\f2 \\'82\\'a0\\'83\\'5c"), "\u3042\u30bd", false },
	{ "second byte as text", TEXT("\\f2 \\'83\\\\\\'83A\\'83\\{"),
	    "\u30bd\u30a2\u30dc", false },
	{ "second byte behind a line end", TEXT("\\f2 \\'82\r\n\\'a0"), "\u3042", false },
	{ "two bytes in two fonts", TEXT("{\\f2 \\'82}{\\f0 \\'a0}x"), "\u3042x", false },
	{ "two bytes around htmlrtf", TEXT("{\\f2 \\'82\\htmlrtf\\f0}\\htmlrtf0 \\'a0"),
	    "\u3042", false },
	{ "half a character", TEXT("\\f2 \\'82\\par x"), "\ufffd\r\nx", true },
	{ "GBK", TEXT("\\f3 \\'c4\\'e3\\'ba\\'c3"), "\u4f60\u597d", false },
	{ "signs keep their bytes", TEXT("\\f4 \\'b7a"), "\u00b7a", false },
	{ "no hex digits", TEXT("a\\'zzb"), "azzb", true },
	{ "one hex digit", TEXT("a\\'4}"), "a4", true },
	{ "unicode", TEXT("\\u9731?x"), "\u2603x", false },
	{ "unicode below zero", TEXT("\\u-10179 ?\\u-8694 ?"), "\U0001f60a", false },
	{ "a surrogate pair", TEXT("\\u55357 ?\\u56842 ?"), "\U0001f60a", false },
	{ "a pair, its fallback in hex", TEXT("\\u55357\\'20\\u56842 ?"), "\U0001f60a",
	    false },
	{ "a pair, no fallback", TEXT("\\uc0\\u55357\\u56842!"), "\U0001f60a!", false },
	{ "a code point", TEXT("\\u128522 ?"), "\U0001f60a", false },
	{ "a lone high surrogate", TEXT("\\u55357 ?x"), "\ufffdx", true },
	{ "a lone low surrogate", TEXT("\\u56842 ?x"), "\ufffdx", true },
	{ "two high surrogates", TEXT("\\u55357 ?\\u55357 ?\\u56842 ?"),
	    "\ufffd\U0001f60a", true },
	{ "beyond Unicode", TEXT("\\u9999999 ?"), "\ufffd", true },
	{ "uc2 and hex", TEXT("\\uc2\\u9731\\'82\\'a0x"), "\u2603x", false },
	{ "uc2 and a word", TEXT("\\uc2\\u9731\\tab ?x"), "\u2603x", false },
	{ "uc1 and a symbol", TEXT("\\u9731\\{x"), "\u2603x", false },
	{ "uc1 and bin", TEXT("\\u9731\\bin3 }}}x"), "\u2603x", false },
	{ "uc0", TEXT("\\uc0\\u9731 x"), "\u2603x", false },
	{ "uc ends with its group", TEXT("{\\uc3 }\\u9731?x"), "\u2603x", false },
	{ "a group ends the fallback", TEXT("{\\uc5\\u9731 ?}x"), "\u2603x", false },
	{ "unicode behind unicode is no fallback", TEXT("\\u9731\\u9731?x"),
	    "\u2603\u2603x", false },
	{ "bin", TEXT("a{\\*\\x\\bin4 }{\\}}b"), "ab", false },
	{ "bin beyond the end", TEXT("a\\bin999999999 b"), "a", false },
	{ "bin below zero", TEXT("a\\bin-5 b"), "ab", false },
	{ "an unknown word", TEXT("a\\nosuchword5 b"), "ab", false },
	{ "an unknown destination", TEXT("a{\\*\\nosuch x{y}\\'41\\u65?z}b"), "ab",
	    false },
	{ "a starred word that is none", TEXT("a{\\*\\b x}b"), "ab", false },
	{ "a number too large", TEXT("a\\f99999999999999999999 b"), "ab", false },
	{ "a word of 40 letters", TEXT("a\\abcdefghijklmnopqrstuvwxyzabcdefghijklmn b"),
	    "ab", false },
	{ "header parts",
	    TEXT("{\\stylesheet{\\s1 Normal;}}{\\info{\\title T}{\\author A}}x"), "x",
	    false },
	{ "a lost running head", TEXT("{\\header h}x"), "x", true },
	{ "htmlrtf", TEXT("a\\htmlrtf b\\htmlrtf0 c\\htmlrtf1 d\\htmlrtf0 e"), "ace",
	    false },
	{ "htmlrtf ends with its group", TEXT("a{\\htmlrtf b}c"), "ac", false },
	{ "htmlrtf is inherited", TEXT("\\htmlrtf a{b{c\\htmlrtf0 d}e}\\htmlrtf0 f"),
	    "df", false },
	{ "fonts change within htmlrtf", TEXT("\\htmlrtf{\\f1\\htmlrtf0 \\'f4}"),
	    "\u0444", false },
	{ "tags are no text", TEXT("a{\\*\\htmltag <b>\\par}b"), "ab", false },
	{ "list numbers are the rendering's", TEXT("{\\pntext 1.\\tab}a"), "a", false },
	{ "an object's place", TEXT("a\\objattph\\'20b"), "a b", false },
	{ "both encodings", TEXT("a{\\upr{x}{\\*\\ud{y\\u9731?}}}b"), "ay\u2603b",
	    false },
	{ "a destination in the open", TEXT("a\\stylesheet b"), "ab", false },
	{ "NUL and controls", TEXT("a\\'00\\'01\\'07b"), "ab", false },
	{ "missing braces", "{\\rtf1\\fromtext{\\fonttbl{\\f0 A;}}{a{b{c", "abc", false },
	{ "a brace too many", "{\\rtf1\\fromtext a}b}c", "a", true },
	{ "padding behind the end", "{\\rtf1\\fromtext a}\r\n ", "a", false },
	{ "space before the start", "\r\n {\\rtf1\\fromtext a}", "a", false },
	{ "no code page", "{\\rtf1\\fromtext \\'80}", "\u20ac", false },
	{ "code page 0", "{\\rtf1\\ansicpg0\\fromtext \\'80}", "\u20ac", false },
	{ "ansi behind ansicpg", "{\\rtf1\\ansicpg1251\\ansi\\fromtext \\'e9}", "\u0439",
	    false },
	{ "mac", "{\\rtf1\\mac\\fromtext \\'8e}", "\u00e9", false },
	{ "pc", "{\\rtf1\\pc\\fromtext \\'82}", "\u00e9", false },
	{ "utf-8", "{\\rtf1\\ansicpg65001\\fromtext \\'c3\\'a9}", "\u00e9", false },
	{ "utf-8 as it is", "{\\rtf1\\ansicpg65001\\fromtext \xc3\xa9}", "\u00e9",
	    false },
	{ "an unknown code page", "{\\rtf1\\ansicpg4711\\fromtext \\'e9}", "\u00e9",
	    true },
	{ "cut in a word", "{\\rtf1\\fromtext a\\pa", "a", false },
	{ "cut behind a backslash", "{\\rtf1\\fromtext a\\", "a", false },
	{ "cut in hex", "{\\rtf1\\fromtext a\\'4", "a4", true },
	{ "fonts without groups",
	    "{\\rtf1\\fromtext{\\fonttbl\\f0\\fswiss A;\\f1\\fcharset204 B;}\\f1 \\'e9}",
	    "\u0439", false },
};

#define HTML(s) \
	"{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0" FONTS "\\uc1\\pard\\plain\\f0" \
	"{\\*\\htmltag64}" s "}"

static const struct sample htmls[] = {
	{ "a tag and its rendering",
	    HTML("{\\*\\htmltag84 <b>}\\htmlrtf {\\b \\htmlrtf0 Hi"
		 "{\\*\\htmltag92 </b>}\\htmlrtf }\\htmlrtf0 "),
	    "<b>Hi</b>", false },
	{ "a tag without a number", HTML("{\\*\\htmltag <b>}"), "<b>", false },
	{ "content that begins with a digit", HTML("{\\*\\htmltag84 1}"), "1", false },
	{ "escapes in a tag",
	    HTML("{\\*\\htmltag84 <p\\par\\tab a=\"\\{\\\\\\}\">\\line\\lquote\\~}"),
	    "<p\r\n\ta=\"{\\}\">\r\n\u2018\u00a0", false },
	{ "bytes in a tag are in the document's code page",
	    HTML("\\f1 {\\*\\htmltag84 \\'e9}\\'e9"), "\u00e9\u0439", false },
	{ "unicode in a tag", HTML("{\\*\\htmltag84 \\u9731 ?\\u55357?\\u56842?}"),
	    "\u2603\U0001f60a", false },
	{ "other words in a tag", HTML("{\\*\\htmltag84 a\\b\\fs20 b}"), "ab", false },
	{ "groups in a tag", HTML("{\\*\\htmltag84 a{b{\\*\\mhtmltag x}}c}"), "abc",
	    false },
	{ "mhtmltag", HTML("{\\*\\mhtmltag84 <img src=x>}{\\*\\htmltag84 <img src=y>}"),
	    "<img src=y>", false },
	{ "a tag within htmlrtf", HTML("a\\htmlrtf {\\*\\htmltag84 <b>}\\htmlrtf0 c"),
	    "ac", false },
	{ "references",
	    HTML("{\\*\\htmltag84 &nbsp;}\\htmlrtf \\'a0\\htmlrtf0 {\\*\\htmltag84 &lt;}"
		 "\\htmlrtf <\\htmlrtf0 "),
	    "&nbsp;&lt;", false },
	{ "shared text is copied", HTML("a < b & \\{c\\}"), "a < b & {c}", false },
	{ "line ends outside of tags", HTML("a\\par b\\line c"), "a\r\nb\r\nc", false },
	{ "list numbers",
	    HTML("{\\*\\htmltag64 <li>}\\htmlrtf {{\\*\\pn\\pnlvlbody{\\pntxta "
		 ".}}\\htmlrtf0 \\li360 {\\pntext 1.\\tab}Test"),
	    "<li>Test", false },
	{ "pictures are the rendering's", HTML("a{\\pict\\pngblip 89504e47}b"), "ab",
	    false },
	{ "fields are the rendering's",
	    HTML("{\\*\\htmltag84 <a>}\\htmlrtf {\\field{\\*\\fldinst{HYPERLINK \"x\"}}"
		 "{\\fldrslt\\cf1\\ul \\htmlrtf0 y{\\*\\htmltag92 </a>}\\htmlrtf }}"
		 "\\htmlrtf0 z"),
	    "<a>y</a>z", false },
	{ "two bytes around a tag", HTML("\\f2 \\'82{\\*\\htmltag84 <b>}\\'b1"),
	    "\ufffd<b>\uff71", true },
	{ "meta stays", HTML("{\\*\\htmltag84 <meta charset=koi8-r>}"),
	    "<meta charset=koi8-r>", false },
};

ParameterizedTestParameters(rtf, reads_text)
{
	static size_t index[sizeof texts / sizeof texts[0]];

	for (size_t i = 0; i < sizeof index / sizeof index[0]; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof index / sizeof index[0]);
}

ParameterizedTest(size_t *i, rtf, reads_text)
{
	check(&texts[*i], RTF_TEXT);
}

ParameterizedTestParameters(rtf, reads_html)
{
	static size_t index[sizeof htmls / sizeof htmls[0]];

	for (size_t i = 0; i < sizeof index / sizeof index[0]; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof index / sizeof index[0]);
}

ParameterizedTest(size_t *i, rtf, reads_html)
{
	check(&htmls[*i], RTF_HTML);
}

/* What a document is, and whether it is one. */
Test(rtf, recognizes)
{
	static const struct {
		const char *rtf;
		int kind; /* -1: no RTF */
	} t[] = {
		{ "{\\rtf1\\fromhtml1{\\*\\htmltag <p>}}", RTF_HTML },
		{ "{\\rtf1\\ansi\\ansicpg1252\\fbidis\\a\\b\\c\\d\\e\\f\\fromhtml1"
		  "{\\*\\htmltag <p>}}",
		    RTF_HTML },
		{ "{\\rtf1\\fromhtml1 no tag}", RTF_GENUINE },
		{ "{\\rtf1\\fromhtml0{\\*\\htmltag <p>}}", RTF_GENUINE },
		{ "{\\rtf1\\fromhtml{\\*\\htmltag <p>}}", RTF_GENUINE },
		{ "{\\rtf1{\\fonttbl}\\fromhtml1{\\*\\htmltag <p>}}", RTF_GENUINE },
		{ "{\\rtf1 text\\fromhtml1{\\*\\htmltag <p>}}", RTF_GENUINE },
		{ "{\\rtf1\\fromtext}", RTF_TEXT },
		{ "{\\rtf1}", RTF_GENUINE },
		{ "{\\rtf", RTF_GENUINE },
		{ "{\\rt", -1 },
		{ "{\\rtfx}", -1 },
		{ "{ \\rtf1}", -1 },
		{ "\\rtf1", -1 },
		{ "<html>", -1 },
		{ "", -1 },
	};
	struct rtf_texts b;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		bool ok = rtf_texts(arena, t[i].rtf, strlen(t[i].rtf), NULL, &b);
		cr_expect_eq(ok, t[i].kind != -1, "%s", t[i].rtf);
		cr_expect(!ok || (int)b.body.kind == t[i].kind, "%s: %d", t[i].rtf,
		    (int)b.body.kind);
	}
	cr_expect_not(rtf_texts(arena, NULL, 0, NULL, &b));
}

/* Encapsulated HTML comes with plain text: that of the rendering beside it. */
Test(rtf, derives_text_from_the_rendering)
{
	static const char rtf[] = HTML(
	    "{\\*\\htmltag84 <p>}\\htmlrtf {\\htmlrtf0 a{\\*\\htmltag84 &nbsp;}"
	    "\\htmlrtf \\'a0\\htmlrtf0 b\\htmlrtf\\par}\\htmlrtf0{\\*\\htmltag92 </p>}");
	struct rtf_texts b;

	cr_assert(rtf_texts(arena, rtf, sizeof rtf - 1, NULL, &b));
	cr_expect_str_eq(b.html.s, "<p>a&nbsp;b</p>");
	cr_expect_str_eq(b.text.s, "a\u00a0b\r\n");
	cr_expect_eq(b.body.lost, 0);
	cr_expect_eq(b.body.codepage, 1252);
}

/* bsearch needs it so. */
Test(rtf, words_are_sorted)
{
	size_t n;
	const struct rtf_word *words = rtf_words_list(&n);

	for (size_t i = 0; i < n; i++) {
		cr_expect_eq(rtf_words_find(words[i].name, strlen(words[i].name)),
		    &words[i], "%s", words[i].name);
		cr_expect(i == 0 || strcmp(words[i - 1].name, words[i].name) < 0, "%s",
		    words[i].name);
	}
	cr_expect_null(rtf_words_find("nosuch", 6));
	cr_expect_null(rtf_words_find("", 0));
}

/* Groups over the limit share one state and still close where they should. */
Test(rtf, goes_deep)
{
	enum { DEPTH = 100000 };
	static char rtf[2 * DEPTH + 64];
	size_t n = strlen(strcpy(rtf, "{\\rtf1\\fromtext "));
	struct rtf_texts b;

	memset(rtf + n, '{', DEPTH);
	n += DEPTH;
	rtf[n++] = 'x';
	memset(rtf + n, '}', DEPTH);
	n += DEPTH;
	rtf[n++] = 'y';
	rtf[n++] = '}';
	cr_assert(rtf_texts(arena, rtf, n, NULL, &b));
	cr_expect_str_eq(b.text.s, "xy");
	cr_expect_eq(b.body.lost, RTF_LOST_DEPTH);
}
