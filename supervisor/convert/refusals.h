/* SPDX-License-Identifier: ISC */
#ifndef REFUSALS_H
#define REFUSALS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "files/naming.h"

/*
 * What was refused, kept beside the results, so that running again does not try it again:
 * a refusal is a clean answer, which the same program gives to the same bytes again. In
 * REFUSALS_FILE, a line for each: place (a hash), size, mtime, reason. Another version of
 * the program, or another target, begins anew.
 */
#define REFUSALS_FILE NAMING_TEMPORARY "refused"

struct refusals;

/* NULL: none can be kept, errno. root stays the caller's, open; forget: begin anew. The
 * file is made with the first that is added. */
struct refusals *refusals_open(int root, const char *target, bool forget);
void refusals_close(struct refusals *); /* NULL is fine */

/* The reason; NULL: it is not known as refused. */
const char *refusals_find(
    const struct refusals *, const char *sub, const char *name, const struct stat *);

void refusals_add(struct refusals *, const char *sub, const char *name,
    const struct stat *, const char *reason);

#endif
