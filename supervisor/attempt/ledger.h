/* SPDX-License-Identifier: ISC */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "files/naming.h"

/*
 * What became of each item of a store, in a file of its own: a head, then a record of
 * LEDGER_RECORD bytes for each item by its number. A run that was killed is gone on with
 * from there; another store, or another target, begins anew.
 *
 * A result has two steps, as a message in the service: its bytes are on the disk,
 * then its record says MARKED, on the disk, too, and then it gets its name; PLACED is
 * written with the next marks. So a PLACED item is never made again, wherever its
 * result went since; whether a MARKED one has to be made again is seen by whether its
 * name is there.
 */
#define LEDGER_FILE NAMING_TEMPORARY "ledger"
enum { LEDGER_RECORD = 24 };

enum ledger_state {
	LEDGER_NOTHING,
	LEDGER_MARKED,
	LEDGER_PLACED,
	LEDGER_FAILED,
	LEDGER_BEGUN, /* in hand: who finds it so after a kill has a suspect */
};

struct ledger_record {
	uint64_t key;  /* of where the item lies: another list is another item */
	uint64_t id;   /* in the service, where each item has one; of a result behind
			  others in a file where it ends; 0: none */
	uint8_t state; /* enum ledger_state */
	uint8_t class; /* of one that has ended, as the ledger's owner counts */
	uint8_t crash, timeout, memory, kills; /* its charges */
};

struct ledger;

/* In this folder; forget: begin anew. NULL: errno. */
struct ledger *ledger_open(int folder, const char *name, const struct stat *store,
    const char *target, bool forget);
/* The records are on the disk then. */
void ledger_close(struct ledger *); /* NULL is fine */

/* A length that the owner keeps beside the records, 0 when it begins anew. It is on the
 * disk with the records (ledger_sync). */
uint64_t ledger_length(const struct ledger *);
bool ledger_set_length(struct ledger *, uint64_t) __attribute__((warn_unused_result));

/* The same without waiting for the disk. */
void ledger_leave(struct ledger *);

/* Records of an earlier run there; 0: it begins anew. */
uint64_t ledger_count(const struct ledger *);

/* Numbers are from 1. A record that was never put is all zero. */
struct ledger_record ledger_get(struct ledger *, uint64_t number);
/* False: errno. */
bool ledger_put(struct ledger *, uint64_t number, const struct ledger_record *)
    __attribute__((warn_unused_result));
/* All that was put is on the disk. False: errno. */
bool ledger_sync(struct ledger *) __attribute__((warn_unused_result));

#endif
