/* SPDX-License-Identifier: ISC */
#ifndef DEAD_MOVE_H
#define DEAD_MOVE_H

#include <stdbool.h>

#include "dead/dead_store.h"

/*
 * What can be done with a dead letter. Each is a row of single steps; killed between any
 * two of them nothing is lost and nothing delivered twice.
 *
 *   near retry      letter renamed into incoming/, report removed
 *   retry of an     a name more for its store, which lies beside it, in incoming/,
 *     item without  synced; letter removed, report removed
 *     bytes
 *   far retry,      1. the copy (or the non-delivery report) is whole and synced as
 *   return             .<id>.<mark> in its folder
 *                   2. the report gets that name too: the mark
 *                   3. the staged file is renamed to its place
 *                   4. the letter is removed (.kept: held instead, with its report)
 *                   5. the mark is removed
 *
 * Who finds a mark goes on: with the staged file there at 3, else at 4. A report whose
 * letter is gone is removed by the next walk that cleans.
 */
struct dead_done {
	char sub[PATH_MAX];
	char to[NAME_SIZE];  /* where it went, "" nowhere */
	const char *trouble; /* static text, or of errno */
	bool gone;           /* the trouble: somebody else was quicker */
};

/* True: done; false: trouble says why. */
bool dead_retry(
    const struct dead_store *, const struct dead_letter *, struct dead_done *);
bool dead_remove(
    const struct dead_store *, const struct dead_letter *, struct dead_done *);
bool dead_hold(const struct dead_store *, const struct dead_letter *, struct dead_done *);

/* Copy letter and report into a folder, under their own names. scrub: without what names
 * people, or may hold mail, in the report. */
bool dead_export(const struct dead_store *, const struct dead_letter *, int folder,
    bool scrub, struct dead_done *);

/* Go on with a move that was interrupted; without a mark nothing is done. */
bool dead_finish(
    const struct dead_store *, const struct dead_letter *, struct dead_done *);

/* A return, or with keep: what is to be sent is the whole of the file notice. */
bool dead_deliver_notice(const struct dead_store *, const struct dead_letter *, bool keep,
    int notice, struct dead_done *);

#endif
