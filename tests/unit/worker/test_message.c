/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sink.h"
#include "message/message.h"
#include "message/notes.h"
#include "message/tags.h"

static struct arena *arena;
static struct notes notes;

static void set_up(void)
{
	arena = arena_new(256UL << 20);
	notes_init(&notes, arena);
}

static void tear_down(void)
{
	arena_free(arena);
}

TestSuite(message, .init = set_up, .fini = tear_down, .timeout = 600);

static struct prop number(uint16_t id, int64_t n)
{
	struct prop p = { .id = id, .type = PT_LONG, .count = 1 };

	p.values = arena_alloc(arena, sizeof *p.values);
	p.values->number = n;
	return p;
}

static const struct prop_name *name_id(const uint8_t *set, uint32_t id)
{
	struct prop_name *n = arena_alloc(arena, sizeof *n);

	n->set = set;
	n->id = id;
	return n;
}

static const struct prop_name *name_text(const uint8_t *set, const char *text, size_t len)
{
	struct prop_name *n = arena_alloc(arena, sizeof *n);

	n->set = set;
	n->is_string = true;
	n->name = (struct text){ .s = text, .len = len };
	return n;
}

static const char *label(uint16_t id, uint16_t type, const struct prop_name *name)
{
	const struct prop p = { .id = id, .type = type, .name = name };

	return prop_label(arena, &p);
}

Test(message, a_later_property_replaces_in_place)
{
	struct props ps = { 0 };
	struct prop a = number(0x37, 1), b = number(0x38, 2), c = number(0x37, 3);

	cr_assert(props_put(&ps, arena, &a));
	cr_assert(props_put(&ps, arena, &b));
	cr_assert(props_put(&ps, arena, &c));
	cr_expect_eq(ps.count, 2);
	cr_expect_eq(ps.list[0].id, 0x37);
	cr_expect_eq(ps.list[0].values->number, 3);
	cr_expect_eq(props_number(&ps, 0x37, 0), 3);
	cr_expect_eq(props_number(&ps, 0x38, 0), 2);
	cr_expect_eq(props_number(&ps, 0x39, -7), -7);
}

/* An id above 0x8000 is a number within one file: two names may not meet there. */
Test(message, names_are_keys_not_their_ids)
{
	struct props ps = { 0 };
	struct prop p = number(0x8001, 1), q = number(0x8001, 2), r = number(0x9fff, 3);

	p.name = name_id(props_set_common, 0x8501);
	q.name = name_id(props_set_task, 0x8501);
	r.name = name_id(props_set_common, 0x8501);
	(void)props_put(&ps, arena, &p);
	(void)props_put(&ps, arena, &q);
	(void)props_put(&ps, arena, &r);
	cr_expect_eq(ps.count, 2);
	cr_expect_eq(props_get_named(&ps, props_set_common, 0x8501)->values->number, 3);
	cr_expect_eq(props_get_named(&ps, props_set_task, 0x8501)->values->number, 2);
	cr_expect_null(props_get_named(&ps, props_set_meeting, 0x8501));
	cr_expect_null(props_get(&ps, 0x8001), "found without its name");
}

Test(message, string_names_are_equal_in_all_bytes)
{
	struct props ps = { 0 };
	struct prop p = number(0x8001, 1), q = number(0x8002, 2), r = number(0x8003, 3);

	p.name = name_text(props_set_public_strings, "Keywords", 8);
	q.name = name_text(props_set_public_strings, "Keywords\0x", 10);
	r.name = name_id(props_set_public_strings, 0);
	(void)props_put(&ps, arena, &p);
	(void)props_put(&ps, arena, &q);
	(void)props_put(&ps, arena, &r);
	cr_expect_eq(ps.count, 3);
	cr_expect_eq(props_get_string_named(&ps, props_set_public_strings, "Keywords")
			 ->values->number,
	    1);
	cr_expect_null(props_get_string_named(&ps, props_set_public_strings, "keywords"));
	cr_expect_null(
	    props_get_string_named(&ps, props_set_internet_headers, "Keywords"));
}

