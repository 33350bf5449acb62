/* SPDX-License-Identifier: ISC */
#include "base/pages.h"

#include <string.h>
#include <strings.h>

enum { ASCII = PAGES_ASCII, C1 = PAGES_C1 };

/* What reads a page: text.c itself or one of the readers below. */
enum {
	OWN,
	SINGLE,
	PAIRS,
	COMPOSED,
	EUC_JP,
	EUC_TW,
	GB_18030,
	TWO_SETS,
	ORDER,
	HZ,
	ISO_2022_JP,
	ISO_2022_KR,
	ISO_2022_CN,
	EBCDIC,
	UTF_7,
	ISCII
};

static pages_reader_fn *const readers[] = {
	[PAIRS] = pages_read_pairs,
	[COMPOSED] = pages_read_composed,
	[EUC_JP] = pages_read_euc_jp,
	[EUC_TW] = pages_read_euc_tw,
	[GB_18030] = pages_read_gb18030,
	[TWO_SETS] = pages_read_two_sets,
	[ORDER] = pages_read_order,
	[HZ] = pages_read_hz,
	[ISO_2022_JP] = pages_read_iso2022jp,
	[ISO_2022_KR] = pages_read_iso2022kr,
	[ISO_2022_CN] = pages_read_iso2022cn,
	[EBCDIC] = pages_read_ebcdic,
	[UTF_7] = pages_read_utf7,
	[ISCII] = pages_read_iscii,
};

