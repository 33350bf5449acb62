/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "format/mime/syntax/words.h"
#include "ground.h"
#include "message/message.h"
#include "samples.h"

/* E-mails as message objects: our samples against golden dumps, and what no dump shows.
 */

TestSuite(mime_read, .init = ground_up, .fini = ground_down, .timeout = 600);

/* In the arena: the notes' list points into it. */
static const struct message *read_mail(struct convert *c)
{
	const struct message *m = format_by_name("mime")->read(c);

	cr_assert_not_null(m);
	return m;
}

static struct span dump_of(struct span in)
{
	struct sink *to = sink_memory(arena);

	message_dump(read_mail(ground_convert(in)), to, NULL);
	return sink_bytes(to);
}

/* Call each for every one of our own. Returns how many there are. */
static unsigned every_sample(void (*each)(const char *path, const char *name))
{
	return sample_each(arena, SOURCE_DIR "/tests/corpus/mail", ".eml", each) +
	       sample_each(arena, SOURCE_DIR "/tests/corpus/mime", ".eml", each);
}

static void compare_golden(const char *path, const char *name)
{
	sample_golden(arena,
	    arena_printf(arena, SOURCE_DIR "/tests/golden/mail/%s.dump", name),
	    dump_of(sample_load(arena, path)));
}

Test(mime_read, dumps_as_golden)
{
	cr_expect_geq(every_sample(compare_golden), 100);
}

/* Whatever is cut off: what there is can be shown and written. */
static void try_prefixes(const char *path, const char *name)
{
	struct arena *outer = arena;
	struct span all = sample_load(arena, path);

	arena = arena_new((size_t)1 << 28);
	for (uint64_t n = 0; n < all.len; n += 1 + n / 16) {
		struct convert *c = ground_convert(span_sub(all, 0, n));
		const struct message *m = read_mail(c);
		message_dump(m, sink_memory(arena), NULL);
		cr_assert(format_by_name("mime")->write(c, m), "%s, %llu bytes", name,
		    (unsigned long long)n);
		arena_reset(arena);
	}
	arena_free(arena);
	arena = outer;
}

Test(mime_read, prefixes)
{
	cr_expect_geq(every_sample(try_prefixes), 100);
}

static struct span many_parts(unsigned count, const char *part)
{
	struct sink *s = sink_memory(arena);

	sink_text(s, "Subject: many\nContent-Type: multipart/mixed; boundary=b\n\n");
	for (unsigned i = 0; i < count; i++)
		sink_printf(s, "--b\n%s%u\n", part, i);
	sink_text(s, "--b--\n");
	return sink_bytes(s);
}

Test(mime_read, as_many_parts_as_are_told_apart)
{
	struct convert *c =
	    ground_convert(many_parts(LIMIT_PARTS + 5, "Content-Type: image/png\n\n"));
	const struct message *m = read_mail(c);

	cr_expect_eq(m->attachment_count, LIMIT_PARTS - 1);
	cr_expect_gt(c->notes.count[NOTE_LOST], 0);
	cr_expect_lt(arena_used(arena), 64 << 20);
}

Test(mime_read, many_texts_are_one_body)
{
	struct convert *c = ground_convert(many_parts(5000, "\n"));
	const struct message *m = read_mail(c);
	struct text body = props_text(&m->props, 0x1000);

	cr_expect_eq(m->attachment_count, 0);
	cr_expect_eq(strncmp(body.s, "0\r\n1\r\n2\r\n", 9), 0);
}

/* Each takes memory: beyond a bound they stay as they are, and are attached. */
Test(mime_read, many_mails_in_a_mail)
{
	struct convert *c = ground_convert(
	    many_parts(9000, "Content-Type: message/rfc822\n\nFrom: a@b.c\n\n"));
	const struct message *m = read_mail(c);

	cr_expect_geq(m->attachment_count, 4000);
	cr_expect_not_null(m->attachments[0].embedded);
	cr_expect_lt(arena_used(arena), 96 << 20);
}

