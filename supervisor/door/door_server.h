/* SPDX-License-Identifier: ISC */
#ifndef DOOR_SERVER_H
#define DOOR_SERVER_H

#include <event2/event.h>
#include <sys/queue.h>

#include "door/door.h"
#include "door/door_attempt.h"
#include "door/door_letter.h"
#include "door/door_wire.h"

/*
 * The service's side of the door, shared by door_client.c (one connection: what it is
 * told, its end), door_convert.c (messages), door_keep.c (theirs that died), door_clerk.c
 * (dead letters), door_follow.c (events) and door_server.c (all connections, and what
 * they ask).
 */
enum door_state {
	DOOR_SILENT,    /* has not asked yet */
	DOOR_UPLOADING, /* has a file, and will ask for its conversion */
	DOOR_CONVERT,   /* its message is on its way */
	DOOR_KEEPS,     /* its message's dead letter is */
	DOOR_FOLLOWS,
	DOOR_CLERK,
	DOOR_WAITS, /* for a message to be withdrawn; then for a clerk */
};

struct door_client {
	struct door_attempt
	    way; /* DOOR_CONVERT: its message's; first, see attempt_owner */
	TAILQ_ENTRY(door_client) link;
	struct door *door;
	struct event *readable;
	int socket; /* -1: it is gone, but a worker has its message */
	enum door_state state;
	/* Called when it is let go, to end what it has begun; NULL: nothing. */
	void (*leave)(struct door_client *);
	struct attempt *attempt;
	int upload;        /* DOOR_UPLOADING: the file, for reading; -1 */
	uint64_t uploaded; /* its bytes at the last look */
	unsigned looks;    /* how often it was looked at */
	char *name, *to;   /* DOOR_CONVERT */
	int report;        /* of its end, as a file in memory; -1 */
	uint64_t report_bytes;
	void (*kept)(struct door_client *, const char *letter); /* DOOR_KEEPS */
	pid_t clerk;                  /* or keeper; 0: none, or reaped */
	int complaints;               /* DOOR_CLERK: a file with its standard error; -1 */
	struct door_waiting *waiting; /* DOOR_WAITS */
	uint64_t missed;              /* DOOR_FOLLOWS */
};

struct door {
	struct door_with with;
	struct results *files;
	struct attempt_queue *queue;
	int listening;
	struct event *acceptable, *again; /* again: after a pause */
	TAILQ_HEAD(door_clients, door_client) clients;
	unsigned count, clerks, followers;
	unsigned upload_silent_ms; /* without a byte more, an upload ends; for tests */
	unsigned upload_looks;     /* and after so many of these times; for tests */
	bool draining;
};

/* door_client.c */
unsigned door_in_state(const struct door *, enum door_state);
/* Let it go; its message, too, unless a worker has it. */
void door_client_end(struct door_client *);
/* A client that does not read is let go: nobody waits for it. */
bool door_tell(
    struct door_client *, const Bulkhead__Door__Answer *, const int *fds, size_t);
bool door_tell_trouble(struct door_client *, const char *text);
/* Whoever has something to do keeps its place: while they are at their most, nobody is
 * accepted. */
bool door_is_full(const struct door *);
void door_listen_again(struct door *);

/* Each false: let it go. They have told why, where there is something to tell. */
/* door_convert.c; fd is taken over. */
bool door_upload(struct door_client *);
bool door_convert(struct door_client *, const Bulkhead__Door__Convert *, int fd);
struct attempt_queue *door_convert_queue(struct attempts *);
/* door_keep.c. False: there is nothing to keep, or not for this client; else kept comes,
 * with the dead letter's file or NULL, and lets it go. */
bool door_keep(
    struct door_client *, void (*kept)(struct door_client *, const char *letter));
void door_keep_reaped(struct door_client *, int wait_status); /* its keeper */
void door_keep_late(struct door_client *);
/* door_clerk.c; fd is taken over. */
bool door_clerk(struct door_client *, const Bulkhead__Door__Clerk *, int fd);
#define DOOR_NOT_IN_HAND "no such message is in hand"
bool door_reaped(void *door, pid_t, int wait_status, const struct rusage *);
/* door_follow.c */
bool door_follow(struct door_client *);
void door_follow_line(void *door, const char *line, size_t n);

#endif
