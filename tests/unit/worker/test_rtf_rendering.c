/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdbool.h>
#include <string.h>

#include "codec/rtf/rtf.h"
#include "ground.h"
#include "rtf_texts.h"

struct sample {
	const char *name, *rtf, *html, *text;
	bool lossy;
	unsigned pictures;
};

TestSuite(rtf_rendering, .init = ground_up, .fini = ground_down);

#define DOC(s) \
	"{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0 Arial;}{\\f1\\fcharset204 " \
	"Arial;}" \
	"{\\f2\\fcharset2 Symbol;}{\\f3\\fcharset2 Wingdings;}}" \
	"{\\colortbl;\\red255\\green0\\blue0;\\red0\\green128\\blue255;}\\pard " s "}"
#define P(s) "<p style=\"margin:0\">" s "</p>\r\n"
#define LINK(url, text) \
	DOC("{\\field{\\*\\fldinst HYPERLINK " url "}{\\fldrslt " text "}}")
#define TABLE "<table border=\"1\" style=\"border-collapse:collapse\">\r\n"
#define BARE "<table>\r\n"
#define TR "<tr style=\"vertical-align:top\">"
#define NOTED(s, notes) P(s) "<hr>\r\n" notes

static const struct sample samples[] = {
	{ "one paragraph", DOC("Hello\\par"), P("Hello"), "Hello\r\n", false, 0 },
	{ "two, the last one open", DOC("a\\par b"), P("a") P("b"), "a\r\nb", false, 0 },
	{ "an empty paragraph", DOC("a\\par\\par b"), P("a") P("&nbsp;") P("b"),
	    "a\r\n\r\nb", false, 0 },
	{ "nothing", DOC(""), "", "", false, 0 },
	{ "markup is text", DOC("<script>&\"'"), P("&lt;script&gt;&amp;&quot;'"),
	    "<script>&\"'", false, 0 },
	{ "spaces and tabs", DOC(" a  b\\tab c"),
	    P("&nbsp;a &nbsp;b&nbsp;&nbsp;&nbsp; c"), " a  b\tc", false, 0 },
	{ "a line in a paragraph", DOC("a\\line b"), P("a<br>\r\nb"), "a\r\nb", false,
	    0 },
	{ "looks", DOC("{\\b b}{\\i i}{\\ul u}{\\strike s}{\\super p}{\\sub q}"),
	    P("<b>b</b><i>i</i><u>u</u><s>s</s><sup>p</sup><sub>q</sub>"), "biuspq",
	    false, 0 },
	{ "looks nest", DOC("{\\b a{\\i b}c}d"), P("<b>a<i>b</i>c</b>d"), "abcd", false,
	    0 },
	{ "looks turned off", DOC("\\b\\i a\\b0 b\\plain c\\ul d\\ulnone e"),
	    P("<b><i>a</i></b><i>b</i>c<u>d</u>e"), "abcde", false, 0 },
	{ "looks end with the paragraph", DOC("\\b a\\par b"),
	    P("<b>a</b>") P("<b>b</b>"), "a\r\nb", false, 0 },
	{ "size and colours", DOC("{\\fs24\\cf1 a}{\\fs21\\highlight2 b}{\\cf0 c}"),
	    P("<span style=\"font-size:12pt;color:#ff0000;\">a</span>"
	      "<span style=\"font-size:10.5pt;background-color:#0080ff;\">b</span>c"),
	    "abc", false, 0 },
	{ "a colour that is not there", DOC("\\cf77 a"), P("a"), "a", false, 0 },
	{ "alignment and indent", DOC("\\qc a\\par\\pard\\qr\\li720 b\\par\\pard c"),
	    "<p style=\"margin:0;text-align:center\">a</p>\r\n"
	    "<p style=\"margin:0;margin-left:36pt;text-align:right\">b</p>\r\n" P("c"),
	    "a\r\nb\r\nc", false, 0 },
	{ "right to left", DOC("\\rtlpar\\li200 a"),
	    "<p dir=\"rtl\" style=\"margin:0;margin-right:10pt\">a</p>\r\n", "a", false,
	    0 },
	{ "a bullet", DOC("{\\pntext\\f2\\'B7\\tab}a"), P("\u2022&nbsp;&nbsp;&nbsp; a"),
	    "\u2022\ta", false, 0 },
	{ "a number", DOC("{\\listtext\\tab 1.\\tab}a"),
	    P("&nbsp;&nbsp;&nbsp; 1.&nbsp;&nbsp;&nbsp; a"), "\t1.\ta", false, 0 },
	{ "a number before its paragraph's layout",
	    DOC("{\\pntext 1.\\tab}\\fi-360\\li720 a\\par{\\pntext 2.\\tab}b"),
	    "<p "
	    "style=\"margin:0;margin-left:36pt;text-indent:-18pt\">1.&nbsp;&nbsp;&nbsp; "
	    "a</p>\r\n"
	    "<p "
	    "style=\"margin:0;margin-left:36pt;text-indent:-18pt\">2.&nbsp;&nbsp;&nbsp; "
	    "b</p>\r\n",
	    "1.\ta\r\n2.\tb", false, 0 },
	{ "numbers and nothing else", DOC("{\\pntext 1.}\\par{\\pntext 2.}"),
	    P("1.") P("2."), "1.\r\n2.", false, 0 },
	{ "a number in a cell", DOC("\\trowd{\\pntext 1.}\\cell\\row"),
	    TABLE TR "<td>" P("1.") "</td></tr>\r\n</table>\r\n", "1.\r\n", false, 0 },
	{ "a long number",
	    DOC("{\\pntext 0123456789012345678901234567890123456789}"
		"{\\pntext 0123456789012345678901234567890123456789}a"),
	    P("0123456789012345678901234567890123456789"
	      "0123456789012345678901234567890123456789a"),
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789a",
	    false, 0 },
	{ "signs", DOC("\\f3 J\\'e0\\f2 a\\'ae\\u-3913 ?\\f0 J"),
	    P("\u263a\u2192\u03b1\u2192\u2022J"), "\u263a\u2192\u03b1\u2192\u2022J",
	    false, 0 },
	{ "code pages", DOC("\\'e9\\f1\\'e9\\_"), P("\u00e9\u0439\u2011"),
	    "\u00e9\u0439\u2011", false, 0 },
	{ "a table",
	    DOC("\\trowd\\cellx1\\cellx2\\intbl a\\cell b\\cell\\row"
		"\\intbl c\\cell\\cell\\row\\pard d"),
	    BARE TR "<td>" P("a") "</td><td>" P("b") "</td></tr>\r\n" TR "<td>" P(
		"c") "</td><td></td></tr>\r\n</table>\r\n" P("d"),
	    "a\tb\r\nc\r\nd", false, 0 },
	{ "paragraphs in a cell", DOC("\\trowd a\\par b\\cell\\row"),
	    TABLE TR "<td>" P("a") P("b") "</td></tr>\r\n</table>\r\n", "a\r\nb\r\n",
	    false, 0 },
	{ "a table that does not end", DOC("x\\par\\trowd\\intbl a\\cell b"),
	    P("x") TABLE TR "<td>" P("a") "</td><td>" P("b") "</td></tr>\r\n</table>\r\n",
	    "x\r\na\tb", false, 0 },
	{ "a hyperlink", LINK("\"http://a.example/?b&c\"", "text"),
	    P("<a href=\"http://a.example/?b&amp;c\">text</a>"),
	    "text <http://a.example/?b&c>", false, 0 },
	{ "one that shows its address",
	    LINK("\"HTTPS://a.example/\"", "HTTPS://a.example/"),
	    P("<a href=\"HTTPS://a.example/\">HTTPS://a.example/</a>"),
	    "HTTPS://a.example/", false, 0 },
	{ "mail", LINK("\"mailto:a@b.example\"", "\\cf1 a@b\\b .example"),
	    P("<a href=\"mailto:a@b.example\"><span style=\"color:#ff0000;\">a@b"
	      "<b>.example</b></span></a>"),
	    "a@b.example", false, 0 },
	{ "one without quotes", LINK("http://a.example \\\\o \"x\"", "t"),
	    P("<a href=\"http://a.example\" title=\"x\">t</a>"), "t <http://a.example>",
	    false, 0 },
	{ "spaces in an address", LINK("\" http://a.example/b c\\'e9\"", "t"),
	    P("<a href=\"http://a.example/b%20c%C3%A9\">t</a>"),
	    "t <http://a.example/b%20c%C3%A9>", false, 0 },
	{ "a script is no link", LINK("\"javascript:alert(1)\"", "t"), P("t"), "t", true,
	    0 },
	{ "a script behind a space", LINK("\" JaVaScript:alert(1)\"", "t"), P("t"), "t",
	    true, 0 },
	{ "data is no link", LINK("\"data:text/html,x\"", "t"), P("t"), "t", true, 0 },
	{ "a file is no link", LINK("\"file://server/share\"", "t"), P("t"), "t", true,
	    0 },
	{ "an address breaks out of nothing", LINK("\"http://a\\'3cb>\\'00'c\"", "t"),
	    P("<a href=\"http://a%3Cb%3E%27c\">t</a>"), "t <http://a%3Cb%3E%27c>", false,
	    0 },
	{ "a place in the document", LINK("\\\\l \"mark\"", "t"),
	    P("<a href=\"#mark\">t</a>"), "t", false, 0 },
	{ "a place by its mark", LINK("\"#mark\"", "t"), P("<a href=\"#mark\">t</a>"),
	    "t", false, 0 },
	{ "a hyperlink to nothing", LINK("\"\"", "t"), P("t"), "t", false, 0 },
	{ "a field in an instruction",
	    DOC("{\\field{\\*\\fldinst HYPERLINK {\\field{\\*\\fldinst X}{\\fldrslt Y}}"
		"\"cid:a\\'40b\"}{\\fldrslt t}}"),
	    P("<a href=\"cid:a@b\">t</a>"), "t <cid:a@b>", false, 0 },
	{ "a link in a link",
	    LINK("\"http://a.ex\"", "a{\\field{\\*\\fldinst HYPERLINK \"http://b.ex\"}"
				    "{\\fldrslt b}}c"),
	    P("<a href=\"http://a.ex\">a</a><a href=\"http://b.ex\">b</a>"
	      "<a href=\"http://a.ex\">c</a>"),
	    "a <http://a.ex>b <http://b.ex>c", false, 0 },
	{ "another field", DOC("{\\field{\\*\\fldinst PAGE}{\\fldrslt 7}}"), P("7"), "7",
	    false, 0 },
	{ "an instruction in groups",
	    DOC("{\\field{\\*\\fldinst{\\b HYPER}{LINK "
		"\"http://a.ex\\\\\"}}{\\fldrslt{t}}}u"),
	    P("<a href=\"http://a.ex%5C\">t</a>u"), "t <http://a.ex%5C>u", false, 0 },
	{ "a link over two paragraphs", LINK("\"http://a.example\"", "t\\par u"),
	    P("<a href=\"http://a.example\">t</a>")
		P("<a href=\"http://a.example\">u</a>"),
	    "t <http://a.example>\r\nu", false, 0 },
	{ "pictures",
	    DOC("a{\\pict\\pngblip{\\*\\blipuid "
		"00}89504e47}b{\\*\\shppict{\\pict\\jpegblip "
		"\\bin3 }}}}}{\\nonshppict{\\pict 00}}"),
	    P("a[picture 1]b[picture 2]"), "a[picture 1]b[picture 2]", false, 2 },
	{ "an object", DOC("{\\object\\objemb{\\*\\objdata 0105}{\\result{\\pict 00}}}"),
	    P("[picture 2]"), "[picture 2]", true, 1 },
	{ "hidden text", DOC("a{\\v b}c"), P("ac"), "ac", true, 0 },
	{ "a comment", DOC("a{\\*\\annotation b}c"),
	    NOTED("a<sup>[1]</sup>c", P("[1] b")), "a[1]c\r\n[1] b", false, 0 },
	{ "a footnote", DOC("a{\\footnote b}"), NOTED("a<sup>[1]</sup>", P("[1] b")),
	    "a[1]\r\n[1] b", false, 0 },
	{ "tags are not rendered", DOC("{\\*\\htmltag <b>}a\\htmlrtf b\\htmlrtf0 c"),
	    P("abc"), "abc", false, 0 },
	{ "a box of text",
	    DOC("a{\\shp{\\*\\shpinst\\shpleft1{\\sp{\\sn shapeType}{\\sv 202}}{\\shptxt "
		"box}}{\\shprslt{\\*\\do{\\dptxbxtext again}}}}b"),
	    P("aboxb"), "aboxb", false, 0 },
	{ "a picture as a shape",
	    DOC("a{\\shp{\\*\\shpinst{\\sp{\\sn pib}{\\sv{\\pict\\pngblip 89}}}}}b"),
	    P("a[picture 1]b"), "a[picture 1]b", false, 1 },
	{ "a drawing", DOC("a{\\shp{\\*\\shpinst{\\sp{\\sn shapeType}{\\sv 20}}}}b"),
	    P("ab"), "ab", true, 0 },
	{ "a formula",
	    DOC("a{\\mmath{\\*\\moMath{\\mr x=1}}{\\mmathPict{\\pict\\pngblip 89}}}"),
	    P("ax=1"), "ax=1", true, 0 },
	{ "running heads", DOC("{\\header\\pard h\\par}{\\footer f}a"),
	    NOTED("a", P("[header] h") P("[footer] f")),
	    "a\r\n[header] h\r\n\r\n[footer] f", false, 0 },
	{ "a note in a table in a note",
	    DOC("a{\\footnote b{\\footnote c}\\par\\trowd\\cellx9\\intbl d\\cell\\row}"),
	    NOTED("a<sup>[1]</sup>",
		P("[1] bc") BARE TR "<td>" P("d") "</td></tr>\r\n</table>\r\n"),
	    "a[1]\r\n[1] bc\r\nd\r\n", false, 0 },
	{ "bookmarks",
	    DOC("{\\*\\bkmkstart top}{\\*\\bkmkend top}a{\\*\\bkmkstart \\'22x}"),
	    P("<a id=\"top\"></a>a"), "a", false, 0 },
	{ "kinds of underline", DOC("{\\uldb a}{\\uld b}{\\uldash c}{\\ulwave d}"),
	    P("<u style=\"text-decoration-style:double\">a</u>"
	      "<u style=\"text-decoration-style:dotted\">b</u>"
	      "<u style=\"text-decoration-style:dashed\">c</u>"
	      "<u style=\"text-decoration-style:wavy\">d</u>"),
	    "abcd", false, 0 },
	{ "capitals, raised text",
	    DOC("{\\caps a}{\\scaps b}{\\up6 c}{\\dn6 d}{\\up0 e}"),
	    P("<span style=\"text-transform:uppercase;\">a</span>"
	      "<span "
	      "style=\"font-variant:small-caps;\">b</span><sup>c</sup><sub>d</sub>e"),
	    "abcde", false, 0 },
	{ "right and first indents", DOC("\\ri400\\fi200 a\\par\\pard\\li100\\fi-900 b"),
	    "<p style=\"margin:0;margin-right:20pt;text-indent:10pt\">a</p>\r\n"
	    "<p style=\"margin:0;margin-left:5pt;text-indent:-5pt\">b</p>\r\n",
	    "a\r\nb", false, 0 },
	{ "a bookmark elsewhere",
	    LINK("\"http://a.example/\" \\\\l \"x y\" \\\\o \"say \\'22\"", "t"),
	    P("<a href=\"http://a.example/#x%20y\" title=\"say \">t</a>"),
	    "t <http://a.example/#x%20y>", false, 0 },
	{ "missing braces", "{\\rtf1{\\b a{\\i b", P("<b>a<i>b</i></b>"), "ab", false,
	    0 },
};

