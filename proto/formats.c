/* SPDX-License-Identifier: ISC */
#include "proto/formats.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

const struct formats_row formats_rows[FORMATS_COUNT] = {
#define TARGET(id, name, title, extension, types, names, can, head) \
	[FORMATS_## \
	    id] = { name, title, extension, types, names, can, head, sizeof(head) - 1 },
#define FORMAT TARGET
#include "proto/formats.inc"
#undef FORMAT
#undef TARGET
};

const char *const formats_targets[] = {
#define TARGET(id, name, ...) name,
#define FORMAT(...)
#include "proto/formats.inc"
#undef FORMAT
#undef TARGET
	NULL,
};

const char *const formats_flag_names[] = { "seen", "answered", "flagged", "draft",
	"deleted", "forwarded", "orphan", "associated", NULL };

const struct formats_row *formats_by_name(const char *name)
{
	for (size_t i = 0; i < FORMATS_COUNT; i++)
		if (strcmp(formats_rows[i].name, name) == 0)
			return &formats_rows[i];
	return NULL;
}

bool formats_begins(const struct formats_row *row, const void *bytes, size_t n)
{
	static const unsigned char bom[] = { 0xef, 0xbb, 0xbf };
	const unsigned char *p = bytes;

	if (n >= sizeof bom && memcmp(p, bom, sizeof bom) == 0) {
		p += sizeof bom;
		n -= sizeof bom;
	}
	if (row->head_length == 0 || n < row->head_length)
		return false;
	for (size_t i = 0; i < row->head_length; i++)
		if (row->head[i] != '?' &&
		    tolower(p[i]) != tolower((unsigned char)row->head[i]))
			return false;
	return true;
}

/* Is word one of the words? "*" at the beginning of one stands for anything. */
static bool formats_among(const char *words, const char *word)
{
	size_t len = word ? strlen(word) : 0, n;

	for (const char *p = words; len > 0 && *p; p += n + strspn(p + n, " ")) {
		n = strcspn(p, " ");
		size_t skip = *p == '*', tail = n - skip;
		if ((skip ? len >= tail : len == tail) &&
		    strncasecmp(word + len - tail, p + skip, tail) == 0)
			return true;
	}
	return false;
}

bool formats_is_type(const struct formats_row *row, const char *type)
{
	return formats_among(row->types, type);
}

bool formats_is_named(const struct formats_row *row, const char *name)
{
	return formats_among(row->names, name);
}