Test(message, lookups_want_the_type)
{
	struct props ps = { 0 };
	struct prop_value text = { .text = { .s = "hello", .len = 5 } };
	struct prop_value bytes = { .bytes = span_over("abc", 3) };
	struct prop_value when = { .filetime = 116444736000000000 };
	const struct prop rows[] = {
		{ .id = 1, .type = PT_UNICODE, .values = &text, .count = 1 },
		{ .id = 2, .type = PT_BINARY, .values = &bytes, .count = 1 },
		{ .id = 3, .type = PT_SYSTIME, .values = &when, .count = 1 },
		{ .id = 4,
		    .type = PT_UNICODE,
		    .multi = true,
		    .values = &text,
		    .count = 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_assert(props_put(&ps, arena, &rows[i]));
	cr_expect_str_eq(props_text(&ps, 1).s, "hello");
	cr_expect_null(props_text(&ps, 2).s);
	cr_expect_null(props_text(&ps, 4).s, "no value at all");
	cr_expect_null(props_text(&ps, 5).s);
	cr_expect_eq(props_bytes(&ps, 2).len, 3);
	cr_expect_eq(props_bytes(&ps, 1).len, 0);
	cr_expect(props_when(&ps, 3).valid);
	cr_expect_eq(props_when(&ps, 3).unix_s, 0);
	cr_expect_not(props_when(&ps, 1).valid);
	cr_expect_eq(props_number(&ps, 1, 9), 9);
}

Test(message, properties_have_a_limit)
{
	struct props ps = { 0 };
	struct timespec before, after;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	for (uint32_t i = 0; i < LIMIT_PROPERTIES; i++) {
		struct prop p = number((uint16_t)i, i);
		cr_assert(props_put(&ps, arena, &p), "%u", i);
	}
	for (uint32_t i = 0; i < LIMIT_PROPERTIES; i++)
		cr_assert_eq(props_number(&ps, (uint16_t)i, -1), i);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	cr_expect_lt(after.tv_sec - before.tv_sec, 3, "look-ups are quadratic");

	struct prop over = number(0xffff, 1), again = number(3, 33);
	cr_expect_null(props_put(&ps, arena, &over));
	cr_assert(props_put(&ps, arena, &again), "a replacement needs no room");
	cr_expect_eq(props_number(&ps, 3, 0), 33);
}

Test(message, tables_have_limits)
{
	struct message *m = message_new(arena, &notes, 0);

	for (uint32_t i = 0; i < LIMIT_RECIPIENTS; i++)
		cr_assert(message_add_recipient(m));
	cr_expect_null(message_add_recipient(m));
	for (uint32_t i = 0; i < LIMIT_ATTACHMENTS; i++) {
		struct attachment *a = message_add_attachment(m);
		cr_assert(a);
		cr_assert_eq(a->number, i + 1);
	}
	cr_expect_null(message_add_attachment(m));
	cr_expect_eq(notes.count[NOTE_LOST], 2);
}

Test(message, properties_have_canonical_names)
{
	static const uint8_t unknown[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
		14, 15, 16 };
	const struct {
		const char *is, *want;
	} t[] = {
		{ label(0x0037, PT_UNICODE, NULL), "PidTagSubject" },
		{ label(0x1000, PT_STRING8, NULL), "PidTagBody" },
		{ label(0x1013, PT_BINARY, NULL), "PidTagHtml" },
		{ label(0x1013, PT_UNICODE, NULL), "PidTagBodyHtml" },
		{ label(0x3701, PT_BINARY, NULL), "PidTagAttachDataBinary" },
		{ label(0x3701, PT_OBJECT, NULL), "PidTagAttachDataObject" },
		{ label(0x7fff, PT_BOOLEAN, NULL), "PidTagAttachmentContactPhoto" },
		{ label(0x6abc, PT_LONG, NULL), "0x6abc" },
		{ label(0x8001, PT_LONG, name_id(props_set_task, 0x8101)),
		    "PidLidTaskStatus" },
		{ label(0x8001, PT_LONG, name_id(props_set_meeting, 3)),
		    "PidLidGlobalObjectId" },
		{ label(0x8001, PT_LONG, name_id(props_set_appointment, 0x8208)),
		    "PidLidLocation" },
		{ label(0x8001, PT_LONG, name_id(props_set_common, 0x9999)),
		    "PSETID_Common:0x9999" },
		{ label(0x8001, PT_LONG, name_id(unknown, 1)),
		    "{04030201-0605-0807-090A-0B0C0D0E0F10}:0x0001" },
		{ label(0x8001, PT_UNICODE,
		      name_text(props_set_public_strings, "Keywords", 8)),
		    "PidNameKeywords" },
		{ label(0x8001, PT_UNICODE,
		      name_text(props_set_internet_headers, "x-a\nb", 5)),
		    "PS_INTERNET_HEADERS:x-a\\x0ab" },
		{ prop_type_label(arena, PT_UNICODE), "PtypString" },
		{ prop_type_label(arena, PT_MV | PT_BINARY), "PtypMultipleBinary" },
		{ prop_type_label(arena, 0x7777), "0x7777" },
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		cr_expect_str_eq(t[i].is, t[i].want);
}

static const char *dump(const struct message *m)
{
	struct sink *out = sink_memory(arena);

	message_dump(m, out, NULL);
	struct span bytes = sink_bytes(out);
	return arena_copy(arena, bytes.mem, (size_t)bytes.len);
}

/* Nothing from a message may speak to the terminal or fake a line of the dump. */
Test(message, dump_escapes_what_a_terminal_obeys)
{
	static const char hostile[] = "a\"b\\c\x1b[2J\n\t\x7f\xc2\x9b\xc3\xa9";
	struct message *m = message_new(arena, &notes, 0);
	struct prop_value good = { .text = { .s = hostile, .len = sizeof hostile - 1 } };
	struct prop_value bad = { .text = { .s = "\xff\x80!", .len = 3, .lossy = true } };
	struct prop p = { .id = 0x37, .type = PT_UNICODE, .values = &good, .count = 1 };
	struct prop q = { .id = 0x1000, .type = PT_UNICODE, .values = &bad, .count = 1 };

	(void)props_put(&m->props, arena, &p);
	(void)props_put(&m->props, arena, &q);
	cr_expect_str_eq(dump(m),
	    "message, code page 0\n"
	    "  PidTagSubject 0x0037 PtypString "
	    "\"a\\\"b\\\\c\\x1b[2J\\x0a\\x09\\x7f\\xc2\\x9b\xc3\xa9\"\n"
	    "  PidTagBody 0x1000 PtypString \"\\xff\\x80!\" lossy\n");
}

/* The order in the file means nothing: one object, one dump. */
Test(message, dump_does_not_depend_on_the_order)
{
	struct message *m = message_new(arena, &notes, 0),
		       *n = message_new(arena, &notes, 0);
	struct prop rows[] = { number(0x39, 1), number(0x17, 2), number(0x8001, 3),
		number(0x8002, 4), number(0x8003, 5), number(0x8004, 6) };
	enum { ROWS = sizeof rows / sizeof rows[0] };

	rows[2].name = name_text(props_set_public_strings, "b", 1);
	rows[3].name = name_text(props_set_public_strings, "ab", 2);
	rows[4].name = name_id(props_set_public_strings, 7);
	rows[5].name = name_id(props_set_public_strings, 6);
	for (int i = 0; i < ROWS; i++) {
		(void)props_put(&m->props, arena, &rows[i]);
		(void)props_put(&n->props, arena, &rows[ROWS - 1 - i]);
	}
	cr_expect_str_eq(dump(m), dump(n));
	cr_expect_str_eq(dump(m), "message, code page 0\n"
				  "  PidTagImportance 0x0017 PtypInteger32 2\n"
				  "  PidTagClientSubmitTime 0x0039 PtypInteger32 1\n"
				  "  PS_PUBLIC_STRINGS:0x0006 PtypInteger32 6\n"
				  "  PS_PUBLIC_STRINGS:0x0007 PtypInteger32 5\n"
				  "  PS_PUBLIC_STRINGS:ab PtypInteger32 4\n"
				  "  PS_PUBLIC_STRINGS:b PtypInteger32 3\n");
}

Test(message, dump_shows_notes_and_long_bytes)
{
	static const uint8_t zeros[100];
	struct message *m = message_new(arena, &notes, 0);
	struct attachment *a = message_add_attachment(m);

	a->data = span_over(zeros, sizeof zeros);
	notes_add(&notes, NOTE_CHANGED, "attachment 1", "attAttachTitle", "why %d", 3);
	const char *text = dump(m);
	cr_expect(strstr(text, "  data 100 bytes 0000"), "%s", text);
	cr_expect(strstr(text, "00...\n"), "%s", text);
	cr_expect(
	    strstr(text, "\nchanged: attachment 1: attAttachTitle: why 3\n"), "%s", text);
}
