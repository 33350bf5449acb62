/* SPDX-License-Identifier: ISC */
#ifndef FOLDER_H
#define FOLDER_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Folders below a root, by a path without links: what people may write in
 * (incoming/ above all) must not lead anywhere else by a symbolic link put there
 * in the last moment. A path is "" for the root itself, or names joined by
 * single slashes.
 *
 * A folder that is made keeps the set-group-ID bit that its parent gave it.
 *
 * Failure: -1 or false with errno set.
 */

enum {
	/* Deeper trees are left alone: walking one holds descriptors for each level. */
	FOLDER_DEPTH_MAX = 128,
};

/* A descriptor of root/sub, to be closed. */
int folder_open(int root, const char *sub);

/* The same, to read the names in it; NULL: errno. */
DIR *folder_list(int root, const char *sub);

/* folder_open for a moment: root itself for "". To be given back with folder_return,
 * which keeps errno and takes -1, too. */
int folder_borrow(int root, const char *sub);
void folder_return(int root, int folder);

/* As folder_open, making what is missing with exactly this mode. sync: the new entries
 * are synced in their parents. */
int folder_make(int root, const char *sub, unsigned mode, bool sync);

/* The same; what is made belongs to this group, -1: as it falls. */
int folder_make_for(int root, const char *sub, unsigned mode, gid_t group, bool sync);

/* Remove root/sub and its parents below root as far as they are empty. */
void folder_prune(int root, const char *sub);

/* Rename, never replacing: EEXIST when the target is there. */
int folder_rename(int from_folder, const char *from, int to_folder, const char *to);

/* fsync of a folder; file systems that cannot are no failure. */
int folder_sync(int folder);

/* A new file to write to; what was there by that name is removed. -1: errno. Then its
 * end: it is closed, and removed again unless it is written (ok). False: errno. */
int folder_create(int folder, const char *name);
bool folder_created(int folder, const char *name, int fd, bool ok)
    __attribute__((warn_unused_result));

/* Both, with these n bytes. sync: they are synced. */
bool folder_write(int folder, const char *name, const void *bytes, size_t n, bool sync)
    __attribute__((warn_unused_result));

/* The same under another name (".tmp" behind it) until it is whole; it replaces what is
 * there. sync: the folder, too. */
bool folder_write_whole(int folder, const char *name, const void *bytes, size_t n,
    bool sync) __attribute__((warn_unused_result));

#endif
