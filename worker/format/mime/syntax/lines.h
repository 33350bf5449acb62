/* SPDX-License-Identifier: ISC */
#ifndef MIME_LINES_H
#define MIME_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/*
 * Reads a span line by line with the exact offset of each, through a buffer of
 * fixed size (less for a short span): neither the span nor a line need fit into memory. A
 * line ends with LF or CRLF; a lone CR is part of its line.
 */
enum { LINES_BUFFER = 64 * 1024, LINES_HEAD = 2048 };

struct lines {
	struct span in;
	uint64_t pos;    /* offset in the span of the next line */
	uint64_t base;   /* offset of buffer[0] */
	size_t have;     /* bytes in the buffer */
	uint8_t *buffer; /* from the arena */
	size_t capacity; /* LINES_BUFFER, or all of a shorter span */
};

struct line {
	uint64_t off, end; /* end is behind the line ending */
	unsigned eol;      /* its length: 0 (end of the span), 1, 2 */
	const char *text;  /* the first bytes, at most LINES_HEAD; until the next call */
	size_t len;        /* of text, without the line ending */
};

struct arena;

struct lines lines_over(struct arena *, struct span in, uint64_t from);

/* Go on from this offset. */
void lines_seek(struct lines *, uint64_t to);

/* The next line; false at the end of the span, or where the file ends before it. */
bool lines_next(struct lines *, struct line *);

/* Pass over lines that are whole in the buffer and begin with neither a nor b: the rest
 * of them says nothing. *eol: as of the last that was passed. */
void lines_pass(struct lines *, char a, char b, unsigned *eol);

#endif