/* Where several rows have one MIME name, the name means the first. */
static const struct page pages[] = {
	{ PAGES_UTF_8, ASCII, OWN, 0, 0, "utf-8" },
	{ PAGES_WINDOWS_1252, ASCII | C1, SINGLE, SINGLE_CP1252, 0, "windows-1252" },
	{ PAGES_UTF_16LE, 0, OWN, 0, 0, "utf-16le" },
	{ PAGES_UTF_16BE, 0, OWN, 0, 0, "utf-16be" },
	{ PAGES_UTF_32LE, 0, OWN, 0, 0, "utf-32le" },
	{ PAGES_UTF_32BE, 0, OWN, 0, 0, "utf-32be" },
	{ 65000, 0, UTF_7, 0, 0, "utf-7" },
	{ 1250, ASCII | C1, SINGLE, SINGLE_CP1250, 0, "windows-1250" },
	{ 1251, ASCII | C1, SINGLE, SINGLE_CP1251, 0, "windows-1251" },
	{ 1253, ASCII | C1, SINGLE, SINGLE_CP1253, 0, "windows-1253" },
	{ 1254, ASCII | C1, SINGLE, SINGLE_CP1254, 0, "windows-1254" },
	{ 1255, ASCII | C1, COMPOSED, SINGLE_CP1255, 0, "windows-1255" },
	{ 1256, ASCII | C1, SINGLE, SINGLE_CP1256, 0, "windows-1256" },
	{ 1257, ASCII | C1, SINGLE, SINGLE_CP1257, 0, "windows-1257" },
	{ 1258, ASCII | C1, COMPOSED, SINGLE_CP1258, 0, "windows-1258" },
	{ 874, ASCII | C1, SINGLE, SINGLE_CP874, 0, "windows-874" },
	{ 932, ASCII, PAIRS, SINGLE_CP932, PAIRS_CP932, "shift_jis" },
	{ 936, ASCII, PAIRS, SINGLE_CP936, PAIRS_CP936, "gbk" },
	{ 949, ASCII, PAIRS, SINGLE_CP949, PAIRS_CP949, "ks_c_5601-1987" },
	{ 950, ASCII, PAIRS, SINGLE_CP950, PAIRS_CP950, "big5" },
	{ 951, ASCII, PAIRS, SINGLE_BIG5_HKSCS, PAIRS_BIG5_HKSCS, "big5-hkscs" },
	{ 1361, 0, PAIRS, SINGLE_CP1361, PAIRS_CP1361, "johab" },
	{ 20127, ASCII, SINGLE, SINGLE_ASCII, 0, "us-ascii" },
	{ 28591, ASCII, SINGLE, SINGLE_ISO_8859_1, 0, "iso-8859-1" },
	{ 28592, ASCII, SINGLE, SINGLE_ISO_8859_2, 0, "iso-8859-2" },
	{ 28593, ASCII, SINGLE, SINGLE_ISO_8859_3, 0, "iso-8859-3" },
	{ 28594, ASCII, SINGLE, SINGLE_ISO_8859_4, 0, "iso-8859-4" },
	{ 28595, ASCII, SINGLE, SINGLE_ISO_8859_5, 0, "iso-8859-5" },
	{ 28596, ASCII, SINGLE, SINGLE_ISO_8859_6, 0, "iso-8859-6" },
	{ 28597, ASCII, SINGLE, SINGLE_ISO_8859_7, 0, "iso-8859-7" },
	{ 28598, ASCII, SINGLE, SINGLE_ISO_8859_8, 0, "iso-8859-8" },
	{ 28599, ASCII, SINGLE, SINGLE_ISO_8859_9, 0, "iso-8859-9" },
	{ 28600, ASCII, SINGLE, SINGLE_ISO_8859_10, 0, "iso-8859-10" },
	{ 28601, ASCII, SINGLE, SINGLE_ISO_8859_11, 0, "iso-8859-11" },
	{ 28603, ASCII, SINGLE, SINGLE_ISO_8859_13, 0, "iso-8859-13" },
	{ 28604, ASCII, SINGLE, SINGLE_ISO_8859_14, 0, "iso-8859-14" },
	{ 28605, ASCII, SINGLE, SINGLE_ISO_8859_15, 0, "iso-8859-15" },
	{ 28606, ASCII, SINGLE, SINGLE_ISO_8859_16, 0, "iso-8859-16" },
	{ 38598, ASCII, SINGLE, SINGLE_ISO_8859_8, 0, "iso-8859-8-i" },
	{ 20866, ASCII, SINGLE, SINGLE_KOI8_R, 0, "koi8-r" },
	{ 21866, ASCII, SINGLE, SINGLE_CP21866, 0, "koi8-u" },
	{ 50220, 0, ISO_2022_JP, SINGLE_EUC_JP_MS, PAIRS_EUC_JP, "iso-2022-jp" },
	{ 50221, 0, ISO_2022_JP, SINGLE_EUC_JP_MS, PAIRS_EUC_JP, "csiso2022jp" },
	{ 50222, 0, ISO_2022_JP, SINGLE_EUC_JP_MS, PAIRS_EUC_JP, "iso-2022-jp" },
	{ 50225, 0, ISO_2022_KR, 0, 0, "iso-2022-kr" },
	{ 50227, 0, ISO_2022_CN, 0, 0, "iso-2022-cn" },
	{ 50229, 0, ISO_2022_CN, 0, 0, "x-cp50229" },
	{ 50930, 0, EBCDIC, SINGLE_IBM930, PAIRS_IBM930, "x-ebcdic-japaneseandkana" },
	/* Japanese with the Latin letters of page 37, which are where 1027 has them. */
	{ 50931, 0, EBCDIC, SINGLE_IBM939, PAIRS_IBM939, "x-ebcdic-japaneseanduscanada" },
	{ 50933, 0, EBCDIC, SINGLE_IBM933, PAIRS_IBM933,
	    "x-ebcdic-koreanandkoreanextended" },
	{ 50935, 0, EBCDIC, SINGLE_IBM935, PAIRS_IBM935, "x-ebcdic-simplifiedchinese" },
	{ 50936, 0, EBCDIC, SINGLE_IBM935, PAIRS_IBM935, "x-cp50936" },
	{ 50937, 0, EBCDIC, SINGLE_IBM937, PAIRS_IBM937, "x-ebcdic-traditionalchinese" },
	{ 50939, 0, EBCDIC, SINGLE_IBM939, PAIRS_IBM939,
	    "x-ebcdic-japaneseandjapaneselatin" },
	{ 51932, ASCII, EUC_JP, SINGLE_EUC_JP_MS, PAIRS_EUC_JP, "euc-jp" },
	{ 20932, ASCII, TWO_SETS, SINGLE_EUC_JP_MS, PAIRS_EUC_JP, "euc-jp" },
	{ 51949, ASCII, PAIRS, SINGLE_CP949, PAIRS_CP949, "euc-kr" },
	{ 20949, ASCII, PAIRS, SINGLE_CP949, PAIRS_CP949, "euc-kr" },
	{ 51936, ASCII, PAIRS, SINGLE_CP936, PAIRS_CP936, "gb2312" },
	{ 20936, ASCII, PAIRS, SINGLE_CP936, PAIRS_CP936, "gb2312" },
	{ 51950, ASCII, EUC_TW, SINGLE_EUC_TW, PAIRS_CNS_1, "euc-tw" },
	{ 52936, 0, HZ, SINGLE_CP936, PAIRS_CP936, "hz-gb-2312" },
	{ 54936, ASCII, GB_18030, SINGLE_GB18030, PAIRS_GB18030, "gb18030" },
	{ 437, ASCII, SINGLE, SINGLE_CP437, 0, "ibm437" },
	{ 708, ASCII, SINGLE, SINGLE_CP708, 0, "asmo-708" },
	/* ASCII with ASMO 449 above it, which has the letters of ASMO 708. */
	{ 709, ASCII, SINGLE, SINGLE_ISO_8859_6, 0, "asmo-449" },
	{ 710, ASCII, SINGLE, SINGLE_CP720, 0, "x-transparent-arabic" },
	{ 720, ASCII, SINGLE, SINGLE_CP720, 0, "dos-720" },
	{ 737, ASCII, SINGLE, SINGLE_CP737, 0, "ibm737" },
	{ 775, ASCII, SINGLE, SINGLE_CP775, 0, "ibm775" },
	{ 850, ASCII, SINGLE, SINGLE_CP850, 0, "ibm850" },
	{ 852, ASCII, SINGLE, SINGLE_CP852, 0, "ibm852" },
	{ 855, ASCII, SINGLE, SINGLE_CP855, 0, "ibm855" },
	{ 857, ASCII, SINGLE, SINGLE_CP857, 0, "ibm857" },
	{ 858, ASCII, SINGLE, SINGLE_CP858, 0, "ibm00858" },
	{ 860, ASCII, SINGLE, SINGLE_CP860, 0, "ibm860" },
	{ 861, ASCII, SINGLE, SINGLE_CP861, 0, "ibm861" },
	{ 862, ASCII, SINGLE, SINGLE_CP862, 0, "ibm862" },
	{ 863, ASCII, SINGLE, SINGLE_CP863, 0, "ibm863" },
	{ 864, 0, SINGLE, SINGLE_CP864, 0,
	    "ibm864" }, /* 0x25 is the Arabic percent sign */
	{ 865, ASCII, SINGLE, SINGLE_CP865, 0, "ibm865" },
	{ 866, ASCII, SINGLE, SINGLE_CP866, 0, "ibm866" },
	{ 869, ASCII, SINGLE, SINGLE_CP869, 0, "ibm869" },
	{ 10000, ASCII, SINGLE, SINGLE_MACINTOSH, 0, "macintosh" },
	{ 10001, ASCII, PAIRS, SINGLE_CP932, PAIRS_CP932, "x-mac-japanese" },
	{ 10002, ASCII, PAIRS, SINGLE_CP950, PAIRS_CP950, "x-mac-chinesetrad" },
	{ 10003, ASCII, PAIRS, SINGLE_CP949, PAIRS_CP949, "x-mac-korean" },
	{ 10004, ASCII, SINGLE, SINGLE_MAC_ARABIC, 0, "x-mac-arabic" },
	{ 10005, ASCII, SINGLE, SINGLE_CP10005, 0, "x-mac-hebrew" },
	{ 10021, ASCII, SINGLE, SINGLE_CP10021, 0, "x-mac-thai" },
	{ 10006, ASCII, SINGLE, SINGLE_MAC_GREEK, 0, "x-mac-greek" },
	{ 10007, ASCII, SINGLE, SINGLE_MAC_CYRILLIC, 0, "x-mac-cyrillic" },
	{ 10008, ASCII, PAIRS, SINGLE_CP936, PAIRS_CP936, "x-mac-chinesesimp" },
	{ 10010, ASCII, SINGLE, SINGLE_MAC_ROMANIAN, 0, "x-mac-romanian" },
	{ 10017, ASCII, SINGLE, SINGLE_MAC_UK, 0, "x-mac-ukrainian" },
	{ 10029, ASCII, SINGLE, SINGLE_MAC_CENTRALEUROPE, 0, "x-mac-ce" },
	{ 10079, ASCII, SINGLE, SINGLE_MAC_IS, 0, "x-mac-icelandic" },
	{ 10081, ASCII, SINGLE, SINGLE_MAC_TURKISH, 0, "x-mac-turkish" },
	{ 10082, ASCII, SINGLE, SINGLE_MAC_CROATIAN, 0, "x-mac-croatian" },
	{ 20000, ASCII, TWO_SETS, SINGLE_EUC_TW, PAIRS_CNS_1, "x-chinese-cns" },
	{ 20001, ASCII, ORDER, SINGLE_EUC_TW, PAIRS_CNS_1, "x-cp20001" },
	{ 20002, ASCII, ORDER, SINGLE_EUC_TW, PAIRS_CNS_1, "x-chinese-eten" },
	{ 20003, ASCII, ORDER, SINGLE_BIG5_HKSCS, PAIRS_BIG5_HKSCS, "x-cp20003" },
	/* Of 20004 (TeleText) nobody has a table. */
	{ 20005, ASCII, ORDER, SINGLE_BIG5_HKSCS, PAIRS_BIG5_HKSCS, "x-cp20005" },
	{ 20105, 0, SINGLE, SINGLE_CP20105, 0, "x-ia5" },
	{ 20106, 0, SINGLE, SINGLE_DIN_66003, 0, "x-ia5-german" },
	{ 20107, 0, SINGLE, SINGLE_SEN_850200_C, 0, "x-ia5-swedish" },
	{ 20108, 0, SINGLE, SINGLE_NS_4551_2, 0, "x-ia5-norwegian" },
	{ 20261, 0, PAIRS, SINGLE_T_61, PAIRS_T_61, "x-cp20261" },
	{ 20269, ASCII, PAIRS, SINGLE_ISO_6937, PAIRS_ISO_6937, "x-cp20269" },
	{ 37, 0, SINGLE, SINGLE_IBM037, 0, "ibm037" },
	{ 500, 0, SINGLE, SINGLE_IBM500, 0, "ibm500" },
	{ 870, 0, SINGLE, SINGLE_CP870, 0, "ibm870" },
	{ 875, 0, SINGLE, SINGLE_CP875, 0, "cp875" },
	{ 1026, 0, SINGLE, SINGLE_CP1026, 0, "ibm1026" },
	{ 1047, 0, SINGLE, SINGLE_CP1047, 0, "ibm1047" },
	{ 1140, 0, SINGLE, SINGLE_IBM1140, 0, "ibm01140" },
	{ 1141, 0, SINGLE, SINGLE_IBM1141, 0, "ibm01141" },
	{ 1142, 0, SINGLE, SINGLE_IBM1142, 0, "ibm01142" },
	{ 1143, 0, SINGLE, SINGLE_IBM1143, 0, "ibm01143" },
	{ 1144, 0, SINGLE, SINGLE_IBM1144, 0, "ibm01144" },
	{ 1145, 0, SINGLE, SINGLE_IBM1145, 0, "ibm01145" },
	{ 1146, 0, SINGLE, SINGLE_IBM1146, 0, "ibm01146" },
	{ 1147, 0, SINGLE, SINGLE_IBM1147, 0, "ibm01147" },
	{ 1148, 0, SINGLE, SINGLE_IBM1148, 0, "ibm01148" },
	{ 1149, 0, SINGLE, SINGLE_IBM1149, 0, "ibm01149" },
	{ 20273, 0, SINGLE, SINGLE_IBM273, 0, "ibm273" },
	{ 20277, 0, SINGLE, SINGLE_IBM277, 0, "ibm277" },
	{ 20278, 0, SINGLE, SINGLE_CP20278, 0, "ibm278" },
	{ 20280, 0, SINGLE, SINGLE_IBM280, 0, "ibm280" },
	{ 20284, 0, SINGLE, SINGLE_IBM284, 0, "ibm284" },
	{ 20285, 0, SINGLE, SINGLE_CP20285, 0, "ibm285" },
	{ 20290, 0, SINGLE, SINGLE_CP20290, 0, "ibm290" },
	{ 20297, 0, SINGLE, SINGLE_IBM297, 0, "ibm297" },
	{ 20420, 0, SINGLE, SINGLE_IBM420, 0, "ibm420" },
	{ 20423, 0, SINGLE, SINGLE_CP20423, 0, "ibm423" },
	{ 20424, 0, SINGLE, SINGLE_CP20424, 0, "ibm424" },
	{ 20838, 0, SINGLE, SINGLE_IBM9030, 0, "ibm-thai" },
	{ 20871, 0, SINGLE, SINGLE_CP20871, 0, "ibm871" },
	{ 20880, 0, SINGLE, SINGLE_CP20880, 0, "ibm880" },
	{ 20905, 0, SINGLE, SINGLE_CP20905, 0, "ibm905" },
	{ 20924, 0, SINGLE, SINGLE_CP20924, 0, "ibm00924" },
	{ 20833, 0, SINGLE, SINGLE_CP20833, 0, "x-ebcdic-koreanextended" },
	{ 21025, 0, SINGLE, SINGLE_IBM1025, 0, "cp1025" },
	{ 21027, 0, SINGLE, SINGLE_CP21027, 0, "x-cp21027" },
	{ 29001, ASCII, SINGLE, SINGLE_CP29001, 0, "x-europa" },
	{ 57002, ASCII, ISCII, SINGLE_CP57002, 0, "x-iscii-de" },
	{ 57003, ASCII, ISCII, SINGLE_CP57003, 0, "x-iscii-be" },
	{ 57004, ASCII, ISCII, SINGLE_CP57004, 0, "x-iscii-ta" },
	{ 57005, ASCII, ISCII, SINGLE_CP57005, 0, "x-iscii-te" },
	{ 57006, ASCII, ISCII, SINGLE_CP57006, 0, "x-iscii-as" },
	{ 57007, ASCII, ISCII, SINGLE_CP57007, 0, "x-iscii-or" },
	{ 57008, ASCII, ISCII, SINGLE_CP57008, 0, "x-iscii-ka" },
	{ 57009, ASCII, ISCII, SINGLE_CP57009, 0, "x-iscii-ma" },
	{ 57010, ASCII, ISCII, SINGLE_CP57010, 0, "x-iscii-gu" },
	{ 57011, ASCII, ISCII, SINGLE_CP57011, 0, "x-iscii-pa" },
};
enum { PAGES = sizeof pages / sizeof pages[0] };

