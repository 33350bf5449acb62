/* SPDX-License-Identifier: ISC */
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H

#include "format/format.h"

/*
 * Archives: files in files. What is stored as it is stays where it lies; what is deflated
 * is inflated once, when the archive is listed, into what follows the list. So each
 * member is an item, and one that is an archive again, or a mailbox, is listed in its
 * place.
 *
 * Bounds: what comes out of a member may be ARCHIVE_RATIO times what it was, beyond the
 * first ARCHIVE_FREE bytes, and what comes out of all of them as often the file, beyond
 * the first ARCHIVE_FREE_IN_ALL; all of it lies in an output with a limit; archives in
 * archives go LIMIT_STORES deep. A member that breaks one is told of, and cannot be read.
 */
enum {
	ARCHIVE_RATIO = 200,
	ARCHIVE_FREE = 16 << 20,
	ARCHIVE_FREE_IN_ALL = 256 << 20,
	ARCHIVE_NAME = 1024,
};

struct archive_member {
	const char *path; /* with slashes */
	struct span in;   /* as it lies there */
	uint64_t at;      /* in the store */
	int64_t date;
};

/* One that lies there as it is. */
void archive_stored(
    struct convert *, const struct store *, const struct archive_member *);

enum archive_window { ARCHIVE_RAW = -15, ARCHIVE_GZIP = 15 + 16 };

/* One that is deflated. used: bytes of it that were taken; NULL: nobody wants to know.
 * False: what came out is of no use, and a note says why. */
bool archive_inflated(struct convert *, const struct store *,
    const struct archive_member *, enum archive_window, uint64_t *used);

/* One that is there and cannot be read, as an item: reason is for pick. */
void archive_unreadable(struct convert *, const struct store *,
    const struct archive_member *, uint64_t reason);

#endif
