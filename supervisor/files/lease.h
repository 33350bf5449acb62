/* SPDX-License-Identifier: ISC */
#ifndef LEASE_H
#define LEASE_H

#include <stdbool.h>

/*
 * Has anybody this file open for writing? fd is open for reading only. LEASE_UNKNOWN:
 * no lease can be had here (other owner, network), or it would say nothing: where the
 * bytes belong to another kernel or process (FUSE, 9p, cluster file systems) a lease may
 * be granted while somebody writes on the other side. A writer that is seen is one
 * everywhere.
 */
enum lease { LEASE_FREE, LEASE_WRITER, LEASE_UNKNOWN };

enum lease lease_ask(int fd);

/* LEASE_WRITER alone, for less: true is true everywhere, false may mean that it cannot be
 * known. */
bool lease_has_writer(int fd);

/* Does every writer of files in this folder or of this file pass through this kernel, so
 * that a lease tells? *name: the file system, for people. */
bool lease_tells(int fd, const char **name);

#endif
