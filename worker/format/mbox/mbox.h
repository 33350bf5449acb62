/* SPDX-License-Identifier: ISC */
#ifndef MBOX_MBOX_H
#define MBOX_MBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct arena;

/*
 * Mailboxes of many mails (RFC 4155, and what programs make of it: mboxo, mboxrd, mboxcl,
 * mboxcl2), line by line. A mail begins with a postmark, most often behind a blank line,
 * whose next line is a header field (or a blank one): a "From " in a body that nobody
 * quoted is none. Where the header gives the length of the body, and the next mail does
 * follow it there, all of the body is passed over.
 */
enum { MBOX_LINE = 256 }; /* bytes of a line that are looked at */

struct mbox_line {
	char s[MBOX_LINE + 1]; /* ends with a NUL */
	size_t n;              /* bytes of s, without the line's end */
	uint64_t at;           /* where it begins */
	uint64_t end;          /* where the next one begins */
};

/* A mail of a mailbox. */
struct mbox_mail {
	uint64_t at, end; /* from its postmark to the next one */
	int64_t date;     /* of the postmark, seconds since the epoch; 0: none */
	unsigned flags;   /* set of enum formats_flag */
};

struct mbox_scan {
	struct span in;
	uint8_t *buffer;
	uint64_t at;      /* of the next byte to be looked at */
	size_t pos, have; /* of the buffer */
	struct mbox_line line;
	struct mbox_line mark; /* the last postmark that may begin a mail; end 0: none */
	bool blank;            /* the line before was */
	bool mark_blank;       /* the one before the mark was */
	bool header;           /* in the header of the mail at hand */
	bool any;              /* there is a mail at hand */
	uint64_t length;       /* of its body, as its header says; 0: it does not */
	struct mbox_mail mail; /* at hand */
};

struct mbox_scan mbox_over(struct arena *, struct span in);

/* The next mail; false: that was all. What stands before the first is none. */
bool mbox_next(struct mbox_scan *, struct mbox_mail *);

/* The next line; false: at the end. */
bool mbox_next_line(struct mbox_scan *);

/* "From somebody Wed Jan  1 10:00:00 2020": by its time and year; bare where there is
 * but an address or "-". */
enum mbox_mark { MBOX_NO_MARK, MBOX_BARE_MARK, MBOX_MARK };
enum mbox_mark mbox_is_postmark(const struct mbox_line *);
/* The header field's name and its colon. */
bool mbox_is_field(const struct mbox_line *);

#endif
