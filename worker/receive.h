/* SPDX-License-Identifier: ISC */
#ifndef RECEIVE_H
#define RECEIVE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * One packet of at most size bytes that brings exactly count descriptors (at most
 * RECEIVE_MOST), close-on-exec, into fd. Its length; 0: the supervisor is gone; -1:
 * errno, EPROTO for a packet of another shape. The supervisor has its own
 * (base/passing.h): the two programs share nothing but proto/, and this one may call
 * nothing that allocates.
 */
enum { RECEIVE_MOST = 8 };
ssize_t receive_packet(int socket, void *bytes, size_t size, int *fd, size_t count);

#endif
