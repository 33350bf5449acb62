#include "codec/rtf_field.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "codec/rtf_walk.h"

static const char *const schemes[] = { "http:", "https:", "mailto:", "ftp:", "cid:" };

struct part {
	const char *p;
	size_t n;
};

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
	struct part out = { in->p + from, to - from };
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

static struct rtf_link *make_link(struct arena *a, struct part url)
{
	static const char hex[] = "0123456789ABCDEF";
	struct rtf_link *link = arena_alloc(a, sizeof *link);
	size_t n = 0, room = url.n;

	for (size_t i = 0; i < url.n; i++)
		room += must_encode((unsigned char)url.p[i]) ? 2 : 0;
	char *to = arena_alloc(a, room + 1);
	for (size_t i = 0; i < url.n; i++) {
		unsigned char c = (unsigned char)url.p[i];
		if (must_encode(c)) {
			to[n++] = '%';
			to[n++] = hex[c >> 4];
			to[n++] = hex[c & 15];
		} else {
			to[n++] = (char)c;
		}
	}
	*link = (struct rtf_link){ .url = to, .len = n };
	return link;
}

struct rtf_link *rtf_field_link(
    struct arena *a, const char *instruction, size_t n, bool *refused)
{
	struct part in = { instruction, n }, word = next_part(&in);

	*refused = false;
	if (word.n != 9 || strncasecmp(word.p, "HYPERLINK", 9) != 0)
		return NULL;
	struct part url = next_part(&in);
	while (url.n > 0 && (unsigned char)url.p[0] <= ' ') {
		url.p++;
		url.n--;
	}
	if (url.n == 0 || *url.p == '\\' || *url.p == '#') /* a place in this document */
		return NULL;
	if (may_follow(url))
		return make_link(a, url);
	*refused = true;
	return NULL;
}