/* Tables of lists: a bullet, a number, letters below the numbers, one without a mark. */
#define LISTS \
	"{\\*\\listtable{\\list{\\listlevel\\levelnfc23{\\leveltext x;}}\\listid1}" \
	"{\\list{\\listlevel\\levelnfc0\\levelstartat1}{" \
	"\\listlevel\\levelnfc4\\levelstartat1}" \
	"\\listid2}{\\list{\\listlevel\\levelnfc255}\\listid3}}{\\*\\listoverridetable" \
	"{\\listoverride\\listid1\\ls1}{\\listoverride\\listid2\\ls2}{" \
	"\\listoverride\\listid3" \
	"\\ls3}{\\listoverride\\listid2{\\lfolevel\\listoverridestartat\\levelstartat7}" \
	"\\ls4}}"
#define ITEM(s) "<li>" P(s) "</li>\r\n"
#define LAST(s) "<li>" P(s) "</li>"

static const struct sample lists[] = {
	{ "bullets",
	    DOC(LISTS "\\ls1{\\listtext *\\tab}a\\par{\\listtext *\\tab}b\\par\\pard c"),
	    "<ul>\r\n" ITEM("a") LAST("b") "</ul>\r\n" P("c"), "*\ta\r\n*\tb\r\nc", false,
	    0 },
	{ "numbers and letters below them",
	    DOC(LISTS "\\ls2 a\\par\\ilvl1 b\\par c\\par\\ilvl0 d\\par\\ilvl1 e"),
	    "<ol>\r\n<li>" P("a") "<ol type=\"a\">\r\n" ITEM("b")
		LAST("c") "</ol>\r\n</li>\r\n"
			  "<li>" P("d") "<ol type=\"a\">\r\n" LAST(
			      "e") "</ol>\r\n</li></ol>\r\n",
	    "a\r\nb\r\nc\r\nd\r\ne", false, 0 },
	{ "numbers go on behind a paragraph",
	    DOC(LISTS "\\ls2 a\\par\\pard b\\par\\ls2 c"),
	    "<ol>\r\n" LAST("a") "</ol>\r\n" P("b") "<ol>\r\n<li value=\"2\">" P(
		"c") "</li></ol>\r\n",
	    "a\r\nb\r\nc", false, 0 },
	{ "the number that is shown",
	    DOC(LISTS "\\ls2{\\listtext 1.5)}a\\par{\\listtext 1.6)}b"),
	    "<ol>\r\n<li value=\"5\">" P("a") "</li>\r\n" LAST("b") "</ol>\r\n",
	    "1.5)a\r\n1.6)b", false, 0 },
	{ "another first number", DOC(LISTS "\\ls4 a\\par b"),
	    "<ol>\r\n<li value=\"7\">" P("a") "</li>\r\n" LAST("b") "</ol>\r\n", "a\r\nb",
	    false, 0 },
	{ "a level without one above", DOC(LISTS "\\ls2\\ilvl1 a"),
	    "<ul>\r\n<li style=\"list-style:none\"><ol type=\"a\">\r\n" LAST(
		"a") "</ol>\r\n</li></ul>\r\n",
	    "a", false, 0 },
	{ "another list", DOC(LISTS "\\ls1 a\\par\\ls2 b"),
	    "<ul>\r\n" LAST("a") "</ul>\r\n<ol>\r\n" LAST("b") "</ol>\r\n", "a\r\nb",
	    false, 0 },
	{ "without a mark it is none", DOC(LISTS "\\ls3{\\listtext x}a"), P("xa"), "xa",
	    false, 0 },
	{ "a list that is not there", DOC("\\ls9{\\listtext 1. }a"), P("1. a"), "1. a",
	    false, 0 },
	{ "a level that is not there", DOC(LISTS "\\ls1\\ilvl8 a"), P("a"), "a", false,
	    0 },
	{ "before there were tables",
	    DOC("{\\pntext 3.\\tab}{\\*\\pn\\pnlvlbody\\pnstart3\\pndec}a\\par{\\pntext "
		"4.\\tab}b\\par"
		"\\pard{\\pntext *}{\\*\\pn\\pnlvlblt}c"),
	    "<ol>\r\n<li value=\"3\">" P("a") "</li>\r\n" LAST(
		"b") "</ol>\r\n<ul>\r\n" LAST("c") "</ul>\r\n",
	    "3.\ta\r\n4.\tb\r\n*c", false, 0 },
	{ "roman numbers", DOC("{\\*\\pn\\pnucrm}a\\par b"),
	    "<ol type=\"I\">\r\n" ITEM("a") LAST("b") "</ol>\r\n", "a\r\nb", false, 0 },
	{ "an old list behind a new one",
	    DOC(LISTS "\\ls1 a\\par\\pard{\\*\\pn\\pnlcrm\\pnstart4}b"),
	    "<ul>\r\n" LAST("a") "</ul>\r\n<ol type=\"i\">\r\n<li value=\"4\">" P(
		"b") "</li></ol>\r\n",
	    "a\r\nb", false, 0 },
	{ "a list in a cell",
	    DOC(LISTS "\\trowd\\cellx9\\intbl\\ls1 a\\par b\\cell\\row"),
	    BARE TR "<td><ul>\r\n" ITEM("a")
		LAST("b") "</ul>\r\n</td></tr>\r\n</table>\r\n",
	    "a\r\nb\r\n", false, 0 },
};

