/* SPDX-License-Identifier: ISC */
#ifndef SYNC_H
#define SYNC_H

#include <stddef.h>

struct sync_file {
	int fd;
	int error; /* of its fsync: 0 or an errno value */
};

/*
 * fsync of many files, some at a time in threads of this call. One after the other each
 * would wait for a flush of the disk of its own; those that wait together share a commit
 * of the journal and its flush: of 64 small files on ext4, 213 ms become 8. syncfs(2)
 * does the same, but waits for all that others write to the file system, and says nothing
 * of which file failed. It waits: for helper processes only.
 */
void sync_together(struct sync_file *files, size_t count);

#endif
