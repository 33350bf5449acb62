/* SPDX-License-Identifier: ISC */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Bytes of unknown origin in JSON, by one rule: what is no UTF-8 becomes \xNN of each
 * byte, and beside a name that holds such bytes KEY_bytes has it whole, in base64. What
 * could steer a terminal or turn a line around is written by JSON's own escapes.
 */

/* The version of the documents' keys, as deploy/bulkhead.schema.json has them: a key that
 * goes or means something else makes a new one. */
enum { JSON_VERSION = 1 };

/* A string; json_null for NULL and without memory. */
json_t *json_text(const char *text);
json_t *json_text_n(const char *text, size_t n);

/* A time of the wall clock, ms since the epoch; json_null for 0. */
json_t *json_time(int64_t wall_ms);

/* Set key to a name (NULL: nothing), and where that is no UTF-8 key_bytes. */
void json_set_name(json_t *object, const char *key, const char *name);

/* The value as text, to be freed; flags are jansson's. NULL without memory. */
char *json_line(const json_t *, size_t flags);

/* The same and a line end, for people or programs. The value is consumed; NULL is fine.
 * False: no memory, or it could not be written. */
bool json_print(json_t *, size_t flags, FILE *to);

/* How documents and lines are written. */
enum {
	JSON_TEXT_DOCUMENT = JSON_INDENT(2) | JSON_PRESERVE_ORDER,
	JSON_TEXT_LINE = JSON_COMPACT | JSON_PRESERVE_ORDER,
};

#endif
