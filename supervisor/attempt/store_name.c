/* SPDX-License-Identifier: ISC */
#include "attempt/store_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/formats.h"

#define STORE_MAILBOX ".mbox"

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

const char *const store_layouts[] = {
	[STORE_FILES] = "files",
	[STORE_MAILDIR] = "maildir",
	[STORE_MBOX] = "mbox",
	[STORE_LINES] = "lines",
	[STORE_LAYOUTS] = NULL,
};

/* With its dots as %2E. */
static void put_undotted(FILE *f, const char *name)
{
	for (const char *p = name; *p; p++)
		if (*p == '.')
			(void)fputs("%2E", f);
		else
			(void)fputc(*p, f);
}

/* A folder of mailboxes never has the name of one beside it. */
static bool is_like_mailbox(const char *name)
{
	static const char *const ends[] = { STORE_MAILBOX, STORE_MAILBOX NAMING_PART };
	size_t n = strlen(name);

	for (size_t k = 0; k < sizeof ends / sizeof ends[0]; k++) {
		size_t behind = strlen(ends[k]);
		if (n >= behind && strcasecmp(name + n - behind, ends[k]) == 0)
			return true;
	}
	return false;
}

/* One part of the way to a folder. */
static void put_part(FILE *f, enum store_layout layout, unsigned depth, const char *name)
{
	char safe[NAME_SIZE];

	naming_folder(name, safe);
	if (layout == STORE_MAILDIR)
		(void)fputc('.', f);
	else if (depth > 0)
		(void)fputc('/', f);
	if (layout == STORE_MAILDIR || (layout == STORE_MBOX && is_like_mailbox(safe)))
		put_undotted(f, safe);
	else if (layout == STORE_MBOX && depth == 0 &&
		 strcasecmp(safe, STORE_NAME_MAILBOX) == 0)
		(void)fprintf(f, "%%%02X%s", (unsigned char)*safe, safe + 1);
	else
		(void)fputs(safe, f);
}

char *store_name_folder(const struct items_at *at, enum store_layout layout)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f && layout == STORE_LINES)
		(void)fputs(STORE_NAME_LINES, f);
	for (unsigned k = 0; f && layout != STORE_LINES && k < at->name_count; k++)
		put_part(f, layout, k, at->names[k]);
	if (f && layout == STORE_MBOX)
		(void)fprintf(
		    f, "%s" STORE_MAILBOX, at->name_count == 0 ? STORE_NAME_MAILBOX : "");
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

void store_name_result(
    const Bulkhead__Entry *e, const char *extension, char to[NAME_SIZE])
{
	char stem[NAME_SIZE];

	store_name_item(e, stem);
	size_t n = strlen(stem), behind = strlen(extension);
	if (*e->name && behind > 0 && n > behind &&
	    strcasecmp(stem + n - behind, extension) == 0)
		(void)snprintf(to, NAME_SIZE, "%s", stem);
	else
		naming_result(stem, extension, to);
}

void store_name_original(const Bulkhead__Entry *e, const char *ending, char to[NAME_SIZE])
{
	char stem[NAME_SIZE];

	store_name_item(e, stem);
	const char *dot = *e->name ? strrchr(stem, '.') : NULL;
	const int n = dot ? (int)(dot - stem) : (int)strlen(stem);
	(void)snprintf(to, NAME_SIZE, "%.*s.unconverted%.20s", n, stem,
	    dot        ? dot
	    : *e->name ? ""
		       : ending);
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
