/* SPDX-License-Identifier: ISC */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>

#include "files/copy.h"

/*
 * A file, or a folder with all that lies in it, by its name in an open folder. Links are
 * never followed. This takes as long as it takes: tell (NULL: nobody) is called now and
 * then. False: errno.
 */

/* Away with it; that it is not there is fine. */
bool tree_remove(int folder, const char *name, copy_tell_fn *tell)
    __attribute__((warn_unused_result));

/* A whole, synced copy, with modes and owners as copy_file keeps them. */
bool tree_copy(int from, const char *name, int to, const char *as, copy_tell_fn *tell)
    __attribute__((warn_unused_result));

#endif
