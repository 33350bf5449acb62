/* SPDX-License-Identifier: ISC */
#ifndef CODEC_CONTENT_LINE_H
#define CODEC_CONTENT_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct sink;

/*
 * Content lines of iCalendar (RFC 5545 3.1) and vCard (RFC 6350 3.3): NAME;PARAM=x:value,
 * folded so that none is longer than 75 bytes, characters whole. No value can begin a
 * line of its own.
 */
struct content_line {
	struct sink *to;
	unsigned column;
	bool first; /* of several values: no comma before it */
	/* Asked before each part of a line whether so many bytes more may come of the
	 * message; what may not is left out, and told by whoever says so. NULL: they may.
	 */
	bool (*fits)(void *arg, uint64_t bytes, const char *name);
	void *arg;
	const char *name; /* of the line that was begun */
	bool out;         /* it is left out altogether */
};

/* The name, or "group.NAME". */
void content_line_begin(struct content_line *, const char *name);

/* ;name=value: quoted where it must be, with RFC 6868's marks. Nothing of an empty one.
 */
void content_line_param(struct content_line *, const char *name, struct text value);
void content_line_param_word(struct content_line *, const char *name, const char *value);

/* The same of our own making, commas and all. */
void content_line_param_raw(struct content_line *, const char *name, const char *value);

/* ":" and what needs no escaping. */
void content_line_raw(struct content_line *, const char *fmt, ...)
    __attribute__((format(__printf__, 2, 3)));

/* More of a value, without escaping. */
void content_line_more(struct content_line *, const char *p, size_t n);

/* ":" and a text, line ends as \n. */
void content_line_text(struct content_line *, struct text value);

/* One more value of a list: a mark before all but the first; the first has ":" before. */
void content_line_item(struct content_line *, char mark, struct text value);

void content_line_end(struct content_line *);

/* A whole line: name, ":" and an escaped text; none when it is empty. */
void content_line_put(struct content_line *, const char *name, struct text value);

/* A whole line of our own words. */
void content_line_say(struct content_line *, const char *name, const char *fmt, ...)
    __attribute__((format(__printf__, 3, 4)));

#endif
