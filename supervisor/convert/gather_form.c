/* SPDX-License-Identifier: ISC */
#include "convert/gather_form.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json_text.h"
#include "files/copy.h"
#include "proto/formats.h"

enum { PIECE = 64 * 1024 };

/* Bytes on their way out. */
struct form_out {
	int fd;
	bool ok;
	size_t n;
	char bytes[PIECE];
};

static void form_flush(struct form_out *o)
{
	o->ok = o->ok && copy_put(o->fd, o->bytes, o->n);
	o->n = 0;
}

static void form_put(struct form_out *o, const char *p, size_t n)
{
	while (n > 0 && o->ok) {
		size_t room = PIECE - o->n, take = n < room ? n : room;
		memcpy(o->bytes + o->n, p, take);
		o->n += take;
		p += take;
		n -= take;
		if (o->n == PIECE)
			form_flush(o);
	}
}

static void form_text(struct form_out *o, const char *text)
{
	form_put(o, text, strlen(text));
}

/* The next piece of the result; 0: that was all, or errno (o->ok is false then). */
static size_t form_read(
    struct form_out *o, const struct gather_one *one, uint64_t at, char to[PIECE])
{
	uint64_t left = one->bytes - at;
	ssize_t k;

	if (left == 0 || !o->ok)
		return 0;
	do
		k = pread(one->fd, to, left < PIECE ? (size_t)left : PIECE, (off_t)at);
	while (k == -1 && errno == EINTR);
	if (k == 0)
		errno = ENODATA;
	o->ok = k > 0;
	return k > 0 ? (size_t)k : 0;
}

/* --- mailboxes --- */

/* The address in "Anna <anna@example.com>", or the whole; what a line of words cannot
 * hold makes it nobody's. */
static void form_sender(struct form_out *o, const char *sender)
{
	const char *open = sender ? strrchr(sender, '<') : NULL;
	const char *p = open ? open + 1 : sender ? sender : "";
	size_t n = strcspn(p, ">");
	bool fine = n > 0 && memchr(p, '@', n);

	for (size_t k = 0; k < n && fine; k++)
		fine = p[k] > ' ' && p[k] < 0x7f;
	if (fine)
		form_put(o, p, n);
	else
		form_text(o, "MAILER-DAEMON");
}

/* asctime(3) of UTC, as RFC 4155 asks for. */
static void form_date(struct form_out *o, int64_t date)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)date, none = 0;
	char text[64];
	struct tm tm;

	if (!gmtime_r(&t, &tm) || tm.tm_year < 0 || tm.tm_year > 9999 - 1900)
		(void)gmtime_r(&none, &tm);
	(void)snprintf(text, sizeof text, " %s %s %2d %02d:%02d:%02d %04d\n",
	    days[tm.tm_wday], months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec, tm.tm_year + 1900);
	form_text(o, text);
}

/* As mutt, Dovecot and others read them: R read, O not new any more; A answered, F
 * flagged, T draft, D deleted. */
static void form_marks(struct form_out *o, unsigned flags, const char *end)
{
	static const struct {
		unsigned flag;
		char letter;
	} letters[] = { { FORMATS_ANSWERED, 'A' }, { FORMATS_FLAGGED, 'F' },
		{ FORMATS_DRAFT, 'T' }, { FORMATS_DELETED, 'D' } };
	char marks[sizeof letters / sizeof letters[0] + 1] = "";
	size_t n = 0;

	for (size_t k = 0; k < sizeof letters / sizeof letters[0]; k++)
		if (flags & letters[k].flag)
			marks[n++] = letters[k].letter;
	form_text(o, flags & FORMATS_SEEN ? "Status: RO" : "Status: O");
	form_text(o, end);
	if (n > 0) {
		form_text(o, "X-Status: ");
		form_text(o, marks);
		form_text(o, end);
	}
}

/* Where the copy of a mail is: in a line, or at its beginning behind this much of ">"s
 * and of "From ", which were not written yet. */
struct quoting {
	bool inside;
	uint64_t signs;
	size_t matched;
};

static const char from_[] = "From ";

static void form_held(struct form_out *o, struct quoting *q)
{
	for (; q->signs > 0 && o->ok; q->signs--)
		form_put(o, ">", 1);
	form_put(o, from_, q->matched);
	q->matched = 0;
	q->inside = true;
}

static void quote(struct form_out *o, struct quoting *q, const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end && o->ok) {
		if (q->inside) {
			const char *line = memchr(p, '\n', (size_t)(end - p));
			const char *to = line ? line + 1 : end;
			form_put(o, p, (size_t)(to - p));
			q->inside = !line;
			p = to;
		} else if (*p == '>' && q->matched == 0) {
			q->signs++;
			p++;
		} else if (*p == from_[q->matched]) {
			p++;
			if (++q->matched < sizeof from_ - 1)
				continue;
			form_put(o, ">", 1);
			form_held(o, q);
		} else {
			form_held(o, q);
		}
	}
}

/* The line end that the mail has. */
static const char *form_line_end(const char *p, size_t n)
{
	const char *line = memchr(p, '\n', n);

	return line && line > p && line[-1] == '\r' ? "\r\n" : "\n";
}

bool gather_form_mail(int out, const struct gather_one *one)
{
	static struct form_out o;
	static char piece[PIECE];
	struct quoting q = { false, 0, 0 };
	const char *end = "\n";
	size_t n;

	o.fd = out;
	o.ok = true;
	o.n = 0;
	form_text(&o, from_);
	form_sender(&o, one->sender);
	form_date(&o, one->date);
	for (uint64_t at = 0; (n = form_read(&o, one, at, piece)) > 0; at += n) {
		if (at == 0) {
			end = form_line_end(piece, n);
			if (!one->has_marks)
				form_marks(&o, one->flags, end);
		}
		quote(&o, &q, piece, n);
	}
	if (q.signs > 0 || q.matched > 0)
		form_held(&o, &q);
	if (q.inside) /* a last line without its end */
		form_text(&o, end);
	form_text(&o, "\n"); /* as readers look for it */
	form_flush(&o);
	return o.ok;
}

/* --- lines of JSON --- */

/* What stands between values goes; so does a line end in a string, where JSON has none.
 */
static void squeeze(struct form_out *o, char *piece, size_t n, bool *text, bool *escaped)
{
	size_t to = 0;

	for (size_t k = 0; k < n; k++) {
		char c = piece[k];
		bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
		if (!*text) {
			if (blank)
				continue;
			*text = c == '"';
		} else if (*escaped) {
			*escaped = false;
		} else if (c == '\\') {
			*escaped = true;
		} else if (c == '"') {
			*text = false;
		}
		if (blank)
			c = ' ';
		piece[to++] = c;
	}
	form_put(o, piece, to);
}

bool gather_form_line(int out, const struct gather_one *one)
{
	static struct form_out o;
	static char piece[PIECE];
	bool text = false, escaped = false;
	char *about = json_line(one->about, JSON_TEXT_LINE);
	size_t n = about ? strlen(about) : 0;

	if (n == 0) {
		errno = ENOMEM;
		return false;
	}
	o.fd = out;
	o.ok = true;
	o.n = 0;
	form_put(&o, about, n - 1); /* its keys go on */
	free(about);
	form_text(&o, ",\"message\":");
	for (uint64_t at = 0; (n = form_read(&o, one, at, piece)) > 0; at += n)
		squeeze(&o, piece, n, &text, &escaped);
	form_text(&o, "}\n");
	form_flush(&o);
	return o.ok;
}
