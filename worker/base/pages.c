/* SPDX-License-Identifier: ISC */
#include "base/pages.h"

#include <string.h>
#include <strings.h>

enum { ASCII = PAGES_ASCII, C1 = PAGES_C1, OWN = PAGES_OWN };

/* Where several rows have one MIME name, the name means the first. */
static const struct page pages[] = {
	{ PAGES_UTF_8, ASCII | OWN, NULL, "utf-8", NULL },
	{ PAGES_WINDOWS_1252, ASCII | C1, "CP1252", "windows-1252", NULL },
	{ PAGES_UTF_16LE, OWN, NULL, "utf-16le", NULL },
	{ PAGES_UTF_16BE, OWN, NULL, "utf-16be", NULL },
	{ PAGES_UTF_32LE, OWN, NULL, "utf-32le", NULL },
	{ PAGES_UTF_32BE, OWN, NULL, "utf-32be", NULL },
	{ 65000, 0, "UTF-7", "utf-7", NULL },
	{ 1250, ASCII | C1, "CP1250", "windows-1250", NULL },
	{ 1251, ASCII | C1, "CP1251", "windows-1251", NULL },
	{ 1253, ASCII | C1, "CP1253", "windows-1253", NULL },
	{ 1254, ASCII | C1, "CP1254", "windows-1254", NULL },
	{ 1255, ASCII | C1, "CP1255", "windows-1255", NULL },
	{ 1256, ASCII | C1, "CP1256", "windows-1256", NULL },
	{ 1257, ASCII | C1, "CP1257", "windows-1257", NULL },
	{ 1258, ASCII | C1, "CP1258", "windows-1258", NULL },
	{ 874, ASCII | C1, "CP874", "windows-874", NULL },
	{ 932, ASCII, "CP932", "shift_jis", NULL },
	{ 936, ASCII, "CP936", "gbk", NULL },
	{ 949, ASCII, "CP949", "ks_c_5601-1987", NULL },
	{ 950, ASCII, "CP950", "big5", NULL },
	{ 951, ASCII, "BIG5-HKSCS", "big5-hkscs", NULL },
	{ 1361, 0, "CP1361", "johab", NULL },
	{ 20127, ASCII, "ASCII", "us-ascii", NULL },
	{ 28591, ASCII, "ISO-8859-1", "iso-8859-1", NULL },
	{ 28592, ASCII, "ISO-8859-2", "iso-8859-2", NULL },
	{ 28593, ASCII, "ISO-8859-3", "iso-8859-3", NULL },
	{ 28594, ASCII, "ISO-8859-4", "iso-8859-4", NULL },
	{ 28595, ASCII, "ISO-8859-5", "iso-8859-5", NULL },
	{ 28596, ASCII, "ISO-8859-6", "iso-8859-6", NULL },
	{ 28597, ASCII, "ISO-8859-7", "iso-8859-7", NULL },
	{ 28598, ASCII, "ISO-8859-8", "iso-8859-8", NULL },
	{ 28599, ASCII, "ISO-8859-9", "iso-8859-9", NULL },
	{ 28600, ASCII, "ISO-8859-10", "iso-8859-10", NULL },
	{ 28601, ASCII, "ISO-8859-11", "iso-8859-11", NULL },
	{ 28603, ASCII, "ISO-8859-13", "iso-8859-13", NULL },
	{ 28604, ASCII, "ISO-8859-14", "iso-8859-14", NULL },
	{ 28605, ASCII, "ISO-8859-15", "iso-8859-15", NULL },
	{ 28606, ASCII, "ISO-8859-16", "iso-8859-16", NULL },
	{ 38598, ASCII, "ISO-8859-8", "iso-8859-8-i", NULL },
	{ 20866, ASCII, "KOI8-R", "koi8-r", NULL },
	{ 21866, ASCII, "CP21866", "koi8-u", NULL },
	{ 50220, 0, "EUC-JP-MS", "iso-2022-jp", pages_from_iso2022jp },
	{ 50221, 0, "EUC-JP-MS", "csiso2022jp", pages_from_iso2022jp },
	{ 50222, 0, "EUC-JP-MS", "iso-2022-jp", pages_from_iso2022jp },
	{ 50225, 0, "ISO-2022-KR", "iso-2022-kr", NULL },
	{ 50227, 0, "ISO-2022-CN", "iso-2022-cn", NULL },
	{ 50229, 0, "ISO-2022-CN", "x-cp50229", NULL },
	{ 50930, 0, "IBM930", "x-ebcdic-japaneseandkana", NULL },
	/* Japanese with the Latin letters of page 37, which are where 1027 has them. */
	{ 50931, 0, "IBM939", "x-ebcdic-japaneseanduscanada", NULL },
	{ 50933, 0, "IBM933", "x-ebcdic-koreanandkoreanextended", NULL },
	{ 50935, 0, "IBM935", "x-ebcdic-simplifiedchinese", NULL },
	{ 50936, 0, "IBM935", "x-cp50936", NULL },
	{ 50937, 0, "IBM937", "x-ebcdic-traditionalchinese", NULL },
	{ 50939, 0, "IBM939", "x-ebcdic-japaneseandjapaneselatin", NULL },
	{ 51932, ASCII, "EUC-JP-MS", "euc-jp", NULL },
	{ 20932, ASCII, "EUC-JP-MS", "euc-jp", pages_from_two_sets },
	{ 51949, ASCII, "CP949", "euc-kr", NULL },
	{ 20949, ASCII, "CP949", "euc-kr", NULL },
	{ 51936, ASCII, "CP936", "gb2312", NULL },
	{ 20936, ASCII, "CP936", "gb2312", NULL },
	{ 51950, ASCII, "EUC-TW", "euc-tw", NULL },
	{ 52936, 0, "CP936", "hz-gb-2312", pages_from_hz },
	{ 54936, ASCII, "GB18030", "gb18030", NULL },
	{ 437, ASCII, "CP437", "ibm437", NULL },
	{ 708, ASCII, "CP708", "asmo-708", NULL },
	/* ASCII with ASMO 449 above it, which has the letters of ASMO 708. */
	{ 709, ASCII, "ISO-8859-6", "asmo-449", NULL },
	{ 710, ASCII, "CP720", "x-transparent-arabic", NULL },
	{ 720, ASCII, "CP720", "dos-720", NULL },
	{ 737, ASCII, "CP737", "ibm737", NULL },
	{ 775, ASCII, "CP775", "ibm775", NULL },
	{ 850, ASCII, "CP850", "ibm850", NULL },
	{ 852, ASCII, "CP852", "ibm852", NULL },
	{ 855, ASCII, "CP855", "ibm855", NULL },
	{ 857, ASCII, "CP857", "ibm857", NULL },
	{ 858, ASCII, "CP858", "ibm00858", NULL },
	{ 860, ASCII, "CP860", "ibm860", NULL },
	{ 861, ASCII, "CP861", "ibm861", NULL },
	{ 862, ASCII, "CP862", "ibm862", NULL },
	{ 863, ASCII, "CP863", "ibm863", NULL },
	{ 864, 0, "CP864", "ibm864", NULL }, /* 0x25 is the Arabic percent sign */
	{ 865, ASCII, "CP865", "ibm865", NULL },
	{ 866, ASCII, "CP866", "ibm866", NULL },
	{ 869, ASCII, "CP869", "ibm869", NULL },
	{ 10000, ASCII, "MACINTOSH", "macintosh", NULL },
	{ 10001, ASCII, "CP932", "x-mac-japanese", NULL },
	{ 10002, ASCII, "CP950", "x-mac-chinesetrad", NULL },
	{ 10003, ASCII, "CP949", "x-mac-korean", NULL },
	{ 10004, ASCII, "MAC-ARABIC", "x-mac-arabic", NULL },
	{ 10005, ASCII, "CP10005", "x-mac-hebrew", NULL },
	{ 10021, ASCII, "CP10021", "x-mac-thai", NULL },
	{ 10006, ASCII, "MAC-GREEK", "x-mac-greek", NULL },
	{ 10007, ASCII, "MAC-CYRILLIC", "x-mac-cyrillic", NULL },
	{ 10008, ASCII, "CP936", "x-mac-chinesesimp", NULL },
	{ 10010, ASCII, "MAC-ROMANIAN", "x-mac-romanian", NULL },
	{ 10017, ASCII, "MAC-UK", "x-mac-ukrainian", NULL },
	{ 10029, ASCII, "MAC-CENTRALEUROPE", "x-mac-ce", NULL },
	{ 10079, ASCII, "MAC-IS", "x-mac-icelandic", NULL },
	{ 10081, ASCII, "MAC-TURKISH", "x-mac-turkish", NULL },
	{ 10082, ASCII, "MAC-CROATIAN", "x-mac-croatian", NULL },
	{ 20000, ASCII, "EUC-TW", "x-chinese-cns", pages_from_two_sets },
	{ 20001, ASCII, "EUC-TW", "x-cp20001", pages_from_order },
	{ 20002, ASCII, "EUC-TW", "x-chinese-eten", pages_from_order },
	{ 20003, ASCII, "BIG5-HKSCS", "x-cp20003", pages_from_order },
	/* Of 20004 (TeleText) nobody has a table. */
	{ 20005, ASCII, "BIG5-HKSCS", "x-cp20005", pages_from_order },
	{ 20105, 0, "CP20105", "x-ia5", NULL },
	{ 20106, 0, "DIN_66003", "x-ia5-german", NULL },
	{ 20107, 0, "SEN_850200_C", "x-ia5-swedish", NULL },
	{ 20108, 0, "NS_4551-2", "x-ia5-norwegian", NULL },
	{ 20261, 0, "T.61", "x-cp20261", NULL },
	{ 20269, ASCII, "ISO_6937", "x-cp20269", NULL },
	{ 37, 0, "IBM037", "ibm037", NULL },
	{ 500, 0, "IBM500", "ibm500", NULL },
	{ 870, 0, "CP870", "ibm870", NULL },
	{ 875, 0, "CP875", "cp875", NULL },
	{ 1026, 0, "CP1026", "ibm1026", NULL },
	{ 1047, 0, "CP1047", "ibm1047", NULL },
	{ 1140, 0, "IBM1140", "ibm01140", NULL },
	{ 1141, 0, "IBM1141", "ibm01141", NULL },
	{ 1142, 0, "IBM1142", "ibm01142", NULL },
	{ 1143, 0, "IBM1143", "ibm01143", NULL },
	{ 1144, 0, "IBM1144", "ibm01144", NULL },
	{ 1145, 0, "IBM1145", "ibm01145", NULL },
	{ 1146, 0, "IBM1146", "ibm01146", NULL },
	{ 1147, 0, "IBM1147", "ibm01147", NULL },
	{ 1148, 0, "IBM1148", "ibm01148", NULL },
	{ 1149, 0, "IBM1149", "ibm01149", NULL },
	{ 20273, 0, "IBM273", "ibm273", NULL },
	{ 20277, 0, "IBM277", "ibm277", NULL },
	{ 20278, 0, "CP20278", "ibm278", NULL },
	{ 20280, 0, "IBM280", "ibm280", NULL },
	{ 20284, 0, "IBM284", "ibm284", NULL },
	{ 20285, 0, "CP20285", "ibm285", NULL },
	{ 20290, 0, "CP20290", "ibm290", NULL },
	{ 20297, 0, "IBM297", "ibm297", NULL },
	{ 20420, 0, "IBM420", "ibm420", NULL },
	{ 20423, 0, "CP20423", "ibm423", NULL },
	{ 20424, 0, "CP20424", "ibm424", NULL },
	{ 20838, 0, "IBM9030", "ibm-thai", NULL },
	{ 20871, 0, "CP20871", "ibm871", NULL },
	{ 20880, 0, "CP20880", "ibm880", NULL },
	{ 20905, 0, "CP20905", "ibm905", NULL },
	{ 20924, 0, "CP20924", "ibm00924", NULL },
	{ 20833, 0, "CP20833", "x-ebcdic-koreanextended", NULL },
	{ 21025, 0, "IBM1025", "cp1025", NULL },
	{ 21027, 0, "CP21027", "x-cp21027", NULL },
	{ 29001, ASCII, "CP29001", "x-europa", NULL },
	{ 57002, ASCII, "UTF-8", "x-iscii-de", pages_from_iscii },
	{ 57003, ASCII, "UTF-8", "x-iscii-be", pages_from_iscii },
	{ 57004, ASCII, "UTF-8", "x-iscii-ta", pages_from_iscii },
	{ 57005, ASCII, "UTF-8", "x-iscii-te", pages_from_iscii },
	{ 57006, ASCII, "UTF-8", "x-iscii-as", pages_from_iscii },
	{ 57007, ASCII, "UTF-8", "x-iscii-or", pages_from_iscii },
	{ 57008, ASCII, "UTF-8", "x-iscii-ka", pages_from_iscii },
	{ 57009, ASCII, "UTF-8", "x-iscii-ma", pages_from_iscii },
	{ 57010, ASCII, "UTF-8", "x-iscii-gu", pages_from_iscii },
	{ 57011, ASCII, "UTF-8", "x-iscii-pa", pages_from_iscii },
};
enum { PAGES = sizeof pages / sizeof pages[0] };

