#ifndef COPY_H
#define COPY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/*
 * A whole, synced copy of a file on another volume. Links are made anew, not
 * followed; nothing but a regular file is opened.
 */
enum copied {
	COPIED,
	COPY_IMPOSSIBLE, /* the source: neither file nor link, or it cannot be read */
	COPY_FAILED,     /* errno: our trouble; half a copy may be left */
};

/* source is what fstatat says of from. The copy keeps its mode, and its owner where
 * that is allowed. */
enum copied copy_file(int from_folder, const char *from, const struct stat *source,
    int to_folder, const char *to);

/* n bytes of in from offset on, to where out stands. False: errno; ENODATA when in is
 * shorter. */
bool copy_range(int in, uint64_t offset, uint64_t n, int out)
    __attribute__((warn_unused_result));

#endif
