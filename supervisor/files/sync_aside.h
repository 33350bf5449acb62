/* SPDX-License-Identifier: ISC */
#ifndef SYNC_ASIDE_H
#define SYNC_ASIDE_H

#include <stdbool.h>

struct event_base;

/*
 * What must be on the disk is brought there by a thread, one lot after the other, while
 * the loop goes on. What is written to the files of a lot after it was started may or may
 * not be on the disk at its end.
 */
struct sync_aside;

/* done comes from the loop at the end of each lot; error: 0 or an errno value. NULL:
 * errno. */
struct sync_aside *sync_aside_new(
    struct event_base *, void (*done)(void *arg, int error), void *arg);
/* Waits for a lot that is under way, and tells nobody. */
void sync_aside_free(struct sync_aside *); /* NULL is fine */

/* Is a lot under way? */
bool sync_aside_busy(const struct sync_aside *);

/* To the next lot: the file, or all of the file system that it is on. They are synced in
 * this order. fd stays the caller's. What fails is told at the lot's end. */
enum sync_extent { SYNC_FILE, SYNC_FILE_SYSTEM };
void sync_aside_add(struct sync_aside *, int fd, enum sync_extent);
void sync_aside_start(struct sync_aside *);

#endif
