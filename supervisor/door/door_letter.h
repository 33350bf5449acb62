/* SPDX-License-Identifier: ISC */
#ifndef DOOR_LETTER_H
#define DOOR_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/program.h"
#include "files/name.h"

/* A dead letter of a message that came by the door: whoever asked for it still has the
 * message, so that nothing has to be moved, only to be written. */
struct door_letter {
	uint64_t id;
	const char *name; /* what its client calls it */
	int input;        /* the message, for reading */
	uint64_t bytes;
	const char *report; /* JSON */
	size_t report_bytes;
};

/* The letter's file; its report's is "<id>.json". */
void door_letter_name(const struct door_letter *, char to[NAME_SIZE]);

/* Both into a folder, the report first, so that no letter is without one; each whole and
 * synced, or not at all. May block. False: errno. */
bool door_letter_put(int folder, const struct door_letter *);
/* The report alone. */
bool door_letter_put_report(int folder, const struct door_letter *);

/* The role that does it for the service (keeper_main): its verb, and after that the id in
 * hexadecimal and the name. Its exit code is an errno value. */
#define KEEPER_VERB "keeper"
enum keeper_fd { KEEPER_MESSAGE = PROGRAM_FIRST_FD, KEEPER_REPORT, KEEPER_FOLDER };
enum { KEEPER_FDS = KEEPER_FOLDER - KEEPER_MESSAGE + 1, KEEPER_MOST_S = 60 };

#endif
