/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "codec/date.h"
#include "format/mbox/mbox.h"
#include "proto/formats.h"

enum { PIECE = 64 * 1024 };

struct mbox_scan mbox_over(struct arena *a, struct span in)
{
	return (
	    struct mbox_scan){ .in = in, .buffer = arena_alloc(a, PIECE), .blank = true };
}

/* Go to an offset. */
static void mbox_seek(struct mbox_scan *s, uint64_t at)
{
	s->at = at;
	s->pos = s->have = 0;
}

static bool mbox_fill(struct mbox_scan *s)
{
	if (s->pos < s->have)
		return true;
	s->pos = 0;
	s->have = span_read(s->in, s->at, s->buffer, PIECE);
	return s->have > 0;
}

bool mbox_next_line(struct mbox_scan *s)
{
	struct mbox_line *l = &s->line;
	const uint8_t *lf = NULL;

	l->n = 0;
	l->at = s->at;
	while (!lf && mbox_fill(s)) {
		const uint8_t *p = s->buffer + s->pos;
		size_t left = s->have - s->pos;
		lf = memchr(p, '\n', left);
		size_t n = lf ? (size_t)(lf - p) : left;
		size_t take = n < MBOX_LINE - l->n ? n : MBOX_LINE - l->n;
		memcpy(l->s + l->n, p, take);
		l->n += take;
		n += lf != NULL;
		s->pos += n;
		s->at += n;
	}
	l->end = s->at;
	if (l->n > 0 && l->end - l->at <= MBOX_LINE && l->s[l->n - 1] == '\r')
		l->n--;
	l->s[l->n] = '\0';
	return l->end > l->at;
}

bool mbox_is_field(const struct mbox_line *l)
{
	size_t n = 0;

	while (n < l->n && (isalnum((unsigned char)l->s[n]) || l->s[n] == '-'))
		n++;
	return n > 0 && n < l->n && l->s[n] == ':';
}

static bool mbox_is_digit(char c)
{
	return isdigit((unsigned char)c);
}

enum mbox_mark mbox_is_postmark(const struct mbox_line *l)
{
	bool time = false, year = false, words = false, sender = false;
	size_t n = 5;

	if (l->n < 6 || memcmp(l->s, "From ", 5) != 0)
		return MBOX_NO_MARK;
	while (n < l->n && l->s[n] != ' ')
		sender = l->s[n++] == '@' || sender;
	if (n == 6 && l->s[5] == '-')
		sender = true;
	for (; n < l->n; n++)
		words = words || l->s[n] != ' ';
	for (size_t i = 5; i + 5 <= l->n; i++) {
		const char *p = l->s + i;
		time = time || (mbox_is_digit(p[0]) && mbox_is_digit(p[1]) &&
				   p[2] == ':' && mbox_is_digit(p[3]));
		year = year || (p[0] == ' ' && (p[1] == '1' || p[1] == '2') &&
				   mbox_is_digit(p[2]) && mbox_is_digit(p[3]) &&
				   mbox_is_digit(p[4]));
	}
	if (time && year)
		return MBOX_MARK;
	return words || !sender ? MBOX_NO_MARK : MBOX_BARE_MARK;
}

/* A month's name and a day: "Jan  1 10:00:00 2020" has it, maybe with a zone. */
static bool mbox_is_month(const char *p, const char *end)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	size_t month = 0;

	while (month < 12 && strncmp(p, months + month * 3, 3) != 0)
		month++;
	if (month == 12)
		return false;
	for (p += 3; p < end && *p == ' ';)
		p++;
	return p < end && mbox_is_digit(*p);
}

static int64_t mbox_date(const struct mbox_line *mark)
{
	char text[MBOX_LINE + 1];
	const char *end = text + mark->n;

	memcpy(text, mark->s, mark->n);
	text[mark->n] = '\0';
	for (const char *p = text + 5; p + 3 < end; p++) {
		if (p[-1] != ' ' || !mbox_is_month(p, end))
			continue;
		struct when when = date_read(p, (size_t)(end - p));
		if (when.valid)
			return when.unix_s;
	}
	return 0;
}

static bool mbox_field(const struct mbox_line *l, const char *name, char value[64])
{
	size_t n = strlen(name), k = 0;

	if (l->n <= n || strncasecmp(l->s, name, n) != 0 || l->s[n] != ':')
		return false;
	for (n++; n < l->n && l->s[n] == ' ';)
		n++;
	while (n < l->n && k < 63)
		value[k++] = l->s[n++];
	value[k] = '\0';
	return true;
}

