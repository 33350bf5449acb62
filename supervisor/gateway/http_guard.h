/* SPDX-License-Identifier: ISC */
#ifndef GATEWAY_HTTP_GUARD_H
#define GATEWAY_HTTP_GUARD_H

#include <stdbool.h>

struct http_settings;
struct sockaddr;

/*
 * Who may ask what. A Unix socket's mode has decided already. Over TCP from this machine
 * reading is free, over TCP from elsewhere, or by a proxy, it takes the token, and
 * whatever changes the service takes it always. A page of another site must not use
 * somebody's browser for it: the Host must be ours, an Origin must be that Host, and
 * changes are not taken from forms (whose content types a browser sends without asking).
 */
struct http_guard;

struct http_guard *http_guard_new(const struct http_settings *); /* NULL: no memory */
void http_guard_free(struct http_guard *);                       /* NULL is fine */

struct http_asked {
	bool local, open, changes;
	bool forwarded;              /* a proxy says that it passes it on */
	const struct sockaddr *peer; /* NULL: not known */
	const char *host, *origin, *authorization, *content_type; /* NULL: not sent */
};

struct http_refusal {
	unsigned status;
	const char *title, *detail;
};

/* NULL: it may come in. Static. */
const struct http_refusal *http_guard_refuses(
    struct http_guard *, const struct http_asked *);

/* The same without a look at how often it asks: what else it wants. */
const struct http_refusal *http_guard_forbids(
    const struct http_guard *, const struct http_asked *);

#endif
