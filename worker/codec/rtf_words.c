#include "codec/rtf_words.h"

#include <stdlib.h>
#include <string.h>

#include "codec/rtf_walk.h"

#define CHAR(c) RTF_DO_CHAR, (c), 0
#define DEST(d) RTF_DO_DEST, RTF_DEST_##d, 0
#define LOSING(d) RTF_DO_DEST, RTF_DEST_##d, 1
#define EVENT(e) RTF_DO_EVENT, RTF_##e, 0
#define SELF(s) RTF_DO_SELF, RTF_SELF_##s, 0
#define SELF_WITH(s, more) RTF_DO_SELF, RTF_SELF_##s, (more)
#define FLAG(field) RTF_DO_FLAG, offsetof(struct rtf_state, field), 0
#define SET(field, v) RTF_DO_SET, offsetof(struct rtf_state, field), (v)
#define NUMBER(field) RTF_DO_NUMBER, offsetof(struct rtf_state, field), 0

/* Sorted by name. */
static const struct rtf_word words[] = {
	{ "annotation", LOSING(SKIP) },
	{ "ansi", SELF_WITH(CODEPAGE, 1252) },
	{ "ansicpg", SELF(CODEPAGE) },
	{ "atnauthor", DEST(SKIP) },
	{ "atnid", DEST(SKIP) },
	{ "author", DEST(SKIP) },
	{ "b", FLAG(looks.bold) },
	{ "background", DEST(SKIP) },
	{ "bkmkend", DEST(SKIP) },
	{ "bkmkstart", DEST(SKIP) },
	{ "blue", SELF_WITH(COLOR, 0) },
	{ "bullet", CHAR(0x2022) },
	{ "buptim", DEST(SKIP) },
	{ "cb", NUMBER(looks.background) },
	{ "cell", EVENT(CELL) },
	{ "cf", NUMBER(looks.color) },
	{ "chcbpat", NUMBER(looks.background) },
	{ "colorschememapping", DEST(SKIP) },
	{ "colortbl", DEST(COLORS) },
	{ "comment", DEST(SKIP) },
	{ "company", DEST(SKIP) },
	{ "cpg", SELF(FONT_CODEPAGE) },
	{ "creatim", DEST(SKIP) },
	{ "datastore", DEST(SKIP) },
	{ "deff", SELF(DEFAULT_FONT) },
	{ "deleted", FLAG(looks.hidden) },
	{ "doccomm", DEST(SKIP) },
	{ "docvar", DEST(SKIP) },
	{ "emdash", CHAR(0x2014) },
	{ "emspace", CHAR(0x2003) },
	{ "endash", CHAR(0x2013) },
	{ "enspace", CHAR(0x2002) },
	{ "f", SELF(FONT) },
	{ "falt", DEST(SKIP) },
	{ "fchars", DEST(SKIP) },
	{ "fcharset", SELF(FONT_CHARSET) },
	{ "ffdeftext", DEST(SKIP) },
	{ "ffhelptext", DEST(SKIP) },
	{ "ffname", DEST(SKIP) },
	{ "fldinst", DEST(FIELD) },
	{ "fldrslt", DEST(BODY) },
	{ "fontemb", DEST(SKIP) },
	{ "fontfile", DEST(SKIP) },
	{ "fonttbl", DEST(FONTS) },
	{ "footer", LOSING(SKIP) },
	{ "footerf", LOSING(SKIP) },
	{ "footerl", LOSING(SKIP) },
	{ "footerr", LOSING(SKIP) },
	{ "footnote", DEST(BODY) },
	{ "formfield", DEST(SKIP) },
	{ "fs", NUMBER(looks.size) },
	{ "ftncn", DEST(SKIP) },
	{ "ftnsep", DEST(SKIP) },
	{ "ftnsepc", DEST(SKIP) },
	{ "generator", DEST(SKIP) },
	{ "green", SELF_WITH(COLOR, 8) },
	{ "header", LOSING(SKIP) },
	{ "headerf", LOSING(SKIP) },
	{ "headerl", LOSING(SKIP) },
	{ "headerr", LOSING(SKIP) },
	{ "highlight", NUMBER(looks.background) },
	{ "hlinkbase", DEST(SKIP) },
	{ "htmlrtf", FLAG(suppressed) },
	{ "htmltag", DEST(HTMLTAG) },
	{ "i", FLAG(looks.italic) },
	{ "info", DEST(SKIP) },
	{ "intbl", FLAG(layout.in_table) },
	{ "keywords", DEST(SKIP) },
	{ "latentstyles", DEST(SKIP) },
	{ "ldblquote", CHAR(0x201c) },
	{ "li", NUMBER(layout.indent) },
	{ "line", EVENT(LINE) },
	{ "listname", DEST(SKIP) },
	{ "listoverridetable", DEST(SKIP) },
	{ "listtable", DEST(SKIP) },
	{ "listtext", DEST(NUMBER) },
	{ "lquote", CHAR(0x2018) },
	{ "ltrmark", CHAR(0x200e) },
	{ "ltrpar", SET(layout.rtl, 0) },
	{ "mac", SELF_WITH(CODEPAGE, 10000) },
	{ "manager", DEST(SKIP) },
	{ "mhtmltag", DEST(SKIP) },
	{ "nestcell", EVENT(PAR) },
	{ "nonesttables", DEST(SKIP) },
	{ "nonshppict", DEST(SKIP) },
	{ "nosupersub", SET(looks.script, RTF_SCRIPT_NONE) },
	{ "objclass", DEST(SKIP) },
	{ "objdata", LOSING(SKIP) },
	{ "objname", DEST(SKIP) },
	{ "oldcprops", DEST(SKIP) },
	{ "oldpprops", DEST(SKIP) },
	{ "operator", DEST(SKIP) },
	{ "page", EVENT(PAR) },
	{ "panose", DEST(SKIP) },
	{ "par", EVENT(PAR) },
	{ "pard", SELF(PARD) },
	{ "pc", SELF_WITH(CODEPAGE, 437) },
	{ "pca", SELF_WITH(CODEPAGE, 850) },
	{ "pgptbl", DEST(SKIP) },
	{ "pict", DEST(PICTURE) },
	{ "plain", SELF(PLAIN) },
	{ "pn", DEST(SKIP) },
	{ "pnseclvl", DEST(SKIP) },
	{ "pntext", DEST(NUMBER) },
	{ "pntxta", DEST(SKIP) },
	{ "pntxtb", DEST(SKIP) },
	{ "printim", DEST(SKIP) },
	{ "private", DEST(SKIP) },
	{ "qc", SET(layout.align, RTF_ALIGN_CENTER) },
	{ "qj", SET(layout.align, RTF_ALIGN_JUSTIFY) },
	{ "ql", SET(layout.align, RTF_ALIGN_LEFT) },
	{ "qmspace", CHAR(0x2005) },
	{ "qr", SET(layout.align, RTF_ALIGN_RIGHT) },
	{ "rdblquote", CHAR(0x201d) },
	{ "red", SELF_WITH(COLOR, 16) },
	{ "revtbl", DEST(SKIP) },
	{ "revtim", DEST(SKIP) },
	{ "row", EVENT(ROW) },
	{ "rquote", CHAR(0x2019) },
	{ "rsidtbl", DEST(SKIP) },
	{ "rtlmark", CHAR(0x200f) },
	{ "rtlpar", SET(layout.rtl, 1) },
	{ "rxe", DEST(SKIP) },
	{ "sect", EVENT(PAR) },
	{ "shppict", DEST(BODY) },
	{ "shptxt", DEST(BODY) },
	{ "sn", DEST(SKIP) },
	{ "softline", EVENT(LINE) },
	{ "strike", FLAG(looks.strike) },
	{ "striked", FLAG(looks.strike) },
	{ "stylesheet", DEST(SKIP) },
	{ "sub", SET(looks.script, RTF_SCRIPT_SUB) },
	{ "subject", DEST(SKIP) },
	{ "super", SET(looks.script, RTF_SCRIPT_SUPER) },
	{ "sv", DEST(SKIP) },
	{ "tab", CHAR('\t') },
	{ "tc", DEST(SKIP) },
	{ "tcn", DEST(SKIP) },
	{ "template", DEST(SKIP) },
	{ "themedata", DEST(SKIP) },
	{ "title", DEST(SKIP) },
	{ "trowd", EVENT(ROW_STARTS) },
	{ "txe", DEST(SKIP) },
	{ "u", SELF(UNICODE) },
	{ "uc", NUMBER(fallback) },
	{ "ud", DEST(BODY) },
	{ "ul", FLAG(looks.underline) },
	{ "uldash", FLAG(looks.underline) },
	{ "uldashd", FLAG(looks.underline) },
	{ "uldb", FLAG(looks.underline) },
	{ "ulnone", SET(looks.underline, 0) },
	{ "ulth", FLAG(looks.underline) },
	{ "ulw", FLAG(looks.underline) },
	{ "ulwave", FLAG(looks.underline) },
	{ "upr", DEST(TWICE) },
	{ "userprops", DEST(SKIP) },
	{ "v", FLAG(looks.hidden) },
	{ "xe", DEST(SKIP) },
	{ "xmlnstbl", DEST(SKIP) },
	{ "zwbo", CHAR(0x200b) },
	{ "zwj", CHAR(0x200d) },
	{ "zwnj", CHAR(0x200c) },
};

