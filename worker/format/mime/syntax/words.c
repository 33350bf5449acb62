/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/hex.h"
#include "base/sink.h"
#include "codec/base64.h"

enum { CHARSET_MAX = 40 };

struct word {
	char charset[CHARSET_MAX];
	bool base64;
	const char *text, *end; /* end: behind "?=" */
	size_t len;
};

/* Bytes of neighbours in one charset. */
struct words_bytes {
	uint8_t *p;
	size_t n;
};

/* A header text on its way. */
struct words {
	struct arena *arena;
	const char *p, *end;
	struct sink *to;
	struct words_bytes apart;  /* each word by itself, as RFC 2047 5 has it */
	struct words_bytes joined; /* base64 as one, as some programs cut it */
	struct base64 open;        /* of joined */
	bool torn;                 /* a word ends within a group, without "=" */
	bool lossy;
	bool no_close; /* there is no "?=" any more: it is not looked for again */
};

/* "=?charset*language?B?text?=" at p; false: it is none. */
static bool words_word_at(struct words *in, const char *p, struct word *w)
{
	const char *end = in->end;
	size_t n = 0;

	if (end - p < 8 || p[0] != '=' || p[1] != '?' || in->no_close)
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
	if (encoding != 'B' && encoding != 'Q')
		return false;
	w->base64 = encoding == 'B';
	w->text = p + 3;
	const char *close = memmem(w->text, (size_t)(end - w->text), "?=", 2);
	in->no_close = !close;
	if (!close)
		return false;
	w->len = (size_t)(close - w->text);
	w->end = close + 2;
	return true;
}

size_t words_length(const char *p, const char *end, bool *none)
{
	struct words in = { .end = end, .no_close = *none };
	struct word w;
	bool found = words_word_at(&in, p, &w);

	*none = in.no_close;
	return found ? (size_t)(w.end - p) : 0;
}

static void words_put_base64(struct words *in, const struct word *w)
{
	struct words_bytes *apart = &in->apart, *joined = &in->joined;
	struct base64 b = { 0 };

	apart->n += base64_decode(&b, w->text, w->len, apart->p + apart->n);
	in->torn |= b.letters > 0;
	apart->n += base64_finish(&b, apart->p + apart->n);
	joined->n += base64_decode(&in->open, w->text, w->len, joined->p + joined->n);
}

/* The word's bytes in its charset. */
static void words_put_word(struct words *in, const struct word *w)
{
	if (w->base64) {
		words_put_base64(in, w);
		return;
	}
	for (size_t i = 0; i < w->len; i++) {
		const char *p = w->text + i;
		uint8_t ch = (uint8_t)*p;
		if (ch == '_')
			ch = ' ';
		if (ch == '=' && w->len - i > 2 && hex_value(p[1]) >= 0 &&
		    hex_value(p[2]) >= 0) {
			ch = (uint8_t)(hex_value(p[1]) << 4 | hex_value(p[2]));
			i += 2;
		}
		in->apart.p[in->apart.n++] = ch;
		in->joined.p[in->joined.n++] = ch;
	}
}

/* *well: all of it had a meaning in the charset. */
static struct text words_read(
    struct arena *a, const char *charset, const uint8_t *bytes, size_t n, bool *well)
{
	unsigned page = text_codepage(charset);
	bool denied = true;
	struct text t =
	    page ? text_claimed(a, page, bytes, n, &denied) : text_guess(a, bytes, n);

	*well = !denied && !t.lossy;
	/* What means nothing there may be raw bytes that a program put into the word. */
	return t.lossy && text_is_utf8(bytes, n) ? text_guess(a, bytes, n) : t;
}

struct text words_in(struct arena *a, const char *charset, struct span bytes)
{
	bool well;

	return words_read(a, charset, bytes.mem, (size_t)bytes.len, &well);
}

/* The neighbours are over: their text. */
static void words_end_run(struct words *in, const char *charset)
{
	bool well;
	struct text t = words_read(in->arena, charset, in->apart.p, in->apart.n, &well);

	if (in->torn && !well) {
		struct words_bytes *joined = &in->joined;
		joined->n += base64_finish(&in->open, joined->p + joined->n);
		struct text whole =
		    words_read(in->arena, charset, joined->p, joined->n, &well);
		t = well ? whole : t;
	}
	sink_write(in->to, t.s, t.len);
	in->lossy |= t.lossy;
	in->apart.n = in->joined.n = 0;
	in->open = (struct base64){ 0 };
	in->torn = false;
}

/*
 * The word at in->p and those behind it with nothing but blanks between: in->p moves
 * behind the last. Neighbours of one charset are decoded together.
 */
static void words_put_run(struct words *in, const struct word *first)
{
	struct word w = *first, next;
	bool more = true;

	while (more) {
		const char *q = w.end;
		words_put_word(in, &w);
		in->p = w.end;
		while (
		    q < in->end && (*q == ' ' || *q == '\t' || *q == '\r' || *q == '\n'))
			q++;
		more = words_word_at(in, q, &next);
		if (!more || strcasecmp(next.charset, w.charset) != 0)
			words_end_run(in, w.charset);
		w = next;
	}
}

/* What stands between words. */
static void words_put_plain(struct words *in, const char *p, size_t n)
{
	struct text t = text_guess(in->arena, p, n);

	sink_write(in->to, t.s, t.len);
}

struct text words_decode(struct arena *a, const char *s, size_t n)
{
	struct words in = { .arena = a, .p = s, .end = s + n };
	const char *plain = s, *hit;
	struct word w;

	if (!memmem(s, n, "=?", 2))
		return text_guess(a, s, n);
	in.to = sink_memory(a);
	/* A word takes more than its bytes: the last group, which is open, fits, too. */
	in.apart.p = arena_alloc(a, BASE64_MOST(n) + n);
	in.joined.p = arena_alloc(a, BASE64_MOST(n) + n);
	while ((hit = memmem(in.p, (size_t)(in.end - in.p), "=?", 2))) {
		in.p = hit + 2;
		if (!words_word_at(&in, hit, &w))
			continue;
		words_put_plain(&in, plain, (size_t)(hit - plain));
		words_put_run(&in, &w);
		plain = in.p;
	}
	words_put_plain(&in, plain, (size_t)(in.end - plain));
	struct span all = sink_bytes(in.to);
	return (struct text){ .s = arena_copy(a, all.mem, (size_t)all.len),
		.len = (size_t)all.len,
		.lossy = in.lossy };
}
