/* SPDX-License-Identifier: ISC */
#ifndef COPY_H
#define COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * A whole, synced copy of a file on another volume. Links are made anew, not
 * followed; nothing but a regular file is opened.
 */
enum copied {
	COPIED,
	COPY_IMPOSSIBLE, /* the source: neither file nor link, or it cannot be read */
	COPY_FAILED,     /* errno: our trouble; half a copy may be left */
};

/* Of a copy under way, now and then: bytes done, of so many. */
typedef void copy_tell_fn(uint64_t done, uint64_t of);

/* Mode and owner of a file; -1: as they fall. */
struct copy_dress {
	unsigned mode;
	uid_t owner;
	gid_t group;
};

/* For an open file. Owner first, since chown takes bits away. */
bool copy_dress(int fd, const struct copy_dress *) __attribute__((warn_unused_result));

/* source is what fstatat says of from. dress NULL: the copy keeps the source's mode, and
 * its owner where that is allowed. A large file never has more than a few MiB waiting for
 * the disk, so that others who sync theirs meanwhile do not wait for it. tell NULL:
 * nobody wants to know. */
enum copied copy_file(int from_folder, const char *from, const struct stat *source,
    int to_folder, const char *to, const struct copy_dress *dress, copy_tell_fn *tell);

/* n bytes of in from offset on, to where out stands. False: errno; ENODATA when in is
 * shorter. */
bool copy_range(int in, uint64_t offset, uint64_t n, int out)
    __attribute__((warn_unused_result));

/* All that can still be read from a descriptor. False: errno. */
bool copy_print(int from, FILE *to) __attribute__((warn_unused_result));

/* n bytes to where out stands. False: errno. */
bool copy_put(int out, const void *bytes, size_t n) __attribute__((warn_unused_result));

#endif
