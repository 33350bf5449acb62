/* SPDX-License-Identifier: ISC */
#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"

enum {
	/* Bytes given to iconv at once: whatever it does with the rest of its input
	   when it stops at an error, decoding stays linear. */
	WINDOW = 4096,
	CP_UTF16LE = 1200,
	CP_UTF16BE = 1201,
	CP_1252 = 1252,
	CP_UTF8 = 65001,
};

/*
 * What iconv lacks, rewritten as an encoding it has. to has room for 2 * n bytes;
 * returns how many it took.
 */
typedef size_t prepare_fn(uint8_t *to, const uint8_t *p, size_t n);
static prepare_fn from_hz, from_iso2022jp;

enum {
	ASCII = 1, /* bytes below 0x80 are ASCII whatever went before */
	C1 = 2,  /* an undefined byte of 0x80-0x9f is that control, as Windows reads it */
	OWN = 4, /* decoded here, no converter needed */
};

/*
 * Every code page we read: iconv's name, the MIME name (IANA where there is one).
 * Of several with one MIME name the first is what the name means.
 */
static const struct page {
	unsigned number, flags;
	const char *iconv, *mime;
	prepare_fn *prepare;
} pages[] = {
	{ CP_UTF8, ASCII | OWN, NULL, "utf-8", NULL },
	{ CP_1252, ASCII | C1, "CP1252", "windows-1252", NULL },
	{ CP_UTF16LE, OWN, NULL, "utf-16le", NULL },
	{ CP_UTF16BE, OWN, NULL, "utf-16be", NULL },
	{ 12000, 0, "UTF-32LE", "utf-32le", NULL },
	{ 12001, 0, "UTF-32BE", "utf-32be", NULL },
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
	{ 21866, ASCII, "KOI8-U", "koi8-u", NULL },
	{ 50220, 0, "EUC-JP-MS", "iso-2022-jp", from_iso2022jp },
	{ 50221, 0, "EUC-JP-MS", "csiso2022jp", from_iso2022jp },
	{ 50222, 0, "EUC-JP-MS", "iso-2022-jp", from_iso2022jp },
	{ 50225, 0, "ISO-2022-KR", "iso-2022-kr", NULL },
	{ 50227, 0, "ISO-2022-CN", "iso-2022-cn", NULL },
	{ 51932, ASCII, "EUC-JP-MS", "euc-jp", NULL },
	{ 20932, ASCII, "EUC-JP-MS", "euc-jp", NULL },
	{ 51949, ASCII, "CP949", "euc-kr", NULL },
	{ 20949, ASCII, "CP949", "euc-kr", NULL },
	{ 51936, ASCII, "CP936", "gb2312", NULL },
	{ 20936, ASCII, "CP936", "gb2312", NULL },
	{ 51950, ASCII, "EUC-TW", "euc-tw", NULL },
	{ 52936, 0, "CP936", "hz-gb-2312", from_hz },
	{ 54936, ASCII, "GB18030", "gb18030", NULL },
	{ 437, ASCII, "CP437", "ibm437", NULL },
	{ 708, ASCII, "ISO-8859-6", "asmo-708", NULL },
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
	{ 10007, ASCII, "MAC-CYRILLIC", "x-mac-cyrillic", NULL },
	{ 10017, ASCII, "MAC-UK", "x-mac-ukrainian", NULL },
	{ 10029, ASCII, "MAC-CENTRALEUROPE", "x-mac-ce", NULL },
	{ 10079, ASCII, "MAC-IS", "x-mac-icelandic", NULL },
	{ 20106, 0, "DIN_66003", "x-ia5-german", NULL },
	{ 20107, 0, "SEN_850200_B", "x-ia5-swedish", NULL },
	{ 20108, 0, "NS_4551-1", "x-ia5-norwegian", NULL },
	{ 20105, ASCII, "ASCII", "x-ia5", NULL },
	{ 20261, 0, "T.61", "x-cp20261", NULL },
	{ 20269, ASCII, "ISO_6937", "x-cp20269", NULL },
	{ 37, 0, "IBM037", "ibm037", NULL },
	{ 500, 0, "IBM500", "ibm500", NULL },
	{ 1047, 0, "IBM1047", "ibm1047", NULL },
	{ 1140, 0, "IBM1140", "ibm01140", NULL },
};
enum { PAGES = sizeof pages / sizeof pages[0] };

