/* SPDX-License-Identifier: ISC */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;

/*
 * A small HTTP/1.1 server on sockets that already listen: libmicrohttpd does the syntax,
 * libevent the waiting, in one thread. This module adds what the library leaves to its
 * user: which requests may come in at all (token, Host, Origin, rate), a deadline for
 * each header, a least rate for each body and each answer, and calls that are answered
 * later.
 *
 * A call is one request. Its route's functions are called in the order of the struct; one
 * of them, or whoever waits for something on its behalf, answers it once.
 */
struct http;
struct http_call;

enum http_flags {
	HTTP_OPEN = 1,    /* anybody may ask: for probes of orchestrators */
	HTTP_CHANGES = 2, /* it changes the service: over TCP only with the token */
};

struct http_route {
	const char *method, *path; /* a segment "*" is any one (http_segment) */
	unsigned flags;
	/* The header is whole. It may be answered, or wait (http_wait), before any byte
	 * of the body is read. */
	void (*head)(struct http_call *);
	/* A piece of the body. NULL: what comes is not looked at. False: no more of it;
	 * the connection is closed. */
	bool (*body)(struct http_call *, const void *, size_t);
	/* The body is whole. NULL: head has answered. */
	void (*whole)(struct http_call *);
	/* It was answered, or its client went away: free what http_set_own keeps. NULL:
	 * nothing is kept. */
	void (*gone)(struct http_call *);
};

struct http_settings {
	const struct http_route *routes; /* the last one has no method */
	void *arg;                       /* http_arg */
	const char *token;               /* NULL: there is none */
	const char *hosts; /* names beside loopback's, separated by blanks; NULL */
	uint64_t body_max; /* bytes */
	unsigned connections;
	unsigned rate; /* requests a second from one address over TCP; 0: any */
	/* A route that is not there: count it. NULL is fine. */
	void (*counted)(void *arg, const struct http_route *, unsigned status);
};

/* NULL: errno. settings is kept. */
struct http *http_new(struct event_base *, const struct http_settings *);
void http_free(struct http *); /* NULL is fine */

/* Serve this listening socket. local: a Unix socket, whose mode says who may. False:
 * errno. */
bool http_listen(struct http *, int socket, bool local)
    __attribute__((warn_unused_result));

/* Take no new connections; those that are stay until they are answered. */
void http_drain(struct http *);
unsigned http_calls(const struct http *);

/* --- of one call --- */

void *http_arg(const struct http_call *);
void *http_own(const struct http_call *);
void http_set_own(struct http_call *, void *);
const char *http_segment(
    const struct http_call *, unsigned n); /* the n-th "*"; or NULL */
const char *http_query(const struct http_call *, const char *name); /* NULL: not given */
/* Each of them; without a value it is "". */
void http_each_query(const struct http_call *,
    void (*each)(void *arg, const char *name, const char *value), void *arg);
const char *http_header(const struct http_call *, const char *name); /* NULL: not given */
const char *http_method(const struct http_call *);
/* Content-Length; false: the body comes in chunks, or there is none. */
bool http_length(const struct http_call *, uint64_t *);

/* A parser of the call's form, which is fed by its body function (libmicrohttpd's). NULL:
 * it is no form. */
struct MHD_PostProcessor *http_form(
    struct http_call *, size_t size, MHD_PostDataIterator, void *arg);

/* As if its route had HTTP_CHANGES. False: it may not, and was answered. */
bool http_admits_change(struct http_call *);

/* Nothing of it goes on until http_go; its client may go away meanwhile (gone is called).
 */
void http_wait(struct http_call *);
void http_go(struct http_call *);

enum { HTTP_FIELDS = 8 };
struct http_answer {
	unsigned status;
	const char *type;  /* of the content */
	const char *bytes; /* copied; NULL: none, or fd */
	size_t n;
	int fd; /* -1: none. Taken over: a regular file of size bytes */
	uint64_t size;
	struct {
		const char *name, *value;
	} fields[HTTP_FIELDS]; /* copied; the first without a name ends them */
};

/* Once. A waiting call goes on. */
void http_reply(struct http_call *, const struct http_answer *);
/* The value is taken over. */
void http_json(struct http_call *, unsigned status, json_t *);
/* RFC 9457: application/problem+json; more: further members, taken over, or NULL. */
void http_problem(struct http_call *, unsigned status, const char *title,
    const char *detail, json_t *more);

/* Bytes that come until end (http_stream_end), or until the client goes away. The call is
 * answered by it. False: the client does not read; what was said is lost. */
void http_stream(struct http_call *, const char *type);
bool http_stream_say(struct http_call *, const char *bytes, size_t n);
void http_stream_end(struct http_call *);
/* It cannot be gone on with: the client must see that what it has is not all. */
void http_stream_cut(struct http_call *);
/* Called whenever all that was said is on its way. Such a stream has an end and is to be
 * read at a least rate. */
void http_stream_on_sent(struct http_call *, void (*sent)(void *arg), void *arg);

#endif
