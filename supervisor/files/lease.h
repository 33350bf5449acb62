/* SPDX-License-Identifier: ISC */
#ifndef LEASE_H
#define LEASE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Has anybody this file open for writing? fd is open for reading only. LEASE_UNKNOWN:
 * no lease can be had here (other owner, network), or it would say nothing: where the
 * bytes belong to another kernel or process (FUSE, 9p, cluster file systems) a lease may
 * be granted while somebody writes on the other side. A writer that is seen is one
 * everywhere.
 */
enum lease { LEASE_FREE, LEASE_WRITER, LEASE_UNKNOWN };

enum lease lease_ask(int fd);

/* The same of a file on this device: what is known of a device's file system is believed
 * for a second. */
enum lease lease_ask_on(int fd, dev_t device);

/* LEASE_WRITER alone, for less: true is true everywhere, false may mean that it cannot be
 * known. closing: the descriptor is closed in a moment, and the lease may stay until
 * then.
 */
bool lease_has_writer(int fd, bool closing);

/* Does every writer of files in this folder or of this file pass through this kernel, so
 * that a lease tells? *name: the file system, for people. */
bool lease_tells(int fd, const char **name);

#endif
