/* SPDX-License-Identifier: ISC */
#include "format/mime/write/text_body.h"

#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/sink.h"
#include "format/mime/write/out.h"

enum {
	LINE = 78,        /* RFC 5322 2.1.1: should be the most */
	PIECE = 8 * 1024, /* bytes looked at together */
};

struct text_body_shape text_body_shape_of(struct out *o, struct span text)
{
	struct text_body_shape s = { 0 };
	unsigned char p[PIECE], before = 0;
	uint64_t line = 0, at = 0;
	size_t n;

	while ((n = span_read(text, at, p, sizeof p)) > 0) {
		for (size_t i = 0; i < n; before = p[i++]) {
			s.high += p[i] > 0x7e;
			s.control +=
			    p[i] < ' ' && p[i] != '\t' && p[i] != '\n' && p[i] != '\r';
			s.bare += before == '\r' && p[i] != '\n';
			s.marked |= p[i] == '_' && before == '=';
			line = p[i] == '\n' || p[i] == '\r' ? 0 : line + 1;
			s.marked |= o->outer_count > 0 && line == 2 && p[i] == '-' &&
				    before == '-';
			if (line > s.longest)
				s.longest = line;
		}
		at += n;
		convert_alive(o->c);
	}
	return s;
}

/* Takes the text piece by piece, its line ends as LF; eol and the rest are its own. */
struct encoder {
	struct out *o;
	void (*put)(struct encoder *, const unsigned char *p, size_t n);
	size_t column; /* quoted-printable: of the line so far */
	int held;      /* quoted-printable: a byte that awaits the next; -1 */
	unsigned char row[BASE64_ROW]; /* base64: of the line so far */
	size_t used;
};

static void put_plain(struct encoder *e, const unsigned char *p, size_t n)
{
	struct sink *to = e->o->c->out;
	size_t start = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\n')
			continue;
		sink_write(to, p + start, i - start);
		sink_text(to, e->o->eol);
		start = i + 1;
	}
	sink_write(to, p + start, n - start);
}

/* May it stand in this column as it is (RFC 2045 6.7)? last: it ends the line. */
static bool is_safe(const struct encoder *e, unsigned char ch, bool last)
{
	/* A dot alone and "From " are changed by some transports, and a line that begins
	   with "--" could be the boundary of a multipart around it. */
	bool dash = ch == '-' && e->o->outer_count > 0;

	if (e->column == 0 && (ch == '.' || ch == 'F' || dash))
		return false;
	return ch == ' ' || ch == '\t' ? !last : ch > ' ' && ch < 0x7f && ch != '=';
}

static void quoted_byte(struct encoder *e, unsigned char ch, bool last)
{
	static const char hex[] = "0123456789ABCDEF";
	struct sink *to = e->o->c->out;
	size_t need = is_safe(e, ch, last) ? 1 : 3;

	if (e->column + need > (last ? 76U : 75U)) {
		sink_write(to, "=", 1);
		sink_text(to, e->o->eol);
		e->column = 0;
		need = is_safe(e, ch, last) ? 1 : 3;
	}
	if (need == 1)
		sink_write(to, &ch, 1);
	else
		sink_write(to, (char[]){ '=', hex[ch >> 4], hex[ch & 15] }, 3);
	e->column += need;
}

static void text_body_put_quoted(struct encoder *e, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (e->held >= 0)
			quoted_byte(e, (unsigned char)e->held, p[i] == '\n');
		e->held = p[i] == '\n' ? -1 : p[i];
		if (p[i] == '\n') {
			sink_text(e->o->c->out, e->o->eol);
			e->column = 0;
		}
	}
}

static void base64_row(struct encoder *e)
{
	char row[2 * BASE64_ROW];

	sink_write(e->o->c->out, row, base64_rows(row, e->row, e->used, e->o->eol));
	e->used = 0;
}

/* RFC 2045 6.8: a text's line ends are CRLF. */
static void text_body_put_base64(struct encoder *e, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n') {
			e->row[e->used++] = '\r';
			if (e->used == BASE64_ROW)
				base64_row(e);
		}
		e->row[e->used++] = p[i];
		if (e->used == BASE64_ROW)
			base64_row(e);
	}
}

static void text_body_encode(struct encoder *e, struct span text)
{
	unsigned char p[PIECE], before = '\n';
	uint64_t at = 0;
	size_t n;

	while ((n = span_read(text, at, p, sizeof p)) > 0) {
		size_t kept = 0;
		at += n;
		for (size_t i = 0; i < n; i++) {
			unsigned char ch = p[i];
			if (ch != '\n' || before != '\r') /* CRLF is one line end */
				p[kept++] = ch == '\r' ? '\n' : ch;
			before = ch;
		}
		e->put(e, p, kept);
		convert_alive(e->o->c);
	}
	if ((before != '\n' && before != '\r') || at == 0)
		e->put(e, (const unsigned char *)"\n", 1);
	if (e->used > 0)
		base64_row(e);
}

void text_body_lines(struct out *o, struct span text)
{
	text_body_encode(&(struct encoder){ .o = o, .put = put_plain, .held = -1 }, text);
}

void text_body_write(
    struct out *o, const char *type, const char *charset, struct span text)
{
	struct text_body_shape s = text_body_shape_of(o, text);
	struct encoder e = { .o = o, .put = put_plain, .held = -1 };
	const char *encoding = "7bit";

	o->text_open = true;
	if (s.high == 0 && (!charset || strcasecmp(charset, "utf-8") == 0))
		charset = "us-ascii";
	if (s.high + s.control > text.len / 6 + 8) {
		encoding = "base64";
		e.put = text_body_put_base64;
		o->text_open = false;
	} else if (s.high || s.control || s.longest > LINE || s.marked) {
		encoding = "quoted-printable";
		e.put = text_body_put_quoted;
	}
	out_printf(o, "Content-Type: %s; charset=%s%s", type, charset ? charset : "utf-8",
	    o->eol);
	out_printf(o, "Content-Transfer-Encoding: %s%s%s", encoding, o->eol, o->eol);
	text_body_encode(&e, text);
}