Test(mime_read, a_text_too_long_for_a_body_is_attached)
{
	struct sink *s = sink_memory(arena);

	sink_text(s, "Subject: long\n\n");
	for (int i = 0; i < LIMIT_TEXT / 8 + 1; i++)
		sink_text(s, "1234567\n");
	struct convert *c = ground_convert(sink_bytes(s));
	const struct message *m = read_mail(c);
	cr_expect_null(props_text(&m->props, 0x1000).s);
	cr_assert_eq(m->attachment_count, 1);
	cr_expect_eq(m->attachments[0].data.len, LIMIT_TEXT + 8);
	cr_expect_eq(c->notes.count[NOTE_KEPT], 1);
}

Test(mime_read, a_header_without_an_end)
{
	struct sink *s = sink_memory(arena);

	for (int i = 0; i < 200000; i++)
		sink_printf(s, "X-%d: y\n", i);
	struct convert *c = ground_convert(sink_bytes(s));
	(void)read_mail(c);
	cr_expect_gt(c->notes.count[NOTE_LOST] + c->notes.count[NOTE_KEPT], 0);
	cr_expect_lt(arena_used(arena), 64 << 20);
}

static const struct {
	const char *in, *out;
	bool lossy;
} words[] = {
	{ "plain", "plain", false },
	{ "=?utf-8?Q?a_b=3F?=", "a b?", false },
	{ "=?utf-8?B?YQ==?= =?utf-8?B?Yg==?=", "ab", false },
	{ "=?utf-8?B?YQ==?= b", "a b", false },
	{ "x=?utf-8?Q?y?=z", "xyz", false },
	{ "=?utf-8?Q?=C3?=\r\n =?UTF-8?Q?=BC?=", "\xc3\xbc", false },
	{ "=?utf-8?Q?=C3?= =?iso-8859-1?Q?=FC?=", "\xc3\x83\xc3\xbc", false },
	{ "=?utf-8*de?Q?=C3=BC?=", "\xc3\xbc", false },
	{ "=?nothing?Q?=FC?=", "\xc3\xbc", false },
	{ "=?utf-8?X?a?=", "=?utf-8?X?a?=", false },
	{ "=?utf-8?Q?a", "=?utf-8?Q?a", false },
	{ "=?=?utf-8?Q?a?=", "=?a", false },
	{ "=?utf-8?Q?=zz=4?=", "=zz=4", false },
	{ "=??Q?a?=", "=??Q?a?=", false },
	{ "=?utf-8?Q?"
	  "?=",
	    "", false },
	{ "\xfc", "\xc3\xbc", false },
	{ "=?utf-8?Q?=E2=98?=x", "\xef\xbf\xbdx", true },
	{ "=?utf-8?Q?Fr\xf6sche?=", "Fr\xc3\xb6sche", false },
	{ "=?utf-8?Q?Fr\xc3\xb6sche?=", "Fr\xc3\xb6sche", false },
	{ "=?iso-8859-2?Q?\xb1?=", "\xc4\x85", false },
	{ "=?koi8-r?Q?\xf0\xf2?= \xfc", "\xd0\x9f\xd0\xa0 \xc3\xbc", false },
	{ "=?us-ascii?Q?Fr\xc3\xb6?=", "Fr\xc3\xb6", false },
	{ "\xfc =?utf-8?Q?\xc3\xb6?= \xc3\xa4", "\xc3\xbc \xc3\xb6 \xc3\xa4", false },
	{ "=?utf-8?B?aGVsbG8?=", "hello", false },
	{ "=?utf-8?B?MjAyMC4wOC4=?= =?utf-8?B?MTQueA==?=", "2020.08.14.x", false },
	{ "=?utf-8?B?VEVTVA==VEVTVA==?=", "TESTTEST", false },
	{ "=?utf-8?B?5p?= =?utf-8?B?el?=", "\xe6\x97\xa5",
	    false }, /* cut within a group */
	{ "=?utf-8?B?YQ?= =?utf-8?B?Yg?=", "ab", false },
};

Test(mime_read, encoded_words)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct text t = words_decode(arena, words[i].in, strlen(words[i].in));
		cr_expect_str_eq(t.s, words[i].out, "%s", words[i].in);
		cr_expect_eq(t.lossy, words[i].lossy, "%s", words[i].in);
	}
}
