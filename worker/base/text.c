/* SPDX-License-Identifier: ISC */
#include "base/text.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/pages.h"

bool text_known(unsigned codepage)
{
	return pages_find(codepage);
}

const char *text_charset(unsigned codepage)
{
	const struct page *p = pages_find(codepage);
	return p ? p->mime : NULL;
}

unsigned text_codepage(const char *charset)
{
	return charset ? pages_named(charset) : 0;
}

/* A text that grows: at most doubled each time, so that decoding is linear. */
struct build {
	struct arena *arena;
	char *s;
	size_t len, capacity;
	bool lossy;
};

static void text_want(struct build *b, size_t n)
{
	if (n <= b->capacity - b->len)
		return;
	size_t capacity = b->capacity + b->capacity / 2 + n + 32;
	char *to = arena_alloc(b->arena, capacity);
	if (b->s)
		memcpy(to, b->s, b->len);
	b->s = to;
	b->capacity = capacity;
}

/* A character as UTF-8; returns where the next one goes. */
static inline unsigned char *text_utf8(unsigned char *p, uint32_t c)
{
	if (c < 0x80) {
		*p++ = (unsigned char)c;
	} else if (c < 0x800) {
		*p++ = (unsigned char)(0xc0 | c >> 6);
		*p++ = (unsigned char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*p++ = (unsigned char)(0xe0 | c >> 12);
		*p++ = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		*p++ = (unsigned char)(0x80 | (c & 0x3f));
	} else {
		*p++ = (unsigned char)(0xf0 | c >> 18);
		*p++ = (unsigned char)(0x80 | (c >> 12 & 0x3f));
		*p++ = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		*p++ = (unsigned char)(0x80 | (c & 0x3f));
	}
	return p;
}

static void text_put(struct build *b, uint32_t c)
{
	text_want(b, 5); /* and the NUL */
	assert(b->s);
	unsigned char *s = (unsigned char *)b->s;
	b->len = (size_t)(text_utf8(s + b->len, c) - s);
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

/*
 * Length of a sequence at p that is cut but right so far. In the middle of a text it
 * must be two or three bytes; at its end one byte is enough, where other bytes prove the
 * text to be UTF-8.
 */
static size_t utf8_cut(const uint8_t *p, size_t n, bool proved)
{
	static const uint8_t low[] = { 0x80, 0x80, 0x80 };
	uint8_t whole[4] = { p[0] };
	size_t have = 1;

	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	while (have < 4 && have < n && (p[have] & 0xc0) == 0x80) {
		whole[have] = p[have];
		have++;
	}
	memcpy(whole + have, low, 4 - have);
	if (have == 1)
		return proved && n == 1;
	return utf8_sequence(whole, 4) > have ? have : 0;
}

struct text text_guess(struct arena *a, const void *bytes, size_t n)
{
	const uint16_t *characters = pages_single[SINGLE_CP1252];
	struct build b = { .arena = a };
	const uint8_t *p = bytes;
	bool many = false; /* there was a character of several bytes */

	if (text_is_utf8(p, n))
		return (struct text){ .s = arena_copy(a, p, n), .len = n };
	text_want(&b, n + n / 8 + 8);
	for (size_t k; n > 0; p += k, n -= k) {
		k = utf8_sequence(p, n);
		if (k > 0) {
			many |= k > 1;
			text_want(&b, k + 1);
			assert(b.s);
			memcpy(b.s + b.len, p, k);
			b.len += k;
			continue;
		}
		k = utf8_cut(p, n, many);
		if (k > 0) {
			put_unreadable(&b);
			continue;
		}
		uint16_t c = characters[*p];
		text_put(&b, c == PAGES_NONE ? *p : c);
		k = 1;
	}
	return text_built(&b);
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

/* What stands for a byte that has no meaning in the page. */
static uint32_t text_undefined(struct build *b, const struct page *page, uint8_t byte)
{
	uint32_t alone = pages_alone(page, byte);

	if (alone != PAGES_NO_SIGN)
		return alone;
	b->lossy = true;
	return 0xfffd;
}

static struct text from_single(
    struct build *b, const struct page *page, const uint8_t *p, size_t n)
{
	const uint16_t *characters = pages_single[page->single];

	text_want(b, n + n / 8 + 8);
	for (size_t i = 0; i < n; i++) {
		uint32_t c = characters[p[i]];
		text_put(b, c == PAGES_NONE ? text_undefined(b, page, p[i]) : c);
	}
	return text_built(b);
}

static struct text from_utf32(struct build *b, const uint8_t *p, size_t n, bool big)
{
	text_want(b, n / 4 + 1);
	for (; n >= 4; p += 4, n -= 4) {
		uint32_t c = big ? (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]
				 : (uint32_t)p[3] << 24 | p[2] << 16 | p[1] << 8 | p[0];
		if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			put_unreadable(b);
		else
			text_put(b, c);
	}
	b->lossy |= n > 0; /* half a character */
	return text_built(b);
}

static struct text from_reader(
    struct build *b, const struct page *page, const uint8_t *p, size_t n)
{
	pages_reader_fn *reader = pages_reader(page);
	struct pages_text t = {
		.page = page->number, .single = page->single, .pairs = page->pairs
	};
	struct pages_batch batch;

	text_want(b, n + n / 8 + 8);
	for (size_t used; n > 0; p += used, n -= used) {
		used = reader(&t, p, n, &batch);
		text_want(b, 4 * batch.count + 1);
		assert(b->s);
		unsigned char *s = (unsigned char *)b->s, *to = s + b->len;
		for (size_t i = 0; i < batch.count; i++) {
			uint32_t c = batch.characters[i];
			if (c >= PAGES_NO_SIGN)
				c = text_undefined(b, page, (uint8_t)(c - PAGES_NO_SIGN));
			to = text_utf8(to, c);
		}
		b->len = (size_t)(to - s);
	}
	return text_built(b);
}

struct text text_from(struct arena *a, unsigned codepage, const void *bytes, size_t n)
{
	const struct page *page = pages_find(codepage);
	struct build b = { .arena = a };
	const uint8_t *p = bytes;

	if (!page) {
		page = pages_find(PAGES_WINDOWS_1252);
		b.lossy = true;
	}
	if ((page->flags & PAGES_ASCII) && text_is_ascii(p, n))
		return (struct text){ arena_copy(a, p, n), n, b.lossy };
	switch (page->number) {
	case PAGES_UTF_8:
		return from_utf8(&b, p, n);
	case PAGES_UTF_16LE:
	case PAGES_UTF_16BE:
		return from_utf16(&b, p, n, page->number == PAGES_UTF_16BE);
	case PAGES_UTF_32LE:
	case PAGES_UTF_32BE:
		return from_utf32(&b, p, n, page->number == PAGES_UTF_32BE);
	default:
		break;
	}
	return pages_reader(page) ? from_reader(&b, page, p, n)
				  : from_single(&b, page, p, n);
}

struct text text_claimed(
    struct arena *a, unsigned codepage, const void *bytes, size_t n, bool *denied)
{
	enum { US_ASCII = 20127, IA5 = 20105 };
	bool ascii = codepage == US_ASCII || codepage == IA5;

	*denied = ascii ? !text_is_ascii(bytes, n)
			: codepage == PAGES_UTF_8 && !text_is_utf8(bytes, n);
	return *denied ? text_guess(a, bytes, n) : text_from(a, codepage, bytes, n);
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
	if (to >= 3 && memcmp(copy, "\xef\xbb\xbf", 3) == 0)
		from = 3;
	while (from < to && copy[from] == ' ')
		from++;
	while (to > from && copy[to - 1] == ' ')
		to--;
	copy[to] = '\0';
	t.s = copy + from;
	t.len = to - from;
	return t;
}
