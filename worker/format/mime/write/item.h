/* SPDX-License-Identifier: ISC */
#ifndef MIME_ITEM_H
#define MIME_ITEM_H

#include "format/mime/write/out.h"

struct message;

/*
 * What an item is beside its text: a calendar, a task, a card, written by the format that
 * knows it (MS-OXCMAIL 2.1.3.3.8, MS-OXCICAL, MS-OXVCARD).
 */
struct item {
	struct format_item made; /* .format NULL: the message is a mail */
	struct span data;
	uint8_t *held; /* a byte for each attachment that is in it */
};

/* With notes on what it could not say. */
struct item item_of(struct out *, const struct message *, const char *part);

static inline bool item_any(const struct item *i)
{
	return i->made.format && i->data.len > 0;
}

/* A calendar, which a mail can have of its own already. */
bool item_is_calendar(const struct item *);

/* As an alternative of the text, and as a file. The delimiter before is the caller's. */
void item_write_alternative(struct out *, const struct item *);
void item_write_file(struct out *, const struct item *);

#endif
