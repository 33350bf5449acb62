/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_field.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "codec/rtf/rtf_state.h"

static const char *const schemes[] = { "http:", "https:", "mailto:", "ftp:", "cid:" };

struct part {
	const char *p;
	size_t n;
	bool is_switch;
};

void rtf_field_begin(struct rtf_field *f)
{
	if (!f->text)
		f->text = arena_alloc(f->arena, RTF_FIELD_MAX);
	f->len = 0;
	f->cut = false;
}

void rtf_field_add(struct rtf_field *f, const char *s, size_t n)
{
	size_t left = RTF_FIELD_MAX - f->len;

	f->cut |= n > left;
	memcpy(f->text + f->len, s, n < left ? n : left);
	f->len += n < left ? n : left;
}

bool rtf_field_is_mark(const char *s, size_t n)
{
	enum { LONGEST = 40 }; /* of a bookmark's name */

	for (size_t i = 0; i < n; i++) {
		bool letter =
		    (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z');
		if (!letter && s[i] != '_' && (s[i] < '0' || s[i] > '9'))
			return false;
	}
	return n > 0 && n <= LONGEST;
}

/* Cut the first word or "quoted text" off *in. Fields escape with a backslash. */
static struct part next_part(struct part *in)
{
	while (in->n > 0 && (unsigned char)in->p[0] <= ' ') {
		in->p++;
		in->n--;
	}
	bool quoted = in->n > 0 && in->p[0] == '"';
	size_t from = quoted, to = from;
	while (to < in->n && (quoted ? in->p[to] != '"' : (unsigned char)in->p[to] > ' '))
		to++;
	struct part out = { in->p + from, to - from,
		!quoted && to > from && *in->p == '\\' };
	size_t used = quoted && to < in->n ? to + 1 : to;
	in->p += used;
	in->n -= used;
	return out;
}

static bool may_follow(struct part url)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		size_t n = strlen(schemes[i]);
		if (url.n > n && strncasecmp(url.p, schemes[i], n) == 0)
			return true;
	}
	return false;
}

/* What RFC 3986 does not allow to stand as it is: space, controls, "<>`, not ASCII. */
static bool must_encode(unsigned char c)
{
	static const char marks[] = { '"', '<', '>', '`', '{', '}', '|', '\\', '^',
		'\'' };

	return c <= ' ' || c >= 0x7f || memchr(marks, c, sizeof marks) != NULL;
}

/* The parts of a HYPERLINK that are shown. */
struct hyperlink {
	struct part url, mark, title;
};

static size_t put_encoded(char *to, struct part from)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (size_t i = 0; i < from.n; i++) {
		unsigned char c = (unsigned char)from.p[i];
		if (must_encode(c)) {
			to[n++] = '%';
			to[n++] = hex[c >> 4];
			to[n++] = hex[c & 15];
		} else {
			to[n++] = (char)c;
		}
	}
	return n;
}

static struct rtf_link *make_link(struct rtf_field *f, const struct hyperlink *h)
{
	size_t left = 3 * (h->url.n + h->mark.n) + 2;
	char *to = arena_alloc(f->arena, left);
	struct rtf_link *link = arena_alloc(f->arena, sizeof *link);
	size_t n = put_encoded(to, h->url);

	if (h->mark.n > 0) {
		to[n++] = '#';
		n += put_encoded(to + n, h->mark);
	}
	f->spent += left + h->title.n + sizeof *link;
	*link = (struct rtf_link){ .url = to, .len = n };
	link->title = arena_copy(f->arena, h->title.p, h->title.n);
	link->title_len = h->title.n;
	return link;
}

/* What stands behind HYPERLINK: an address, and switches with or without a value. */
static struct hyperlink rtf_field_read_parts(struct part in)
{
	struct hyperlink h = { 0 };
	struct part part;

	for (part = next_part(&in); part.n > 0 || in.n > 0; part = next_part(&in)) {
		if (!part.is_switch) {
			h.url = h.url.n > 0 ? h.url : part;
			continue;
		}
		int letter = part.n > 1 ? part.p[1] : 0;
		if (letter == 'l' || letter == 'o' || letter == 't') {
			struct part value = next_part(&in);
			if (letter == 'l')
				h.mark = value;
			else if (letter == 'o')
				h.title = value;
		}
	}
	while (h.url.n > 0 && (unsigned char)h.url.p[0] <= ' ') {
		h.url.p++;
		h.url.n--;
	}
	if (h.url.n > 0 && *h.url.p == '#') { /* a place in this document */
		if (h.mark.n == 0)
			h.mark = (struct part){ h.url.p + 1, h.url.n - 1, false };
		h.url.n = 0;
	}
	return h;
}

struct rtf_link *rtf_field_link(struct rtf_field *f, bool *refused)
{
	struct part in = { f->text, f->len, false }, word = next_part(&in);

	*refused = false;
	if (word.n != 9 || strncasecmp(word.p, "HYPERLINK", 9) != 0)
		return NULL;
	struct hyperlink h = rtf_field_read_parts(in);
	if (h.url.n == 0 && !rtf_field_is_mark(h.mark.p, h.mark.n))
		h.mark.n = 0; /* no place that we could name */
	if (h.url.n == 0 && h.mark.n == 0)
		return NULL;
	*refused =
	    (h.url.n > 0 && !may_follow(h.url)) || f->cut || f->spent > LIMIT_RTF_LINKS;
	return *refused ? NULL : make_link(f, &h);
}
