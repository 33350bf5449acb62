/* SPDX-License-Identifier: ISC */
#include "message/notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"

void notes_init(struct notes *n, struct arena *arena)
{
	*n = (struct notes){ .arena = arena };
	n->last = &n->first;
}

enum { NOTE_TEXT = 512 }; /* bytes of each of its texts */

/* A longer one is cut, between two characters. */
static const char *notes_keep(struct arena *a, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	if (n > NOTE_TEXT)
		for (n = NOTE_TEXT; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80;)
			n--;
	return s ? arena_copy(a, s, n) : "";
}

void notes_add(struct notes *n, enum note_kind kind, const char *part, const char *what,
    const char *reason, ...)
{
	char text[NOTE_TEXT]; /* one clause */
	va_list ap;

	n->count[kind]++;
	if (n->listed >= LIMIT_NOTES)
		return;
	va_start(ap, reason);
	(void)vsnprintf(text, sizeof text, reason, ap);
	va_end(ap);
	struct note *note = arena_alloc(n->arena, sizeof *note);
	*note = (struct note){
		.kind = kind,
		.part = notes_keep(n->arena, part),
		.what = notes_keep(n->arena, what),
		.reason = notes_keep(n->arena, text),
	};
	*n->last = note;
	n->last = &note->next;
	n->listed++;
}