static const struct alias {
	char name[22];
	uint32_t number;
} aliases[] = {
	{ "utf8", 65001 },
	{ "unicode-1-1-utf-8", 65001 },
	{ "utf7", 65000 },
	{ "unicode-1-1-utf-7", 65000 },
	{ "utf-16", 1200 },
	{ "unicode", 1200 },
	{ "iso-10646-ucs-2", 1200 },
	{ "utf-32", 12000 },
	{ "ascii", 20127 },
	{ "us", 20127 },
	{ "ansi_x3.4-1968", 20127 },
	{ "iso646-us", 20127 },
	{ "latin1", 28591 },
	{ "latin-1", 28591 },
	{ "l1", 28591 },
	{ "iso8859-1", 28591 },
	{ "iso_8859-1", 28591 },
	{ "latin2", 28592 },
	{ "iso8859-2", 28592 },
	{ "iso8859-5", 28595 },
	{ "iso8859-7", 28597 },
	{ "iso8859-9", 28599 },
	{ "latin5", 28599 },
	{ "iso8859-15", 28605 },
	{ "latin9", 28605 },
	{ "latin-9", 28605 },
	{ "tis-620", 874 },
	{ "tis620", 874 },
	{ "sjis", 932 },
	{ "shift-jis", 932 },
	{ "x-sjis", 932 },
	{ "ms_kanji", 932 },
	{ "windows-31j", 932 },
	{ "cswindows31j", 932 },
	{ "iso-2022-jp-ms", 50220 },
	{ "x-euc-jp", 51932 },
	{ "eucjp", 51932 },
	{ "x-gbk", 936 },
	{ "gb_2312-80", 936 },
	{ "cn-gb", 936 },
	{ "euc-cn", 936 },
	{ "x-euc-cn", 936 },
	{ "hz", 52936 },
	{ "big5-eten", 950 },
	{ "cn-big5", 950 },
	{ "x-x-big5", 950 },
	{ "big5hkscs", 951 },
	{ "ks_c_5601", 949 },
	{ "ks_c_5601-1989", 949 },
	{ "ksc5601", 949 },
	{ "ksc_5601", 949 },
	{ "korean", 949 },
	{ "uhc", 949 },
	{ "euckr", 51949 },
	{ "koi8", 20866 },
	{ "koi8-ru", 21866 },
	{ "logical", 38598 },
	{ "visual", 28598 },
	{ "mac", 10000 },
	{ "x-mac-roman", 10000 },
	{ "cp-850", 850 },
	{ "cspc8codepage437", 437 },
	{ "pc850", 850 },
	{ "cspc850multilingual", 850 },
	{ "iso-8859-6-i", 28596 },
	{ "iso-8859-6-e", 28596 },
	{ "iso-8859-8-e", 28598 },
	{ "iso8859-3", 28593 },
	{ "iso8859-4", 28594 },
	{ "iso8859-6", 28596 },
	{ "iso8859-8", 28598 },
	{ "iso8859-13", 28603 },
	{ "latin3", 28593 },
	{ "latin4", 28594 },
	{ "latin6", 28600 },
	{ "latin7", 28603 },
	{ "latin8", 28604 },
	{ "latin10", 28606 },
	{ "arabic", 28596 },
	{ "cyrillic", 28595 },
	{ "greek", 28597 },
	{ "hebrew", 28598 },
	{ "gb_2312", 936 },
	{ "csgb2312", 51936 },
	{ "csbig5", 950 },
	{ "cseuckr", 51949 },
	{ "cseucpkdfmtjapanese", 51932 },
	{ "csshiftjis", 932 },
	{ "cskoi8r", 20866 },
	{ "koi8_r", 20866 },
	{ "koi8r", 20866 },
	{ "koi8u", 21866 },
	{ "asmo_708", 708 },
	{ "asmo_449", 709 },
	{ "iso-2022-jp-1", 50220 },
	{ "iso-2022-jp-3", 50220 },
	{ "utf-8-mac", 65001 },
	{ "x-utf-8", 65001 },
	{ "x-sjis-ascii", 932 },
	{ "johab", 1361 },
	{ "gb-18030", 54936 },
};

