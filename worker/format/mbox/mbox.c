/* SPDX-License-Identifier: ISC */
/* A mailbox as a store: where its mails lie, and one of them. */
#include "format/mbox/mbox.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/wipe.h"
#include "format/format.h"

/* One mail with a postmark is a mail. */
static bool mbox_has_second(struct span whole)
{
	static uint8_t piece[64 * 1024];
	struct mbox_scan s = { .in = whole, .buffer = piece, .blank = true };
	struct mbox_mail mail;

	wipe_later(piece, sizeof piece);
	bool first = mbox_next(&s, &mail);
	return first && mbox_next(&s, &mail);
}

static bool mbox_each(struct convert *c, const struct store *s)
{
	struct mbox_scan scan = mbox_over(c->arena, s->in);
	struct mbox_mail mail;

	store_folder(c, s, NULL, 0, 0);
	while (mbox_next(&scan, &mail)) {
		const struct entry e = {
			.place = { .at = mail.at, .bytes = mail.end - mail.at },
			.flags = mail.flags,
			.date = mail.date,
			.bytes = mail.end - mail.at,
		};
		store_entry(c, s, &e);
		if (c->tell_progress && s->depth == 0)
			c->tell_progress(c->arg, mail.end);
	}
	return true;
}

/* What is to be known of a mail's lines to give it back. */
struct mbox_body {
	uint64_t begin;  /* behind the postmark */
	uint64_t body;   /* behind the header; 0: there is none */
	uint64_t length; /* of the body, as the header says; UINT64_MAX: it does not */
	uint64_t end;    /* with the blank line that ends it in the mailbox */
	uint64_t last;   /* where the last line begins, when it is blank; else the end */
	bool quoted, bare; /* lines of the body begin with ">From ", with "From " */
};

/* ">From ", ">>From " and so on: mboxrd's. */
static bool mbox_is_quoted(const struct mbox_line *l)
{
	size_t n = 0;

	while (n < l->n && l->s[n] == '>')
		n++;
	return n > 0 && l->n - n >= 5 && memcmp(l->s + n, "From ", 5) == 0;
}

static struct mbox_body mbox_look(struct mbox_scan *s)
{
	struct mbox_body b = { .length = UINT64_MAX };

	if (mbox_next_line(s) &&
	    memcmp(s->line.s, "From ", s->line.n < 5 ? s->line.n : 5) == 0)
		b.begin = s->line.end;
	s->at = b.begin;
	s->pos = s->have = 0;
	while (mbox_next_line(s)) {
		b.last = s->line.n == 0 ? s->line.at : s->line.end;
		b.end = s->line.end;
		if (b.body == 0) {
			if (s->line.n == 0)
				b.body = s->line.end;
			else if (s->line.n > 15 &&
				 strncasecmp(s->line.s, "Content-Length:", 15) == 0)
				b.length = strtoull(s->line.s + 15, NULL, 10);
			continue;
		}
		b.quoted = b.quoted || mbox_is_quoted(&s->line);
		b.bare = b.bare || (s->line.n >= 5 && memcmp(s->line.s, "From ", 5) == 0);
	}
	return b;
}

/* Take one ">" from each quoted line. */
static struct span mbox_unquoted(struct convert *c, struct span mail, uint64_t body)
{
	struct sink *to = convert_scratch(c);
	struct mbox_scan s = mbox_over(c->arena, span_sub(mail, body, UINT64_MAX));

	sink_span(to, span_sub(mail, 0, body), convert_alive, c);
	while (mbox_next_line(&s)) {
		uint64_t from = s.line.at + (mbox_is_quoted(&s.line) ? 1 : 0);
		if (s.line.end - s.line.at <= MBOX_LINE) {
			/* The line is at hand, but for its end. */
			size_t n = s.line.n - (size_t)(from - s.line.at);
			sink_write(to, s.line.s + (from - s.line.at), n);
			from += n;
		}
		sink_span(to, span_sub(s.in, from, s.line.end - from), NULL, NULL);
		convert_alive(c);
	}
	return sink_bytes(to);
}

static bool mbox_pick(
    struct convert *c, struct span in, const struct store_place *at, struct picked *out)
{
	struct span mail = span_sub(in, at->at, at->bytes);
	struct mbox_scan s = mbox_over(c->arena, mail);
	struct mbox_body b = mbox_look(&s);

	if (mail.len != at->bytes || b.end <= b.begin)
		return convert_refuse(c, "message", at->at, "an empty mail");
	/* The blank line behind a mail is the mailbox's, unless the header counts it. */
	uint64_t end = b.last;
	if (b.body != 0 && b.length != UINT64_MAX && b.end - b.body == b.length)
		end = b.end;
	if (b.body != 0 && end < b.body)
		end = b.body;
	out->bytes = span_sub(mail, b.begin, end - b.begin);
	if (b.quoted && !b.bare)
		out->bytes = mbox_unquoted(c, out->bytes, b.body - b.begin);
	return true;
}

const struct format format_mbox = {
	.row = &formats_rows[FORMATS_MBOX],
	.confirm = mbox_has_second,
	.each = mbox_each,
	.pick = mbox_pick,
};
