/* SPDX-License-Identifier: ISC */
#include "attempt/store_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/formats.h"

/* The text of a memory stream; NULL: it is not whole. */
static char *stream_text(FILE *f, char **text)
{
	bool ok = f && !ferror(f);

	if (f && fclose(f) != 0)
		ok = false;
	if (ok)
		return *text;
	free(*text);
	return NULL;
}

char *store_name_folder(const struct items_at *at, bool maildir)
{
	char *text = NULL, safe[NAME_SIZE];
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	for (unsigned k = 0; f && k < at->name_count; k++) {
		naming_folder(at->names[k], safe);
		if (!maildir) {
			(void)fprintf(f, "%s%s", k > 0 ? "/" : "", safe);
			continue;
		}
		(void)fputc('.', f);
		for (const char *p = safe; *p; p++)
			if (*p == '.')
				(void)fputs("%2E", f);
			else
				(void)fputc(*p, f);
	}
	return stream_text(f, &text);
}

void store_name_item(const Bulkhead__Entry *e, char to[NAME_SIZE])
{
	char safe[NAME_SIZE];

	if (*e->name) {
		naming_safe(e->name, safe);
		(void)snprintf(to, NAME_SIZE, "%07" PRIu64 "-%.220s", e->number, safe);
	} else {
		(void)snprintf(to, NAME_SIZE, "%07" PRIu64, e->number);
	}
}

void store_name_mail(const Bulkhead__Entry *e, char to[NAME_SIZE])
{
	static const struct {
		unsigned flag;
		char letter;
	} letters[] = {
		{ FORMATS_DRAFT, 'D' },
		{ FORMATS_FLAGGED, 'F' },
		{ FORMATS_PASSED_ON, 'P' },
		{ FORMATS_ANSWERED, 'R' },
		{ FORMATS_SEEN, 'S' },
		{ FORMATS_DELETED, 'T' },
	};
	char flags[sizeof letters / sizeof letters[0] + 1] = "";
	size_t n = 0;

	for (size_t k = 0; k < sizeof letters / sizeof letters[0]; k++)
		if (e->flags & letters[k].flag)
			flags[n++] = letters[k].letter;
	(void)snprintf(to, NAME_SIZE, "%" PRId64 ".%07" PRIu64 ".bulkhead:2,%s", e->date,
	    e->number, flags);
}