const struct page *pages_find(unsigned number)
{
	for (size_t i = 0; i < PAGES; i++)
		if (pages[i].number == number)
			return &pages[i];
	return NULL;
}

pages_reader_fn *pages_reader(const struct page *page)
{
	return readers[page->reader];
}

/* Single bytes of the Macintosh's pages of pairs that those of Windows have not. */
static const struct lone {
	uint16_t page;
	uint8_t byte;
	uint16_t character;
} lones[] = {
	{ 10001, 0x80, 0x5c },
	{ 10001, 0xa0, 0xa0 },
	{ 10001, 0xfd, 0xa9 },
	{ 10001, 0xfe, 0x2122 },
	{ 10001, 0xff, 0x2026 },
	{ 10002, 0x80, 0x5c },
	{ 10002, 0xa0, 0xa0 },
	{ 10002, 0xfd, 0xa9 },
	{ 10002, 0xfe, 0x2122 },
	{ 10002, 0xff, 0x2026 },
	{ 10003, 0x80, 0xa0 },
	{ 10003, 0x81, 0x20a9 },
	{ 10003, 0x82, 0x2013 },
	{ 10003, 0x83, 0xa9 },
	{ 10003, 0xfe, 0x2122 },
	{ 10003, 0xff, 0x2026 },
	{ 10008, 0xa0, 0xa0 },
	{ 10008, 0xfd, 0xa9 },
	{ 10008, 0xfe, 0x2122 },
	{ 10008, 0xff, 0x2026 },
};

