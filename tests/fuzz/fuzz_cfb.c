/* SPDX-License-Identifier: ISC */
/*
 * Compound files: any bytes; every storage is entered, every stream read to its end. No
 * more comes out than sectors of the file allow.
 *
 * Covers: worker/codec/cfb/
 */
#include <stdlib.h>

#include "base/arena.h"
#include "codec/cfb/cfb.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
	struct cfb *f;
	size_t size;
};

static void fuzz_odd(void *arg, bool lost, uint64_t offset, const char *what)
{
	(void)arg;
	(void)lost;
	(void)offset;
	if (!*what)
		abort();
}

static void fuzz_visit(void *arg, const struct cfb_entry *e)
{
	struct reading *r = arg;
	char name[CFB_NAME];
	uint8_t piece[4096];
	uint64_t at = 0;
	size_t n;

	cfb_name(e, name);
	if (e->kind == CFB_STORAGE) {
		cfb_children(r->f, e, fuzz_visit, r);
		return;
	}
	struct span s = cfb_stream(r->f, e);
	if (s.len > r->size || s.len > e->size)
		abort();
	while ((n = span_read(s, at, piece, sizeof piece)) > 0)
		at += n;
	if (at > s.len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(256UL << 20);
	struct reading r = { .size = size };
	const char *why = NULL;
	uint64_t offset;

	r.f = cfb_open(arena, span_over(data, size), fuzz_odd, &r, &why, &offset);
	if (r.f) {
		struct cfb_entry root = cfb_root(r.f);
		cfb_children(r.f, &root, fuzz_visit, &r);
		(void)cfb_orphans(r.f);
	} else if (!why)
		abort();
	arena_reset(arena);
	return 0;
}
