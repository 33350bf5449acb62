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
/* None lies across two sectors: the disk has it whole or not at all. */
enum { LEDGER_RECORD = 32 };

enum ledger_state {
	LEDGER_NOTHING,
	LEDGER_MARKED,
	LEDGER_PLACED,
	LEDGER_FAILED,
	LEDGER_BEGUN, /* in hand: who finds it so after a kill has a suspect */
};

struct ledger_record {
	uint64_t key;   /* of where the item lies: another list is another item */
	uint64_t id;    /* of a result behind others in a file where it ends; 0: none */
	uint32_t batch; /* set by ledger_put; before the state, should it be cut */
	uint8_t state;  /* enum ledger_state */
	uint8_t class;  /* of one that has ended, as the ledger's owner counts */
	uint8_t crash, timeout, memory, kills; /* its charges */
};

struct ledger;
struct sync_aside;

/* In this folder; forget: begin anew. NULL: errno. */
struct ledger *ledger_open(int folder, const char *name, const struct stat *store,
    const char *target, bool forget);
/* The records are on the disk then. */
void ledger_close(struct ledger *); /* NULL is fine */

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
/* The same at the end of a lot. */
void ledger_sync_aside(struct ledger *, struct sync_aside *);

/* Has the store been written since it was looked at? */
bool ledger_store_is_written(int fd, const struct stat *then);

/*
 * The service's: what an item leaves lies in tmp/ and is synced with that of many others,
 * a batch; records are put unsynced. Which of them are true after a loss of power is
 * known by the batch that each is of: what lies in tmp/ is synced, then the head says so,
 * on the disk (ledger_sync_batch), and only then something of it is delivered.
 */

/* The id that the first item has, the others follow by number; 0: not begun. An item has
 * the same one each time it is tried, so what it leaves has the same name. */
uint64_t ledger_first_id(const struct ledger *);
bool ledger_begin(struct ledger *, uint64_t first_id) __attribute__((warn_unused_result));
/* What is put from now on is of the next batch. Only when the last one was synced. */
bool ledger_close_batch(struct ledger *) __attribute__((warn_unused_result));
/* By whom has synced all that the records of closed batches stand for. Waits for the
 * disk. False: errno. */
bool ledger_sync_batch(int folder, const char *name) __attribute__((warn_unused_result));

/* One that an earlier run left, whatever store it is of. NULL: errno, EINVAL: it is none.
 */
struct ledger *ledger_find(int folder, const char *name);
/* What was put since the last synced batch is taken back, if the machine was started
 * since then, or doubt: those items are begun, and wait. False: errno. */
bool ledger_review(struct ledger *, bool doubt) __attribute__((warn_unused_result));

#endif