uint32_t pages_alone(const struct page *page, uint8_t byte)
{
	for (size_t i = 0; i < sizeof lones / sizeof lones[0]; i++)
		if (lones[i].page == page->number && lones[i].byte == byte)
			return lones[i].character;
	return (page->flags & PAGES_C1) && byte >= 0x80 && byte <= 0x9f ? byte
									: PAGES_NO_SIGN;
}

/* "cp1252", "windows-1252", "ibm-850", "x-cp1250", "ms936": the number, or 0. */
static unsigned pages_numbered(const char *name)
{
	static const char *const prefixes[] = { "windows", "ibm", "dos", "cp", "ms",
		"ccsid" };

	if (strncasecmp(name, "x-", 2) == 0)
		name += 2;
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		size_t n = strlen(prefixes[i]);
		if (strncasecmp(name, prefixes[i], n) != 0)
			continue;
		name += n;
		name += *name == '-' || *name == '_';
		unsigned number = 0;
		while (*name >= '0' && *name <= '9' && number < 100000)
			number = number * 10 + (unsigned)(*name++ - '0');
		if (*name != '\0' || number == 0)
			return 0;
		/* IBM's numbers of EBCDIC pages are less by 20000. */
		return pages_find(number)           ? number
		       : pages_find(number + 20000) ? number + 20000
						    : 0;
	}
	return 0;
}

unsigned pages_named(const char *charset)
{
	for (size_t i = 0; i < PAGES; i++)
		if (strcasecmp(pages[i].mime, charset) == 0)
			return pages[i].number;
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (strcasecmp(aliases[i].name, charset) == 0)
			return aliases[i].number;
	return pages_numbered(charset);
}
