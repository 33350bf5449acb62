/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "ground.h"

TestSuite(text, .init = ground_up, .fini = ground_down);

#define FFFD "\xef\xbf\xbd"

static const struct {
	const char *name;
	unsigned codepage;
	const char *bytes;
	size_t n; /* 0: strlen */
	const char *want;
	bool lossy;
} reads[] = {
	{ "empty", 1252, "", 0, "", false },
	{ "windows-1252", 1252, "caf\xe9 \x80", 0, "café €", false },
	{ "C1 in windows-1252", 1252, "\x81\x8d\x9d", 0, "\xc2\x81\xc2\x8d\xc2\x9d",
	    false },
	{ "windows-1253 undefined", 1253, "\xc1\xd2", 0, "Α" FFFD, true },
	{ "windows-1255 holds back", 1255, "\xe0", 0, "א", false },
	{ "windows-1258 composes", 1258, "a\xec", 0, "á", false },
	{ "latin1", 28591, "\xe9\xa0", 0, "é\xc2\xa0", false },
	{ "latin9", 28605, "\xa4", 0, "€", false },
	{ "latin10", 28606, "\xaa", 0, "Ș", false },
	{ "koi8-r", 20866, "\xf0\xf2\xe9", 0, "ПРИ", false },
	{ "koi8-u", 21866, "\xa4", 0, "є", false },
	{ "ibm437", 437, "\x81", 0, "ü", false },
	{ "ibm850", 850, "\xd5", 0, "ı", false },
	{ "ibm866", 866, "\x8f", 0, "П", false },
	{ "macintosh", 10000, "\x8e", 0, "é", false },
	{ "mac ce", 10029, "\x8b", 0, "č", false },
	{ "shift_jis", 932, "\x93\xfa\x96\x7b \xb1\x87\x40", 0, "日本 ｱ①", false },
	{ "shift_jis cut", 932, "\x93\xfa\x96", 0, "日" FFFD, true },
	{ "gbk", 936, "\xd6\xd0\xce\xc4", 0, "中文", false },
	{ "gb18030", 54936, "\x81\x30\x81\x30", 0, "\xc2\x80", false },
	{ "big5", 950, "\xa4\xa4\xa4\xe5", 0, "中文", false },
	{ "uhc", 949, "\xc7\xd1\x81\x41", 0, "한갂", false },
	{ "johab", 1361, "\xd0\x65", 0, "한", false },
	{ "euc-jp", 51932, "\xc6\xfc\xcb\xdc\x8e\xb1\xad\xa1", 0, "日本ｱ①", false },
	{ "euc-kr", 51949, "\xc7\xd1", 0, "한", false },
	{ "hz", 52936, "a~{VPND~}b~~c~\nd", 0, "a中文b~cd", false },
	{ "hz ends with the line", 52936, "~{VP\nVP", 0, "中\nVP", false },
	{ "hz half a pair", 52936, "~{VPN", 0, "中N", false },
	{ "iso-2022-jp", 50220, "\x1b$BF|K\\\x1b(B!", 0, "日本!", false },
	{ "iso-2022-jp kana", 50221, "\x1b(I1\x1b(B1", 0, "ｱ1", false },
	{ "iso-2022-jp row 13", 50220, "\x1b$B-!\x1b(B", 0, "①", false },
	{ "iso-2022-jp 0212", 50220, "\x1b$(D0!\x1b(B", 0, "丂", false },
	{ "iso-2022-jp line", 50220, "\x1b$BF|\nF|", 0, "日\nF|", false },
	{ "iso-2022-jp cut escape", 50220, "a\x1b$", 0, "a\x1b$", false },
	{ "iso-2022-kr", 50225, "\x1b$)C\x0eGQ\x0f", 0, "한", false },
	{ "utf-7", 65000, "Hi+AOk-+ZeU-", 0, "Hié日", false },
	{ "utf-7 with 8 bits", 65000, "a\xe9z", 0, "a" FFFD "z", true },
	{ "utf-7 in pairs", 65000, "+2D3eAA-!", 0, "😀!", false },
	{ "utf-7 half a pair", 65000, "+2D0-a+2D0AYQ-", 0, FFFD "a" FFFD "a", true },
	{ "utf-7 other half", 65000, "+3gA-a", 0, FFFD "a", true },
	{ "utf-7 ends at any byte", 65000, "+AOk.b c+AOl.b", 0, "é.b cé" FFFD ".b",
	    true },
	{ "utf-7 cut", 65000, "a+2D0", 0, "a" FFFD, true },
	{ "big5-hkscs of two", 951, "\x88\x62\x88\xa3", 0, "Ê̄ê̄", false },
	{ "uhc past its end", 949, "\xc7\xd1\xa2\xe8", 0, "한" FFFD FFFD, true },
	{ "windows-1255 in twos and threes", 1255, "\xf9\xcc\xd1\xe0\xd9", 0,
	    "\xef\xac\xac\xd7\x90" FFFD, true },
	{ "utf-8 surrogate", 65001, "\xed\xa0\x80", 0, FFFD FFFD FFFD, true },
	{ "utf-8 too high", 65001, "\xf4\x90\x80\x80", 0, FFFD FFFD FFFD FFFD, true },
	{ "utf-8 cut", 65001, "x\xe6\x97", 0, "x" FFFD FFFD, true },
	{ "utf-16", 1200, "a\0\xe9\0=\xd8\0\xde", 8, "aé😀", false },
	{ "utf-16be", 1201, "\0a\xd8=\xde\0", 6, "a😀", false },
	{ "utf-16 lone high", 1200,
	    "=\xd8"
	    "a\0",
	    4, FFFD "a", true },
	{ "utf-16 lone low", 1200,
	    "\0\xde"
	    "a\0",
	    4, FFFD "a", true },
	{ "utf-16 ends high", 1200, "a\0=\xd8", 4, "a" FFFD, true },
	{ "utf-16 odd", 1200, "a\0b", 3, "a", true },
	{ "utf-32", 12000, "a\0\0\0", 4, "a", false },
	{ "us-ascii with 8 bits", 20127, "a\xe9", 0, "a" FFFD, true },
	{ "ebcdic", 37, "\xc1\xc2", 0, "AB", false },
	{ "cns", 20000, "\xc4\xe3\xc5\xc6\xc5\xb3\xc9\xed", 0, "中文夫妣", false },
	{ "tca", 20001, "\x92\xe2\x93\x62\xa7\xbd\xa7\xa2", 0, "中文編碼", false },
	{ "eten", 20002, "\x92\xe2\x93\x62\xa7\xbd\xa7\xa2", 0, "中文編碼", false },
	{ "ibm 5550", 20003, "\x8c\x83\x8c\xc4\xa1\x5c\xa1\x41\x82\xa0\x83\x41\x83\x9f",
	    0, "中文編碼あアΑ", false },
	{ "wang", 20005, "\x90\x49\x90\xa2\xa6\xc9\xa6\xae", 0, "中文編碼", false },
	{ "jis in two sets", 20932, "\xc6\xfc\xcb\xdc\xb8\xec\xb0\x21", 0, "日本語丂",
	    false },
	{ "mac hebrew", 10005, "\xf9\xec\xe5\xed\xa6", 0, "שלום₪", false },
	{ "mac thai", 10021, "\xca\xc7\xd1\xca\xb4\xd5", 0, "สวัสดี", false },
	{ "europa", 29001, "\xab\xd3\xd3\x9e\xaa\x9c\x20\xa5", 0, "Ελλάδα Ñ", false },
	{ "asmo 708", 708, "\xe5\xd1\xcd\xc8\xc7\x20\x82", 0, "مرحبا é", false },
	{ "mac japanese", 10001, "\x93\xfa\x96\x7b\xfd", 0, "日本©", false },
	{ "mac chinese", 10002, "\xa4\xa4\xa4\xe5\xfd", 0, "中文©", false },
	{ "mac korean", 10003, "\xc7\xd1\xb1\xb9\x83", 0, "한국©", false },
	{ "mac iceland", 10079, "\xa0\xdf\xdd", 0, "Ýþð", false },
	{ "ia5", 20105, "\x61\x24\x7e", 0, "a¤‾", false },
	{ "ia5 swedish", 20107, "\x5b\x5c\x5d\x40", 0, "ÄÖÅÉ", false },
	{ "ia5 norwegian", 20108, "\x5b\x5c\x5d\x23", 0, "ÆØÅ§", false },
	{ "ebcdic katakana", 20290, "\x62\x63\x81\x82", 0, "abｱｲ", false },
	{ "ebcdic cyrillic", 20880, "\xbc\x9e\x78\xaa\x9e", 0, "Добро", false },
	{ "ebcdic latin 9", 20924, "\x6a\x9f", 0, "Š€", false },
	{ "koi8-u", 21866, "\xae\xbe\xa7", 0, "ўЎї", false },
	{ "ebcdic lines", 1047, "\xc1\xad\xbd\x15", 0, "A[]\n", false },
	{ "ebcdic pairs", 50930, "\x0e\x45\x41\x0f", 0, "一", false },
	{ "gap of cns", 20001, "\x92\xe2\x84\xc8\x93\x62", 0, "中�文", true },
	{ "gap of jis x 0212", 20932, "\xc6\xfc\xa2\x21\xcb\xdc", 0, "日�本", true },
	{ "gap of euc-jp", 51932, "\xc6\xfc\x8f\xa2\xa1\xcb\xdc", 0, "日�本", true },
	{ "devanagari", 57002, "\xd8\xdb\xc6\xe8\xc4\xdc", 0, "हिन्दी", false },
	{ "devanagari by its number", 57003,
	    "\xef\x42\xd8\xdb\xc6\xe8\xc4\xdc\x0a\xef\x40\xca\xda\xa2\xd1\xda", 0,
	    "हिन्दी\nবাংলা", false },
	{ "a blank of ISCII", 57008, "\xb3\xa0\xb3", 0, "ಕ ಕ", false },
	{ "om", 57002, "\xa1\xe9", 0, "ॐ", false },
	{ "bengali", 57003, "\xca\xda\xa2\xd1\xda", 0, "বাংলা", false },
	{ "tamil", 57004, "\xc2\xcc\xdb\xd3\xe8", 0, "தமிழ்", false },
	{ "telugu", 57005, "\xc2\xe0\xd1\xdd\xb5\xdd", 0, "తెలుగు", false },
	{ "assamese", 57006, "\xca\xda\xa2\xd1\xda", 0, "বাংলা", false },
	{ "oriya", 57007, "\xb0\xbf\xe9\xdb\xa5", 0, "ଓଡ଼ିଆ", false },
	{ "kannada", 57008, "\xb3\xc6\xe8\xc6\xbf", 0, "ಕನ್ನಡ", false },
	{ "malayalam", 57009, "\xcc\xd1\xcd\xda\xd2\xa2", 0, "മലയാളം", false },
	{ "gujarati", 57010, "\xb5\xdd\xba\xcf\xda\xc2\xdc", 0, "ગુજરાતી", false },
	{ "gurmukhi", 57011, "\xc8\xa2\xba\xda\xca\xdc", 0, "ਪਂਜਾਬੀ", false },
	{ "unknown", 4711, "caf\xe9", 0, "café", true },
	{ "unknown zero", 0, "ascii", 0, "ascii", true },
};

