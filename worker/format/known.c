/* SPDX-License-Identifier: ISC */
/*
 * Formats that are known and not read yet, and that no first bytes tell: both begin as a
 * mail does, and would pass for one.
 */
#include <ctype.h>
#include <string.h>

#include "format/format.h"

#include "base/wipe.h"

enum {
	LINE = 256,
	PIECE = 32 * 1024
}; /* bytes of a line that are looked at; read at once */

/* The beginning of a line, without its end. */
struct line {
	char s[LINE];
	size_t n;
};

/* The header field's name and its colon. */
static bool known_is_field(const struct line *l)
{
	size_t n = 0;

	while (n < l->n && (isalnum((unsigned char)l->s[n]) || l->s[n] == '-'))
		n++;
	return n > 0 && n < l->n && l->s[n] == ':';
}

/* "From somebody Wed Jan  1 10:00:00 2020": by its time and year (RFC 4155). */
static bool known_is_postmark(const struct line *l)
{
	bool time = false, year = false;

	if (l->n < 6 || memcmp(l->s, "From ", 5) != 0)
		return false;
	for (size_t i = 5; i + 5 <= l->n; i++) {
		const char *p = l->s + i;
		time = time ||
		       (isdigit((unsigned char)p[0]) && isdigit((unsigned char)p[1]) &&
			   p[2] == ':' && isdigit((unsigned char)p[3]));
		year = year ||
		       (p[0] == ' ' && (p[1] == '1' || p[1] == '2') &&
			   isdigit((unsigned char)p[2]) && isdigit((unsigned char)p[3]) &&
			   isdigit((unsigned char)p[4]));
	}
	return time && year;
}

/* The lines of a mailbox: a mail begins behind a blank line, with a postmark before its
 * header. */
struct mailbox {
	struct line line;
	bool blank; /* the line before was */
	bool mark;  /* the line before was a postmark behind a blank one */
};

/* At the end of a line: does a second mail begin with it? */
static bool mailbox_line(struct mailbox *m)
{
	bool begins = m->mark && known_is_field(&m->line);

	m->mark = m->blank && known_is_postmark(&m->line);
	m->blank = m->line.n == 0;
	m->line.n = 0;
	return begins;
}

/* One mail with a postmark is a mail. */
static bool mbox_has_second(struct span whole)
{
	static uint8_t piece[PIECE];
	struct mailbox m = { 0 };
	uint64_t at = 0;
	size_t n;

	wipe_later(piece, sizeof piece);
	for (; (n = span_read(whole, at, piece, PIECE)) > 0; at += n)
		for (size_t i = 0; i < n; i++) {
			if (piece[i] == '\n' && mailbox_line(&m))
				return true;
			if (piece[i] != '\n' && piece[i] != '\r' && m.line.n < LINE)
				m.line.s[m.line.n++] = (char)piece[i];
		}
	return mailbox_line(&m);
}

const struct format format_mbox = {
	.row = &formats_rows[FORMATS_MBOX],
	.confirm = mbox_has_second,
};

/* The number of the mail's bytes on a line of its own, then the mail. */
static enum probe emlx_probe(struct span head)
{
	const char *p = (const char *)head.mem;
	size_t n = 0, left = p ? (size_t)head.len : 0;
	struct line l = { 0 };

	while (n < left && n < 12 && isdigit((unsigned char)p[n]))
		n++;
	if (n == 0)
		return PROBE_NO;
	while (n < left && (p[n] == ' ' || p[n] == '\r'))
		n++;
	if (n == left || p[n++] != '\n')
		return PROBE_NO;
	l.n = left - n < LINE ? left - n : LINE;
	memcpy(l.s, p + n, l.n);
	return known_is_field(&l) ? PROBE_YES : PROBE_NO;
}

const struct format format_emlx = {
	.row = &formats_rows[FORMATS_EMLX],
	.probe = emlx_probe,
};
