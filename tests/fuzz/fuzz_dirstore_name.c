/* SPDX-License-Identifier: ISC */
/*
 * Names in a Maildir: whatever they are, folders' names are clean UTF-8 of a bounded
 * number and length, and flags and dates are of their kinds.
 *
 * Covers: supervisor/attempt/dirstore_name.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attempt/dirstore_name.h"
#include "attempt/items.h"
#include "base/utf8.h"
#include "proto/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void fuzz_dirstore_name_folders(const char *name)
{
	char *names[ITEMS_NAMES];
	size_t n = strlen(name);

	/* As they are read: some of a way are there already. */
	for (unsigned before = 0; before <= ITEMS_NAMES; before += ITEMS_NAMES / 2) {
		unsigned count = before;
		errno = 0;
		if (!dirstore_name_folders(name, names, &count)) {
			must(count == before && errno == ELOOP);
			continue;
		}
		must(count >= before && count <= ITEMS_NAMES);
		must(*name == '.' || count - before == (n > 0));
		for (unsigned k = before; k < count; k++) {
			/* A byte in UTF-7 is never more than two in UTF-8. */
			must(strlen(names[k]) <= 2 * n && *names[k] != '\0');
			must(utf8_is_clean(names[k], strlen(names[k])));
			free(names[k]);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned most = FORMATS_DRAFT | FORMATS_FLAGGED | FORMATS_PASSED_ON |
			      FORMATS_ANSWERED | FORMATS_SEEN | FORMATS_DELETED;
	char *name = calloc(1, size + 1);

	must(name != NULL);
	memcpy(name, data, size);
	must((dirstore_name_flags(name) & ~most) == 0);
	must(strpbrk(name, ":;!") || dirstore_name_flags(name) == 0);
	int64_t date = dirstore_name_date(name, -7);
	must(date == -7 || (date >= 0 && date < 100000000000));
	must(strchr(name, '.') || date == -7);
	/* Of bytes without an end, too. */
	char *clean = dirstore_name_clean((const char *)data, size);
	must(clean && strlen(clean) <= size && utf8_is_clean(clean, strlen(clean)));
	must(memchr(data, '\0', size) || !utf8_is_clean(name, size) ||
	     strcmp(clean, name) == 0);
	free(clean);
	fuzz_dirstore_name_folders(name);
	free(name);
	return 0;
}
