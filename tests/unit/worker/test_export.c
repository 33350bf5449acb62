/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "format/export/export.h"
#include "ground.h"
#include "message/message.h"
#include "samples.h"

/* Text, JSON and attachments of the project's samples against golden files. */

static struct sink *items;
static uint64_t items_end;

TestSuite(export, .init = ground_up, .fini = ground_down);

static void on_item(void *arg, const char *kind, const char *name, uint64_t length)
{
	(void)arg;
	sink_printf(items, "%s \"%s\" %llu bytes at %llu\n", kind, name,
	    (unsigned long long)length, (unsigned long long)items_end);
	items_end += length;
}

/* The sample as the target, and for attachments the list of them before the bytes. */
static struct span export(const char *sample, const char *target)
{
	struct convert c = { .arena = arena,
		.in = sample_load(arena,
		    arena_printf(arena, SOURCE_DIR "/tests/corpus/tnef/%s.tnef", sample)),
		.out = sink_memory(arena),
		.scratch = -1,
		.tell_item = on_item };

	notes_init(&c.notes, arena);
	items = sink_memory(arena);
	items_end = 0;
	cr_assert(format_convert(&c, target), "%s: %s", sample, c.refused);
	if (strcmp(target, "attachments") != 0)
		return sink_bytes(c.out);
	cr_expect_eq(items_end, sink_length(c.out), "%s", sample);
	sink_span(items, sink_bytes(c.out), NULL, NULL);
	return sink_bytes(items);
}

static void compare_golden(const char *sample, const char *target)
{
	sample_golden(arena,
	    arena_printf(arena, SOURCE_DIR "/tests/golden/export/%s.%s", sample, target),
	    export(sample, target));
}

Test(export, as_golden)
{
	/* A message as an attachment is the mail writer's affair, which has its own. */
	static const struct {
		const char *name;
		bool files;
	} samples[] = { { "attachments", true }, { "recipients", true },
		{ "nested-5", false }, { "embedded-message", false },
		{ "html-body", true }, { "rtf-body", true }, { "property-types", true },
		{ "named-properties", true }, { "path-names", true },
		{ "nul-in-body", true }, { "codepage-lossy", true } };

	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		compare_golden(samples[i].name, "text");
		compare_golden(samples[i].name, "json");
		if (samples[i].files)
			compare_golden(samples[i].name, "attachments");
	}
}

/* A property's value in JSON, made here: what samples cannot hold. */
static const struct {
	const char *name, *text, *want;
} strings[] = {
	{ "quotes", "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ "controls", "\x1b[31m\r\n\x7f", "\"\\u001b[31m\\u000d\\u000a\\u007f\"" },
	{ "not UTF-8", "a\xff\xc3z", "\"a\\ufffd\\ufffdz\"" },
	{ "UTF-8", "\xc3\xbc\xf0\x9f\x93\x8e", "\"\xc3\xbc\xf0\x9f\x93\x8e\"" },
	{ "empty", "", "\"\"" },
};

Test(export, json_strings)
{
	for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
		struct convert c = { .arena = arena, .out = sink_memory(arena) };
		struct prop_value value = { .text = { strings[i].text,
						strlen(strings[i].text), 0 } };
		const struct prop subject = {
			.id = 0x0037, .type = PT_UNICODE, .values = &value, .count = 1
		};
		notes_init(&c.notes, arena);
		struct message *m = message_new(arena, &c.notes, 0);
		cr_assert(props_put(&m->props, arena, &subject));
		cr_assert(format_json.write(&c, m));
		struct span all = sink_bytes(c.out);
		cr_expect(memmem(all.mem, (size_t)all.len, strings[i].want,
			      strlen(strings[i].want)),
		    "%s: %.*s", strings[i].name, (int)all.len, (const char *)all.mem);
	}
}

Test(export, base64)
{
	static const char *const want[] = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==" };

	for (size_t n = 0; n < sizeof want / sizeof want[0]; n++) {
		struct sink *out = sink_memory(arena);
		export_base64(out, span_over("foob", n));
		struct span is = sink_bytes(out);
		cr_expect(is.len == strlen(want[n]) &&
			  memcmp(is.mem, want[n], (size_t)is.len) == 0);
	}
}