Test(text, reads_each_code_page)
{
	for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
		size_t n = reads[i].n ? reads[i].n : strlen(reads[i].bytes);
		struct text t = text_from(arena, reads[i].codepage, reads[i].bytes, n);
		cr_expect_str_eq(t.s, reads[i].want, "%s: \"%s\"", reads[i].name, t.s);
		cr_expect_eq(t.len, strlen(reads[i].want), "%s", reads[i].name);
		cr_expect_eq(t.lossy, reads[i].lossy, "%s", reads[i].name);
	}
}

Test(text, nul_is_a_character)
{
	struct text t = text_from(arena, 1252, "a\0\xe9", 3);
	cr_expect_eq(t.len, 4);
	cr_expect_eq(memcmp(t.s, "a\0\xc3\xa9", 5), 0);
}

static const unsigned wanted[] = { 37, 437, 500, 708, 737, 775, 850, 852, 855, 857, 858,
	860, 861, 862, 863, 864, 865, 866, 869, 874, 932, 936, 949, 950, 1200, 1201, 1250,
	1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 1361, 10000, 10007, 10029, 12000,
	20127, 20866, 20932, 20936, 21866, 28591, 28592, 28593, 28594, 28595, 28596,
	28597, 28598, 28599, 28603, 28605, 28606, 38598, 50220, 50221, 50222, 50225,
	51932, 51936, 51949, 52936, 54936, 65000, 65001, 20000, 20001, 20002, 20003,
	20005, 20833, 21027, 29001, 10001, 10002, 10003, 10005, 10008, 10021, 50229,
	50930, 50931, 50933, 50935, 50936, 50937, 50939, 57002, 57003, 57004, 57005,
	57006, 57007, 57008, 57009, 57010, 57011 };

