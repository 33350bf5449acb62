/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "message/notes.h"

Test(notes, keep_their_texts_in_order)
{
	struct arena *a = arena_new(1 << 20);
	struct notes n;
	char part[] = "attachment 1";

	notes_init(&n, a);
	notes_add(&n, NOTE_LOST, part, "PidTagSubject", "byte %d of %s", 7, "x");
	notes_add(&n, NOTE_KEPT, NULL, NULL, "why");
	part[0] = '?';
	cr_assert_not_null(n.first);
	cr_expect_str_eq(n.first->part, "attachment 1");
	cr_expect_str_eq(n.first->what, "PidTagSubject");
	cr_expect_str_eq(n.first->reason, "byte 7 of x");
	cr_expect_str_eq(n.first->next->part, "");
	cr_expect_null(n.first->next->next);
	cr_expect_eq(n.count[NOTE_LOST], 1);
	cr_expect_eq(n.count[NOTE_KEPT], 1);
	cr_expect_eq(n.count[NOTE_CHANGED], 0);
	arena_free(a);
}

Test(notes, the_list_ends_and_the_counts_go_on)
{
	struct arena *a = arena_new(1 << 20);
	struct notes n;
	unsigned listed = 0;

	notes_init(&n, a);
	for (int i = 0; i < 1000; i++)
		notes_add(&n, NOTE_CHANGED, "message", "x", "%d", i);
	for (const struct note *at = n.first; at; at = at->next)
		listed++;
	cr_expect_eq(listed, LIMIT_NOTES);
	cr_expect_eq(n.listed, LIMIT_NOTES);
	cr_expect_eq(n.count[NOTE_CHANGED], 1000);
	arena_free(a);
}
