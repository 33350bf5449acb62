/* SPDX-License-Identifier: ISC */
/* What was forgotten is found, told, and goes with the original. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "format/mime/write/account.h"
#include "format/mime/write/write.h"
#include "message/message.h"
#include "message/tags.h"

static const char original[] = "the original, whole";

struct ground {
	struct convert c;
	struct out o;
	struct message *m;
};

static void put_text(struct ground *g, uint16_t id, const char *text)
{
	struct prop_value *v = arena_alloc(g->c.arena, sizeof *v);

	*v = (struct prop_value){ .text = { text, strlen(text), 0 } };
	cr_assert(props_put(&g->m->props, g->c.arena,
	    &(struct prop){ .id = id, .type = PT_UNICODE, .values = v, .count = 1 }));
}

static void ground_init(struct ground *g)
{
	struct arena *a = arena_new(64UL << 20);

	format_init();
	*g = (struct ground){ .c = { .arena = a, .scratch = -1 } };
	g->c.out = sink_memory(a);
	notes_init(&g->c.notes, a);
	g->o = (struct out){ .c = &g->c, .eol = "\r\n" };
	g->m = message_new(a, &g->c.notes, 0);
	put_text(g, PidTagBody, "The body.");
}

static const char *first_lost(const struct ground *g)
{
	for (const struct note *n = g->c.notes.first; n; n = n->next)
		if (n->kind == NOTE_LOST)
			return n->reason;
	return NULL;
}

Test(account, finds_each_kind)
{
	struct ground g;
	uint8_t files[2] = { FATE_WRITTEN, FATE_WRITTEN };
	struct account is = { .plain = FATE_WRITTEN, .files = files };

	ground_init(&g);
	cr_expect_null(account_hole(g.c.arena, &is, g.m));
	is.plain = FATE_OPEN;
	cr_expect_str_eq(account_hole(g.c.arena, &is, g.m), "PidTagBody");
	cr_expect_null(account_unplanned(g.c.arena, &is, g.m));
	is.plain = FATE_NONE;
	cr_expect_str_eq(account_unplanned(g.c.arena, &is, g.m), "PidTagBody");
	is.plain = FATE_SHOWN_ALREADY;
	put_text(&g, PidTagHtml, "<p>more");
	cr_expect_str_eq(account_hole(g.c.arena, &is, g.m), "PidTagHtml");
	is.html = FATE_NOTED;
	cr_assert(message_add_attachment(g.m) && message_add_attachment(g.m));
	cr_expect_null(account_hole(g.c.arena, &is, g.m));
	files[1] = FATE_NONE;
	cr_expect_str_eq(account_hole(g.c.arena, &is, g.m), "attachment 2");
	arena_free(g.c.arena);
}

/* A plan that was made before a body came is as one with a fault. */
Test(account, a_hole_is_told_and_the_original_attached)
{
	for (int nested = 0; nested < 2; nested++) {
		struct ground g;
		struct write_want want = { .nested = nested,
			.original = span_over(original, sizeof original - 1),
			.part = "message" };

		ground_init(&g);
		struct write_plan *p = write_plan(&g.o, g.m, &want);
		put_text(&g, PidTagHtml, "<p>nobody has thought of it");
		write_planned(&g.o, p);
		const char *why = first_lost(&g);
		cr_assert(why);
		cr_expect(strstr(why, "a fault of this program"), "%s", why);
		cr_expect(strstr(why, "the original is attached"), "%s", why);
		struct span all = sink_bytes(g.c.out);
		cr_expect(
		    memmem(all.mem, (size_t)all.len, "dGhlIG9yaWdpbmFsLCB3aG9sZQ==", 28));
		arena_free(g.c.arena);
	}
}

Test(account, without_a_fault_nothing_is_told)
{
	struct ground g;
	struct write_want want = { .original = span_over(original, sizeof original - 1),
		.part = "message" };

	ground_init(&g);
	write_planned(&g.o, write_plan(&g.o, g.m, &want));
	cr_expect_null(first_lost(&g));
	struct span all = sink_bytes(g.c.out);
	cr_expect_null(memmem(all.mem, (size_t)all.len, "dGhlIG9yaWdpbmFs", 16));
	arena_free(g.c.arena);
}

/* What the mail around it is said to show stays where it does not. */
Test(account, what_is_left_out_must_be_shown)
{
	struct ground g;
	struct write_want want = { .part = "message" };

	ground_init(&g);
	struct write_plan *p = write_plan(&g.o, g.m, &want);
	cr_expect_not(write_omitted(&g.o, p));
	cr_expect(first_lost(&g));
	arena_free(g.c.arena);
}
