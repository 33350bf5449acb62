/* SPDX-License-Identifier: ISC */
#ifndef STAMP_H
#define STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/*
 * By which a file is known to be as it was: its length and when it was last written.
 * Asked of the server where there is one, not of what this kernel remembers.
 */
struct stamp {
	uint64_t size;
	struct timespec modified;
};

/* False: errno. */
bool stamp_take(int fd, struct stamp *) __attribute__((warn_unused_result));

/* The same with what fstat(2) says, in one call. */
bool stamp_look(int fd, struct stamp *, struct stat *)
    __attribute__((warn_unused_result));

bool stamp_same(const struct stamp *, const struct stamp *);

#endif
