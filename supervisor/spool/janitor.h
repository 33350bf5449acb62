/* SPDX-License-Identifier: ISC */
#ifndef JANITOR_H
#define JANITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/reaper.h"
#include "spool/settle.h"

struct event_base;
struct spool;

/*
 * The process that does what blocks. The same binary, started by exec, joined by
 * a SOCK_SEQPACKET socketpair; it has the spool's directory descriptors and
 * nothing else. Two of them run: one settles, one scans, so that a scan of a
 * folder with a million files delays no message. What has to copy a large file is given
 * on to one of a few porters, which are started when they are needed and do the same for
 * one message at a time: no small one waits behind it.
 *
 * A lost janitor is started again and gets the unanswered chores once more;
 * every chore may be repeated. So each chore is answered exactly once. One that has
 * chores says at least that it is alive; when it does not for 10 s, it is killed and so
 * replaced.
 */
struct janitor;

struct janitor *janitor_new(struct event_base *, const struct spool *);

/* Ends it where it stands; no callback comes any more. What it settles meanwhile is
 * settled at the next start. NULL is fine. */
void janitor_free(struct janitor *);

/* Settle one message; those asked for while others are under way share their syncs.
 * claim must stay until settled is called; error 0 or errno with where it happened. */
typedef void janitor_settled_fn(void *arg, uint64_t id, int error, const char *where);
void janitor_settle(
    struct janitor *, struct claim *, unsigned plan, janitor_settled_fn *, void *arg);

/* One entry of a folder of incoming/. */
struct janitor_entry {
	const char *name;
	bool folder;
};

/*
 * Read the next entries of incoming/<sub>: from its beginning when restart, else
 * going on. Names that begin with a dot are left out. end: that was all;
 * error: errno (a folder that is gone is an end with ENOENT).
 * One scan at a time.
 */
typedef void janitor_scanned_fn(
    void *arg, const struct janitor_entry *, size_t count, bool end, int error);
void janitor_scan(
    struct janitor *, const char *sub, bool restart, janitor_scanned_fn *, void *arg);

/* The spool's descriptors mean other folders now: another process with those, which gets
 * the unanswered chores once more. */
void janitor_replace(struct janitor *);

reaper_family_fn janitor_reaped; /* of a struct janitor */

/* Chores without an answer yet; and those of them that wait for a porter or have one. */
size_t janitor_pending(const struct janitor *);
size_t janitor_large(const struct janitor *);

/* Of the other ones: bytes to be brought to the disk (claim->unsynced). */
uint64_t janitor_unsynced(const struct janitor *);

/* The role: what "bulkhead janitor" runs, with the socket and the places' descriptors
 * at fixed numbers (janitor_wire.h). Returns the exit code. */
int janitor_main(int argc, char **argv);

#endif
