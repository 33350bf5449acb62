/* SPDX-License-Identifier: ISC */
#ifndef MIME_HEADER_TABLE_H
#define MIME_HEADER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which header field is which property, for the writer (MS-OXCMAIL 2.1.3.2) and the
 * reader (2.2.3.2). To carry one more field, add one row.
 */
enum header_kind { HEADER_DATE, HEADER_ID, HEADER_TEXT };

/* In the order they are written; of two rows for one field the first counts. */
struct header_row {
	const char *name;
	uint16_t id;
	enum header_kind kind;
};
extern const struct header_row header_rows[];
extern const size_t header_row_count;

/* Numbers that have words. For a reader the first field that says something counts. */
struct header_word {
	const char *name, *value;
	uint16_t id;
	int64_t number;
	bool written; /* by us, too */
};
extern const struct header_word header_words[];
extern const size_t header_word_count;

/* X-Auto-Response-Suppress: a word for each bit (2.1.3.2.20). */
enum { HEADER_RESPONSES = 6 };
extern const char *const header_responses[HEADER_RESPONSES];

/* Named properties of PSETID_Common: texts, or "true" (2.1.3.2.17). */
enum { HEADER_CLASSES = 5 };
extern const struct header_class {
	const char *name;
	uint32_t id;
	bool flag;
} header_classes[HEADER_CLASSES];

#endif
