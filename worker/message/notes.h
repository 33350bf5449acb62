/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_NOTES_H
#define MESSAGE_NOTES_H

#include <stdint.h>

struct arena;

/*
 * What a conversion could not carry over as it was. Every loss is a note; the
 * list keeps LIMIT_NOTES of them and counts the rest by kind.
 */
enum note_kind { NOTE_KEPT, NOTE_CHANGED, NOTE_LOST, NOTE_KINDS };

struct note {
	enum note_kind kind;
	const char *part; /* where: "message", "attachment 2", "part 1.2" */
	const char *what; /* attribute, property or header by its specification's name */
	const char *reason; /* one clause for people, with offset where it helps */
	struct note *next;
};

struct notes {
	struct arena *arena;
	struct note *first, **last;
	uint32_t listed;
	uint32_t count[NOTE_KINDS]; /* all, listed or not */
};

void notes_init(struct notes *, struct arena *);

/* part and what are copied; reason is printf-like. */
void notes_add(struct notes *, enum note_kind, const char *part, const char *what,
    const char *reason, ...) __attribute__((format(__printf__, 5, 6)));

#endif
