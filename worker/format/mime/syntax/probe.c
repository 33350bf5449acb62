/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/probe.h"

#include <string.h>

#include "base/limits.h"
#include "base/wipe.h"
#include "format/mime/syntax/fields.h"
#include "format/mime/syntax/lines.h"
#include "format/mime/syntax/normal.h"

struct seen {
	unsigned sure, weak, unknown, odd;
};

/* The next line without its line ending; false at the end. */
static bool next_line(const char **p, size_t *left, const char **line, size_t *n)
{
	if (*left == 0)
		return false;
	const char *lf = memchr(*p, '\n', *left);
	size_t all = lf ? (size_t)(lf - *p) + 1 : *left;

	*line = *p;
	*n = lf ? all - 1 : all;
	if (*n > 0 && (*line)[*n - 1] == '\r')
		--*n;
	*p += all;
	*left -= all;
	return true;
}

/* What a file of another kind begins with: then "To:" somewhere below means nothing. */
static bool is_binary(const char *p, size_t n)
{
	for (size_t i = 0; i < n && i < 16; i++)
		if ((unsigned char)p[i] < '\t')
			return true;
	return false;
}

static void probe_look(struct seen *seen, const char *line, size_t n)
{
	size_t name = fields_name(line, n);
	if (name && n - name >= 4 &&
	    memcmp(line + name + (line[name] == ' '), ":= ", 3) == 0)
		name = 0; /* a makefile's variable */
	int use = name ? fields_use(line, name) : -1;

	if (!name)
		seen->odd++;
	else if (use < 0)
		seen->unknown++;
	else if (use & FIELDS_WEAK)
		seen->weak++;
	else
		seen->sure++;
}

/* A mailbox's line, quoted or not. */
static bool begins_from(const char *line, size_t n)
{
	return (n > 5 && memcmp(line, "From ", 5) == 0) ||
	       (n > 6 && memcmp(line, ">From ", 6) == 0);
}

enum probe probe_mime(struct span head)
{
	static const char bom[] = "\xef\xbb\xbf";
	static uint8_t buffer[LIMIT_PROBE];

	if (head.mem && head.len <= sizeof buffer) {
		wipe_later(buffer, (size_t)head.len);
		head = normal_head(head, buffer);
	}
	const char *p = (const char *)head.mem, *line;
	size_t left = p ? (size_t)head.len : 0, n = 0;
	struct seen seen = { 0 };
	bool first = true;

	if (left >= 3 && memcmp(p, bom, 3) == 0) {
		p += 3;
		left -= 3;
	}
	if (is_binary(p, left))
		return PROBE_NO;
	while (next_line(&p, &left, &line, &n)) {
		if (n == 0 && first)
			continue; /* blank lines before the header */
		if (n == 0)
			break;
		bool folded = !first && (*line == ' ' || *line == '\t');
		bool from = begins_from(line, n);
		first = false;
		if (!folded && (!from || fields_name(line, n)))
			probe_look(&seen, line, n);
	}
	if (seen.odd > seen.sure + seen.weak)
		return PROBE_NO;
	if (seen.sure > 0)
		return PROBE_YES;
	bool goes_on = n > 0 && head.len >= LIMIT_PROBE / 2 && seen.odd == 0;
	return (seen.weak > 0 && seen.weak >= seen.unknown) || goes_on ? PROBE_MAYBE
								       : PROBE_NO;
}

bool probe_confirm(struct convert *c)
{
	struct lines lines = lines_over(c->arena, c->in, 0);
	bool begun = false;
	struct line l;

	while (
	    lines.pos < LIMIT_HEADER && lines_next(&lines, &l) && (l.len > 0 || !begun)) {
		size_t skip =
		    l.off == 0 && l.len > 3 && memcmp(l.text, "\xef\xbb\xbf", 3) == 0 ? 3
										      : 0;
		size_t name = fields_name(l.text + skip, l.len - skip);
		if (name && fields_use(l.text + skip, name) >= 0)
			return true;
		begun = begun || l.len > 0;
	}
	if (lines.pos < LIMIT_PROBE / 2) /* the head said all that there is */
		return true;
	return convert_refuse(c, "message", 0,
	    "begins like the header of a mail, but none of its fields is one of mail");
}
