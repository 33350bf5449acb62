/* SPDX-License-Identifier: ISC */
#ifndef IDS_H
#define IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of ids: added in any order, sorted once, then asked. All zero: an empty one. */
struct ids {
	uint64_t *at; /* owned; sorted after ids_sort */
	size_t count, capacity;
};

bool ids_add(struct ids *, uint64_t id) __attribute__((warn_unused_result)); /* errno */
void ids_sort(struct ids *);

/* For sorted ones. */
bool ids_has(const struct ids *, uint64_t id);
void ids_remove(struct ids *, uint64_t id); /* if it is there */

void ids_clear(struct ids *);

#endif
