/* SPDX-License-Identifier: ISC */
#include "format/mime/write/out.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/sink.h"
#include "base/text.h"
#include "format/growth.h"

enum {
	LINE = 78, /* RFC 5322 2.1.1: should be the most */
	WORD_LINE = 76,
	WORD = 60,        /* a plain word longer than this is encoded */
	WORD_BYTES = 39,  /* in an encoded word: with "Subject: " it stays on one line */
	WORD_QUOTED = 52, /* the same in Q: bytes of the encoded text */
	HASHED = 64 * 1024, /* bytes that make the seed of boundaries */
	SECTION = 54,       /* bytes of value in an RFC 2231 section */
};

void out_line(struct out *o, const char *line)
{
	sink_text(o->c->out, line);
	sink_text(o->c->out, o->eol);
}

void out_printf(struct out *o, const char *fmt, ...)
{
	char *text;
	char buffer[1024];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(buffer, sizeof buffer, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	text = buffer;
	if ((size_t)n >= sizeof buffer) {
		text = arena_alloc(o->c->arena, (size_t)n + 1);
		va_start(ap, fmt);
		(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	sink_text(o->c->out, text);
}

void out_field(struct out *o, const char *name, const char *value)
{
	struct sink *s = o->c->out;
	/* RFC 2047 2: a line with encoded words has at most 76 bytes. */
	size_t at = strlen(name) + 1, most = strstr(value, "=?") ? WORD_LINE : LINE;
	bool first = true;

	if (!growth_field(o->c, strlen(name) + strlen(value) + strlen(value) / 16, name))
		return;
	sink_text(s, name);
	sink_write(s, ":", 1);
	while (*value) {
		size_t n = strcspn(value, " ");
		if (at + 1 + n > most && (!first || 1 + n <= most)) {
			sink_text(s, o->eol);
			at = 0;
		}
		sink_write(s, " ", 1);
		sink_write(s, value, n);
		at += 1 + n;
		value += n;
		while (*value == ' ')
			value++;
		first = false;
	}
	sink_text(s, o->eol);
}

/* ASCII that survives folding as it is: single inner blanks, no long words, no "=?". */
static bool out_is_plain(struct text t)
{
	size_t word = 0;

	for (size_t i = 0; i < t.len; i++) {
		unsigned char ch = (unsigned char)t.s[i];
		if (ch < ' ' || ch > '~')
			return false;
		if (ch == '=' && i + 1 < t.len && t.s[i + 1] == '?')
			return false;
		if (ch == ' ' && (word == 0 || i + 1 == t.len))
			return false;
		word = ch == ' ' ? 0 : word + 1;
		if (word > WORD)
			return false;
	}
	return true;
}

/* Bytes of the UTF-8 character that begins here, at most left. */
static size_t char_length(const char *p, size_t left)
{
	size_t n = 1;

	while (n < left && ((unsigned char)p[n] & 0xc0) == 0x80 && n < 4)
		n++;
	return n;
}

/* What Q encoding leaves as it is everywhere, also in a phrase (RFC 2047 5 (3)). */
static bool is_q_char(unsigned char ch)
{
	return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') ||
	       (ch >= 'A' && ch <= 'Z') || text_among("!*+-/", ch);
}

/* Bytes of a piece of text in Q, or as many of base64. */
static size_t word_cost(const char *p, size_t n, bool quoted)
{
	size_t cost = n;

	for (size_t i = 0; quoted && i < n; i++)
		cost += is_q_char((unsigned char)p[i]) || p[i] == ' ' ? 0 : 2;
	return cost;
}

static void out_put_word(struct sink *s, const char *p, size_t n, bool quoted)
{
	char b64[WORD_BYTES / 3 * 4 + 1];

	if (!quoted) {
		b64[base64_encode(b64, p, n)] = '\0';
		sink_printf(s, "=?utf-8?B?%s?=", b64);
		return;
	}
	sink_text(s, "=?utf-8?Q?");
	for (size_t i = 0; i < n; i++) {
		unsigned char ch = (unsigned char)p[i];
		if (ch == ' ')
			sink_text(s, "_");
		else if (is_q_char(ch))
			sink_write(s, &ch, 1);
		else
			sink_printf(s, "=%02X", ch);
	}
	sink_text(s, "?=");
}

/*
 * RFC 2047 words, each of whole characters, one blank between them. Q where most of it
 * is ASCII: that can be read as it travels.
 *
 * Own code: g_mime_utils_header_encode_text leaves what looks like an encoded word and is
 * none, so that it is read as something else, and writes words of more than 75 bytes
 * (test_mime_out.c, gmime_encodes).
 */
static const char *encoded_words(struct arena *a, struct text t)
{
	struct sink *s = sink_memory(a);
	size_t high = 0;

	for (size_t i = 0; i < t.len; i++)
		high += (unsigned char)t.s[i] > '~';
	const bool quoted = 5 * high <= 3 * t.len;
	const size_t most = quoted ? WORD_QUOTED : WORD_BYTES;
	for (size_t at = 0, n, cost; at < t.len; at += n) {
		n = cost = 0;
		while (at + n < t.len) {
			size_t one = char_length(t.s + at + n, t.len - at - n);
			cost += word_cost(t.s + at + n, one, quoted);
			if (cost > most)
				break;
			n += one;
		}
		sink_text(s, at ? " " : "");
		out_put_word(s, t.s + at, n, quoted);
	}
	struct span all = sink_bytes(s);
	return arena_copy(a, all.mem, (size_t)all.len);
}

/* The first words, up to the blank before the first that is not plain. */
static struct text plain_words(struct text t)
{
	size_t end = 0;

	for (size_t at = 0; at < t.len; at++) {
		if (t.s[at] != ' ')
			continue;
		if (at == end || !out_is_plain((struct text){ t.s + end, at - end, 0 }))
			break;
		end = at + 1;
	}
	return (struct text){ t.s, end, 0 };
}

void out_text_field(struct out *o, const char *name, struct text value)
{
	struct arena *a = o->c->arena;
	struct text t = text_clean(a, value), plain = plain_words(t);
	struct text rest = { t.s + plain.len, t.len - plain.len, 0 };

	out_field(o, name,
	    out_is_plain(t)
		? t.s
		: arena_printf(a, "%.*s%s", (int)plain.len, t.s, encoded_words(a, rest)));
}

const char *out_phrase(struct out *o, struct text value)
{
	static const char specials[] = "()<>[]:;@\\,.\"";
	struct arena *a = o->c->arena;
	struct text t = text_clean(a, value);

	if (!out_is_plain(t))
		return encoded_words(a, t);
	if (strcspn(t.s, specials) == t.len && t.len > 0)
		return t.s;
	char *quoted = arena_alloc(a, 2 * t.len + 3), *p = quoted;
	*p++ = '"';
	for (size_t i = 0; i < t.len; i++) {
		if (t.s[i] == '"' || t.s[i] == '\\')
			*p++ = '\\';
		*p++ = t.s[i];
	}
	*p = '"';
	return quoted;
}

/* Own code: g_mime_param_list_encode cuts characters in two (test_mime_out.c,
 * gmime_encodes), and some readers decode each section by itself. */

/* attribute-char of RFC 2231 7, which needs no percent. */
static bool is_attribute_char(unsigned char ch)
{
	return ch > ' ' && ch < 0x7f && !text_among("*'%()<>@,;:\\\"/[]?=", ch);
}

void out_param(struct out *o, const char *name, struct text value)
{
	struct text t = text_clean(o->c->arena, value);
	struct sink *s = sink_memory(o->c->arena);
	/* What looks like an encoded word is decoded by some readers, quoted or not. */
	bool quotable = t.len <= WORD && !memmem(t.s, t.len, "=?", 2);

	for (size_t i = 0; i < t.len && quotable; i++)
		quotable = t.s[i] >= ' ' && t.s[i] <= '~' && t.s[i] != '"' &&
			   t.s[i] != '\\' && t.s[i] != '%';
	if (!growth_field(o->c, quotable ? LINE : 4 * (uint64_t)t.len, name))
		return;
	out_printf(o, ";%s\t", o->eol);
	if (quotable) {
		out_printf(o, "%s=\"%s\"", name, t.s);
		return;
	}
	unsigned section = 0;
	for (size_t i = 0, used = 0; i < t.len;) {
		size_t n = char_length(t.s + i, t.len - i);
		size_t need =
		    n == 1 && is_attribute_char((unsigned char)t.s[i]) ? 1 : 3 * n;
		if (used + need > SECTION) {
			sink_printf(s, ";%s\t%s*%u*=", o->eol, name, ++section);
			used = 0;
		}
		if (need == 1)
			sink_write(s, t.s + i, 1);
		for (size_t k = 0; need > 1 && k < n; k++)
			sink_printf(s, "%%%02X", (unsigned char)t.s[i + k]);
		used += need;
		i += n;
	}
	out_printf(o, section ? "%s*0*=utf-8''" : "%s*=utf-8''", name);
	sink_write(o->c->out, sink_bytes(s).mem, (size_t)sink_bytes(s).len);
}

void out_base64(struct out *o, struct span in)
{
	enum { ROWS = 96 };
	uint8_t raw[(size_t)BASE64_ROW * ROWS];
	char rows[(size_t)ROWS * (76 + 2) + 2];
	uint64_t at = 0;
	size_t have;

	while ((have = span_read(in, at, raw, sizeof raw)) > 0) {
		sink_write(o->c->out, rows, base64_rows(rows, raw, have, o->eol));
		at += have;
		if (o->c->tell_progress)
			o->c->tell_progress(o->c->arg, 0);
	}
}

void out_delimiter(struct out *o, const char *boundary, bool last)
{
	/* The line ending before a boundary is the boundary's (RFC 2046 5.1.1). */
	out_printf(
	    o, "%s--%s%s", o->text_open ? o->eol : "", boundary, last ? "--" : o->eol);
	o->text_open = false;
}

uint64_t out_hash(struct span in)
{
	unsigned char head[4096];
	uint64_t h = 14695981039346656037U, at = 0;
	size_t n;

	while (at < HASHED && (n = span_read(in, at, head, sizeof head)) > 0) {
		for (size_t i = 0; i < n; i++)
			h = (h ^ head[i]) * 1099511628211U;
		at += n;
	}
	return (h ^ in.len) * 1099511628211U;
}

uint64_t out_seed(const struct convert *c)
{
	if (!c->picked)
		return out_hash(c->in);
	const uint64_t place[] = { c->in.len, c->picked->store, c->picked->store_bytes,
		c->picked->at };
	return out_hash(span_over(place, sizeof place));
}

void out_boundary(struct out *o, char to[OUT_BOUNDARY])
{
	/* An outer boundary rules out at most one first letter; there are fewer of them.
	 */
	static const char firsts[] = "bcdefghijklmnopqrstuvwxyzBCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *first = firsts;
	bool clash = true;

	o->counter++;
	for (; clash && *first; first++) {
		clash = false;
		(void)snprintf(to, OUT_BOUNDARY, "%c=_bulkhead_%016llx_%08u", *first,
		    (unsigned long long)o->seed, o->counter % 100000000);
		for (size_t i = 0; i < o->outer_count; i++) {
			size_t n = strlen(o->outer[i]), ours = strlen(to);
			clash |= strncmp(o->outer[i], to, n < ours ? n : ours) == 0;
		}
	}
	assert(!clash); /* at most LIMIT_DEPTH outer ones */
}
