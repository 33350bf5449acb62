/* SPDX-License-Identifier: ISC */
#ifndef SOURCE_FILE_H
#define SOURCE_FILE_H

#include <criterion/criterion.h>
#include <stdio.h>

/* The text of a file of the source tree, for tests that code and its documentation agree.
 * The caller's to free. */
static inline char *source_file(const char *name)
{
	char path[512], *text = NULL;
	size_t n = 0;

	(void)snprintf(path, sizeof path, "%s/%s", SOURCE_DIR, name);
	FILE *f = fopen(path, "r");
	cr_assert(f, "%s", path);
	cr_assert(getdelim(&text, &n, '\0', f) > 0);
	(void)fclose(f);
	return text;
}

#endif
