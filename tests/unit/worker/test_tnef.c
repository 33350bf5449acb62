/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "ground.h"
#include "message/message.h"
#include "samples.h"

static struct facts facts;
static unsigned told;
static uint64_t furthest;

TestSuite(tnef, .init = ground_up, .fini = ground_down, .timeout = 600);

static void hear_facts(void *arg, const struct facts *f)
{
	(void)arg;
	facts = *f;
	told++;
}

static void hear_progress(void *arg, uint64_t bytes)
{
	(void)arg;
	if (bytes > furthest)
		furthest = bytes;
}

static struct convert *convert_of(struct span in)
{
	struct convert *c = ground_convert(in);

	c->tell_facts = hear_facts;
	c->tell_progress = hear_progress;
	told = 0;
	furthest = 0;
	return c;
}

/* The dump of a sample, or why it was refused. */
static struct span dump_of(struct span in)
{
	struct convert *c = convert_of(in);
	struct sink *out = sink_memory(arena);
	const struct message *m = format_by_name("tnef")->read(c);

	if (m)
		message_dump(m, out, NULL);
	else
		sink_printf(out, "refused: %s: %s at offset %llu\n", c->refused_part,
		    c->refused, (unsigned long long)c->refused_offset);
	return sink_bytes(out);
}

/* Call each for every one of our own. Returns how many there are. */
static unsigned every_sample(void (*each)(const char *path, const char *name))
{
	return sample_each(arena, SOURCE_DIR "/tests/corpus/tnef", ".tnef", each) +
	       sample_each(arena, SOURCE_DIR "/tests/corpus/damaged", ".tnef", each);
}

static void compare_golden(const char *path, const char *name)
{
	sample_golden(arena,
	    arena_printf(arena, SOURCE_DIR "/tests/golden/%s.dump", name),
	    dump_of(sample_load(arena, path)));
}

Test(tnef, dumps_as_golden)
{
	cr_expect_geq(every_sample(compare_golden), 60);
}

