/* SPDX-License-Identifier: ISC */
#ifndef MIME_READ_BODY_H
#define MIME_READ_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "base/text.h"

struct entity;
struct reading;

/*
 * The texts of a mail on their way to be its body (MS-OXCMAIL 2.2.3.3). A message
 * object has one, a mail any number, one below the other: they are put together. Where
 * one of them is HTML, plain text becomes HTML, too; where one has a plain text, the
 * words of the others stand in that as well.
 */
struct bodies {
	struct piece *first, *last;
	uint64_t bytes; /* of all of them, at most LIMIT_TEXT */
	bool rtf;       /* there is an RTF body already */
	bool replaced;  /* they say nothing: the body is another one, put already */
};

/*
 * Take this part of type text/plain, text/html or RTF as a body, if it can be one. False:
 * it is to be attached.
 */
bool read_take_text(struct reading *, const struct entity *, const char *type);

/*
 * A body that was found in that part, in UTF-8, below those before it; html may be empty.
 * False: it is too long; a note says that the original is attached.
 */
bool read_add_body(
    struct reading *, const struct entity *, struct span text, struct span html);

/* Put the body's properties, when all parts were seen. */
void read_finish_body(struct reading *);

#endif
