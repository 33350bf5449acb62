/* SPDX-License-Identifier: ISC */
#ifndef PASSING_H
#define PASSING_H

#include <stdbool.h>
#include <stddef.h>

/* Packets with descriptors over Unix sockets (SCM_RIGHTS), for all that is said to
 * processes of ours and to clients. */
enum { PASSING_MAX = 8 }; /* descriptors with one packet */

/* One packet of n bytes (at least 1); false: errno. The descriptors stay the caller's. */
bool passing_send(int socket, const void *bytes, size_t n, const int *fds, size_t count)
    __attribute__((warn_unused_result));

/*
 * One packet of at most size bytes, its descriptors (at most max, close-on-exec) in fds.
 * 1: *n bytes, *count descriptors, which are the caller's. 0: the other side closed. -1:
 * errno; EPROTO: it was longer, or had more descriptors: all of them are closed.
 */
int passing_receive(int socket, void *bytes, size_t size, size_t *n, int *fds, size_t max,
    size_t *count) __attribute__((warn_unused_result));

#endif
