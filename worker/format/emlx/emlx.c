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

enum {
	COUNT_LINE = 32,       /* bytes of the first line at most */
	PLIST_MOST = 8 * 1024, /* of the property list that are looked at */
};

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

/* --- the property list --- */

/* Apple Mail's bits of "flags". */
static unsigned emlx_flags(uint64_t bits)
{
	static const struct {
		unsigned bit, flag;
	} table[] = {
		{ 0, FORMATS_SEEN },
		{ 1, FORMATS_DELETED },
		{ 2, FORMATS_ANSWERED },
		{ 4, FORMATS_FLAGGED },
		{ 6, FORMATS_DRAFT },
		{ 8, FORMATS_PASSED_ON },
	};
	unsigned flags = 0;

	for (size_t k = 0; k < sizeof table / sizeof table[0]; k++)
		if (bits >> table[k].bit & 1)
			flags |= table[k].flag;
	return flags;
}

/* The number behind the key "flags" of the list that begins at off. */
static unsigned emlx_read_flags(struct span in, uint64_t off)
{
	static const char key[] = "<key>flags</key>", open[] = "<integer>";
	char list[PLIST_MOST + 1];
	uint64_t bits = 0;

	list[span_read(in, off, list, PLIST_MOST)] = '\0';
	const char *p = strstr(list, key);
	p = p ? strstr(p + sizeof key - 1, open) : NULL;
	if (!p)
		return 0;
	p += sizeof open - 1;
	for (unsigned n = 0; isdigit((unsigned char)p[n]) && n < 18; n++)
		bits = bits * 10 + (uint64_t)(p[n] - '0');
	return emlx_flags(bits);
}

/* In a .partial.emlx an attached file has a header of its part only, with this field in
 * it; its bytes are a file of the folder Attachments, beside that of the mail. */
static void emlx_note_absent(struct convert *c, struct span mail)
{
	static const char field[] = "\nX-Apple-Content-Length:";
	enum { NAME = sizeof field - 1, WINDOW = 8 * 1024 };
	char piece[WINDOW];
	unsigned number = 0;

	for (uint64_t at = 0; at < mail.len; at += WINDOW - NAME) {
		size_t n = span_read(mail, at, piece, sizeof piece), k = 0;
		const char *p;
		/* One that begins in the last bytes is the next window's. */
		while (k < n && (p = memmem(piece + k, n - k, field, NAME)) &&
		       p < piece + WINDOW - NAME) {
			notes_add(&c->notes, NOTE_LOST, "message", "attachment",
			    "the bytes of attached file %u are not in the mail, but in a "
			    "file "
			    "of the folder Attachments beside it",
			    ++number);
			k = (size_t)(p - piece) + NAME;
		}
	}
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
	c->flags = emlx_read_flags(in, n + out->bytes.len);
	emlx_note_absent(c, out->bytes);
	return true;
}

const struct format format_emlx = {
	.row = &formats_rows[FORMATS_EMLX],
	.probe = emlx_probe,
	.pick = emlx_pick,
};
