/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read_uu.h"

#include <gmime/gmime.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/mime/read/read_attach.h"
#include "format/mime/read/read_tnef.h"
#include "format/mime/read/reading.h"
#include "format/mime/syntax/transfer.h"
#include "format/mime/syntax/words.h"

/* A line without its line ending, and where the next one begins. */
struct uu_line {
	const char *p;
	size_t len, next;
};

static struct uu_line line_at(struct span text, size_t at)
{
	const char *p = (const char *)text.mem + at;
	size_t left = (size_t)text.len - at;
	const char *lf = memchr(p, '\n', left);
	size_t n = lf ? (size_t)(lf - p) : left;

	struct uu_line l = { p, n, at + n + (lf != NULL) };
	if (n > 0 && p[n - 1] == '\r')
		l.len--;
	return l;
}

/* "begin 644 name": where the name begins, 0 when it is no such line. */
static size_t begin_line(struct uu_line l)
{
	size_t at = 6;

	if (l.len < 11 || memcmp(l.p, "begin ", 6) != 0)
		return 0;
	while (at < l.len && at < 10 && l.p[at] >= '0' && l.p[at] <= '7')
		at++;
	return at >= 9 && at + 1 < l.len && l.p[at] == ' ' ? at + 1 : 0;
}

/* Length character and four characters for each three bytes; blanks at the end may be
 * gone. */
static bool is_data(struct uu_line l)
{
	if (l.len == 0 || l.len > 64)
		return false;
	for (size_t i = 0; i < l.len; i++)
		if (l.p[i] < ' ' || l.p[i] > '`')
			return false;
	size_t bytes = (size_t)(l.p[0] - ' ') & 63, want = 1 + (bytes + 2) / 3 * 4;
	return bytes > 0 && l.len <= want + 1 && l.len + 4 > want;
}

/* Where the line behind "end" begins, 0 when it is not all uuencode up to there. */
static size_t read_uu_end_of(struct span text, size_t at)
{
	bool closed = false;

	while (at < text.len) {
		struct uu_line l = line_at(text, at);
		if (l.len == 3 && memcmp(l.p, "end", 3) == 0)
			return l.next;
		bool zero = l.len == 0 || (l.len == 1 && (*l.p == '`' || *l.p == ' '));
		if (closed ? !zero : !zero && !is_data(l))
			return 0;
		closed = closed || zero;
		at = l.next;
	}
	return 0;
}

struct span read_uu_files(struct reading *r, const struct entity *e, struct span text)
{
	struct sink *rest = NULL;
	size_t kept = 0, next = 0;

	for (size_t at = 0; at < text.len; at = next) {
		struct uu_line l = line_at(text, at);
		size_t name = begin_line(l);
		size_t end = name ? read_uu_end_of(text, l.next) : 0;
		next = end ? end : l.next;
		if (!end)
			continue;
		struct span data = transfer_decode(r->c, span_sub(text, at, end - at),
		    GMIME_CONTENT_ENCODING_UUENCODE, NULL);
		struct text file = text_clean(
		    r->c->arena, words_decode(r->c->arena, l.p + name, l.len - name));
		if (!read_tnef_file(r, e, file, data))
			read_attach_file(r, e->path, file, data);
		if (!rest)
			rest = sink_memory(r->c->arena);
		sink_write(rest, text.mem + kept, at - kept);
		kept = end;
	}
	if (!rest)
		return text;
	sink_write(rest, text.mem + kept, (size_t)text.len - kept);
	return sink_bytes(rest);
}
