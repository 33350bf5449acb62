/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/words.h"

#include <ctype.h>
#include <glib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"

enum { WINDOWS_1252 = 1252, CHARSET_MAX = 40 };

struct word {
	char charset[CHARSET_MAX];
	bool base64;
	const char *text, *end; /* end: behind "?=" */
	size_t len;
};

struct text words_guess(struct arena *a, const char *p, size_t n)
{
	if (text_is_utf8(p, n))
		return (struct text){ .s = p, .len = n };
	return text_from(a, WINDOWS_1252, p, n);
}

/* "=?charset*language?B?text?=" at p; false: it is none. */
static bool words_word_at(const char *p, const char *end, struct word *w)
{
	size_t n = 0;

	if (end - p < 8 || p[0] != '=' || p[1] != '?')
		return false;
	for (p += 2; p<end && * p> ' ' && *p != '?' && *p != '*'; p++) {
		if (n + 1 == sizeof w->charset)
			return false;
		w->charset[n++] = *p;
	}
	w->charset[n] = '\0';
	while (p<end && * p> ' ' && *p != '?')
		p++;
	if (n == 0 || end - p < 5 || p[0] != '?' || p[2] != '?')
		return false;
	int encoding = toupper((unsigned char)p[1]);
	w->base64 = encoding == 'B';
	w->text = p + 3;
	const char *close = memmem(w->text, (size_t)(end - w->text), "?=", 2);
	if (!close || (encoding != 'B' && encoding != 'Q'))
		return false;
	w->len = (size_t)(close - w->text);
	w->end = close + 2;
	return true;
}

/* The word's bytes in its charset. */
static void words_put_bytes(struct arena *a, struct sink *to, const struct word *w)
{
	if (w->base64) {
		guchar *out = arena_alloc(a, w->len + 3);
		gint state = 0;
		guint save = 0;
		sink_write(
		    to, out, g_base64_decode_step(w->text, w->len, out, &state, &save));
		return;
	}
	for (size_t i = 0; i < w->len; i++) {
		const char *p = w->text + i;
		uint8_t ch = (uint8_t)*p;
		if (ch == '_')
			ch = ' ';
		if (ch == '=' && w->len - i > 2 && g_ascii_isxdigit(p[1]) &&
		    g_ascii_isxdigit(p[2])) {
			ch = (uint8_t)(g_ascii_xdigit_value(p[1]) * 16 +
				       g_ascii_xdigit_value(p[2]));
			i += 2;
		}
		sink_write(to, &ch, 1);
	}
}

/*
 * The word at p and those behind it with nothing but blanks between: *p moves behind the
 * last. Neighbours of one charset are decoded together.
 */
static struct text run_of(
    struct arena *a, const char **p, const char *end, const struct word *first)
{
	struct sink *text = sink_memory(a), *bytes = sink_memory(a);
	struct word w = *first, next;
	bool more = true, lossy = false;

	while (more) {
		const char *q = w.end;
		words_put_bytes(a, bytes, &w);
		*p = w.end;
		while (q < end && (*q == ' ' || *q == '\t' || *q == '\r' || *q == '\n'))
			q++;
		more = words_word_at(q, end, &next);
		if (more && g_ascii_strcasecmp(next.charset, w.charset) == 0) {
			w = next;
			continue;
		}
		struct span raw = sink_bytes(bytes);
		unsigned page = text_codepage(w.charset);
		struct text t =
		    page ? text_from(a, page, raw.mem, (size_t)raw.len)
			 : words_guess(a, (const char *)raw.mem, (size_t)raw.len);
		sink_write(text, t.s, t.len);
		lossy = lossy || t.lossy;
		bytes = sink_memory(a);
		w = next;
	}
	struct span all = sink_bytes(text);
	return (struct text){ arena_copy(a, all.mem, (size_t)all.len), (size_t)all.len,
		lossy };
}

struct text words_decode(struct arena *a, const char *s, size_t n)
{
	struct text in = words_guess(a, s, n);
	const char *p = in.s, *end = in.s + in.len, *hit;
	bool lossy = in.lossy;
	struct word w;

	if (!memmem(p, in.len, "=?", 2))
		return in;
	struct sink *to = sink_memory(a);
	while ((hit = memmem(p, (size_t)(end - p), "=?", 2))) {
		sink_write(to, p, (size_t)(hit - p));
		p = hit;
		if (words_word_at(p, end, &w)) {
			struct text t = run_of(a, &p, end, &w);
			sink_write(to, t.s, t.len);
			lossy = lossy || t.lossy;
		} else {
			sink_write(to, p, 2);
			p += 2;
		}
	}
	sink_write(to, p, (size_t)(end - p));
	struct span all = sink_bytes(to);
	return (struct text){ arena_copy(a, all.mem, (size_t)all.len), (size_t)all.len,
		lossy };
}

static void words_put_quoted(struct sink *to, struct text t, bool quotes)
{
	sink_write(to, "\"", quotes);
	for (size_t i = 0; i < t.len; i++) {
		unsigned char ch = (unsigned char)t.s[i];
		if (strchr("\"\\()", ch) && ch)
			sink_write(to, "\\", 1);
		sink_write(to, ch < ' ' || ch == 0x7f ? " " : t.s + i, 1);
	}
	sink_write(to, "\"", quotes);
}

/* Where in an address field something stands, so far as it matters here. */
struct field_state {
	bool quoted, group;
	int comment;
};

/* The character as it is to be written: one semicolon too many separates, as a comma. */
static char words_step(struct field_state *f, char ch)
{
	bool bare = !f->quoted && f->comment == 0;

	if (ch == '"' && f->comment == 0)
		f->quoted = !f->quoted;
	else if (ch == '(' && !f->quoted)
		f->comment++;
	else if (ch == ')' && f->comment > 0)
		f->comment--;
	else if (ch == ':' && bare)
		f->group = true;
	else if (ch == ';' && bare && !f->group)
		return ',';
	else if (ch == ';' && bare)
		f->group = false;
	return ch;
}

const char *words_quote(struct arena *a, const char *field)
{
	struct text in = words_guess(a, field, strlen(field));
	const char *p = in.s, *end = in.s + in.len;
	struct sink *to = sink_memory(a);
	struct field_state f = { 0 };
	struct word w;

	while (p < end) {
		if (*p == '=' && words_word_at(p, end, &w)) {
			struct text t = run_of(a, &p, end, &w);
			words_put_quoted(to, t, !f.quoted && f.comment == 0);
		} else if (*p == '\\' && p + 1 < end) {
			sink_write(to, p, 2);
			p += 2;
		} else {
			char ch = words_step(&f, *p++);
			sink_write(to, &ch, 1);
		}
	}
	struct span all = sink_bytes(to);
	return arena_copy(a, all.mem, (size_t)all.len);
}
