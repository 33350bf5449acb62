/* SPDX-License-Identifier: ISC */
/*
 * Compound files of tests/corpus/make_cfb.py: every one holds the same streams, and what
 * is wrong with it costs no more than what is not there.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limits.h"
#include "codec/cfb/cfb.h"

enum { LISTING = 4096 };

struct walk {
	struct cfb *f;
	char path[128];
	char listing[LISTING]; /* "name=length " of what is as it was made, "name!length "
				*/
	char odd[LISTING];
};

static void tell(void *arg, bool lost, uint64_t offset, const char *what)
{
	struct walk *w = arg;

	(void)offset;
	(void)snprintf(w->odd + strlen(w->odd), sizeof w->odd - strlen(w->odd), "%s%s\n",
	    lost ? "lost: " : "", what);
}

/* Byte i of a stream is what make_cfb.py's counted() makes. */
static bool is_counted(struct span s)
{
	uint8_t piece[1000];
	uint64_t at = 0;
	size_t n;

	while ((n = span_read(s, at, piece, sizeof piece)) > 0)
		for (size_t i = 0; i < n; i++, at++)
			if (piece[i] != (uint8_t)(at ^ at >> 8))
				return false;
	return at == s.len;
}

static void visit(void *arg, const struct cfb_entry *e)
{
	struct walk *w = arg;
	char name[CFB_NAME], path[sizeof w->path];

	cfb_name(e, name);
	if (e->kind == CFB_STORAGE) {
		memcpy(path, w->path, sizeof path);
		(void)snprintf(w->path, sizeof w->path, "%.60s%s/", path, name);
		cfb_children(w->f, e, visit, w);
		memcpy(w->path, path, sizeof path);
		return;
	}
	struct span s = cfb_stream(w->f, e);
	(void)snprintf(w->listing + strlen(w->listing),
	    sizeof w->listing - strlen(w->listing), "%s%s%c%llu ", w->path, name,
	    is_counted(s) ? '=' : '!', (unsigned long long)s.len);
}

static struct span mapped(struct arena *a, const char *file)
{
	char path[512];

	(void)snprintf(path, sizeof path, "%s/tests/corpus/cfb/%s", SOURCE_DIR, file);
	FILE *in = fopen(path, "rb");
	cr_assert_not_null(in, "%s", path);
	uint8_t *p = arena_alloc(a, 1 << 20);
	size_t n = fread(p, 1, 1 << 20, in);
	(void)fclose(in);
	return span_over(p, n);
}

static void list(struct arena *a, struct span in, struct walk *w)
{
	const char *why;
	uint64_t offset;

	*w = (struct walk){ 0 };
	w->f = cfb_open(a, in, tell, w, &why, &offset);
	if (!w->f) {
		(void)snprintf(w->odd + strlen(w->odd), sizeof w->odd - strlen(w->odd),
		    "refused: %s\n", why);
		return;
	}
	struct cfb_entry root = cfb_root(w->f);
	cfb_children(w->f, &root, visit, w);
	uint32_t orphans = cfb_orphans(w->f);
	if (orphans > 0)
		(void)snprintf(w->odd + strlen(w->odd), sizeof w->odd - strlen(w->odd),
		    "orphans: %u\n", orphans);
}

#define BEFORE "Long=5000 below=4095 EMPTY=0 short=100 Exactly=4096 "
#define INSIDE "Storage/inner=70 Storage/deeper/innermost=3 "

struct row {
	char file[32], listing[160], odd[256];
};

