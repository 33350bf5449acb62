/* SPDX-License-Identifier: ISC */
#ifndef MIME_READ_FIELDS_H
#define MIME_READ_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "base/text.h"

struct arena;
struct convert;
struct entity;

/*
 * The header of a mail or of a part, taken apart into its fields. Lines that are none
 * are left out; the raw bytes hold everything.
 */
struct read_field {
	const char *name, *raw; /* raw: behind the name, from the colon on, with folds */
	size_t name_len, raw_len;
};

struct read_header {
	struct span raw; /* in memory */
	struct read_field *fields;
	size_t count;
};

struct read_header read_header(struct convert *, const struct entity *);

/* A group of fields in memory, such as those of a delivery report. */
struct read_header read_group(struct arena *, struct span raw);

/* The first field of this name, in any case; NULL: none. */
const struct read_field *read_find(const struct read_header *, const char *name);
bool read_is(const struct read_field *, const char *name);

/* Unfolded, without blanks around it and control characters. */
const char *read_raw(struct arena *, const struct read_field *);

/* The same with encoded words (RFC 2047) and 8-bit characters as UTF-8. */
struct text read_text(struct arena *, const struct read_field *);

/* read_raw and read_text of the first field of this name; NULL, .s NULL: none. */
const char *read_raw_of(struct arena *, const struct read_header *, const char *name);
struct text read_text_of(struct arena *, const struct read_header *, const char *name);

/* A parameter (RFC 2231 and 2047 undone) of Content-Type, or of Content-Disposition;
 * NULL: none. */
const char *read_type_param(
    struct arena *, const struct read_header *, const char *param);
const char *read_disposition_param(
    struct arena *, const struct read_header *, const char *param);

#endif
