/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_WATCH_H
#define INTAKE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;

/*
 * The folders below incoming/ that intake knows: each with its inotify watch as
 * far as the kernel gives one, and the queue of those to be scanned. Folders are
 * named by their path below incoming/, "" for itself.
 *
 * A watch that cannot be had is no failure: that folder is scanned only.
 */
struct watch;

struct watch_calls {
	/* A file was written and closed, or (moved_in) came by a rename. */
	void (*file)(void *arg, const char *sub, const char *name, bool moved_in);
	/* Folders to scan were queued: watch_next has them. */
	void (*queued)(void *arg);
	/* Is this a name that is left alone? */
	bool (*ignored)(void *arg, const char *name);
	/* Events were lost or folders moved: only a full scan tells. */
	void (*lost)(void *arg);
};

/* incoming: descriptor of the folder; path: of the same, for the log. */
struct watch *watch_new(struct event_base *, int incoming, const char *path,
    const struct watch_calls *, void *arg);
void watch_free(struct watch *); /* NULL is fine */

/* A folder was found: watch it if it is new, and queue it for a scan. */
void watch_found(struct watch *, const char *parent, const char *name);

/* Queue a folder for a scan, now or at watch_queue_later's call. */
void watch_queue(struct watch *, const char *sub);
void watch_mark_later(struct watch *, const char *sub);
void watch_queue_later(struct watch *);

/* The next folder to scan; false: none. */
bool watch_next(struct watch *, char *sub, size_t size);

/* A full scan: begins with incoming/ itself; when it is over, folders that it did not
 * meet are forgotten. */
void watch_begin_full(struct watch *);
void watch_end_full(struct watch *);

#endif