/* Other names that mail uses. "cp", "windows-", "ibm" and "ms" with a number need no
 * row. */
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
};

/* Opened once and held for life: the way out keeps GMime's writers loaded, too. */
static iconv_t readers[PAGES], writers[PAGES];

bool text_init(const char **missing)
{
	for (size_t i = 0; i < PAGES; i++) {
		if (!pages[i].iconv || readers[i])
			continue;
		readers[i] = iconv_open("UTF-8", pages[i].iconv);
		writers[i] = iconv_open(pages[i].iconv, "UTF-8");
		if ((intptr_t)readers[i] == -1 || (intptr_t)writers[i] == -1) {
			*missing = pages[i].iconv;
			return false;
		}
	}
	return true;
}

static const struct page *text_find(unsigned codepage)
{
	for (size_t i = 0; i < PAGES; i++)
		if (pages[i].number == codepage)
			return &pages[i];
	return NULL;
}

bool text_known(unsigned codepage)
{
	return text_find(codepage);
}

const char *text_charset(unsigned codepage)
{
	const struct page *p = text_find(codepage);
	return p ? p->mime : NULL;
}

/* "cp1252", "windows-1252", "ibm-850", "x-cp1250", "ms936": the number, or 0. */
static unsigned text_numbered(const char *name)
{
	static const char *const prefixes[] = { "windows", "ibm", "cp", "ms" };

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
		return *name == '\0' && text_find(number) ? number : 0;
	}
	return 0;
}

unsigned text_codepage(const char *charset)
{
	if (!charset)
		return 0;
	for (size_t i = 0; i < PAGES; i++)
		if (strcasecmp(pages[i].mime, charset) == 0)
			return pages[i].number;
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (strcasecmp(aliases[i].name, charset) == 0)
			return aliases[i].number;
	return text_numbered(charset);
}

/* A text that grows: at most doubled each time, so that decoding is linear. */
struct build {
	struct arena *arena;
	char *s;
	size_t len, room;
	bool lossy;
};

static void text_want(struct build *b, size_t n)
{
	if (n <= b->room - b->len)
		return;
	size_t room = b->room + b->room / 2 + n + 32;
	char *to = arena_alloc(b->arena, room);
	if (b->s)
		memcpy(to, b->s, b->len);
	b->s = to;
	b->room = room;
}

