/* SPDX-License-Identifier: ISC */
#ifndef MIME_SHOWN_H
#define MIME_SHOWN_H

#include <stdbool.h>

#include "base/span.h"

struct convert;
struct entity;

/*
 * What the texts of a mail say to their reader, to find out whether another text says
 * something new. Compared is what is read: white space, quoting (">"), bullets and
 * the shapes of quotation marks, dashes and dots do not count, everything else does.
 *
 * The texts lie in memory or in the scratch file. One over LIMIT_TEXT is not compared:
 * what is not known to be shown is new.
 */
struct shown {
	struct convert *c;
	const struct entity *host;
	struct shown_text *first;
	bool html; /* one of them is HTML, so that there are looks, too */
};

/* The texts that the message shows by itself: entities of host, tnef ones left out. */
struct shown shown_of(struct convert *, const struct entity *host);

/* Does it show anything to be read? */
bool shown_any(const struct shown *);

/* Does what the UTF-8 text says stand in one of them? Nothing is said everywhere. */
bool shown_says(const struct shown *, struct span text);

/* Does the UTF-8 text say all that one text of them says, for each of them? */
bool shown_within(const struct shown *, struct span text);

/* Has the message a part of this type, wherever it stands in it? */
bool shown_has(const struct shown *, const char *type);

/* Has it this calendar already: one of the same UID, or, where only we have given the
 * item its UID, any? */
bool shown_has_calendar(const struct shown *, struct span ical, bool own_uid);

/* One more of them: a text in UTF-8. */
void shown_add(struct shown *, struct span text);

#endif