/* The same bytes in a file are the same message. */
static void compare_file(const char *path, const char *name)
{
	struct span bytes = sample_load(arena, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	cr_assert_neq(fd, -1);
	cr_expect(sample_same(dump_of(span_file(fd, 0, bytes.len)), dump_of(bytes)), "%s",
	    name);
	(void)close(fd);
}

Test(tnef, reads_files_and_memory_alike)
{
	cr_expect_geq(every_sample(compare_file), 60);
}

static void read_prefixes(const char *path, const char *name)
{
	struct span whole = sample_load(arena, path);

	for (size_t n = 0; n < whole.len; n++) {
		struct arena *outer = arena;
		arena = arena_new(64UL << 20);
		/* A copy of its own, so that a byte too far is seen. */
		uint8_t *copy = malloc(n ? n : 1);
		cr_assert(copy);
		memcpy(copy, whole.mem, n);
		struct convert *c = convert_of(span_over(copy, n));
		const struct message *m = format_by_name("tnef")->read(c);
		cr_expect(m || (c->refused && c->refused[0]),
		    "%s, %zu bytes: refused without a reason", name, n);
		if (m)
			message_dump(m, sink_memory(arena), NULL);
		free(copy);
		arena_free(arena);
		arena = outer;
	}
}

Test(tnef, reads_every_prefix)
{
	cr_expect_geq(every_sample(read_prefixes), 60);
}

static struct span sample(const char *name)
{
	struct span bytes = sample_load(
	    arena, arena_printf(arena, SOURCE_DIR "/tests/corpus/tnef/%s.tnef", name));

	cr_assert_gt(bytes.len, 0, "%s", name);
	return bytes;
}

/* A sample cut anywhere inside an attribute has a note that says what was lost. */
Test(tnef, notes_every_cut)
{
	struct span whole = sample("plain-text");

	for (size_t n = 50; n < whole.len; n++) {
		struct convert *c = convert_of(span_over(whole.mem, n));
		const struct message *m = format_by_name("tnef")->read(c);
		bool between = n == 413 + 2; /* both attributes before it are whole */
		if (m && !between)
			cr_expect(c->notes.first, "%zu bytes: cut in silence", n);
	}
}

Test(tnef, tells_facts_once)
{
	struct convert *c = convert_of(sample("embedded-message"));

	cr_assert(format_by_name("tnef")->read(c));
	cr_expect_eq(told, 1, "told %u times", told);
	cr_expect_str_eq(facts.format, "tnef");
	cr_expect_str_eq(facts.sender, "Anna Kova\xc4\x8d <anna@example.com>");
	cr_expect_str_eq(facts.subject, "Quarterly figures");
	cr_expect_str_eq(facts.message_id, "<0001@example.com>");
	cr_expect_str_eq(facts.message_class, "IPM.Note");
	cr_expect_eq(furthest, c->in.len, "progress to %llu of %llu",
	    (unsigned long long)furthest, (unsigned long long)c->in.len);
}

/* 8-bit facts are told in the code page known so far: before the attachments. */
Test(tnef, tells_facts_in_the_code_page)
{
	cr_assert(format_by_name("tnef")->read(convert_of(sample("codepage-1251"))));
	cr_expect_str_eq(facts.subject,
	    "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82, "
	    "\xd0\xbc\xd0\xb8\xd1\x80");
}

Test(tnef, tells_facts_of_a_body_alone)
{
	cr_assert(format_by_name("tnef")->read(convert_of(sample("body-only"))));
	cr_expect_eq(told, 1);
	cr_expect_null(facts.subject);
	cr_expect_null(facts.sender);
}

/* Depth is limited, and what lies too deep is kept as bytes. */
Test(tnef, stops_at_the_depth_limit)
{
	struct convert *c = convert_of(
	    sample_load(arena, SOURCE_DIR "/tests/corpus/damaged/nested-too-deep.tnef"));
	const struct message *m = format_by_name("tnef")->read(c);
	unsigned depth = 0;

	cr_assert(m);
	while (m->attachment_count > 0 && m->attachments[0].embedded) {
		cr_expect_eq(m->depth, depth);
		m = m->attachments[0].embedded;
		depth++;
	}
	cr_expect_eq(depth, LIMIT_DEPTH - 1);
	cr_expect_eq(m->attachment_count, 1);
	cr_expect_gt(m->attachments[0].data.len, 1000);
	cr_expect_eq(c->notes.count[NOTE_KEPT], 1);
}

static void put32(FILE *f, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		(void)fputc((int)(n >> 8 * i & 0xff), f);
}

/* Attachment data above LIMIT_LOAD stays in the file; its checksum is read nonetheless.
 */
Test(tnef, leaves_long_data_in_the_file)
{
	const uint32_t length = LIMIT_LOAD + 12345;
	FILE *f = tmpfile();

	cr_assert(f);
	put32(f, 0x223e9f78);
	(void)fwrite("\1\0\2", 1, 3, f);
	put32(f, 0x6800f); /* attAttachData, and no attAttachRendData before it */
	put32(f, length);
	for (uint32_t i = 0; i < length; i++)
		(void)fputc(1, f);
	(void)fputc((int)(length & 0xff), f);
	(void)fputc((int)(length >> 8 & 0xff), f);
	cr_assert_eq(fflush(f), 0);
	struct convert *c = convert_of(span_file(fileno(f), 0, 6 + 9 + length + 2));
	size_t before = arena_used(arena);
	const struct message *m = format_by_name("tnef")->read(c);
	cr_assert(m);
	cr_assert_eq(m->attachment_count, 1);
	cr_expect_null(m->attachments[0].data.mem, "was loaded");
	cr_expect_eq(m->attachments[0].data.off, 15);
	cr_expect_eq(m->attachments[0].data.len, length);
	cr_expect_null(
	    c->notes.first, "%s", c->notes.first ? c->notes.first->reason : "");
	cr_expect_lt(arena_used(arena) - before, 100000);
	(void)fclose(f);
}

/* A stream of one attMsgProps: count properties of tag, each with a count of values. */
static const struct message *read_many(
    struct convert **c, uint32_t properties, uint32_t tag, uint32_t values)
{
	char *bytes = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&bytes, &n);
	bool multi = tag & PT_MV;

	cr_assert(f);
	put32(f, 0x223e9f78);
	(void)fwrite("\1\0\1", 1, 3, f);
	put32(f, 0x69003);
	put32(f, 4 + properties * (multi ? 8 + 4 * values : 8));
	put32(f, properties);
	for (uint32_t i = 0; i < properties; i++) {
		put32(f, tag + (i << 16));
		if (multi)
			put32(f, values);
		for (uint32_t k = 0; k < values; k++)
			put32(f, k);
	}
	cr_assert_eq(fclose(f), 0);
	*c = convert_of(span_over(arena_copy(arena, bytes, n), n));
	free(bytes);
	return format_by_name("tnef")->read(*c);
}

