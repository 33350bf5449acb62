/* SPDX-License-Identifier: ISC */
#ifndef GATEWAY_WIRE_H
#define GATEWAY_WIRE_H

/*
 * The gateway's program, and what the supervisor gives it: descriptors by number, and
 * words on the command line, in this order. Both programs are of one build: the first
 * word says of which.
 */
#define GATEWAY_PROGRAM "bulkhead-gateway"
enum gateway_fd {
	/* A socket: the supervisor lives while it is open, and hears a byte each
	   GATEWAY_ALIVE_MS from a gateway that lives. */
	GATEWAY_LIFE = 3,
	GATEWAY_SPOOL, /* the folder with the door, O_PATH */
	GATEWAY_LOCAL, /* a listening Unix socket */
	GATEWAY_NET,   /* a listening TCP socket, or /dev/null */
	GATEWAY_TOKEN, /* a file with the token, or /dev/null */
	GATEWAY_FDS_END,
};
enum { GATEWAY_ALIVE_MS = 1000 };
enum gateway_word {
	GATEWAY_VERSION = 1,
	GATEWAY_BODY,        /* http.body */
	GATEWAY_CONNECTIONS, /* http.connections */
	GATEWAY_RATE,        /* http.rate */
	GATEWAY_WAIT,        /* http.wait, ms */
	GATEWAY_HOSTS,       /* http.hosts */
	GATEWAY_WORDS_END,
};

#endif
