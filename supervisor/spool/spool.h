/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_H
#define SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "config/config.h"
#include "files/name.h"
#include "spool/settle.h"

/*
 * The folders of the spool and every file operation of the supervisor on them
 * that does not block for long. What blocks (syncs, unlinks, copies, scans) is
 * the janitor's.
 *
 *   incoming/  messages to convert, in any sub-folders
 *   active/    messages in hand, claimed by a rename; on incoming's volume
 *              (incoming/.active where incoming is a volume of its own)
 *   tmp/       files being made; one beside each folder that is a volume of its own
 *   outgoing/  results          dead/  dead letters          reports/  notes
 *   lock       held by the one supervisor
 *
 * Failure: false, -1 or NULL with errno set; what to do about it is the caller's.
 */
struct spool;

/* Create what is missing, take the lock, find out about volumes and leases. NULL:
 * one line for people in *error (to be freed), errno EWOULDBLOCK when another has it. */
struct spool *spool_open(const struct config *, char **error);
void spool_close(struct spool *); /* NULL is fine */

/* The places that settle.h works on; valid as long as the spool. */
const struct places *spool_places(const struct spool *);

/*
 * Are the folders still what people see at their paths? Says so once for each change
 * (EVENT_SPOOL_AWAY, EVENT_SPOOL_BACK). To be called each second; about ten calls of
 * stat(2).
 */
struct spool_looked {
	const char *away; /* a folder that is not: nothing may be taken or delivered */
	bool moved;       /* descriptors mean other folders now: janitors start anew */
	bool incoming;    /* that of incoming/ does */
};
struct spool_looked spool_look(struct spool *);
const char *spool_away(
    const struct spool *); /* as of the last look; NULL: all are there */

/* Directory descriptor of incoming/, for watching and scanning; its path for messages. */
int spool_incoming(const struct spool *);
const char *spool_path(const struct spool *);

/* Directory descriptors of the spool itself and of its tmp/. */
int spool_root(const struct spool *);
int spool_tmp(const struct spool *);

/* Can leases tell here whether a file is being written (EVENT_SPOOL_LEASE says no)? */
bool spool_leases(const struct spool *);

/* How long a file that nobody seems to write must rest before it is taken. */
uint64_t spool_rest_ms(const struct spool *);

/* The two locks, for the janitor to hold too: while one that outlived its supervisor is
 * still at work nobody else may begin. */
void spool_locks(const struct spool *, int locks[2]);

enum claimed {
	CLAIMED,
	CLAIM_GONE,  /* no longer there */
	CLAIM_BUSY,  /* somebody writes it, or it changed too recently to tell */
	CLAIM_LEFT,  /* it may not be read, or not be taken out of its folder (rights, a
			mount of its own); said once */
	CLAIM_ERROR, /* errno; our trouble, try later */
};

/*
 * Take a file from incoming/<sub>/<name>: any type but a folder, only when nobody
 * has it open for writing. moved_in: it came by a rename and is whole whatever
 * the lease says. On CLAIMED *out is the caller's, to be ended with claim_free, and so is
 * *input, the file open for reading (see spool_input); -1: it is none to be read.
 */
enum claimed spool_claim(struct spool *, const char *sub, const char *name, bool moved_in,
    struct claim **out, int *input);

/* Rename in active/ for other charges. */
bool spool_recharge(struct spool *, struct claim *, struct charges)
    __attribute__((warn_unused_result));

/* Back to incoming/ under its own name, uncharged. False (EEXIST) when charged before or
 * the name is taken: then it stays in active/ and is a suspect at the next start. */
bool spool_put_back(struct spool *, const struct claim *)
    __attribute__((warn_unused_result));

/*
 * Open the message for reading: -1 with *why (static text) when it can never be
 * read (link, FIFO, device, socket), -1 with *why NULL on our own trouble, which a
 * missing right is too. Nothing but a regular file is ever opened.
 */
int spool_input(struct spool *, const struct claim *, struct stat *, const char **why);

/* Has somebody written the message (fd: it, open for reading) since it was claimed or
 * since this was last asked, or has it open for that now? closing: as for
 * lease_has_writer. */
bool spool_written(struct claim *, int fd, bool closing);

/* A new, empty output of this message (an older attempt's is unlinked): mode and owner of
 * results. And an unlinked scratch file. */
int spool_output(struct spool *, struct claim *);
int spool_scratch(struct spool *);

/* Write a report (n bytes) that the settlement delivers: STAGE_WHY or STAGE_NOTES. */
bool spool_stage(struct spool *, struct claim *, enum stage, const void *, size_t n)
    __attribute__((warn_unused_result));

/* Free bytes and inodes, the least of all volumes written to. False: errno. */
bool spool_space(const struct spool *, uint64_t *bytes, uint64_t *inodes);
/* Free bytes of each volume that is written to, under the name of the first of "spool",
 * "tmp", "outgoing", "dead" and "reports" that lies there. */
void spool_volumes(
    const struct spool *, void (*each)(const char *folder, uint64_t bytes));

/*
 * What an earlier run left in active/ and tmp/, at start, before anything else:
 * marked messages are handed to found with their mark (settle them), unmarked
 * ones are suspects; staged files of unmarked or unknown messages are removed.
 * The claim is the callee's. False: errno, the service cannot start.
 */
bool spool_recover(struct spool *, void (*found)(void *arg, struct claim *), void *arg)
    __attribute__((warn_unused_result));

#endif
