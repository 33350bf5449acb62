/* SPDX-License-Identifier: ISC */
#include "codec/content_line.h"

#include <stdarg.h>

#include "base/sink.h"

enum { LINE_MOST = 75, WORDS = 512, LINE = 160 /* a short one, with its name */ };

/* May a value of n bytes follow? Escaped, and folded, it is up to twice as long. */
static bool content_fits(const struct content_line *l, uint64_t n)
{
	return !l->out && (!l->fits || l->fits(l->arg, 2 * n + n / 16, l->name));
}

/* Bytes of the UTF-8 character that begins here. */
static size_t content_char(const char *p, size_t left)
{
	size_t n = 1;

	while (n < left && n < 4 && ((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Bytes that belong together: none of them begins a folded line alone. */
static void content_put_whole(struct content_line *l, const char *p, size_t n)
{
	if (l->out)
		return;
	if (l->column + n > LINE_MOST) {
		sink_text(l->to, "\r\n ");
		l->column = 1;
	}
	sink_write(l->to, p, n);
	l->column += (unsigned)n;
}

static void content_put_plain(struct content_line *l, const char *p, size_t n)
{
	for (size_t i = 0, one; i < n; i += one) {
		one = content_char(p + i, n - i);
		content_put_whole(l, p + i, one);
	}
}

static bool is_control(const char *p, size_t n)
{
	unsigned char c = (unsigned char)*p;

	return c < ' ' || c == 0x7f ||
	       (c == 0xc2 && n == 2 && (unsigned char)p[1] < 0xa0);
}

/* RFC 5545 3.3.11, RFC 6350 3.4: a text's own marks get a backslash, line ends are \n. */
static void content_put_escaped(struct content_line *l, struct text t)
{
	for (size_t i = 0, n; i < t.len; i += n) {
		char c = t.s[i], pair[2] = { '\\', c };
		n = content_char(t.s + i, t.len - i);
		if (c == '\r' && i + 1 < t.len && t.s[i + 1] == '\n')
			continue;
		if (c == '\n' || c == '\r')
			content_put_whole(l, "\\n", 2);
		else if (c == '\\' || c == ';' || c == ',')
			content_put_whole(l, pair, 2);
		else if (c == '\t' || !is_control(t.s + i, n))
			content_put_whole(l, t.s + i, n);
	}
}

void content_line_begin(struct content_line *l, const char *name)
{
	l->column = 0;
	l->first = true;
	l->name = name;
	l->out = l->fits && !l->fits(l->arg, LINE, name);
	content_put_plain(l, name, strlen(name));
}

void content_line_param(struct content_line *l, const char *name, struct text value)
{
	bool quote = false;

	if (value.len == 0 || !content_fits(l, value.len))
		return;
	for (size_t i = 0; i < value.len; i++)
		quote =
		    quote || value.s[i] == ':' || value.s[i] == ';' || value.s[i] == ',';
	content_put_plain(l, ";", 1);
	content_put_plain(l, name, strlen(name));
	content_put_plain(l, "=", 1);
	if (quote)
		content_put_plain(l, "\"", 1);
	for (size_t i = 0, n; i < value.len; i += n) {
		char c = value.s[i];
		n = content_char(value.s + i, value.len - i);
		if (c == '\n')
			content_put_whole(l, "^n", 2);
		else if (c == '^')
			content_put_whole(l, "^^", 2);
		else if (c == '"')
			content_put_whole(l, "^'", 2);
		else if (!is_control(value.s + i, n))
			content_put_whole(l, value.s + i, n);
	}
	if (quote)
		content_put_plain(l, "\"", 1);
}

void content_line_param_word(struct content_line *l, const char *name, const char *value)
{
	content_line_param(l, name, (struct text){ .s = value, .len = strlen(value) });
}

void content_line_param_raw(struct content_line *l, const char *name, const char *value)
{
	content_put_plain(l, ";", 1);
	content_put_plain(l, name, strlen(name));
	content_put_plain(l, "=", 1);
	content_put_plain(l, value, strlen(value));
}

__attribute__((format(__printf__, 2, 0))) static void put_words(
    struct content_line *l, const char *fmt, va_list ap)
{
	char words[WORDS];
	int n = vsnprintf(words, sizeof words, fmt, ap);

	if (n > 0)
		content_put_plain(
		    l, words, (size_t)n < sizeof words ? (size_t)n : sizeof words - 1);
}

void content_line_raw(struct content_line *l, const char *fmt, ...)
{
	va_list ap;

	content_put_plain(l, ":", 1);
	va_start(ap, fmt);
	put_words(l, fmt, ap);
	va_end(ap);
}

void content_line_more(struct content_line *l, const char *p, size_t n)
{
	if (content_fits(l, n))
		content_put_plain(l, p, n);
}

void content_line_text(struct content_line *l, struct text value)
{
	content_put_plain(l, ":", 1);
	if (content_fits(l, value.len))
		content_put_escaped(l, value);
}

void content_line_item(struct content_line *l, char mark, struct text value)
{
	content_put_plain(l, l->first ? ":" : &mark, 1);
	l->first = false;
	if (content_fits(l, value.len))
		content_put_escaped(l, value);
}

void content_line_end(struct content_line *l)
{
	if (!l->out)
		sink_text(l->to, "\r\n");
	l->out = false;
	l->column = 0;
}

void content_line_put(struct content_line *l, const char *name, struct text value)
{
	if (value.len == 0 ||
	    (l->fits && !l->fits(l->arg, LINE + 2 * (uint64_t)value.len, name)))
		return;
	content_line_begin(l, name);
	content_line_text(l, value);
	content_line_end(l);
}

void content_line_say(struct content_line *l, const char *name, const char *fmt, ...)
{
	va_list ap;

	l->column = 0;
	content_put_plain(l, name, strlen(name));
	content_put_plain(l, ":", 1);
	va_start(ap, fmt);
	put_words(l, fmt, ap);
	va_end(ap);
	content_line_end(l);
}
