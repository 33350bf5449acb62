/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "base/crumb.h"
#include "base/limits.h"
#include "ground.h"
#include "message/message.h"

TestSuite(registry, .init = ground_up, .fini = ground_down);

static struct convert convert_of(const void *p, size_t n)
{
	return (struct convert){
		.arena = arena,
		.in = span_over(p, n),
		.out = sink_memory(arena),
		.scratch = -1,
	};
}

#define MAIL \
	"From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n" \
	"Content-Type: text/plain\r\n\r\nbody\r\n"

/* attTnefVersion and attMessageClass, with their checksums: the least of a message. */
static const uint8_t tnef[] = { 0x78, 0x9f, 0x3e, 0x22, 1, 0, 1, 6, 0x90, 8, 0, 4, 0, 0,
	0, 0, 0, 1, 0, 1, 0, 1, 8, 0x80, 7, 0, 9, 0, 0, 0, 'I', 'P', 'M', '.', 'N', 'o',
	't', 'e', 0, 0x1e, 0x03 };

static const struct {
	const char *name;
	const void *bytes;
	size_t n;
	const char *to, *refused; /* NULL: it is not */
} conversions[] = {
	{ "empty", "", 0, "mime", "empty" },
	{ "zeroes", "\0\0\0", 3, "mime", "00 00 00 \"...\"" },
	{ "sixteen bytes are shown", "\1abcdefghijklmnopqrs", 20, "mime",
	    "6f \".abcdefghijklmno\"" },
	{ "no such target", MAIL, sizeof MAIL - 1, "clay", "clay" },
	{ "mail to dump", MAIL, sizeof MAIL - 1, "dump", NULL },
	{ "mail to tnef", MAIL, sizeof MAIL - 1, "tnef", "cannot be written" },
	{ "mail to mime", MAIL, sizeof MAIL - 1, "mime", NULL },
	{ "tnef to dump", tnef, sizeof tnef, "dump", NULL },
	{ "tnef to mime", tnef, sizeof tnef, "mime", NULL },
	{ "tnef to tnef", tnef, sizeof tnef, "tnef", NULL },
};

Test(registry, converts_or_says_why_not)
{
	for (size_t i = 0; i < sizeof conversions / sizeof conversions[0]; i++) {
		struct convert c = convert_of(conversions[i].bytes, conversions[i].n);
		const char *want = conversions[i].refused;
		notes_init(&c.notes, arena);
		bool ok = format_convert(&c, conversions[i].to);
		cr_expect_eq(
		    ok, !want, "%s: %s", conversions[i].name, c.refused ? c.refused : "");
		if (ok) {
			cr_expect_null(c.refused, "%s", conversions[i].name);
			cr_expect_gt(sink_length(c.out), 10, "%s", conversions[i].name);
		} else {
			cr_assert_not_null(c.refused, "%s", conversions[i].name);
			cr_expect_not_null(strstr(c.refused, want), "%s: %s",
			    conversions[i].name, c.refused);
		}
		if (c.unchanged) {
			struct span out = sink_bytes(c.out);
			cr_expect_eq(out.len, c.in.len);
			cr_expect_eq(memcmp(out.mem, c.in.mem, out.len), 0);
		}
	}
}

Test(registry, names)
{
	cr_assert_not_null(format_by_name("tnef"));
	cr_expect_str_eq(format_by_name("tnef")->row->name, "tnef");
	cr_expect_not_null(format_by_name("mime")->probe);
	cr_expect_null(format_by_name("dump")->probe);
	cr_expect_null(format_by_name("TNEF"));
	cr_expect_null(format_by_name(""));
}

/* What the supervisor is told of a format is what it can do. */
Test(registry, rows_say_what_verbs_there_are)
{
	for (size_t i = 0; i < FORMATS_COUNT; i++) {
		const struct formats_row *row = &formats_rows[i];
		const struct format *f = format_by_name(row->name);
		cr_assert_not_null(f, "%s", row->name);
		cr_expect_eq(f->row, row, "%s", row->name);
		cr_expect_eq(!f->read, !(row->can & FORMATS_READ), "%s", row->name);
		cr_expect_eq(!f->write, !(row->can & FORMATS_WRITE), "%s", row->name);
		cr_expect_eq(!f->rewrite, !(row->can & FORMATS_REWRITE), "%s", row->name);
		cr_expect_eq(
		    !f->each && !f->pick, !(row->can & FORMATS_STORE), "%s", row->name);
		cr_expect(row->can || strncmp(row->title, "a", 1) == 0, "%s", row->title);
	}
	for (size_t i = 0; formats_targets[i]; i++)
		cr_expect(formats_by_name(formats_targets[i])->can & FORMATS_WRITE);
	cr_expect_str_eq(formats_targets[0], "mime");
}

