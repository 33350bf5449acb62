/* SPDX-License-Identifier: ISC */
/*
 * Files that nobody here wrote: the TNEF of other projects' tests, and inputs that crash
 * or hang other converters. Each ends as read or as refused with a reason, in bounded
 * time; names and sizes of attachments are what `tnef` (Debian's) lists, too.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ground.h"
#include "message/message.h"

enum { SECONDS = 5 };

TestSuite(corpus, .init = ground_up, .fini = ground_down, .timeout = 600);

/* NULL, and a warning, when it is absent: a clone of the project is without it. */
static const char *corpus(void)
{
	const char *path = getenv("BULKHEAD_CORPUS");
	struct stat st;

	if (!path || stat(path, &st) == -1) {
		(void)fprintf(
		    stderr, "BULKHEAD_CORPUS is not there: real files were NOT read\n");
		return NULL;
	}
	return path;
}

static const struct message *read_file(const char *path, struct convert *c, int *fd)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert(*fd != -1 && fstat(*fd, &st) == 0, "%s", path);
	*c = (struct convert){ .arena = arena,
		.in = span_file(*fd, 0, (uint64_t)st.st_size),
		.scratch = -1 };
	notes_init(&c->notes, arena);
	return format_by_name("tnef")->read(c);
}

static void try_file(const char *path)
{
	struct timespec before, after;
	struct convert c;
	int fd;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	const struct message *m = read_file(path, &c, &fd);
	if (m)
		message_dump(m, sink_memory(arena), NULL);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	cr_expect(m || (c.refused && c.refused[0]), "%s: refused without a reason", path);
	cr_expect_lt(after.tv_sec - before.tv_sec, SECONDS, "%s: too slow", path);
	(void)close(fd);
	arena_reset(arena);
}

static unsigned try_folder(const char *path)
{
	DIR *d = opendir(path);
	unsigned count = 0;

	cr_assert(d, "%s", path);
	for (struct dirent *e; (e = readdir(d));) {
		char inner[1024];
		struct stat st;
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
		cr_assert_eq(stat(inner, &st), 0, "%s", inner);
		if (S_ISDIR(st.st_mode)) {
			count += try_folder(inner);
		} else {
			try_file(inner);
			count++;
		}
	}
	(void)closedir(d);
	return count;
}

static void expect_folder(const char *name, unsigned least)
{
	const char *all = corpus();
	char path[1024];

	if (!all)
		return;
	(void)snprintf(path, sizeof path, "%s/%s", all, name);
	cr_expect_geq(try_folder(path), least, "%s", path);
}

Test(corpus, reads_or_refuses_tnef)
{
	expect_folder("tnef", 31);
}

/* What ends other converters, fed to the reader whatever format it claims to be. */
Test(corpus, survives_what_crashes_others)
{
	expect_folder("crashers", 100);
}

/* Any other file is no TNEF, and the reader says so when it is asked all the same. */
Test(corpus, survives_other_formats)
{
	expect_folder("msg", 100);
}

struct attached {
	const char *path;
	struct {
		const char *name;
		uint64_t size;
	} files[6];
};

/* As listed by the projects the files are from, and by tnef 1.4.18. An OLE object is
 * without the 16 bytes of its interface identifier. */