static void text_put(struct build *b, uint32_t c)
{
	text_want(b, 5); /* and the NUL */
	assert(b->s);
	unsigned char *p = (unsigned char *)b->s + b->len;
	if (c < 0x80) {
		p[0] = (unsigned char)c;
		b->len += 1;
	} else if (c < 0x800) {
		p[0] = (unsigned char)(0xc0 | c >> 6);
		p[1] = (unsigned char)(0x80 | (c & 0x3f));
		b->len += 2;
	} else if (c < 0x10000) {
		p[0] = (unsigned char)(0xe0 | c >> 12);
		p[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (unsigned char)(0x80 | (c & 0x3f));
		b->len += 3;
	} else {
		p[0] = (unsigned char)(0xf0 | c >> 18);
		p[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
		p[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		p[3] = (unsigned char)(0x80 | (c & 0x3f));
		b->len += 4;
	}
}

static void put_unreadable(struct build *b)
{
	text_put(b, 0xfffd);
	b->lossy = true;
}

static struct text text_built(struct build *b)
{
	text_want(b, 1);
	assert(b->s);
	b->s[b->len] = '\0';
	return (struct text){ .s = b->s, .len = b->len, .lossy = b->lossy };
}

/* Length of the well-formed sequence at p (Unicode 15, table 3-7), 0: there is none. */
static size_t utf8_sequence(const uint8_t *p, size_t n)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t need;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		need = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		need = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		need = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0; /* no overlong forms */
	else if (p[0] == 0xed)
		high = 0x9f; /* no surrogates */
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f; /* nothing above U+10FFFF */
	if (need > n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return need;
}

bool text_is_utf8(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n > 0) {
		size_t k = utf8_sequence(p, n);
		if (k == 0)
			return false;
		p += k;
		n -= k;
	}
	return true;
}

static bool text_is_ascii(const uint8_t *p, size_t n)
{
	uint8_t all = 0;

	for (size_t i = 0; i < n; i++)
		all |= p[i];
	return all < 0x80;
}

static struct text from_utf8(struct build *b, const uint8_t *p, size_t n)
{
	text_want(b, n + 1);
	while (n > 0) {
		size_t k = utf8_sequence(p, n);
		if (k == 0) {
			put_unreadable(b);
			k = 1;
		} else {
			text_want(b, k + 1);
			assert(b->s);
			memcpy(b->s + b->len, p, k);
			b->len += k;
		}
		p += k;
		n -= k;
	}
	return text_built(b);
}

static struct text from_utf16(struct build *b, const uint8_t *p, size_t n, bool big)
{
	size_t i = 0;

	text_want(b, n / 2 + 1);
	while (n - i >= 2) {
		uint32_t c = big ? p[i] << 8 | p[i + 1] : p[i + 1] << 8 | p[i];
		i += 2;
		if (c >= 0xd800 && c <= 0xdbff && n - i >= 2) {
			uint32_t d = big ? p[i] << 8 | p[i + 1] : p[i + 1] << 8 | p[i];
			if (d >= 0xdc00 && d <= 0xdfff) {
				i += 2;
				c = 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
			}
		}
		if (c >= 0xd800 && c <= 0xdfff)
			put_unreadable(b);
		else
			text_put(b, c);
	}
	if (n - i)
		b->lossy = true; /* half a character */
	return text_built(b);
}

/* HZ (RFC 1843): "~{" begins pairs of GB 2312 in 7 bits, "~}" ends them, "~~" is a tilde.
 */
static size_t from_hz(uint8_t *to, const uint8_t *p, size_t n)
{
	size_t len = 0;
	bool pairs = false;

	for (size_t i = 0; i < n; i++) {
		uint8_t next = i + 1 < n ? p[i + 1] : 0;
		if (p[i] == '~' && (next == '{' || next == '}')) {
			pairs = next == '{';
			i++;
		} else if (p[i] == '~' && !pairs && (next == '~' || next == '\n')) {
			if (next == '~')
				to[len++] = '~';
			i++; /* "~" at the end of a line continues it */
		} else if (pairs && p[i] > 0x20 && p[i] < 0x7f && next > 0x20 &&
			   next < 0x7f) {
			to[len++] = p[i] | 0x80;
			to[len++] = next | 0x80;
			i++;
		} else {
			if (p[i] == '\n')
				pairs = false;
			to[len++] = p[i];
		}
	}
	return len;
}

/*
 * ISO-2022-JP as Microsoft's mail programs write it (RFC 1468 and the half-width
 * katakana, JIS X 0212 and vendor rows that RFC 1468 lacks), as EUC-JP.
 */
static size_t from_iso2022jp(uint8_t *to, const uint8_t *p, size_t n)
{
	static const struct {
		char escape[5];
		uint8_t lead;  /* of a character in EUC-JP, 0 none */
		uint8_t width; /* bytes of a character, 0: ASCII */
	} sets[] = {
		{ "\x1b(B", 0, 0 },
		{ "\x1b(J", 0, 0 },
		{ "\x1b(I", 0x8e, 1 },
		{ "\x1b$@", 0, 2 },
		{ "\x1b$B", 0, 2 },
		{ "\x1b$(D", 0x8f, 2 },
	};
	size_t len = 0, set = 0;

	for (size_t i = 0; i < n;) {
		size_t s = 0, k = 0;
		for (; p[i] == 0x1b && s < sizeof sets / sizeof sets[0]; s++) {
			k = strlen(sets[s].escape);
			if (k <= n - i && memcmp(p + i, sets[s].escape, k) == 0)
				break;
			k = 0;
		}
		if (k > 0) {
			set = s;
			i += k;
			continue;
		}
		size_t width = sets[set].width;
		if (p[i] == '\n')
			set = 0; /* RFC 1468: a line ends in ASCII */
		if (width == 0 || p[i] <= 0x20 || p[i] >= 0x7f || width > n - i) {
			to[len++] = p[i++];
			continue;
		}
		if (sets[set].lead)
			to[len++] = sets[set].lead;
		for (; width > 0; width--)
			to[len++] = p[i++] | 0x80;
	}
	return len;
}

static struct text from_iconv(
    struct build *b, const struct page *page, const uint8_t *p, size_t n)
{
	union { /* iconv wants a pointer that is not const, and changes nothing */
		const uint8_t *bytes;
		char *in;
	} u = { .bytes = p };
	iconv_t cd = readers[page - pages];

	(void)iconv(cd, NULL, NULL, NULL, NULL);
	text_want(b, n + n / 8 + 8);
	for (bool more = true; more;) {
		more = n > 0;
		size_t window = n < WINDOW ? n : WINDOW, left = window;
		char *out = b->s + b->len;
		size_t room = b->room - b->len;
		/* At the end: what the converter still holds back. */
		size_t r =
		    iconv(cd, more ? &u.in : NULL, more ? &left : NULL, &out, &room);
		int error = r == (size_t)-1 ? errno : 0;
		b->len = b->room - room;
		n -= window - left;
		if (error == EINVAL && left < window && n > left)
			continue; /* a character goes on behind the window */
		if (error == E2BIG) {
			text_want(b, n + 64);
			more = true;
		} else if (error && more) {
			uint8_t c = *u.bytes;
			if ((page->flags & C1) && c >= 0x80 && c <= 0x9f)
				text_put(b, c);
			else
				put_unreadable(b);
			u.bytes++;
			n--;
		}
	}
	return text_built(b);
}

struct text text_from(struct arena *a, unsigned codepage, const void *bytes, size_t n)
{
	const struct page *page = text_find(codepage);
	struct build b = { .arena = a };
	const uint8_t *p = bytes;

	if (!page) {
		page = text_find(CP_1252);
		b.lossy = true;
	}
	if ((page->flags & ASCII) && text_is_ascii(p, n))
		return (struct text){ arena_copy(a, p, n), n, b.lossy };
	if (page->number == CP_UTF8)
		return from_utf8(&b, p, n);
	if (page->number == CP_UTF16LE || page->number == CP_UTF16BE)
		return from_utf16(&b, p, n, page->number == CP_UTF16BE);
	if (page->prepare) {
		uint8_t *to = arena_array(a, n, 2);
		n = page->prepare(to, p, n);
		p = to;
	}
	return from_iconv(&b, page, p, n);
}

struct text text_from_utf16(struct arena *a, const void *p, size_t n)
{
	struct build b = { .arena = a };
	return from_utf16(&b, p, n, false);
}

struct text text_clean(struct arena *a, struct text t)
{
	char *copy = arena_copy(a, t.s ? t.s : "", t.s ? t.len : 0);
	size_t from = 0, to = t.s ? t.len : 0;

	for (size_t i = 0; i < to; i++)
		if ((unsigned char)copy[i] < ' ' || copy[i] == 0x7f)
			copy[i] = ' ';
	while (from < to && copy[from] == ' ')
		from++;
	while (to > from && copy[to - 1] == ' ')
		to--;
	copy[to] = '\0';
	return (struct text){ .s = copy + from, .len = to - from, .lossy = t.lossy };
}