/* Every byte and every pair of bytes, in every code page: valid UTF-8 comes out. */
Test(text, any_bytes_give_utf8)
{
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		cr_assert(text_known(wanted[i]), "%u", wanted[i]);
		cr_assert_not_null(text_charset(wanted[i]));
		static uint8_t all[65536 * 2];
		for (size_t k = 0; k < sizeof all; k++)
			all[k] = (uint8_t)(k & 1 ? k >> 1 : k >> 9);
		for (size_t start = 0; start < 2; start++) {
			struct text t =
			    text_from(arena, wanted[i], all + start, sizeof all - start);
			cr_expect(text_is_utf8(t.s, t.len), "%u", wanted[i]);
			cr_expect_gt(t.len, 1000, "%u", wanted[i]);
		}
		for (unsigned c = 0; c < 256; c++) {
			uint8_t one = (uint8_t)c;
			struct text t = text_from(arena, wanted[i], &one, 1);
			cr_expect(text_is_utf8(t.s, t.len), "%u: %02x", wanted[i], c);
		}
		arena_reset(arena);
	}
}

/* The bytes read at once end anywhere in a character. */
Test(text, characters_lie_across_any_boundary)
{
	static const struct {
		unsigned codepage;
		const char *bytes, *want;
	} units[] = {
		{ 932, "\x93\xfa", "日" },
		{ 54936, "\x81\x30\x81\x30", "\xc2\x80" },
		{ 51950, "\x8e\xa2\xa1\xa1", "乂" },
		{ 65000, "+ZeU-", "日" },
		{ 1258, "a\xec", "á" },
		{ 12000, "\xe5\x65\0\0", "日" },
	};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		size_t n = units[i].codepage == 12000 ? 4 : strlen(units[i].bytes);
		for (size_t before = 0; before < 5; before++) {
			struct text all = { .s = "" };
			char *bytes = arena_alloc(arena, before * 4 + 5000 * n);
			size_t start = units[i].codepage == 12000 ? before * 4 : before;
			for (size_t k = 0; k < start; k++)
				bytes[k] = units[i].codepage == 12000 && k % 4 ? 0 : 'x';
			for (size_t k = 0; k < 5000; k++)
				memcpy(bytes + start + k * n, units[i].bytes, n);
			all =
			    text_from(arena, units[i].codepage, bytes, start + 5000 * n);
			size_t want = strlen(units[i].want);
			cr_expect(!all.lossy, "%u", units[i].codepage);
			cr_assert_eq(all.len, before + 5000 * want, "%u: %zu",
			    units[i].codepage, all.len);
			for (size_t k = 0; k < 5000; k++)
				cr_assert_eq(memcmp(all.s + before + k * want,
						 units[i].want, want),
				    0, "%u at %zu", units[i].codepage, k);
		}
	}
}

