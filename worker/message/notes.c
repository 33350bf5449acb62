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

static const char *notes_keep(struct arena *a, const char *s)
{
	return s ? arena_copy(a, s, strlen(s)) : "";
}

void notes_add(struct notes *n, enum note_kind kind, const char *part, const char *what,
    const char *reason, ...)
{
	char text[512]; /* one clause; a longer one is cut */
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
