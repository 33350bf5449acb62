/* SPDX-License-Identifier: ISC */
#ifndef DIRSTORE_H
#define DIRSTORE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A folder that is a store, each mail a file of its own: a Maildir, with its folders in
 * it (Maildir++, or one in another), or a .mbox folder of Apple Mail. Names and dates of
 * files tell all that its list says; no file is opened for that.
 *
 * The list is as a worker makes those of other stores (items.h), with an entry's name for
 * the way to its file. Its order is that of the file system.
 */

/* Is this such a folder? Another may have an mbox file in it, which is a store then. */
bool dirstore_is_store(int above, const char *name);

struct dirstore_list {
	uint64_t bytes, entries; /* of the list */
	uint64_t state;          /* a hash: another state of the folder has another one */
};

/* Write the list of an open folder into an empty file. name: the folder's. False: errno.
 */
bool dirstore_list(int folder, const char *name, int file, struct dirstore_list *);

/* A mail's file, by its entry's name. Links are not followed. -1: errno. */
int dirstore_open(int folder, const char *way);

/* The last part of it, as the file system has it: malloc, NULL without memory. */
char *dirstore_file_name(const char *way);

#endif
