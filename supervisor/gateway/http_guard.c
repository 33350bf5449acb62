/* SPDX-License-Identifier: ISC */
#include "gateway/http_guard.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/loopback.h"
#include "gateway/http.h"

/* Requests of an address: a bucket that fills at http.rate a second. Two addresses may
 * share one; then they share the rate. */
enum { BUCKETS = 1024, BURST_S = 2 };
struct bucket {
	uint64_t at;   /* when it was looked at last */
	uint64_t left; /* thousandths of a request */
};

struct http_guard {
	const struct http_settings *settings;
	struct bucket buckets[BUCKETS];
};

struct http_guard *http_guard_new(const struct http_settings *settings)
{
	struct http_guard *g = calloc(1, sizeof *g);

	if (g)
		g->settings = settings;
	return g;
}

void http_guard_free(struct http_guard *g)
{
	free(g);
}

/* FNV-1a over the address, of IPv6 its network's 64 bits: who has one has them all. */
static size_t bucket_of(const struct sockaddr *a)
{
	const unsigned char *p = NULL;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	size_t n = 0;
	uint32_t hash = 2166136261U;

	if (a && a->sa_family == AF_INET) {
		memcpy(&in, a, sizeof in);
		p = (const unsigned char *)&in.sin_addr;
		n = sizeof in.sin_addr;
	} else if (a && a->sa_family == AF_INET6) {
		memcpy(&in6, a, sizeof in6);
		p = in6.sin6_addr.s6_addr;
		n = 8;
	}
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ p[i]) * 16777619U;
	return hash % BUCKETS;
}

static bool is_within_rate(struct http_guard *g, const struct sockaddr *peer)
{
	uint64_t rate = g->settings->rate, full = rate * BURST_S * 1000, now = clock_ms();
	struct bucket *b = &g->buckets[bucket_of(peer)];

	if (rate == 0)
		return true;
	b->left = b->at ? b->left + (now - b->at) * rate : full;
	if (b->left > full)
		b->left = full;
	b->at = now;
	if (b->left < 1000)
		return false;
	b->left -= 1000;
	return true;
}

/* As long for a wrong one as for the right one. */
static bool has_token(const struct http_guard *g, const char *authorization)
{
	static const char scheme[] = "Bearer ";
	const char *want = g->settings->token;
	unsigned char differ = 0;

	if (!want || !*want || !authorization ||
	    strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
		return false;
	const char *got = authorization + sizeof scheme - 1;
	size_t n = strlen(got), length = strlen(want);
	for (size_t i = 0; i < length; i++)
		differ |= (unsigned char)(want[i] ^ (i < n ? got[i] : 0));
	return differ == 0 && n == length;
}

static bool is_listed(const char *list, const char *name, size_t n)
{
	while (list && *list) {
		size_t one = strcspn(list, " ,");
		if (one == n && one > 0 && strncasecmp(list, name, n) == 0)
			return true;
		list += one + (list[one] != '\0');
	}
	return false;
}

static const char loopback[] = "localhost 127.0.0.1 [::1]";

/* A name or an address without its port: "[::1]:8025", "localhost:8025". */
static bool is_host_of(const char *list, const char *host)
{
	size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");

	return is_listed(list, host, n);
}

static bool is_our_host(const struct http_guard *g, const char *host)
{
	return is_host_of(loopback, host) || is_host_of(g->settings->hosts, host);
}

/* From this machine, and for it: what a proxy here passes on comes from anywhere. */
static bool is_near(const struct http_asked *a)
{
	return loopback_has(a->peer) && !a->forwarded && is_host_of(loopback, a->host);
}

/* "http://localhost:8025" and the Host "localhost:8025". */
static bool is_our_origin(const char *origin, const char *host)
{
	const char *at = strstr(origin, "://");

	return at && host && strcasecmp(at + 3, host) == 0;
}

static bool is_form(const char *type)
{
	static const char *const forms[] = { "application/x-www-form-urlencoded",
		"multipart/form-data", "text/plain" };

	for (size_t i = 0; type && i < sizeof forms / sizeof forms[0]; i++)
		if (strncasecmp(type, forms[i], strlen(forms[i])) == 0)
			return true;
	return false;
}

const struct http_refusal *http_guard_refuses(
    struct http_guard *g, const struct http_asked *a)
{
	static const struct http_refusal too_many = { 429, "Too Many Requests",
		"this address asks more often than http.rate allows" };

	if (!a->local && !is_within_rate(g, a->peer))
		return &too_many;
	return http_guard_forbids(g, a);
}

const struct http_refusal *http_guard_forbids(
    const struct http_guard *g, const struct http_asked *a)
{
	static const struct http_refusal
	    host = { 421, "Misdirected Request", "the Host is not one of http.hosts" },
	    origin = { 403, "Forbidden", "the Origin is another site's" },
	    token = { 401, "Unauthorized",
		    "the token of http.token_file is needed: "
		    "Authorization: Bearer TOKEN" },
	    none = { 403, "Forbidden",
		    "changes, and what comes by a proxy, need a token over TCP: set "
		    "http.token_file, or use the Unix socket" },
	    form = { 415, "Unsupported Media Type", "changes are not taken from forms" };
	if (a->changes && is_form(a->content_type))
		return &form;
	if (a->local || a->open)
		return NULL;
	if (!a->host || (!is_our_host(g, a->host) && !has_token(g, a->authorization)))
		return &host;
	if (a->origin && !is_our_origin(a->origin, a->host))
		return &origin;
	if ((!a->changes && is_near(a)) || has_token(g, a->authorization))
		return NULL;
	return g->settings->token ? &token : &none;
}