#define POSTMARK "From anna@example.com Wed Jan  1 10:00:00 2020\n"
#define FIELDS "From: anna@example.com\nSubject: s\n\nbody\n"
static const struct {
	const char *bytes, *title; /* NULL: taken for a mail */
	size_t n;
} knowns[] = {
#define KNOWN(bytes, title) \
	{ \
		bytes, title, sizeof(bytes) - 1 \
	}
	KNOWN(POSTMARK FIELDS "\n" POSTMARK FIELDS, "a mailbox of many mails (mbox)"),
	KNOWN("From anna Wed Jan  1 10:00 2020\r\nFrom: a@example.com\r\n\r\nx\r\n\r\n"
	      "From ben Wed Jan  1 10:01 2020\r\nTo: b@example.com\r\n\r\ny\r\n",
	    "a mailbox of many mails (mbox)"),
	KNOWN(POSTMARK FIELDS, NULL),
	KNOWN(POSTMARK FIELDS "\nFrom here on it is text.\nTo: be read\n", NULL),
	KNOWN(POSTMARK FIELDS "\n" POSTMARK "quoted, and no header\n", NULL),
	KNOWN("431       \n" FIELDS, NULL),
	KNOWN("42\n" FIELDS "<?xml version=\"1.0\"?>", NULL),
	KNOWN("!BDN\1\2\3\4SM\x17", "an Outlook store (.pst)"),
	KNOWN("!BDN\1\2\3\4SO\x17", "an Outlook store (.ost)"),
	KNOWN("!BDN\1\2\3\4AB\x17", "an Outlook address book (.pab)"),
	KNOWN("\xcf\xad\x12\xfe\xc5", "an Outlook Express store (.dbx)"),
	KNOWN("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "iCalendar (.ics)"),
	KNOWN("\xef\xbb\xbf"
	      "begin:vcalendar\nDate: odd\n",
	    "iCalendar (.ics)"),
	KNOWN("BEGIN:VCARD\nVERSION:3.0\n", "vCard (.vcf)"),
	KNOWN("PK\3\4\x14", "a ZIP archive (.zip)"),
	KNOWN("\x1f\x8b\x08", "a gzip file (.gz)"),
	KNOWN("BZh91AY&SYx", "a bzip2 file (.bz2)"),
	KNOWN("\xfd"
	      "7zXZ\0",
	    "an xz file (.xz)"),
	KNOWN("7z\xbc\xaf\x27\x1c\0", "a 7-Zip archive (.7z)"),
	KNOWN("Rar!\x1a\x07\1", "a RAR archive (.rar)"),
};

Test(registry, what_is_known_is_refused_by_name)
{
	for (size_t i = 0; i < sizeof knowns / sizeof knowns[0]; i++) {
		struct convert c =
		    convert_of((const uint8_t *)knowns[i].bytes, knowns[i].n);
		const char *title = knowns[i].title;
		notes_init(&c.notes, arena);
		cr_expect_eq(format_convert(&c, "mime"), !title, "row %zu", i);
		if (title)
			cr_expect_str_eq(c.refused,
			    arena_printf(arena, "%s: %s", title,
				format_probe(c.in)->each
				    ? "bulkhead convert takes its items one by one"
				    : "not readable yet"),
			    "row %zu: %s", i, c.refused);
	}
}

Test(registry, stages_leave_crumbs)
{
	struct convert c = convert_of(tnef, sizeof tnef);
	uint32_t before = *crumb_ring.count;

	notes_init(&c.notes, arena);
	cr_assert(format_convert(&c, "dump"));
	uint32_t n = *crumb_ring.count;
	cr_assert_gt(n, before + 2);
	cr_expect_eq(
	    strncmp(crumb_ring.slots[before % CRUMB_RING].format, "probe", 8), 0);
	cr_expect_eq(
	    strncmp(crumb_ring.slots[(n - 1) % CRUMB_RING].format, "dump", 8), 0);
}

Test(registry, nesting_has_a_budget)
{
	struct convert c = convert_of(tnef, sizeof tnef);

	notes_init(&c.notes, arena);
	c.depth = LIMIT_DEPTH - 2;
	struct message *m = format_read_nested(&c, c.in, "attachment 3");
	cr_assert_not_null(m);
	cr_expect_eq(m->depth, LIMIT_DEPTH - 1);
	cr_expect_eq(m->notes, &c.notes);
	uint32_t kept = c.notes.count[NOTE_KEPT];
	c.depth = LIMIT_DEPTH - 1;
	cr_expect_null(format_read_nested(&c, c.in, "attachment 4"));
	cr_expect_eq(c.notes.count[NOTE_KEPT], kept + 1);
}

Test(registry, what_is_nested_and_unknown_is_noted)
{
	struct convert c = convert_of("", 0);

	notes_init(&c.notes, arena);
	cr_expect_null(format_read_nested(&c, span_over("\1\2\3", 3), "attachment 1"));
	cr_assert_not_null(c.notes.first);
	cr_expect_str_eq(c.notes.first->part, "attachment 1");
	cr_expect_eq(c.notes.first->kind, NOTE_KEPT);
	cr_expect_not_null(
	    format_read_nested(&c, span_over(MAIL, sizeof MAIL - 1), "part 2"));
	cr_expect_null(c.notes.first->next);
}

Test(registry, refusing_cuts_long_reasons)
{
	static char text[4000];
	struct convert c = convert_of("", 0);

	memset(text, 'x', sizeof text - 1);
	cr_expect_eq(convert_refuse(&c, "message", 7, "%s", text), false);
	cr_expect_lt(strlen(c.refused), 600);
	cr_expect_eq(c.refused_offset, 7);
	cr_expect_str_eq(c.refused_part, "message");
}
