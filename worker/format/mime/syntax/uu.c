/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/uu.h"

#include <string.h>

#include "base/arena.h"
#include "format/mime/syntax/lines.h"

/* "begin 644 name": where the name begins, 0 when it is no such line. */
static size_t uu_begins(const struct line *l)
{
	size_t at = 6;

	if (l->len < 11 || memcmp(l->text, "begin ", 6) != 0)
		return 0;
	while (at < l->len && at < 10 && l->text[at] >= '0' && l->text[at] <= '7')
		at++;
	return at >= 9 && at + 1 < l->len && l->text[at] == ' ' ? at + 1 : 0;
}

/* Length character and four characters for each three bytes; blanks at the end may be
 * gone. */
static bool uu_is_data(const struct line *l)
{
	if (l->len == 0 || l->len > 64)
		return false;
	for (size_t i = 0; i < l->len; i++)
		if (l->text[i] < ' ' || l->text[i] > '`')
			return false;
	size_t bytes = (size_t)(l->text[0] - ' ') & 63, want = 1 + (bytes + 2) / 3 * 4;
	return bytes > 0 && l->len <= want + 1 && l->len + 4 > want;
}

/* Behind the line "end"; 0: it is not all uuencode up to there. */
static uint64_t uu_end(struct lines *lines)
{
	bool closed = false;
	struct line l;

	while (lines_next(lines, &l)) {
		if (l.len == 3 && memcmp(l.text, "end", 3) == 0)
			return l.end;
		bool zero =
		    l.len == 0 || (l.len == 1 && (*l.text == '`' || *l.text == ' '));
		if (closed ? !zero : !zero && !uu_is_data(&l))
			return 0;
		closed = closed || zero;
	}
	return 0;
}

bool uu_next(struct arena *a, struct lines *lines, struct uu_file *out)
{
	struct line l;

	while (lines_next(lines, &l)) {
		size_t name = uu_begins(&l);
		if (name == 0)
			continue;
		*out = (struct uu_file){ .from = l.off,
			.name = { arena_copy(a, l.text + name, l.len - name),
			    l.len - name, 0 } };
		uint64_t behind = l.end;
		out->to = uu_end(lines);
		if (out->to > 0)
			return true;
		lines_seek(lines, behind);
	}
	return false;
}
