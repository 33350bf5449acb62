/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/config.h"

/* The table of all keys, and what follows from a row: reading, checking, writing a value.
 */
enum key_type {
	KEY_COUNT,
	KEY_SIZE,
	KEY_TIME,
	KEY_REST, /* a time; zero is the word for CONFIG_SETTLE_AUTO: 0 is a rest, too */
	KEY_MODE, /* min: bits that must be set, max: bits that may be */
	KEY_PERCENT,
	KEY_WORD, /* one of choices, kept as its index */
	KEY_TEXT, /* one of choices, if there are any */
};

struct config_key {
	const char *name;
	bool reload; /* may change while the service runs */
	enum key_type type;
	size_t slot;          /* where in struct config */
	const char *fallback; /* the default; NULL: a text that is not set */
	uint64_t min, max;
	const char *zero; /* the word for 0, NULL none; allowed whatever min is */
	const char *const *choices; /* ends with NULL */
	const char *help;           /* one line, also in bulkhead.yaml(5) */
};

enum config_source { SOURCE_DEFAULT, SOURCE_FILE, SOURCE_ENVIRONMENT, SOURCE_FLAG };

/* The rows, from 0; NULL past the last. */
const struct config_key *config_key_nth(size_t index);

/* Set from text (NULL: not set). False with EINVAL when that is not allowed, ENOMEM. */
bool config_key_set(const struct config_key *, struct config *, const char *text)
    __attribute__((warn_unused_result));

/* Say what is allowed: "a time such as 50ms, 30s or 1h, from 10ms to 7d". */
void config_key_allowed(const struct config_key *, FILE *);

/* Write the value as config_key_set reads it; NULL: not set. In a static buffer or in
 * the configuration. */
const char *config_key_get(const struct config_key *, const struct config *);

bool config_key_equal(
    const struct config_key *, const struct config *, const struct config *);

/* Exchange the values of a key. */
void config_key_swap(const struct config_key *, struct config *, struct config *);

#endif