static const struct attached attached[] = {
	{ "verdammelt+tnef/tests__cmdline__test.tnef", { { "AUTHORS", 244 } } },
	{ "verdammelt+tnef/tests__files__datafiles__two-files.tnef",
	    { { "AUTHORS", 244 }, { "README", 893 } } },
	{ "verdammelt+tnef/tests__files__datafiles__data-before-name.tnef",
	    { { "AUTOEXEC.BAT", 0 }, { "CONFIG.SYS", 0 }, { "boot.ini", 289 } } },
	{ "verdammelt+tnef/tests__files__datafiles__missing-filenames.tnef",
	    { { "generpts.src", 61210 }, { "TechlibDEC99.doc", 33792 },
		{ "TechlibDEC99-JAN00.doc", 34304 }, { "TechlibNOV99.doc", 33792 } } },
	{ "verdammelt+tnef/tests__files__datafiles__MAPI_ATTACH_DATA_OBJ.tnef",
	    { { "VIA_Nytt_1402.doc", 61952 }, { "VIA_Nytt_1402.pdf", 213685 },
		{ "VIA_Nytt_14021.htm", 68919 } } },
	{ "verdammelt+tnef/tests__files__datafiles__MAPI_OBJECT.tnef",
	    { { "Untitled_Attachment", 628224 } } },
	{ "verdammelt+tnef/tests__files__datafiles__multi-value-attribute.tnef",
	    { { "208225__5_seconds__Voice_Mail.mp3", 10656 } } },
	{ "verdammelt+tnef/tests__files__datafiles__unicode-mapi-attr.tnef",
	    { { "example.dat", 1024 } } },
	{ "verdammelt+tnef/tests__files__datafiles__unicode-mapi-attr-name.tnef",
	    { { "spaconsole2.cfg", 8387 }, { "image001.png", 3815 },
		{ "image002.png", 3573 }, { "image003.png", 3792 } } },
	{ "verdammelt+tnef/tests__files__datafiles__body.tnef", { { NULL, 0 } } },
	{ "verdammelt+tnef/tests__files__datafiles__rtf.tnef", { { NULL, 0 } } },
	{ "Yeraze+ytnef/test-data__winmail.dat",
	    { { "zappa_av1.jpg", 2937 }, { "bookmark.htm", 85805 } } },
	{ "koodaamo+tnefparse/tests__examples__umlaut.tnef",
	    { { "TBZ PARIV GmbH.jpg", 44764 }, { "image003.jpg", 1001 },
		{ "UmlautAnhang-\xc3\xa4\xc3\xbc\xc3\xb6.txt", 14 } } },
	{ "KDE+ktnef/autotests__umlaut-filename.tnef", { { "d\xc3\xb6"
							   "cument.pdf",
							   859 } } },
	{ "apache+poi/test-data__hmef__quick-winmail.dat",
	    { { "quick.doc", 19968 }, { "quick.html", 428 }, { "quick.pdf", 18638 },
		{ "quick.txt", 235 }, { "quick.xml", 143 } } },
	{ "apache+poi/test-data__hmef__bug52400-winmail-with-attachments.dat",
	    { { "scion_tc_2007_maintenanceguide.pdf", 193258 },
		{ "Duke_Wave.png", 122016 } } },
	{ "apache+poi/test-data__hmef__bug63955-winmail.dat",
	    { { "SI-61597.pdf", 236426 }, { "SI-61598.pdf", 236653 } } },
};

static const char *file_name(const struct attachment *a)
{
	struct text name = props_text(&a->props, 0x3707);

	if (!name.s)
		name = props_text(&a->props, 0x3704);
	return name.s ? name.s : "";
}

Test(corpus, finds_the_attachments_that_others_find)
{
	const char *all = corpus();

	for (size_t i = 0; all && i < sizeof attached / sizeof attached[0]; i++) {
		const struct attached *want = &attached[i];
		char path[1024];
		struct convert c;
		int fd;
		(void)snprintf(path, sizeof path, "%s/tnef/%s", all, want->path);
		const struct message *m = read_file(path, &c, &fd);
		cr_assert(m, "%s: %s", want->path, c.refused);
		cr_expect_eq(c.notes.count[NOTE_LOST], 0, "%s", want->path);
		uint32_t n = 0;
		for (; n < 6 && want->files[n].name; n++) {
			cr_assert_lt(n, m->attachment_count, "%s", want->path);
			cr_expect_str_eq(
			    file_name(&m->attachments[n]), want->files[n].name);
			cr_expect_eq(m->attachments[n].data.len, want->files[n].size,
			    "%s: %s", want->path, want->files[n].name);
		}
		cr_expect_eq(m->attachment_count, n, "%s", want->path);
		(void)close(fd);
		arena_reset(arena);
	}
}
