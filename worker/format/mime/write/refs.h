/* SPDX-License-Identifier: ISC */
#ifndef MIME_REFS_H
#define MIME_REFS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "base/text.h"

struct arena;

/*
 * Which attachments an HTML body shows: those whose Content-ID it names behind "cid:",
 * or whose Content-Location is the value of an attribute or a CSS url(). One pass over
 * the HTML, however many attachments there are.
 */
struct refs_want {
	struct text id, place; /* .len 0: none */
	bool found;
};

void refs_find(struct arena *, struct span html, struct refs_want *, size_t count);

#endif
