/* SPDX-License-Identifier: ISC */
#ifndef MIME_OUT_H
#define MIME_OUT_H

#include "format/format.h"

struct text;

/*
 * Writes MIME: header fields, parameters, encoded bodies, boundaries. What it
 * writes is 7-bit, with lines of at most 78 bytes where the syntax allows it and
 * 998 anyway, and no value can start a header field or a boundary of its own:
 * control characters in values become blanks.
 */
struct out {
	struct convert *c;
	const char *eol;  /* "\r\n" or "\n" */
	uint64_t seed;    /* of boundaries: from the input's bytes */
	unsigned counter; /* of boundaries */
	const char *const
	    *outer; /* boundaries around what is written, outer_count of them */
	size_t outer_count;
	bool text_open; /* the last line ending written belongs to a text */
};

enum { OUT_BOUNDARY = 40 };

void out_line(struct out *, const char *line); /* and the line ending */
void out_printf(struct out *, const char *fmt, ...)
    __attribute__((format(__printf__, 2, 3))); /* no line ending is added */

/* "Name: value", folded at its blanks. value is ASCII and was made by us. */
void out_field(struct out *, const char *name, const char *value);

/* The same for a text: RFC 2047 where it is not plain ASCII. */
void out_text_field(struct out *, const char *name, struct text value);

/* The text as a phrase: atoms, a quoted string, or encoded words; in the arena. */
const char *out_phrase(struct out *, struct text value);

/*
 * "; name=value" behind a Content-Type or Content-Disposition, on a line of its
 * own: quoted, or by RFC 2231 in sections when it is not ASCII or long.
 */
void out_param(struct out *, const char *name, struct text value);

/* The bytes in base64, 76 columns. The last line has its line ending. */
void out_base64(struct out *, struct span);

/* The line before a part, or behind the last one: that has no line ending yet. */
void out_delimiter(struct out *, const char *boundary, bool last);

/*
 * A new boundary: of fixed length and with a number of its own, so none of ours is
 * the beginning of another; unlike every outer one, and holding "=_", which no
 * body written here holds.
 */
void out_boundary(struct out *, char to[OUT_BOUNDARY]);

/* FNV-1a over up to the first 64 KiB of the span, and its length. */
uint64_t out_hash(struct span);
/* The same of what a message is made from: of one in a store its place, for the store
 * begins as all of them do. */
uint64_t out_seed(const struct convert *);

#endif
