/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_BODY_ITEM_H
#define MESSAGE_BODY_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct arena;
struct body;
struct body_want;

/*
 * What genuine RTF holds beside its text: pictures, which the HTML made of it shows by
 * "cid:picture-N", and embedded objects, which are attachments in all but name. One at a
 * time is decoded.
 */
struct body_item {
	bool object;       /* else a picture */
	unsigned number;   /* N */
	const char *type;  /* media type */
	const char *name;  /* "picture-1.png", or the object's own name */
	const char *class; /* of an object: "Word.Document.8"; "" not said */
	bool link;         /* of an object: it only refers to a file */
	struct span data;
	struct arena *arena; /* everything of it lies here */
	uint64_t scratch;    /* bytes taken of the scratch file before it */
};

/* Is item i an object? And how many of the objects, or of the pictures, there are. */
bool body_item_is_object(const struct body *, unsigned i);
unsigned body_item_count(const struct body *, bool objects);

/* Item i of body.item_count. The caller ends it with body_item_close, before the next. */
struct body_item body_item_open(
    const struct body_want *, const struct body *, unsigned i);
void body_item_close(const struct body_want *, struct body_item *);

#endif
