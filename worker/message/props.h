/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_PROPS_H
#define MESSAGE_PROPS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The names of properties: every one of [MS-OXPROPS] section 2 that mail is seen with.
 * One property is one row; the prefixes PidTag, PidLid and PidName are put before it.
 * Private to this folder: prop_label is the way in.
 */
struct props_tag {
	uint16_t id;
	uint16_t type; /* PT_UNSPECIFIED: any */
	const char *name;
};

/* By id. Where the type decides the name the row with the type stands first. */
extern const struct props_tag props_tags[];
extern const size_t props_tag_count;

struct props_lid {
	uint32_t id;
	const char *name;
};

struct props_set {
	const uint8_t *guid;
	const char *name;
	const struct props_lid *lids;
	size_t count;
};

extern const struct props_set props_sets[];
extern const size_t props_set_count;

/* Named by a string: the name in the file and the canonical one. */
struct props_string {
	const uint8_t *guid;
	const char *name, *label;
};

extern const struct props_string props_strings[];
extern const size_t props_string_count;

#endif