static const struct {
	const char *name;
	unsigned codepage;
} names[] = {
	{ "UTF-8", 65001 },
	{ "utf8", 65001 },
	{ "us-ascii", 20127 },
	{ "ISO-8859-1", 28591 },
	{ "iso-8859-8-i", 38598 },
	{ "Windows-1252", 1252 },
	{ "cp1252", 1252 },
	{ "CP-1251", 1251 },
	{ "x-cp1250", 1250 },
	{ "ibm850", 850 },
	{ "IBM-866", 866 },
	{ "ms936", 936 },
	{ "gb2312", 51936 },
	{ "GBK", 936 },
	{ "Shift_JIS", 932 },
	{ "iso-2022-jp", 50220 },
	{ "euc-jp", 51932 },
	{ "ks_c_5601-1987", 949 },
	{ "big5", 950 },
	{ "koi8-r", 20866 },
	{ "macintosh", 10000 },
	{ "windows-", 0 },
	{ "windows-1252x", 0 },
	{ "cp4711", 0 },
	{ "cp99999999999999999999", 0 },
	{ "x-unknown", 0 },
	{ "", 0 },
};

Test(text, charset_names)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		cr_expect_eq(text_codepage(names[i].name), names[i].codepage, "%s: %u",
		    names[i].name, text_codepage(names[i].name));
	cr_expect_eq(text_codepage(NULL), 0);
	cr_expect_null(text_charset(4711));
	cr_expect(!text_known(0));
	for (unsigned number = 1; number < 70000; number++)
		if (text_known(number)) {
			unsigned back = text_codepage(text_charset(number));
			cr_expect_str_eq(
			    text_charset(back), text_charset(number), "%u", number);
		}
}

