/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads a file of settings: YAML mappings, nested or with dotted keys, and
 * scalars; no lists, aliases, anchors or tags. What a key means is the caller's.
 */
enum config_item_kind {
	ITEM_VALUE,
	ITEM_EMPTY,   /* nothing, ~ or null */
	ITEM_GROUP,   /* a mapping begins */
	ITEM_TROUBLE, /* value says what is wrong; key may be NULL */
};

struct config_item {
	enum config_item_kind kind;
	const char *key;     /* with the names of its groups: "limits.time" */
	const char *value;   /* of VALUE and TROUBLE */
	size_t line, column; /* of the key, from 1; 0: no place in the file */
};

/* False (for a group): leave out what is in it. */
typedef bool config_item_fn(void *arg, const struct config_item *);

/* Hand over every item; trouble that makes the rest unreadable is the last. */
void config_yaml_read(const char *file, config_item_fn *, void *arg);

#endif
