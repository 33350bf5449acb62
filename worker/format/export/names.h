/* SPDX-License-Identifier: ISC */
#ifndef EXPORT_NAMES_H
#define EXPORT_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct arena;

/*
 * Names for the files of one folder, each of its own, made from what is claimed: the last
 * part of a path, without what some system forbids, so that whoever makes the files need
 * not change them. The supervisor, which makes them, has rules of its own all the same
 * (files/naming.h): it believes no worker.
 */
struct names {
	struct arena *arena;
	struct names_row {
		const char *name;
		struct span data; /* what is to lie in the file */
		uint32_t hash;
	} * rows;
	size_t count, capacity;
};

/* In the arena. "attachment" where nothing of the claim is left. */
const char *names_add(struct names *, const char *claimed, struct span data);

#endif
