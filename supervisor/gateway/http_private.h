/* SPDX-License-Identifier: ISC */
#ifndef HTTP_PRIVATE_H
#define HTTP_PRIVATE_H

#include <sys/queue.h>

#include "gateway/http.h"

/* The server's inside: http_link.c has the waiting and the end of a connection,
 * http_answer.c what is sent, http.c calls and the server. Each needs those before it. */
enum { LISTENERS = 2, SEGMENTS = 2, SEGMENT_SIZE = 256 };

struct listener {
	struct http *http;
	struct MHD_Daemon *daemon;
	struct event *readable, *timer;
	unsigned links;    /* its connections */
	bool local, freed; /* one has ended in this run */
};

struct http {
	struct event_base *base;
	const struct http_settings *settings;
	struct listener listeners[LISTENERS];
	unsigned count, calls;
	struct http_guard *guard;
	struct event *tick;
	TAILQ_HEAD(, link) links;
	bool draining;
};

/* One connection. */
struct link {
	TAILQ_ENTRY(link) entry;
	struct listener *listener;
	struct MHD_Connection *connection;
	struct http_call *call; /* NULL: between two requests */
	uint64_t since;         /* of the state it is in: clock_ms */
	uint64_t moved;         /* bytes of the body or the answer since then */
};

struct stream {
	char *bytes;
	size_t used, start;
	bool over;
	void (*sent)(void *arg); /* NULL: nobody wants to know */
	void *arg;
};

struct http_call {
	struct http *http;
	struct link *link;
	const struct http_route *route; /* NULL: answered without one */
	void *own;
	char segments[SEGMENTS][SEGMENT_SIZE];
	char method[16];
	struct MHD_Response *response;
	unsigned status;
	bool queued;  /* the response is MHD's now */
	bool headed;  /* head was called */
	bool again;   /* it waited in head: the library calls for the header once more */
	bool waiting; /* suspended */
	bool cut;     /* its client is gone, or was sent away */
	bool streaming;
	struct stream stream;
	uint64_t body;
	struct event *closed; /* while it waits: the library does not look then */
};

/* The library sees the end of the connection and tells us. */
void http_link_cut(const struct link *);

/* http_answer.c: give the answer, once there is one, to the library, in its callback. */
void http_answer_queue(struct http_call *);
/* Its path has only these methods; asks: that is what it wants to know. */
void http_wrong_method(struct http_call *, bool asks, const char *allow);

#endif
