/* SPDX-License-Identifier: ISC */
/*
 * Outlook messages: the samples of tests/corpus/make_msg.py against their golden dumps
 * and mails, and the real files of the corpus.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "ground.h"
#include "message/message.h"
#include "message/tags.h"
#include "samples.h"

static struct facts facts;
static unsigned told;

TestSuite(msg, .init = ground_up, .fini = ground_down, .timeout = 120);

static void hear_facts(void *arg, const struct facts *f)
{
	(void)arg;
	facts = *f;
	told++;
}

static struct convert *convert_of(struct span in)
{
	struct convert *c = ground_convert(in);

	c->tell_facts = hear_facts;
	told = 0;
	return c;
}

static struct span sample(const char *name)
{
	struct span in = sample_load(
	    arena, arena_printf(arena, "%s/tests/corpus/msg/%s.msg", SOURCE_DIR, name));

	cr_assert(in.mem, "%s", name);
	return in;
}

static struct message *message_of(struct convert *c)
{
	return format_by_name("msg")->read(c);
}

/* The dump of a sample, or why it was refused. */
static struct span dump_of(struct span in)
{
	struct convert *c = convert_of(in);
	const struct message *m = message_of(c);

	if (m)
		message_dump(m, c->out, NULL);
	else
		sink_printf(c->out, "refused: %s: %s at offset %llu\n", c->refused_part,
		    c->refused, (unsigned long long)c->refused_offset);
	return sink_bytes(c->out);
}

static void check_sample(const char *path, const char *name)
{
	struct span in = sample_load(arena, path);
	struct convert *c = convert_of(in);

	sample_golden(arena,
	    arena_printf(arena, "%s/tests/golden/msg/%s.dump", SOURCE_DIR, name),
	    dump_of(in));
	bool done = format_convert(c, "mime");
	sample_golden(arena,
	    arena_printf(arena, "%s/tests/golden/msg/%s.eml", SOURCE_DIR, name),
	    done ? sink_bytes(c->out) : (struct span){ .fd = -1 });
}

Test(msg, golden)
{
	unsigned count = sample_each(arena,
	    arena_printf(arena, "%s/tests/corpus/msg", SOURCE_DIR), ".msg", check_sample);

	cr_assert_gt(count, 50);
}

/* The same message, whatever form the container has. */
Test(msg, containers_make_no_difference)
{
	struct span plain = dump_of(sample("plain"));
	static const char *const others[] = { "plain-4", "names-lower", "names-upper" };

	cr_assert(sample_same(plain, dump_of(sample("plain-4"))));
	struct span small = dump_of(sample(others[1]));
	cr_assert(sample_same(small, dump_of(sample(others[2]))));
	cr_assert(
	    sample_same(dump_of(sample("counts-none")), dump_of(sample("counts-many"))));
	cr_assert(
	    sample_same(dump_of(sample("counts-none")), dump_of(sample("numbers-gaps"))));
}

/* A message file read in place, and one whose streams are in pieces of a large file. */
Test(msg, from_a_file)
{
	struct span in = sample("scattered"), want = dump_of(in);
	char path[] = "/tmp/msg-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(write(fd, in.mem, in.len), (ssize_t)in.len);
	cr_assert(sample_same(want, dump_of(span_file(fd, 0, in.len))));
	cr_assert_eq(ftruncate(fd, 4 * (off_t)LIMIT_LOAD), 0);
	struct convert *c = convert_of(span_file(fd, 0, 4 * LIMIT_LOAD));
	struct message *m = message_of(c);
	cr_assert(m);
	cr_assert_eq(m->attachment_count, 1);
	cr_assert_null(m->attachments[0].data.mem);
	cr_assert_eq(m->attachments[0].data.len, 10240);
	uint8_t bytes[10240];
	cr_assert_eq(
	    span_read(m->attachments[0].data, 0, bytes, sizeof bytes), sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		cr_assert_eq(bytes[i], i % 256);
	(void)close(fd);
}

/* What a storage of another program held comes out as a compound file of the same. */
Test(msg, ole_storage_is_a_compound_file)
{
	struct message *m = message_of(convert_of(sample("ole")));

	cr_assert_eq(m->attachment_count, 1);
	struct span file = m->attachments[0].data;
	cr_assert_eq(memcmp(file.mem, "\xd0\xcf\x11\xe0", 4), 0);
	cr_assert_null(m->attachments[0].embedded);
	/* It is refused by what it is, so it was opened. */
	struct convert *c = convert_of(file);
	cr_assert_null(message_of(c));
	cr_assert(strstr(c->refused, "no Outlook message"), "%s", c->refused);
}

/* Deeper than messages are read: a message file, which can be read by itself. */
Test(msg, too_deep_is_a_file)
{
	struct message *m = message_of(convert_of(sample("nested-20")));
	unsigned depth = 0;

	for (; m->attachments[0].embedded; depth++)
		m = m->attachments[0].embedded;
	cr_assert_eq(depth, LIMIT_DEPTH - 1);
	struct message *rest = message_of(convert_of(m->attachments[0].data));
	cr_assert(rest);
	cr_assert_str_eq(props_text(&rest->props, 0x0037).s, "Level 16");
	const struct prop *named = props_get_named(&rest->props, props_set_task, 0x8101);
	cr_assert(named, "the names are in the file");
	cr_assert_eq(named->values[0].number, 16);
	for (depth = 0; rest->attachment_count > 0; depth++)
		rest = rest->attachments[0].embedded;
	cr_assert_eq(depth, 4);
}

Test(msg, facts_are_told_once)
{
	cr_assert(message_of(convert_of(sample("by-value-msg"))));
	cr_assert_eq(told, 1);
	cr_assert_str_eq(facts.sender, "Ann <ann@example.com>");
	cr_assert_str_eq(facts.subject, "What you asked for");
	cr_assert_str_eq(facts.message_id, "<1@example.com>");
	cr_assert_str_eq(facts.message_class, "IPM.Note");
}
