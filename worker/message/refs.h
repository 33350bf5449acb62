/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_REFS_H
#define MESSAGE_REFS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "base/text.h"

struct arena;

/*
 * Which attachments an HTML body shows: those whose Content-ID it names behind "cid:",
 * or of which it names no more than what stands before the "@", as some programs write;
 * whose Content-Location is the value of an attribute or a CSS url(), or, when they have
 * no id, whose file's name stands behind "cid:". Values are compared as what they mean:
 * character references and %XX are undone, white space and case do not count (RFC 2392).
 * One pass over the HTML, however many attachments there are.
 */
struct refs_want {
	struct text id, place; /* .len 0: none */
	struct text file;      /* its name, where it has no id */
	struct text as; /* what the HTML has in place of the id; .len 0: the id itself */
	bool found;
};

void refs_find(struct arena *, struct span html, struct refs_want *, size_t count);

#endif
