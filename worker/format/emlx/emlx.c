/* SPDX-License-Identifier: ISC */
/*
 * A mail of Apple Mail: the number of the mail's bytes on a line of its own, the mail,
 * and a property list of what the program knows of it.
 */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "format/format.h"
#include "message/notes.h"

enum { COUNT_LINE = 32 }; /* bytes of the first line at most */

/* The line of the count; 0: it is none. */
static size_t emlx_count(const char *p, size_t left, uint64_t *count)
{
	size_t n = 0;

	for (*count = 0; n < left && n < 12 && isdigit((unsigned char)p[n]); n++)
		*count = *count * 10 + (uint64_t)(p[n] - '0');
	if (n == 0)
		return 0;
	while (n < left && n < COUNT_LINE && (p[n] == ' ' || p[n] == '\r'))
		n++;
	return n < left && p[n] == '\n' ? n + 1 : 0;
}

static bool emlx_has_field(const char *p, size_t left)
{
	size_t n = 0;

	while (n < left && (isalnum((unsigned char)p[n]) || p[n] == '-'))
		n++;
	return n > 0 && n < left && p[n] == ':';
}

static enum probe emlx_probe(struct span head)
{
	const char *p = (const char *)head.mem;
	uint64_t count;

	if (!p)
		return PROBE_NO;
	size_t left = (size_t)head.len, n = emlx_count(p, left, &count);
	return n > 0 && emlx_has_field(p + n, left - n) ? PROBE_YES : PROBE_NO;
}

/* What is inside is a mail as any other: the conversion goes on with it. */
static bool emlx_pick(
    struct convert *c, struct span in, const struct store_place *at, struct picked *out)
{
	char head[COUNT_LINE];
	uint64_t count;
	size_t n = emlx_count(head, span_read(in, 0, head, sizeof head), &count);

	(void)at;
	if (n == 0)
		return convert_refuse(c, "message", 0, "no line with the mail's length");
	out->bytes = span_sub(in, n, count);
	if (out->bytes.len < count)
		notes_add(&c->notes, NOTE_LOST, "message", "end of the mail",
		    "the file ends %llu bytes before it",
		    (unsigned long long)(count - out->bytes.len));
	return true;
}

const struct format format_emlx = {
	.row = &formats_rows[FORMATS_EMLX],
	.probe = emlx_probe,
	.pick = emlx_pick,
};
