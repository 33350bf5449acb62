/* SPDX-License-Identifier: ISC */
#ifndef DEAD_RETURN_H
#define DEAD_RETURN_H

#include <stdbool.h>
#include <stdio.h>

#include "dead/dead_move.h"
#include "dead/dead_scribe.h"

/*
 * Have a worker write a non-delivery report (RFC 3464, with the code and text of
 * Microsoft Mail's own) to the sender of a letter, and put it into outgoing. Who the
 * sender is, is what the letter's report says; the recipients are not known. A letter of
 * at most DEAD_ATTACH_MAX bytes goes along whole and is then removed, unless keep; of a
 * larger one the header goes along, and it stays in dead/, held.
 *
 * from: who it comes from, NULL: postmaster at this host. False with what is wrong.
 */
enum { DEAD_ATTACH_MAX = 5 << 20 };

bool dead_return(const struct dead_store *, const struct dead_letter *,
    struct dead_scribe *, const char *from, bool keep, struct dead_done *);

/* The one address in a sender as reports have it, "Ann <ann@example.org>" or bare. False:
 * none that may stand in a header. */
enum { DEAD_ADDRESS_SIZE = 255 };
bool dead_address(const char *sender, char to[DEAD_ADDRESS_SIZE]);

#endif