#define TD(width, s) "<td style=\"width:" width "pt;\">" P(s) "</td>"
#define END "</tr>\r\n"
#define CLOSE "</table>\r\n"

static const struct sample tables[] = {
	{ "borders, widths, shade, place",
	    DOC("\\trowd\\clbrdrt\\brdrs\\clcbpat1\\clvertalc\\cellx1000\\clvertalb\\cell"
		"x3000\\intbl "
		"a\\cell b\\cell\\row"),
	    TABLE TR "<td "
		     "style=\"vertical-align:middle;width:50pt;background-color:#ff0000;"
		     "\">" P("a") "</td><td "
				  "style=\"vertical-align:bottom;width:100pt;\">" P(
				      "b") "</td>" END CLOSE,
	    "a\tb\r\n", false, 0 },
	{ "no border where there is none",
	    DOC("\\trowd\\clbrdrt\\brdrnone\\cellx1000\\intbl a\\cell\\row"),
	    BARE TR TD("50", "a") END CLOSE, "a\r\n", false, 0 },
	{ "merged to the right",
	    DOC("\\trowd\\clmgf\\cellx1000\\clmrg\\cellx2000\\intbl a\\cell\\cell\\row"
		"\\trowd\\cellx1000\\cellx2000\\intbl b\\cell c\\cell\\row"),
	    BARE TR "<td colspan=\"2\">" P("a") "</td>" END TR TD("50", "b") TD("50", "c")
		END CLOSE,
	    "a\r\nb\tc\r\n", false, 0 },
	{ "merged downwards",
	    DOC("\\trowd\\clvmgf\\cellx1000\\cellx2000\\intbl a\\cell b\\cell\\row"
		"\\trowd\\clvmrg\\cellx1000\\cellx2000\\intbl\\cell c\\cell\\row"),
	    BARE TR "<td rowspan=\"2\" style=\"width:50pt;\">" P("a") "</td>" TD(
		"50", "b") END TR TD("50", "c") END CLOSE,
	    "a\tb\r\n\tc\r\n", false, 0 },
	{ "a merged cell with text stays one",
	    DOC("\\trowd\\clmgf\\cellx1000\\clmrg\\cellx2000\\intbl a\\cell b\\cell\\row"
		"\\trowd\\clvmrg\\cellx1000\\cellx2000\\intbl c\\cell d\\cell\\row"),
	    BARE TR TD("50", "a") TD("50", "b") END TR TD("50", "c") TD("50", "d")
		END CLOSE,
	    "a\tb\r\nc\td\r\n", false, 0 },
	{ "edges that do not meet",
	    DOC("\\trowd\\cellx3000\\intbl "
		"a\\cell\\row\\trowd\\trleft1000\\cellx2000\\cellx3010\\intbl "
		"b\\cell c\\cell\\row"),
	    BARE TR "<td colspan=\"3\">" P(
		"a") "</td>" END TR
		     "<td colspan=\"1\" style=\"border:none\"></td>" TD("50", "b")
			 TD("50", "c") END CLOSE,
	    "a\r\nb\tc\r\n", false, 0 },
	{ "a definition behind its row",
	    DOC("\\pard\\intbl a\\cell{\\trowd\\cellx1000\\row}"),
	    BARE TR TD("50", "a") END CLOSE, "a\r\n", false, 0 },
	{ "a table in a cell",
	    DOC("\\trowd\\cellx4000\\pard\\intbl a\\par\\pard\\intbl\\itap2 b\\nestcell "
		"c\\nestcell"
		"{\\*\\nesttableprops\\trowd\\cellx1000\\cellx2000\\nestrow}{"
		"\\nonesttables\\par}"
		"\\pard\\intbl d\\cell\\row\\pard e"),
	    BARE TR "<td style=\"width:200pt;\">" P("a") BARE TR TD("50", "b")
		TD("50", "c") END CLOSE P("d") "</td>" END CLOSE P("e"),
	    "a\r\nb\tc\r\nd\r\ne", false, 0 },
	{ "three deep",
	    DOC("\\intbl\\itap3 "
		"a\\nestcell{\\*\\nesttableprops\\trowd\\nestrow}\\itap2\\nestcell"
		"{\\*\\nesttableprops\\trowd\\nestrow}\\itap1\\cell\\row"),
	    TABLE TR "<td>" TABLE TR "<td>" TABLE TR
		     "<td>" P("a") "</td>" END CLOSE "</td>" END CLOSE "</td>" END CLOSE,
	    "a\r\n\r\n\r\n", false, 0 },
	{ "deeper than anyone", DOC("\\intbl\\itap17 a"), NULL, "a", true, 0 },
};

