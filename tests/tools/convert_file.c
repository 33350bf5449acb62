/* SPDX-License-Identifier: ISC */
/*
 * Converts files by the worker's own code, without supervisor and sandbox: for tests.
 *
 *   convert-file [-t FORMAT] [-o FOLDER] [-n] [-k] [-r] [-g BYTES] FILE...
 *
 * One file and no -o: the result goes to standard output. With -o each result is
 * FOLDER/<number from 0>. A line for each file goes to standard error: the outcome
 * (passed, converted, refused), the notes' counts, the path, the reason; -n: each
 * note on a line of its own, too; -k: keep what a DKIM signature covers; -r: a file of
 * the target's format is read and written, too, not rewritten; -g: so many bytes may
 * be made of it. Ends with 1 when a file
 * was refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "format/growth.h"

static const char *const kinds[NOTE_KINDS] = { "kept", "changed", "lost" };

static void on_facts(void *arg, const struct facts *f)
{
	if (!arg)
		return;
	(void)fprintf(stderr, "facts\t%s\t%s\t%s\t%s\n", f->format,
	    f->sender ? f->sender : "", f->subject ? f->subject : "",
	    f->message_id ? f->message_id : "");
}

static void on_progress(void *arg, uint64_t bytes)
{
	(void)arg;
	(void)bytes;
}

static bool keep_signed, rebuild;
static uint64_t growth_max;

static bool read_and_write(struct convert *c, const char *to)
{
	const struct format *source = format_probe(c->in), *target = format_by_name(to);
	const struct message *m = source && source->read ? source->read(c) : NULL;

	if (m && target && target->write)
		return target->write(c, m);
	return convert_refuse(c, "message", 0, "cannot be read or written");
}

static bool convert(
    struct arena *a, const char *path, const char *to, int out, bool notes)
{
	char name[] = "/tmp/convert-file.XXXXXX";
	int in = open(path, O_RDONLY | O_CLOEXEC), scratch = mkstemp(name);
	struct stat st;

	if (in == -1 || scratch == -1 || out == -1 || fstat(in, &st) == -1) {
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	(void)unlink(name);
	struct growth growth = growth_of(growth_max, 0, (uint64_t)st.st_size);
	struct convert c = { .arena = a,
		.in = span_file(in, 0, (uint64_t)st.st_size),
		.out = sink_file(a, out),
		.scratch = scratch,
		.growth = growth_max ? &growth : NULL,
		.keep_signed = keep_signed,
		.tell_facts = on_facts,
		.tell_progress = on_progress,
		.arg = notes ? a : NULL };
	notes_init(&c.notes, a);
	bool ok = rebuild ? read_and_write(&c, to) : format_convert(&c, to);
	sink_flush(c.out);
	(void)fprintf(stderr, "%s\t%u %u %u\t%s\t%s\n",
	    !ok           ? "refused"
	    : c.unchanged ? "passed"
			  : "converted",
	    c.notes.count[NOTE_KEPT], c.notes.count[NOTE_CHANGED],
	    c.notes.count[NOTE_LOST], path, ok ? "" : c.refused);
	for (const struct note *n = notes ? c.notes.first : NULL; n; n = n->next)
		(void)fprintf(stderr, "%s\t%s\t%s\t%s\n", kinds[n->kind], n->part,
		    n->what, n->reason);
	(void)close(in);
	(void)close(scratch);
	arena_reset(a);
	return ok;
}

int main(int argc, char **argv)
{
	const char *to = "mime", *folder = NULL;
	bool notes = false, all = true;
	int opt;

	while ((opt = getopt(argc, argv, "t:o:nkrg:")) != -1) {
		if (opt == 't')
			to = optarg;
		else if (opt == 'o')
			folder = optarg;
		else if (opt == 'k')
			keep_signed = true;
		else if (opt == 'r')
			rebuild = true;
		else if (opt == 'g')
			growth_max = strtoull(optarg, NULL, 10);
		else if (opt == 'n')
			notes = true;
		else
			return 2;
	}
	format_init();
	struct arena *a = arena_new((size_t)1 << 30);
	for (int i = optind; i < argc; i++) {
		int out = STDOUT_FILENO;
		if (folder) {
			char path[4096];
			(void)snprintf(path, sizeof path, "%s/%d", folder, i - optind);
			out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		}
		all &= convert(a, argv[i], to, out, notes);
		if (folder)
			(void)close(out);
	}
	arena_free(a);
	return all ? 0 : 1;
}
