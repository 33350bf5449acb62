/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_chars.h"

#include "base/arena.h"
#include "base/text.h"
#include "codec/rtf/rtf_words.h"

enum { REPLACEMENT = 0xfffd };

static void put_char(struct rtf_chars *c, uint32_t u)
{
	char s[4];
	size_t n = 0;

	if (u < 0x80) {
		s[n++] = (char)u;
	} else if (u < 0x800) {
		s[n++] = (char)(0xc0 | u >> 6);
	} else if (u < 0x10000) {
		s[n++] = (char)(0xe0 | u >> 12);
		s[n++] = (char)(0x80 | (u >> 6 & 0x3f));
	} else {
		s[n++] = (char)(0xf0 | u >> 18);
		s[n++] = (char)(0x80 | (u >> 12 & 0x3f));
		s[n++] = (char)(0x80 | (u >> 6 & 0x3f));
	}
	if (u >= 0x80)
		s[n++] = (char)(0x80 | (u & 0x3f));
	c->put(c->arg, s, n);
}

/* The high surrogate did not get its low one. */
static void drop_high(struct rtf_chars *c)
{
	if (c->high) {
		c->high = 0;
		c->lossy = true;
		put_char(c, REPLACEMENT);
	}
}

static void decode_run(struct rtf_chars *c)
{
	if (c->used == 0)
		return;
	struct text t = text_from(c->aside, c->codepage, c->run, c->used);
	c->lossy |= t.lossy;
	c->used = 0;
	c->half = false;
	if (t.len > 0)
		c->put(c->arg, t.s, t.len);
	arena_reset(c->aside);
}

void rtf_chars_flush(struct rtf_chars *c)
{
	drop_high(c);
	decode_run(c);
}

void rtf_chars_flush_soft(struct rtf_chars *c)
{
	if (!c->half)
		decode_run(c);
}

/* May a long run be cut before b? Not within two bytes, nor within some of UTF-8. */
static bool may_cut(const struct rtf_chars *c, uint8_t b)
{
	enum { UTF_8 = 65001, LONGEST = 8 };

	if (c->used < RTF_RUN - LONGEST)
		return false;
	return c->used == RTF_RUN ||
	       (c->codepage == UTF_8 ? (b & 0xc0) != 0x80 : !c->half);
}

static void rtf_chars_append(struct rtf_chars *c, uint8_t b)
{
	if (may_cut(c, b))
		decode_run(c);
	c->run[c->used++] = b;
	c->half = !c->half && rtf_words_is_lead(c->codepage, b);
}

/* NUL and most control characters have no meaning in RTF text. */
static bool rtf_chars_is_plain(uint8_t b)
{
	return (b >= ' ' && b < 0x7f) || b == '\t' || b == '\r' || b == '\n';
}

void rtf_chars_bytes(struct rtf_chars *c, unsigned codepage, const uint8_t *p, size_t n)
{
	drop_high(c);
	while (n > 0) {
		size_t plain = 0;
		if (!c->half) {
			while (plain < n && rtf_chars_is_plain(p[plain]))
				plain++;
			if (plain > 0) {
				decode_run(c);
				c->put(c->arg, (const char *)p, plain);
				p += plain;
				n -= plain;
				continue;
			}
			if (codepage != c->codepage) {
				decode_run(c);
				c->codepage = codepage;
			}
		}
		if (*p >= 0x80 || c->half)
			rtf_chars_append(c, *p);
		p++;
		n--;
	}
}

void rtf_chars_unicode(struct rtf_chars *c, uint32_t u)
{
	decode_run(c);
	if (c->high && u >= 0xdc00 && u <= 0xdfff) {
		u = 0x10000 + ((uint32_t)(c->high - 0xd800) << 10) + (u - 0xdc00);
		c->high = 0;
		put_char(c, u);
		return;
	}
	drop_high(c);
	if (u >= 0xd800 && u <= 0xdbff) {
		c->high = (uint16_t)u;
	} else if (u > 0x10ffff || (u >= 0xdc00 && u <= 0xdfff)) {
		c->lossy = true;
		put_char(c, REPLACEMENT);
	} else if (u >= 0x80 || rtf_chars_is_plain((uint8_t)u)) {
		put_char(c, u);
	}
}