static const struct {
	const struct sample *list;
	size_t count;
} groups[] = {
	{ samples, sizeof samples / sizeof samples[0] },
	{ lists, sizeof lists / sizeof lists[0] },
	{ tables, sizeof tables / sizeof tables[0] },
};

static const struct sample *sample(size_t i)
{
	size_t group = 0;

	for (; i >= groups[group].count; group++)
		i -= groups[group].count;
	return &groups[group].list[i];
}

ParameterizedTestParameters(rtf_rendering, renders)
{
	static size_t index[sizeof samples / sizeof samples[0] +
			    sizeof lists / sizeof lists[0] +
			    sizeof tables / sizeof tables[0]];

	for (size_t i = 0; i < sizeof index / sizeof index[0]; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof index / sizeof index[0]);
}

ParameterizedTest(size_t *i, rtf_rendering, renders)
{
	static const char head[] = "<html><body", foot[] = "</body></html>\r\n";
	const struct sample *t = sample(*i);
	struct rtf_texts b;

	cr_assert(rtf_texts(arena, t->rtf, strlen(t->rtf), NULL, &b), "%s", t->name);
	cr_expect_eq(b.body.kind, RTF_GENUINE, "%s", t->name);
	cr_assert(b.html.len >= strlen(head) + strlen(foot), "%s", t->name);
	cr_expect_eq(memcmp(b.html.s, head, strlen(head)), 0, "%s", t->name);
	cr_expect_str_eq(b.html.s + b.html.len - strlen(foot), foot, "%s", t->name);
	const char *begin = strstr(b.html.s, "\r\n") + 2;
	const char *inner = arena_copy(
	    arena, begin, b.html.len - strlen(foot) - (size_t)(begin - b.html.s));
	cr_expect(!t->html || strcmp(inner, t->html) == 0, "%s: %s", t->name, inner);
	cr_expect_str_eq(b.text.s, t->text, "%s: %s", t->name, b.text.s);
	cr_expect_eq(b.body.lost != 0, t->lossy, "%s: lossy", t->name);
	cr_expect_eq(b.body.item_count, t->pictures, "%s: %u pictures", t->name,
	    b.body.item_count);
}

