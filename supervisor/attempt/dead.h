/* SPDX-License-Identifier: ISC */
#ifndef DEAD_H
#define DEAD_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "attempt/outcome.h"
#include "attempt/unwind.h"
#include "config/config.h"
#include "files/name.h"
#include "pool/autopsy.h"

/* Reports on messages, as JSON. */

/* What is reported on. */
struct dead_message {
	const struct claim *claim; /* its id (0: it has none), place, name, charges */
	uint64_t bytes;
	const struct outcome *outcome;
	const struct config *config; /* the limits that were in force */
};

/* Documents as JSON text (malloc, *n bytes) or NULL without memory. */
char *dead_letter(const struct dead_message *, size_t *n);
char *dead_notes(const struct dead_message *, size_t *n);

/* What is known of a worker's end. */
json_t *dead_autopsy(const struct autopsy *);
/* What its signature begins with, whatever its stack says. */
uint64_t dead_seed(const struct autopsy *);
/* With its program counter: the signature where there are no frames. */
uint64_t dead_place(const struct autopsy *);
/* The program counter tells where the worker was when its time was over. */
bool dead_is_sample(const struct autopsy *);
/* Add the frames of what remains, or why there are none, and what follows of them; the
 * remains are freed. */
void dead_frames(struct outcome *, const struct unwind_answer *, const struct config *);

#endif
