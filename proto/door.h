/* SPDX-License-Identifier: ISC */
#ifndef PROTO_DOOR_H
#define PROTO_DOOR_H

/* The local door of a running service: proto/door.proto says what is said there. */
#define DOOR_SOCKET "door.sock"

enum {
	DOOR_VERSION = 1,
	DOOR_PACKET = 16 * 1024, /* bytes of one */
	DOOR_FILES = 2,          /* descriptors with one */
};

#endif