/* What could make a small document a large one: the output must stay in proportion. */
Test(rtf_rendering, grows_in_proportion)
{
	static const struct {
		const char *name, *head, *again;
	} t[] = {
		{ "looks that change", "\\b\\i\\ul\\strike\\super\\cf1\\highlight1\\fs24",
		    "a{\\plain b}" },
		{ "toggled looks", "\\i\\ul\\strike\\super\\cf1\\highlight1\\fs24",
		    "\\b a\\b0 b" },
		{ "paragraphs", "\\qj\\li32000\\rtlpar", "\\par " },
		{ "cells", "\\intbl", "\\cell " },
		{ "rows", "", "\\cell\\row" },
		{ "quotes", "", "\"" },
		{ "tabs", "", "\\tab" },
		{ "lines", "", "\\line" },
		{ "pictures", "", "{\\pict}" },
		{ "paragraphs in a link",
		    "{\\field{\\*\\fldinst HYPERLINK \"http://a.example/"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"
		    "{\\fldrslt ",
		    "a\\par " },
		{ "unicode", "", "\\uc0\\u99999\\u99999" },
	};
	enum { SIZE = 1 << 18 };
	static char rtf[SIZE];

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		size_t again = strlen(t[i].again);
		size_t n =
		    strlen(strcpy(rtf, "{\\rtf1{\\colortbl;\\red1\\green1\\blue1;}"));
		n += strlen(strcpy(rtf + n, t[i].head));
		for (; n + again < SIZE; n += again)
			memcpy(rtf + n, t[i].again, again);
		struct rtf_texts b;
		arena_reset(arena);
		struct arena *big = arena_new(1024UL << 20);
		cr_assert(rtf_texts(big, rtf, n, NULL, &b));
		cr_expect(b.html.len <= (size_t)RTF_GROWTH * n, "%s: %zu of %zu: %zu",
		    t[i].name, b.html.len, n, b.html.len / n);
		cr_expect(b.text.len <= (size_t)RTF_GROWTH * n, "%s: %zu of %zu",
		    t[i].name, b.text.len, n);
		arena_free(big);
	}
}