ParameterizedTestParameters(cfb, samples)
{
	static struct row t[] = {
		{ "plain", BEFORE INSIDE, "" },
		{ "version-4", BEFORE INSIDE, "" },
		{ "scattered", BEFORE INSIDE, "" },
		{ "scattered-4", BEFORE INSIDE, "" },
		{ "tree-list",
		    "short=100 Long=5000 Exactly=4096 below=4095 EMPTY=0 " INSIDE, "" },
		{ "names-odd",
		    "lONG=5000 below=4095 EMPTY=0 SHORT=100 Exactly=4096 " INSIDE, "" },
		{ "fat-loop",
		    "Long=2048 below=4095 EMPTY=0 short=100 Exactly=4096 " INSIDE,
		    "lost: Long: its chain runs in a circle: 2048 of 5000 bytes are "
		    "there\n" },
		{ "cross-link",
		    "Long!5000 below=4095 EMPTY=0 short=100 Exactly=4096 " INSIDE,
		    "lost: Exactly: shares sector 0xa of the file\n" },
		{ "chain-short",
		    "Long=2560 below=4095 EMPTY=0 short=100 Exactly=4096 " INSIDE,
		    "lost: Long: its chain ends early: 2560 of 5000 bytes are there\n" },
		{ "chain-outside",
		    "Long=2560 below=4095 EMPTY=0 short=100 Exactly=4096 " INSIDE,
		    "lost: Long: its chain goes on in a sector that does not exist: 2560 "
		    "of "
		    "5000 bytes are there\n" },
		{ "chain-free",
		    "Long=2560 below=4095 EMPTY=0 short=100 Exactly=4096 " INSIDE,
		    "lost: Long: its chain goes on in what is no sector of a chain: 2560 "
		    "of "
		    "5000 bytes are there\n" },
		{ "size-claimed",
		    "Long=5000 below=4095 EMPTY=0 short!128 Exactly=4096 " INSIDE,
		    "lost: short: its chain ends early: 128 of 3000 bytes are there\n" },
		{ "size-huge",
		    "Long!5120 below=4095 EMPTY=0 short=100 Exactly=4096 " INSIDE,
		    "lost: Long: its chain ends early: 5120 of 2147483647 bytes are "
		    "there\n" },
		{ "size-high-garbage", BEFORE INSIDE, "" },
		{ "mini-loop",
		    "Long=5000 below=640 EMPTY=0 short=100 Exactly=4096 " INSIDE,
		    "lost: below: its chain runs in a circle: 640 of 4095 bytes are "
		    "there\n" },
		{ "mini-fat-long", BEFORE INSIDE, "" },
		{ "tree-loop", BEFORE,
		    "lost: Storage: refers to entry 0, which has its place already\n"
		    "orphans: 3\n" },
		{ "tree-self", BEFORE INSIDE,
		    "Storage: refers to entry 7, which has its place already\n" },
		{ "tree-outside", BEFORE INSIDE,
		    "lost: Storage: refers to entry 4096 of 12\n" },
		{ "kind-unknown", "Long=5000 below=4095 short=100 Exactly=4096 " INSIDE,
		    "Root Entry: entry 3 is neither storage nor stream\n" },
		{ "root-not-first", BEFORE INSIDE,
		    "no entry of the directory is a root: the first is taken\n" },
		{ "fat-longer", BEFORE INSIDE,
		    "the FAT is longer than the file: 3 sectors, 1 are needed\n" },
		{ "fat-none-stated", BEFORE INSIDE,
		    "the FAT is shorter than the file: 0 sectors, 1 are needed\n" },
		{ "difat-garbage", BEFORE INSIDE, "" },
		{ "byte-order", BEFORE INSIDE, "byte order mark 0xfeff\n" },
		{ "sector-shift", BEFORE INSIDE,
		    "sectors of 2^60 bytes, read as of 2^9\n" },
		{ "mini-shift", BEFORE INSIDE,
		    "mini sectors of 2^0 bytes, read as of 64\n" },
		{ "cutoff", BEFORE INSIDE,
		    "mini stream for streams below 512 bytes, read as 4096\n" },
		{ "no-directory", "",
		    "directory: its chain goes on in a sector that does not exist after "
		    "0 bytes\nrefused: compound file without a directory\n" },
		{ "cut-half", "",
		    "1 sectors of the FAT lie outside the file: sectors are taken one "
		    "after the other\n"
		    "directory: its chain goes on in a sector that does not exist after "
		    "0 bytes\nrefused: compound file without a directory\n" },
		{ "cut-last-sector", BEFORE INSIDE, "" },
		{ "cut-fat", BEFORE INSIDE,
		    "1 sectors of the FAT lie outside the file: sectors are taken one "
		    "after the other\n" },
		{ "header-cut", "",
		    "refused: ends within the header of a compound file\n" },
	};
	return cr_make_param_array(struct row, t, sizeof t / sizeof t[0]);
}

ParameterizedTest(struct row *r, cfb, samples)
{
	struct arena *a = arena_new(64UL << 20);
	struct walk *w = arena_alloc(a, sizeof *w);
	char file[64];

	(void)snprintf(file, sizeof file, "%s.cfb", r->file);
	list(a, mapped(a, file), w);
	cr_assert_str_eq(w->listing, r->listing, "%s: %s", r->file, w->listing);
	cr_assert_str_eq(w->odd, r->odd, "%s: %s", r->file, w->odd);
	arena_free(a);
}

/* What is longer than LIMIT_LOAD is read where it lies: the same comes out. */
Test(cfb, large_files_are_not_loaded)
{
	static const char *const files[] = { "plain.cfb", "scattered.cfb",
		"scattered-4.cfb" };

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		struct arena *a = arena_new(64UL << 20);
		struct walk *w = arena_alloc(a, sizeof *w);
		struct span in = mapped(a, files[i]);
		char path[] = "/tmp/cfb-XXXXXX";
		int fd = mkstemp(path);
		cr_assert_geq(fd, 0);
		cr_assert_eq(unlink(path), 0);
		cr_assert_eq(write(fd, in.mem, in.len), (ssize_t)in.len);
		off_t size = 3 * (off_t)LIMIT_LOAD;
		cr_assert_eq(ftruncate(fd, size), 0);
		size_t before = arena_used(a);
		list(a, span_file(fd, 0, (uint64_t)size), w);
		cr_assert_str_eq(
		    w->listing, BEFORE INSIDE, "%s: %s", files[i], w->listing);
		/* What was appended is none of the FAT's business in version 4. */
		cr_assert_eq(
		    strstr(w->odd, "the FAT is shorter than the file") != NULL, i < 2);
		cr_assert_lt(arena_used(a) - before, LIMIT_LOAD / 2);
		(void)close(fd);
		arena_free(a);
	}
}

/* A file that was cut after its length was taken gives short reads, no fault. */
Test(cfb, shrunk_under_us)
{
	struct arena *a = arena_new(64UL << 20);
	struct walk *w = arena_alloc(a, sizeof *w);
	char path[] = "/tmp/cfb-XXXXXX";
	int fd = mkstemp(path);
	struct span in = mapped(a, "scattered.cfb");

	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(write(fd, in.mem, in.len / 2), (ssize_t)in.len / 2);
	list(a, span_file(fd, 0, 2 * (uint64_t)LIMIT_LOAD), w);
	cr_assert_str_neq(w->odd, "");
	(void)close(fd);
	arena_free(a);
}
