/* SPDX-License-Identifier: ISC */
#ifndef DOOR_WIRE_H
#define DOOR_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/door.h"
#include "proto/door.pb-c.h"

/*
 * The packets of the service's door (proto/door.proto), for both sides of it. What comes
 * from the other side is whole and well-formed protobuf when it is handed out; what it
 * means is for the caller to doubt.
 */

/* The folder may be AT_FDCWD, for a process that has no /proc: that has made it its
 * working directory. */

/* A socket listening in this folder by DOOR_SOCKET, with this mode (0600: our own user
 * only); what was there by its name is removed. -1: errno. */
int door_listen(int folder, mode_t mode);

/* A blocking connection. Waits at most ms for a place in the queue. -1: errno. */
int door_connect(int folder, uint64_t ms);
/* Without waiting; EAGAIN: the queue is full. */
int door_connect_now(int folder);

/* The user at the other end; false: errno. */
bool door_peer(int socket, uid_t *);

/* One packet; false: errno. fd -1: without a descriptor; none is closed. version is set.
 */
bool door_send_request(int socket, Bulkhead__Door__Request *, int fd)
    __attribute__((warn_unused_result));
bool door_send_answer(int socket, const Bulkhead__Door__Answer *, const int *fds,
    size_t count) __attribute__((warn_unused_result));

/* One packet: 1, and the caller frees it (protobuf-c's free_unpacked) and owns what is
 * not -1 in fds. 0: the other side closed. -1: errno; EPROTO: no sense. */
int door_receive_request(int socket, Bulkhead__Door__Request **, int fds[DOOR_FILES])
    __attribute__((warn_unused_result));
int door_receive_answer(int socket, Bulkhead__Door__Answer **, int fds[DOOR_FILES])
    __attribute__((warn_unused_result));

/* Is this an open regular file for reading only? Asks only what is known here: a far file
 * system keeps nobody waiting. */
bool door_is_input(int fd, uint64_t *size);

#endif
