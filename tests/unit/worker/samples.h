/* SPDX-License-Identifier: ISC */
#ifndef SAMPLES_H
#define SAMPLES_H

/*
 * Files for tests: read whole, found in folders, compared with golden files. One
 * translation unit each; everything is inline.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/span.h"

/* The whole file; no memory when there is none. */
static inline struct span sample_load(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		return (struct span){ .fd = -1 };
	(void)fseek(f, 0, SEEK_END);
	long size = ftell(f);
	rewind(f);
	uint8_t *bytes = arena_alloc(a, (size_t)size + 1);
	size_t n = fread(bytes, 1, (size_t)size, f);
	(void)fclose(f);
	return span_over(bytes, n);
}

/* Call each for every file of the folder that ends so; name is without the ending.
 * Returns how many there are. */
static inline unsigned sample_each(struct arena *a, const char *folder,
    const char *ending, void (*each)(const char *path, const char *name))
{
	size_t tail = strlen(ending);
	unsigned count = 0;
	DIR *d = opendir(folder);

	cr_assert(d, "%s", folder);
	for (struct dirent *e; (e = readdir(d));) {
		size_t n = strlen(e->d_name);
		if (n <= tail || strcmp(e->d_name + n - tail, ending) != 0)
			continue;
		each(arena_printf(a, "%s/%s", folder, e->d_name),
		    arena_printf(a, "%.*s", (int)(n - tail), e->d_name));
		count++;
	}
	(void)closedir(d);
	return count;
}

static inline bool sample_same(struct span x, struct span y)
{
	return x.len == y.len && (x.len == 0 || memcmp(x.mem, y.mem, (size_t)x.len) == 0);
}

/* Without is.mem there must be no such file. UPDATE_GOLDEN=1 writes the golden files
 * anew: look at the difference before a commit. */
static inline void sample_golden(struct arena *a, const char *golden, struct span is)
{
	if (is.mem && getenv("UPDATE_GOLDEN")) {
		FILE *f = fopen(golden, "wb");
		cr_assert(f, "%s", golden);
		cr_assert_eq(fwrite(is.mem, 1, (size_t)is.len, f), is.len);
		cr_assert_eq(fclose(f), 0);
	}
	struct span want = sample_load(a, golden);
	cr_expect_eq(want.mem != NULL, is.mem != NULL, "%s", golden);
	cr_expect(sample_same(is, want), "what is differs from %s:\n%.*s", golden,
	    (int)is.len, is.mem ? (const char *)is.mem : "");
}

#endif