static double seconds(unsigned codepage, const char *unit, size_t repeat)
{
	size_t n = strlen(unit);
	char *all = arena_alloc(arena, n * repeat);
	struct timespec from, to;

	for (size_t i = 0; i < repeat; i++)
		memcpy(all + i * n, unit, n);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	struct text t = text_from(arena, codepage, all, n * repeat);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	cr_expect(text_is_utf8(t.s, t.len));
	arena_reset(arena);
	return (double)(to.tv_sec - from.tv_sec) +
	       (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

/* Ten times the text may take ten times as long, and not a hundred times. */
Test(text, time_is_linear_in_size)
{
	static const struct {
		unsigned codepage;
		const char *unit;
	} worst[] = {
		{ 1252, "\xe9" },
		{ 1253, "\xd2" },
		{ 20127, "a\xff" },
		{ 936, "\xff\x20" },
		{ 932, "\x93\x20" },
		{ 65000, "+AOk-\xff" },
		{ 65001, "\xc3" },
		{ 50220, "\x1b$B\xff" },
		{ 50225, "\x0e\xff\x0f" },
		{ 50227, "\x1b\x0e\xff" },
		{ 54936, "\x81\x30\xff" },
		{ 1255, "\xe0\xd9" },
	};

	for (size_t i = 0; i < sizeof worst / sizeof worst[0]; i++) {
		double small = seconds(worst[i].codepage, worst[i].unit, 100000);
		double large = seconds(worst[i].codepage, worst[i].unit, 1000000);
		cr_expect(large < 40 * small + 0.1, "%u: %f, then %f", worst[i].codepage,
		    small, large);
	}
}
