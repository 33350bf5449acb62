/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/crumb.h"
#include "base/sink.h"
#include "format/format.h"

static struct arena *arena;
static unsigned facts_told, progress_told;
static char sender[256], subject[256];

static void on_facts(void *arg, const struct facts *f)
{
	(void)arg;
	facts_told++;
	(void)snprintf(sender, sizeof sender, "%s", f->sender ? f->sender : "");
	(void)snprintf(subject, sizeof subject, "%s", f->subject ? f->subject : "");
}

static void on_progress(void *arg, uint64_t bytes)
{
	(void)arg;
	(void)bytes;
	progress_told++;
}

static void start(void)
{
	format_init();
	arena = arena_new((size_t)1 << 30);
}

static void end(void)
{
	arena_free(arena);
}

TestSuite(mime, .init = start, .fini = end);

/* In the arena: the notes' list points into it. */
static struct convert *begin(struct span in)
{
	struct convert *c = arena_alloc(arena, sizeof *c);

	*c = (struct convert){ .arena = arena,
		.in = in,
		.out = sink_memory(arena),
		.scratch = -1,
		.tell_facts = on_facts,
		.tell_progress = on_progress };
	notes_init(&c->notes, arena);
	return c;
}

static struct span load(const char *name)
{
	char path[512];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/tests/corpus/mime/%s", SOURCE_DIR, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert(fd != -1 && fstat(fd, &st) == 0, "%s", path);
	struct span in = span_load(arena, span_file(fd, 0, (uint64_t)st.st_size));
	(void)close(fd);
	return in;
}

static const char *note(const struct convert *c, enum note_kind kind)
{
	for (const struct note *n = c->notes.first; n; n = n->next)
		if (n->kind == kind)
			return arena_printf(
			    arena, "%s|%s|%s", n->part, n->what, n->reason);
	return "";
}

Test(mime, facts_come_from_the_header)
{
	static const char mail[] = "From: =?iso-8859-1?Q?J=F6rg?= <j@x.example>\r\n"
				   "Subject: a\r\n b\r\nMessage-ID: <1@x>\r\n\r\nbody";
	struct convert *c = begin(span_over(mail, sizeof mail - 1));

	facts_told = 0;
	cr_assert(format_convert(c, "mime"));
	cr_expect(c->unchanged);
	cr_expect_eq(facts_told, 1);
	cr_expect_str_eq(sender, "J\xc3\xb6rg <j@x.example>");
	cr_expect_str_eq(subject, "a b");
}

static const struct kept {
	const char *sample, *note;
} kept[] = {
	{ "signed.eml",
	    "part 1.2|application/ms-tnef|inside multipart/signed, left as it is" },
	{ "not-tnef.eml", "part 2|application/ms-tnef|no TNEF signature in it (MS-OXTNEF "
			  "2.1.3.1), left as it is" },
	{ "deep.eml", "part 1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1|multipart/mixed|"
		      "nested too deeply or too many parts: not looked into" },
};

Test(mime, what_is_left_has_a_note)
{
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		struct convert *c = begin(load(kept[i].sample));
		cr_assert(format_convert(c, "mime"));
		cr_expect(c->unchanged, "%s", kept[i].sample);
		cr_expect_str_eq(note(c, NOTE_KEPT), kept[i].note, "%s", kept[i].sample);
		cr_expect_eq(c->notes.count[NOTE_LOST], 0, "%s", kept[i].sample);
	}
}

/* What the reader loses in a part that then stays as it was is not lost. */
Test(mime, a_part_that_stays_loses_nothing)
{
	struct convert *c = begin(load("damaged.eml"));

	cr_assert(format_convert(c, "mime"));
	cr_expect(c->unchanged);
	cr_expect_eq(c->notes.count[NOTE_LOST], 0);
	cr_expect_eq(c->notes.count[NOTE_KEPT], 1);
}

/* Every prefix of every sample: refused, passed on as it is, or converted. */
Test(mime, prefixes, .timeout = 600)
{
	char folder[512];
	unsigned samples = 0;

	(void)snprintf(folder, sizeof folder, "%s/tests/corpus/mime", SOURCE_DIR);
	DIR *d = opendir(folder);
	cr_assert(d);
	for (struct dirent *e; (e = readdir(d));) {
		if (*e->d_name == '.')
			continue;
		uint64_t size = load(e->d_name).len;
		uint64_t step = size > 8192 ? size / 97 : 1;
		for (uint64_t n = 0; n < size; n += step) {
			struct span in = load(e->d_name);
			char *exact = malloc((size_t)n + 1);
			memcpy(exact, in.mem, (size_t)n);
			struct convert *c = begin(span_over(exact, (size_t)n));
			bool ok = format_convert(c, "mime");
			struct span out = sink_bytes(c->out);
			cr_assert(ok || c->refused, "%s, %d bytes", e->d_name, (int)n);
			cr_assert(!c->unchanged || (out.len == n && memcmp(out.mem, exact,
									(size_t)n) == 0),
			    "%s, %d bytes", e->d_name, (int)n);
			free(exact);
			arena_reset(arena);
		}
		samples++;
	}
	(void)closedir(d);
	cr_expect_gt(samples, 40);
}

/* A part over LIMIT_LOAD goes through the scratch file, with the same result. */
Test(mime, large_parts_use_the_scratch_file)
{
	static const char head[] =
	    "From: a@b\nMIME-Version: 1.0\nContent-Type: "
	    "multipart/mixed; boundary=o\n\n--o\nContent-Type: "
	    "application/ms-tnef; name=winmail.dat\nContent-Transfer-"
	    "Encoding: base64\n\n";
	struct span tnef = load("rich.tnef");
	char name[] = "/tmp/mime-scratch.XXXXXX";
	size_t tail = 3 << 20;

	/* Behind the stream lies what no reader takes: it makes the part large. */
	char *raw = arena_alloc(arena, (size_t)tnef.len + tail);
	memcpy(raw, tnef.mem, (size_t)tnef.len);
	char *b64 = arena_alloc(arena, base64_length((size_t)tnef.len + tail) + 1);
	b64[base64_encode(b64, raw, (size_t)tnef.len + tail)] = '\0';
	struct sink *mail = sink_memory(arena);
	sink_text(mail, head);
	for (size_t i = 0; i < strlen(b64); i += 76)
		sink_printf(mail, "%.76s\n", b64 + i);
	sink_text(mail, "--o--\n");

	struct convert *in_memory = begin(sink_bytes(mail)), *in_file;
	cr_assert(format_convert(in_memory, "mime"));
	in_file = begin(sink_bytes(mail));
	in_file->scratch = mkstemp(name);
	(void)unlink(name);
	progress_told = 0;
	cr_assert(format_convert(in_file, "mime"));
	cr_expect_not(in_file->unchanged);
	cr_expect_eq(in_file->scratch_used, tnef.len + tail);
	cr_expect_gt(progress_told, 3);
	struct span one = sink_bytes(in_memory->out), two = sink_bytes(in_file->out);
	cr_expect(one.len == two.len && memcmp(one.mem, two.mem, (size_t)one.len) == 0);
	(void)close(in_file->scratch);
}
