/* SPDX-License-Identifier: ISC */
#ifndef MIME_LOST_H
#define MIME_LOST_H

#include <stdbool.h>

struct convert;
struct message;

struct lost_want {
	const char *part; /* where, in notes */
	bool original;    /* it is attached */
	bool headed;      /* the message has a header of its own */
};

/*
 * Notes on what a MIME message has no place for, one for each kind of thing:
 * named properties, properties of the class, voting buttons, ...
 *
 * Properties that only mean something inside a store or a transport (search
 * keys, entry ids, sizes, flags) are not worth a note. With the original
 * attached the rest is kept, else lost.
 */
void lost_note(struct convert *, const struct message *, const struct lost_want *);

#endif
