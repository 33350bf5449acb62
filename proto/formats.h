/* SPDX-License-Identifier: ISC */
#ifndef PROTO_FORMATS_H
#define PROTO_FORMATS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The formats: what both programs know of each. To add one: a row in formats.inc; its
 * verbs are the worker's (worker/format/format.h).
 */
enum formats_id {
#define TARGET(id, ...) FORMATS_##id,
#define FORMAT TARGET
#include "proto/formats.inc"
#undef FORMAT
#undef TARGET
	FORMATS_COUNT,
};

enum formats_can {
	FORMATS_READ = 1 << 0,
	FORMATS_WRITE = 1 << 1,
	FORMATS_REWRITE = 1 << 2,  /* as it is, but for what lies inside */
	FORMATS_SPLIT = 1 << 3,    /* a result is several files (Item, convert.proto) */
	FORMATS_DOCUMENT = 1 << 4, /* the first of them is the message itself */
	FORMATS_STORE = 1 << 5,    /* it holds messages, each read on its own */
};

/* What is known of an item of a store before it is read. */
enum formats_flag {
	FORMATS_SEEN = 1 << 0,
	FORMATS_ANSWERED = 1 << 1,
	FORMATS_FLAGGED = 1 << 2,
	FORMATS_DRAFT = 1 << 3,
	FORMATS_DELETED = 1 << 4,
	FORMATS_PASSED_ON = 1 << 5,
	FORMATS_ORPHAN = 1 << 6,     /* in no folder */
	FORMATS_ASSOCIATED = 1 << 7, /* a folder's own: views, rules */
};

/* For people and programs, in the order of the bits; ends with NULL. */
extern const char *const formats_flag_names[];

struct formats_row {
	const char *name, *title, *extension, *types, *names;
	unsigned can; /* set of enum formats_can */
	const char *head;
	size_t head_length;
};
extern const struct formats_row formats_rows[FORMATS_COUNT];

/* The names of those that --to and convert.to take; ends with NULL. The first is the
 * default. */
extern const char *const formats_targets[];

/* NULL: no such format. */
const struct formats_row *formats_by_name(const char *name);

/* Do the first n bytes of a file begin as the row says? A byte order mark before them
 * does not count. False where the row has no head. */
bool formats_begins(const struct formats_row *, const void *bytes, size_t n);

/* Does this media type, or this file name, announce the format? In any case of letters;
 * NULL: no. */
bool formats_is_type(const struct formats_row *, const char *type);
bool formats_is_named(const struct formats_row *, const char *name);

#endif
