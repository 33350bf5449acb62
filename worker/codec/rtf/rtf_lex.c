/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_lex.h"

#include <string.h>

#include "base/feed.h"

static bool is_letter(uint8_t b)
{
	return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
}

static bool is_digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

int rtf_lex_hex(uint8_t b)
{
	if (is_digit(b))
		return b - '0';
	if (b >= 'a' && b <= 'f')
		return b - 'a' + 10;
	return b >= 'A' && b <= 'F' ? b - 'A' + 10 : -1;
}

/* The parameter behind a word's name: digits, perhaps with a minus before them. */
static void rtf_lex_read_number(struct feed *in, struct rtf_token *t)
{
	bool minus = feed_need(in, 2) && in->p[0] == '-' && is_digit(in->p[1]);
	int64_t v = 0;

	if (minus)
		(void)feed_byte(in);
	while (feed_any(in) && is_digit(*in->p)) {
		v = v * 10 + (feed_byte(in) - '0');
		if (v > INT32_MAX)
			v = INT32_MAX;
		t->has_number = true;
	}
	t->number = (int32_t)(minus ? -v : v);
}

static struct rtf_token read_word(struct feed *in)
{
	struct rtf_token t = { .kind = RTF_TOKEN_WORD };

	while (feed_any(in) && is_letter(*in->p)) {
		char letter = (char)feed_byte(in);
		if (t.n < RTF_WORD_MAX)
			t.name[t.n++] = letter;
	}
	rtf_lex_read_number(in, &t);
	if (feed_any(in) && *in->p == ' ') /* the delimiter is part of the word */
		(void)feed_byte(in);
	t.at = feed_at(in);
	if (t.n == 3 && memcmp(t.name, "bin", 3) == 0) {
		uint64_t n = t.number > 0 ? (uint64_t)t.number : 0;
		uint64_t left = in->in.len - t.at;
		t.kind = RTF_TOKEN_BIN;
		t.n = (size_t)(n < left ? n : left);
		feed_skip(in, t.n);
	}
	return t;
}

static struct rtf_token rtf_lex_read_hex(struct feed *in)
{
	if (feed_need(in, 2) && rtf_lex_hex(in->p[0]) >= 0 &&
	    rtf_lex_hex(in->p[1]) >= 0) {
		int value = rtf_lex_hex(in->p[0]) * 16 + rtf_lex_hex(in->p[1]);
		feed_skip(in, 2);
		return (struct rtf_token){ .kind = RTF_TOKEN_HEX, .number = value };
	}
	return (struct rtf_token){ .kind = RTF_TOKEN_BROKEN };
}

static struct rtf_token read_escape(struct feed *in)
{
	if (!feed_any(in))
		return (struct rtf_token){ .kind = RTF_TOKEN_END };
	if (is_letter(*in->p))
		return read_word(in);
	int b = feed_byte(in);
	if (b == '\'')
		return rtf_lex_read_hex(in);
	return (struct rtf_token){ .kind = RTF_TOKEN_SYMBOL, .number = b };
}

static struct rtf_token rtf_lex_read_bytes(struct feed *in)
{
	struct rtf_token t = { .kind = RTF_TOKEN_BYTES, .p = in->p, .at = feed_at(in) };

	while (t.n < in->left) {
		uint8_t b = in->p[t.n];
		if (b == '{' || b == '}' || b == '\\' || b == '\r' || b == '\n')
			break;
		t.n++;
	}
	feed_skip(in, t.n);
	return t;
}

struct rtf_token rtf_lex(struct feed *in)
{
	while (feed_any(in) && (*in->p == '\r' || *in->p == '\n'))
		(void)feed_byte(in); /* line ends mean nothing in RTF */
	if (!feed_any(in))
		return (struct rtf_token){ .kind = RTF_TOKEN_END };
	switch (*in->p) {
	case '{':
		(void)feed_byte(in);
		return (struct rtf_token){ .kind = RTF_TOKEN_OPEN };
	case '}':
		(void)feed_byte(in);
		return (struct rtf_token){ .kind = RTF_TOKEN_CLOSE };
	case '\\':
		(void)feed_byte(in);
		return read_escape(in);
	default:
		return rtf_lex_read_bytes(in);
	}
}