struct name {
	const uint8_t *p;
	size_t n;
};

static int compare(const void *key, const void *row)
{
	const struct name *name = key;
	const struct rtf_word *word = row;
	size_t n = strlen(word->name);
	int d = memcmp(name->p, word->name, name->n < n ? name->n : n);
	return d ? d : (name->n > n) - (name->n < n);
}

const struct rtf_word *rtf_words_find(const uint8_t *name, size_t n)
{
	struct name key = { name, n };
	return bsearch(
	    &key, words, sizeof words / sizeof words[0], sizeof words[0], compare);
}

const struct rtf_word *rtf_words_list(size_t *count)
{
	*count = sizeof words / sizeof words[0];
	return words;
}

unsigned rtf_words_codepage(int32_t charset)
{
	static const struct {
		uint8_t charset;
		uint16_t codepage;
	} rows[] = {
		{ 0, 1252 },
		{ 2, RTF_SYMBOL_PAGE },
		{ 77, 10000 },
		{ 78, 932 },
		{ 79, 949 },
		{ 80, 936 },
		{ 81, 950 },
		{ 83, 1255 },
		{ 84, 1256 },
		{ 85, 1253 },
		{ 86, 1254 },
		{ 87, 874 },
		{ 88, 10029 },
		{ 89, 10007 },
		{ 128, 932 },
		{ 129, 949 },
		{ 130, 1361 },
		{ 134, 936 },
		{ 136, 950 },
		{ 161, 1253 },
		{ 162, 1254 },
		{ 163, 1258 },
		{ 177, 1255 },
		{ 178, 1256 },
		{ 179, 1256 },
		{ 180, 1256 },
		{ 181, 1255 },
		{ 186, 1257 },
		{ 204, 1251 },
		{ 222, 874 },
		{ 238, 1250 },
		{ 254, 437 },
		{ 255, 850 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].charset == charset)
			return rows[i].codepage;
	return 0;
}

int rtf_words_is_lead(unsigned codepage, uint8_t b)
{
	static const struct {
		uint16_t codepage;
		uint8_t from, to;
	} rows[] = {
		{ 932, 0x81, 0x9f },
		{ 932, 0xe0, 0xfc },
		{ 936, 0x81, 0xfe },
		{ 949, 0x81, 0xfe },
		{ 950, 0x81, 0xfe },
		{ 951, 0x81, 0xfe },
		{ 1361, 0x84, 0xd3 },
		{ 1361, 0xd8, 0xde },
		{ 1361, 0xe0, 0xf9 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].codepage == codepage && b >= rows[i].from && b <= rows[i].to)
			return 1;
	return 0;
}
