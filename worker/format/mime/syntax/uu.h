/* SPDX-License-Identifier: ISC */
#ifndef MIME_UU_H
#define MIME_UU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct arena;
struct lines;

/* A file in uuencode that stands in a text (POSIX uuencode): from its line "begin 644
 * name" to behind its line "end". */
struct uu_file {
	uint64_t from, to; /* offsets in the span of the lines */
	struct text name;  /* as it stands there */
};

/* The next one behind the lines' position; false: there is none. What is not uuencode up
 * to its end is text. One pass, whatever the text says. */
bool uu_next(struct arena *, struct lines *, struct uu_file *);

#endif
