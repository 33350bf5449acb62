/* SPDX-License-Identifier: ISC */
#ifndef SYNC_H
#define SYNC_H

#include <stdbool.h>
#include <stddef.h>

struct sync_file {
	int fd;
	int error; /* of its fsync: 0 or an errno value */
};

/*
 * fsync of many files, some at a time in threads of this call. One after the other each
 * would wait for a flush of the disk of its own; those that wait together share a commit
 * of the journal and its flush: of 64 small files on ext4, 213 ms become 8. It waits: for
 * helper processes only.
 */
void sync_together(struct sync_file *files, size_t count);

/* From so many files on it pays to ask sync_all first. */
enum { SYNC_ALL_FROM = 4 };

/*
 * All that was written to the volume of this folder so far, by one syncfs(2): 64 small
 * files are one flush of the disk instead of one each, and none has to be opened. True:
 * it is on disk, the folder's names, too. False: not known, sync_together tells, and
 * which file failed. So
 *
 * - where a file system's syncfs is not known to be worth an fsync of each file;
 * - the first time, since only failures from then on are told;
 * - for a minute after it took long: it waits for all that others write, too.
 */
bool sync_all(int folder);

#endif
