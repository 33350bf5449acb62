#include "codec/rtf_lex.h"

#include "base/cursor.h"

static bool is_letter(uint8_t b)
{
	return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
}

static bool is_digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

static int hex_value(uint8_t b)
{
	if (is_digit(b))
		return b - '0';
	if (b >= 'a' && b <= 'f')
		return b - 'a' + 10;
	return b >= 'A' && b <= 'F' ? b - 'A' + 10 : -1;
}

/* The parameter behind a word's name: digits, perhaps with a minus before them. */
static void read_number(struct cursor *in, struct rtf_token *t)
{
	bool minus = in->left > 1 && in->pos[0] == '-' && is_digit(in->pos[1]);
	int64_t v = 0;

	if (minus)
		(void)cur_u8(in);
	while (in->left > 0 && is_digit(in->pos[0])) {
		v = v * 10 + (cur_u8(in) - '0');
		if (v > INT32_MAX)
			v = INT32_MAX;
		t->has_number = true;
	}
	t->number = (int32_t)(minus ? -v : v);
}

static struct rtf_token read_word(struct cursor *in)
{
	struct rtf_token t = { .kind = RTF_TOKEN_WORD, .p = in->pos };

	while (in->left > 0 && is_letter(in->pos[0])) {
		(void)cur_u8(in);
		t.n++;
	}
	read_number(in, &t);
	if (in->left > 0 && in->pos[0] == ' ') /* the delimiter is part of the word */
		(void)cur_u8(in);
	if (t.n == 3 && memcmp(t.p, "bin", 3) == 0) {
		size_t n = t.number > 0 ? (size_t)t.number : 0;
		t.kind = RTF_TOKEN_BIN;
		t.n = n < in->left ? n : in->left;
		t.p = cur_take(in, t.n);
	}
	return t;
}

static struct rtf_token read_hex(struct cursor *in)
{
	if (in->left > 1 && hex_value(in->pos[0]) >= 0 && hex_value(in->pos[1]) >= 0) {
		int high = hex_value(cur_u8(in));
		return (struct rtf_token){ .kind = RTF_TOKEN_HEX,
			.number = high * 16 + hex_value(cur_u8(in)) };
	}
	return (struct rtf_token){ .kind = RTF_TOKEN_BROKEN };
}

static struct rtf_token read_escape(struct cursor *in)
{
	if (in->left == 0)
		return (struct rtf_token){ .kind = RTF_TOKEN_END };
	if (is_letter(in->pos[0]))
		return read_word(in);
	uint8_t b = cur_u8(in);
	if (b == '\'')
		return read_hex(in);
	return (struct rtf_token){ .kind = RTF_TOKEN_SYMBOL, .number = b };
}

static struct rtf_token read_bytes(struct cursor *in)
{
	struct rtf_token t = { .kind = RTF_TOKEN_BYTES, .p = in->pos };

	while (t.n < in->left) {
		uint8_t b = in->pos[t.n];
		if (b == '{' || b == '}' || b == '\\' || b == '\r' || b == '\n')
			break;
		t.n++;
	}
	(void)cur_take(in, t.n);
	return t;
}

struct rtf_token rtf_lex(struct cursor *in)
{
	while (in->left > 0 && (in->pos[0] == '\r' || in->pos[0] == '\n'))
		(void)cur_u8(in); /* line ends mean nothing in RTF */
	if (in->left == 0)
		return (struct rtf_token){ .kind = RTF_TOKEN_END };
	switch (in->pos[0]) {
	case '{':
		(void)cur_u8(in);
		return (struct rtf_token){ .kind = RTF_TOKEN_OPEN };
	case '}':
		(void)cur_u8(in);
		return (struct rtf_token){ .kind = RTF_TOKEN_CLOSE };
	case '\\':
		(void)cur_u8(in);
		return read_escape(in);
	default:
		return read_bytes(in);
	}
}
