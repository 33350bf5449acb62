/* SPDX-License-Identifier: ISC */
#ifndef DOCUMENT_H
#define DOCUMENT_H

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
struct document_of {
	const struct claim *claim; /* its id (0: it has none), place, name, charges */
	uint64_t bytes;
	const struct outcome *outcome;
	const struct config *config; /* the limits that were in force */
	json_t *more; /* an object whose members are said besides; NULL: none */
};

/* Is a report on the notes of this converted message wanted (config's reports)? */
bool document_wanted(const struct outcome *, const struct config *);

/* Documents as JSON text (malloc, *n bytes) or NULL without memory. */
char *document_letter(const struct document_of *, size_t *n);
char *document_notes(const struct document_of *, size_t *n);

/* What is known of a worker's end. */
json_t *document_autopsy(const struct autopsy *);
/* What its signature begins with, whatever its stack says. */
uint64_t document_seed(const struct autopsy *);
/* With its program counter: the signature where there are no frames. */
uint64_t document_place(const struct autopsy *);
/* The program counter tells where the worker was when its time was over. */
bool document_is_sample(const struct autopsy *);
/* Add the frames of what remains, or why there are none, and what follows of them; the
 * remains are freed. */
void document_frames(
    struct outcome *, const struct unwind_answer *, const struct config *);

#endif
