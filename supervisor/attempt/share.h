/* SPDX-License-Identifier: ISC */
#ifndef SHARE_H
#define SHARE_H

#include <stdbool.h>
#include <stdint.h>

struct autopsy;

/*
 * What one message may take of the disk that its output is written to, and what happens
 * when there was not enough. A full disk is nobody's fault until a message shows, with
 * space of its own, that it is:
 *
 *   1. each output is bounded before it begins (share_of), so that one cannot take all
 *   2. a worker that met a full disk, for whatever reason, is not charged: the message is
 *      tried once more, and the space for it is set aside first (share_reserve)
 *   3. if that was not enough, and the disk is seen to be full or the message at its
 *      share, it is tried with nothing beside it and may take what is free; the one that
 *      took most is first
 *   4. only then its failure is its own
 */

/* Bytes that its output, and its scratch file, may have each. free: on the disk; kept:
 * what intake is to leave; bytes: of the message. */
uint64_t share_of(
    uint64_t free, uint64_t kept, uint64_t bytes, unsigned workers, bool alone);

/* Free bytes where this file lies; UINT64_MAX: nobody knows. */
uint64_t share_free(int fd);

/* Set aside what the message may need, at most its share; less, where the disk has less
 * than it tells, as under a quota.
 * False: errno, the disk has not so much. A file system that cannot set space aside is no
 * failure. share_release gives back what the output does not use. */
bool share_reserve(int output, uint64_t bytes, uint64_t share);
void share_release(int output);

/* The worker says that it could not write: a claim, no more. */
bool share_lacked(const struct autopsy *);

/* We see ourselves that not even a little more can be written to the output. */
bool share_is_short(int output);

#endif