static const struct alias {
	const char *name;
	unsigned number;
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

/* What reads each page; converters are opened once and held for life. */
static struct pages_reader readers[PAGES];

const char *pages_init(void)
{
	const char *missing = NULL;

	for (size_t i = 0; i < PAGES; i++) {
		struct pages_reader *r = &readers[i];
		if (pages[i].flags & OWN)
			r->ready = true;
		if (r->ready)
			continue;
		r->single = pages_single(pages[i].source);
		if (!r->single)
			r->converter = iconv_open("UTF-8", pages[i].source);
		r->ready = r->single || (intptr_t)r->converter != -1;
		if (!r->ready)
			missing = pages[i].source;
	}
	return missing;
}

const struct page *pages_find(unsigned number)
{
	for (size_t i = 0; i < PAGES; i++)
		if (pages[i].number == number)
			return &pages[i];
	return NULL;
}

const struct pages_reader *pages_read(const struct page *p)
{
	return &readers[p - pages];
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

unsigned pages_alone(const struct page *page, uint8_t byte)
{
	for (size_t i = 0; i < sizeof lones / sizeof lones[0]; i++)
		if (lones[i].page == page->number && lones[i].byte == byte)
			return lones[i].character;
	return (page->flags & PAGES_C1) && byte >= 0x80 && byte <= 0x9f ? byte
									: PAGES_NONE;
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