/* What mail programs keep in the header about a mail. */
static void mbox_header_line(struct mbox_scan *s)
{
	static const struct {
		char letter;
		unsigned flag;
	} letters[] = {
		{ 'R', FORMATS_SEEN },
		{ 'A', FORMATS_ANSWERED },
		{ 'F', FORMATS_FLAGGED },
		{ 'T', FORMATS_DRAFT },
		{ 'D', FORMATS_DELETED },
	};
	/* Mozilla's: its own bits. */
	static const struct {
		unsigned bit, flag;
	} bits[] = {
		{ 0x0001, FORMATS_SEEN },
		{ 0x0002, FORMATS_ANSWERED },
		{ 0x0004, FORMATS_FLAGGED },
		{ 0x0008, FORMATS_DELETED },
		{ 0x1000, FORMATS_PASSED_ON },
	};
	char value[64];

	if (mbox_field(&s->line, "Content-Length", value) && mbox_is_digit(value[0])) {
		s->length = strtoull(value, NULL, 10);
	} else if (mbox_field(&s->line, "Status", value) ||
		   mbox_field(&s->line, "X-Status", value)) {
		for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
			for (const char *p = value; *p; p++)
				if (*p == letters[i].letter)
					s->mail.flags |= letters[i].flag;
	} else if (mbox_field(&s->line, "X-Mozilla-Status", value)) {
		unsigned long word = strtoul(value, NULL, 16);
		for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
			if (word & bits[i].bit)
				s->mail.flags |= bits[i].flag;
	}
}

/* Behind the header: is the body as long as it was said to be? Then go to its end. */
static void mbox_skip_body(struct mbox_scan *s)
{
	uint64_t left = s->in.len > s->at ? s->in.len - s->at : 0, end;
	struct mbox_scan ahead = *s;
	uint8_t room[MBOX_LINE * 2];

	if (s->length == 0 || s->length > left)
		return;
	end = s->at + s->length;
	ahead.buffer = room;
	ahead.at = end;
	ahead.pos = 0;
	ahead.have = span_read(s->in, end, room, sizeof room);
	bool whole = ahead.have == 0;
	for (int blanks = 0; !whole && blanks < 3; blanks++) {
		size_t before = ahead.have;
		/* The buffer is one piece: nothing is read behind it. */
		const uint8_t *lf = memchr(room + ahead.pos, '\n', before - ahead.pos);
		size_t n = lf ? (size_t)(lf - (room + ahead.pos)) : before - ahead.pos;
		struct mbox_line l = { .n = n < MBOX_LINE ? n : MBOX_LINE };
		memcpy(l.s, room + ahead.pos, l.n);
		l.s[l.n] = '\0';
		if (l.n > 0 && l.s[l.n - 1] == '\r')
			l.n--;
		if (l.n > 0) {
			whole = mbox_is_postmark(&l) != MBOX_NO_MARK;
			break;
		}
		if (!lf || (ahead.pos += n + 1) >= ahead.have) {
			whole = end + ahead.pos >= s->in.len;
			break;
		}
	}
	if (whole) {
		mbox_seek(s, end);
		s->blank = true;
	}
}

/* At the end of a line: does a mail begin with it? Then the one at hand ends at the
 * postmark. */
static bool mbox_begins(struct mbox_scan *s)
{
	const struct mbox_line *l = &s->line;
	bool begins =
	    s->mark.end != 0 && s->mark.end == l->at &&
	    (mbox_is_field(l) || (l->n > 6 && memcmp(l->s, ">From ", 6) == 0) ||
		(l->n == 0 && s->mark_blank && mbox_is_postmark(&s->mark) == MBOX_MARK));

	s->mark.end = 0;
	enum mbox_mark mark = mbox_is_postmark(l);
	if (!begins && mark != MBOX_NO_MARK && !s->header &&
	    (s->blank || mark == MBOX_MARK || l->s[5] == '-'))
		s->mark = *l;
	s->mark_blank = s->blank;
	return begins;
}

bool mbox_next(struct mbox_scan *s, struct mbox_mail *out)
{
	while (mbox_next_line(s)) {
		struct mbox_line mark = s->mark;
		bool begins = mbox_begins(s), had = s->any;

		if (begins) {
			*out = s->mail;
			out->end = mark.at;
			s->mail =
			    (struct mbox_mail){ .at = mark.at, .date = mbox_date(&mark) };
			s->any = s->header = true;
			s->length = 0;
		}
		s->blank = s->line.n == 0;
		if (s->header && !s->blank)
			mbox_header_line(s);
		else if (s->header) {
			s->header = false;
			mbox_skip_body(s);
		}
		if (begins && had)
			return true;
	}
	if (!s->any)
		return false;
	s->any = false;
	*out = s->mail;
	out->end = s->in.len < s->at ? s->in.len : s->at;
	return true;
}