Test(tnef, keeps_values_up_to_the_limit)
{
	struct convert *c;
	const struct message *m = read_many(&c, 2, PT_MV | PT_LONG, LIMIT_VALUES + 2);

	cr_assert(m);
	cr_expect_eq(m->props.count, 2, "what stands behind the surplus was read, too");
	cr_expect_eq(m->props.list[0].count, LIMIT_VALUES);
	cr_expect_eq(m->props.list[0].values[LIMIT_VALUES - 1].number, LIMIT_VALUES - 1);
	cr_expect_eq(c->notes.count[NOTE_LOST], 2);
	cr_expect_str_eq(c->notes.first->reason, "2 values above the limit of 65536");
}

Test(tnef, keeps_properties_up_to_the_limit)
{
	struct convert *c;
	const struct message *m = read_many(&c, LIMIT_PROPERTIES + 3, PT_LONG, 1);

	cr_assert(m);
	cr_expect_eq(m->props.count, LIMIT_PROPERTIES);
	cr_expect_eq(c->notes.count[NOTE_LOST], 3);
	cr_expect_str_eq(c->notes.first->reason, "more than 16384 properties");
}

/* No room for what a legacy attribute says: that is said. */
Test(tnef, notes_a_legacy_attribute_without_capacity)
{
	struct convert *c;
	char *bytes = NULL;
	size_t n = 0;

	(void)read_many(&c, LIMIT_PROPERTIES, PT_LONG | 0x00380000, 1);
	FILE *f = open_memstream(&bytes, &n);
	cr_assert(f);
	(void)fwrite(c->in.mem, 1, (size_t)c->in.len, f);
	(void)fwrite("\0\0\1\4\x80\1\0\2\0\0\0s\0\x73\0", 1, 15, f); /* attSubject */
	cr_assert_eq(fclose(f), 0);
	c = convert_of(span_over(bytes, n));
	const struct message *m = format_by_name("tnef")->read(c);
	cr_assert(m);
	cr_expect_eq(m->props.count, LIMIT_PROPERTIES);
	cr_expect_eq(c->notes.count[NOTE_LOST], 1);
	for (const struct note *note = c->notes.first; note; note = note->next)
		if (note->kind == NOTE_LOST)
			cr_expect_str_eq(note->what, "PidTagSubject");
	free(bytes);
}

/* The promised refusals: where, what, and never an empty message for nothing. */
Test(tnef, refuses_with_a_reason)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *reason;
		uint64_t offset;
	} t[] = {
		{ "\x78\x9f\x3e\x22", 4, "TNEF stream ends within its header", 4 },
		{ "\x78\x9f\x3e\x22\1\0", 6,
		    "TNEF stream without a message: no attribute", 6 },
		{ "\x78\x9f\x3e\x22\1\0\1\4\x80\1", 10,
		    "TNEF stream without a message: attribute: cut short: 4 bytes at "
		    "offset 6 "
		    "are less than its header",
		    6 },
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct convert *c = convert_of(span_over(t[i].bytes, t[i].n));
		cr_expect_null(format_by_name("tnef")->read(c));
		cr_expect_str_eq(c->refused, t[i].reason);
		cr_expect_eq(c->refused_offset, t[i].offset);
	}
}

Test(tnef, probes_by_its_signature)
{
	cr_expect(format_begins(FORMATS_TNEF, span_over("\x78\x9f\x3e\x22\1\0", 6)));
	cr_expect(format_begins(FORMATS_TNEF, span_over("\x78\x9f\x3e\x22", 4)));
	cr_expect_not(format_begins(FORMATS_TNEF, span_over("\x78\x9f\x3e", 3)));
	cr_expect_not(format_begins(FORMATS_TNEF, span_over("\x22\x3e\x9f\x78\1\0", 6)));
	cr_expect_not(format_begins(FORMATS_TNEF, span_over("", 0)));
}
