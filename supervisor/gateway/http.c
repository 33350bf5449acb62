/* SPDX-License-Identifier: ISC */
#include "gateway/http_private.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timer.h"
#include "gateway/http_guard.h"

enum {
	MEMORY = 64 * 1024, /* of one connection: bounds its header */
	IDLE_S = 30,        /* a connection that says nothing */
	HEADER_MS = 10 * 1000,
	SLOW_AFTER_MS = 20 * 1000, /* from then on a least rate is asked for */
	SLOW_BYTES_A_S = 2 * 1024,
	TICK_MS = 1000,
	ALLOW_SIZE = 64, /* the methods of a path */
};

/* --- running the library --- */

/* After each run: it has timeouts of its own to see to. */
static void http_arm(struct listener *l)
{
	MHD_UNSIGNED_LONG_LONG ms = 0;

	/* With a place free again it accepts in its next run only, which nothing else may
	 * cause. */
	if (l->freed || MHD_get_timeout(l->daemon, &ms) == MHD_YES)
		timer_start(l->timer, ms);
	l->freed = false;
}

static void http_run(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	(void)fd;
	(void)what;
	(void)MHD_run(l->daemon);
	http_arm(l);
}

/* --- connections --- */

/* Whoever holds the last places without having asked for anything makes room: no number
 * of silent connections keeps out one that speaks. */
static void link_make_room(struct listener *l, const struct link *but)
{
	struct link *one, *oldest = NULL;

	if (l->links < l->http->settings->connections)
		return;
	TAILQ_FOREACH (one, &l->http->links, entry)
		if (one->listener == l && one != but && !one->call &&
		    (!oldest || one->since < oldest->since))
			oldest = one;
	if (oldest)
		http_link_cut(oldest);
}

static void on_link(void *arg, struct MHD_Connection *connection, void **own,
    enum MHD_ConnectionNotificationCode code)
{
	struct listener *l = arg;
	struct link *link = *own;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (link) {
			TAILQ_REMOVE(&l->http->links, link, entry);
			l->links--;
			free(link);
		}
		*own = NULL;
		l->freed = true;
		return;
	}
	link = calloc(1, sizeof *link);
	*own = link;
	if (!link)
		return;
	link->listener = l;
	link->connection = connection;
	link->since = clock_ms();
	TAILQ_INSERT_TAIL(&l->http->links, link, entry);
	l->links++;
	link_make_room(l, link);
}

/* Too slow? A header has its time; a body and an answer have a least rate. */
static bool link_is_late(const struct link *l, uint64_t now)
{
	uint64_t age = now - l->since;

	if (!l->call)
		return age > HEADER_MS + IDLE_S * 1000;
	if (l->call->waiting || (l->call->streaming && !l->call->stream.sent))
		return false;
	if (!l->call->headed)
		return age > HEADER_MS;
	return age > SLOW_AFTER_MS &&
	       l->moved < (age - SLOW_AFTER_MS) / 1000 * SLOW_BYTES_A_S;
}

static void http_on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;
	struct link *l, *next;
	uint64_t now = clock_ms();

	(void)fd;
	(void)what;
	for (l = TAILQ_FIRST(&h->links); l; l = next) {
		next = TAILQ_NEXT(l, entry);
		if (link_is_late(l, now))
			http_link_cut(l);
	}
}

/* --- calls --- */

static void on_completed(void *arg, struct MHD_Connection *connection, void **own,
    enum MHD_RequestTerminationCode code)
{
	struct http_call *c = *own;

	(void)arg;
	(void)connection;
	(void)code;
	if (!c)
		return;
	*own = NULL;
	if (c->route && c->route->gone)
		c->route->gone(c);
	if (c->closed)
		event_free(c->closed);
	if (c->response)
		MHD_destroy_response(c->response);
	c->link->call = NULL;
	c->link->since = clock_ms();
	c->http->calls--;
	free(c->stream.bytes);
	free(c);
}

/* Does the path have the pattern's form? What its "*" stand for is kept. */
static bool path_matches(struct http_call *c, const char *pattern, const char *path)
{
	unsigned stars = 0;

	while (*pattern && *path) {
		if (*pattern != '*') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		size_t n = strcspn(path, "/");
		if (n == 0 || n >= SEGMENT_SIZE || stars == SEGMENTS)
			return false;
		memcpy(c->segments[stars], path, n);
		c->segments[stars++][n] = '\0';
		pattern++;
		path += n;
	}
	return !*pattern && !*path;
}

/* NULL: allow has the methods by which the path is there; "": none. */
static const struct http_route *find_route(
    struct http_call *c, const char *method, const char *path, char allow[ALLOW_SIZE])
{
	size_t n = 0;

	allow[0] = '\0';
	for (const struct http_route *r = c->http->settings->routes; r->method; r++) {
		bool get = strcmp(r->method, "GET") == 0;
		if (!path_matches(c, r->path, path))
			continue;
		if (strcmp(r->method, method) == 0 ||
		    (strcmp(method, "HEAD") == 0 && get))
			return r;
		if (n < ALLOW_SIZE)
			n += (size_t)snprintf(allow + n, ALLOW_SIZE - n, "%s%s%s",
			    n > 0 ? ", " : "", r->method, get ? ", HEAD" : "");
	}
	return NULL;
}

static const struct sockaddr *call_peer(const struct http_call *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    c->link->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info ? info->client_addr : NULL;
}

static struct http_asked call_asked(const struct http_call *c)
{
	return (struct http_asked){ .local = c->link->listener->local,
		.open = c->route && c->route->flags & HTTP_OPEN,
		.changes = c->route && c->route->flags & HTTP_CHANGES,
		.forwarded = http_header(c, "X-Forwarded-For") ||
			     http_header(c, MHD_HTTP_HEADER_FORWARDED),
		.peer = call_peer(c),
		.host = http_header(c, "Host"),
		.origin = http_header(c, "Origin"),
		.authorization = http_header(c, "Authorization"),
		.content_type = http_header(c, "Content-Type") };
}

bool http_admits_change(struct http_call *c)
{
	struct http_asked asked = call_asked(c);

	asked.changes = true;
	/* Its content is a message, whatever type a client gives it; a form of another
	 * site's page has no token. */
	asked.content_type = NULL;
	const struct http_refusal *no = http_guard_forbids(c->http->guard, &asked);
	if (no)
		http_problem(c, no->status, no->title, no->detail, NULL);
	return !no;
}

static enum MHD_Result count_length(
    void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	unsigned *count = arg;

	(void)kind;
	(void)value;
	*count += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 ||
		  strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
	return MHD_YES;
}

/* Two lengths, or one beside chunks (RFC 9112, 6.3): the library takes one of them. A
 * proxy that takes the other one sees a second request in what is the body for us. */
static bool has_two_lengths(const struct http_call *c)
{
	unsigned count = 0;

	(void)MHD_get_connection_values(
	    c->link->connection, MHD_HEADER_KIND, count_length, &count);
	return count > 1;
}

/* Everything that can be said against it before its body is read. */
static bool is_admitted(struct http_call *c, const char *method, const char *path)
{
	const struct http_settings *s = c->http->settings;
	char allow[ALLOW_SIZE];
	uint64_t length;

	if (has_two_lengths(c)) {
		http_problem(c, 400, "Bad Request", "the length is said twice", NULL);
		return false;
	}
	c->route = find_route(c, method, path, allow);
	const struct http_asked asked = call_asked(c);
	const struct http_refusal *no = http_guard_refuses(c->http->guard, &asked);
	if (no) {
		c->route = NULL;
		http_problem(c, no->status, no->title, no->detail, NULL);
		return false;
	}
	if (!c->route && *allow) {
		http_wrong_method(c, strcmp(method, "OPTIONS") == 0, allow);
		return false;
	}
	if (!c->route) {
		http_problem(c, 404, "Not Found", NULL, NULL);
		return false;
	}
	if (c->route->body && http_length(c, &length) && length > s->body_max) {
		c->route = NULL;
		http_problem(c, 413, "Content Too Large",
		    "the body is larger than http.body allows", NULL);
		return false;
	}
	return true;
}

static struct http_call *call_new(
    struct listener *l, struct MHD_Connection *connection, const char *method)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct link *link = info ? info->socket_context : NULL;
	struct http_call *c = link ? calloc(1, sizeof *c) : NULL;

	if (!c)
		return NULL;
	c->http = l->http;
	c->link = link;
	(void)snprintf(c->method, sizeof c->method, "%s", method);
	link->call = c;
	link->since = clock_ms();
	link->moved = 0;
	l->http->calls++;
	return c;
}

/* The library closes the connection of who is answered before the whole request is read:
 * right for a long body, which is not to be sent then. Of a short one the client would
 * often miss the answer, so it is read to its end. */
static bool call_is_long(const struct http_call *c)
{
	uint64_t length = 0;

	return has_two_lengths(c) || http_header(c, MHD_HTTP_HEADER_TRANSFER_ENCODING) ||
	       http_header(c, MHD_HTTP_HEADER_EXPECT) ||
	       (http_header(c, MHD_HTTP_HEADER_CONTENT_LENGTH) &&
		   !(http_length(c, &length) && length <= MEMORY));
}

static void call_begin(struct http_call *c, const char *method, const char *path)
{
	if (is_admitted(c, method, path))
		c->route->head(c);
	c->headed = true;
	c->again = c->waiting;
}

static bool call_body(struct http_call *c, const char *bytes, size_t n)
{
	c->body += n;
	c->link->moved += n;
	if (c->response || !c->route || !c->route->body)
		return c->body <= MEMORY; /* nobody wants it */
	return c->body <= c->http->settings->body_max && c->route->body(c, bytes, n);
}

/* NOLINTNEXTLINE(readability-function-size): the library's form */
static enum MHD_Result on_access(void *arg, struct MHD_Connection *connection,
    const char *url, const char *method, const char *version, const char *bytes,
    size_t *n, void **own)
{
	struct listener *l = arg;
	struct http_call *c = *own;

	(void)version;
	if (!c) {
		c = call_new(l, connection, method);
		if (!c)
			return MHD_NO;
		*own = c;
		call_begin(c, method, url);
		if (call_is_long(c))
			http_answer_queue(c);
		return MHD_YES;
	}
	/* Before the library sees the end it may ask once more for an answer. */
	if (c->cut)
		return MHD_NO;
	if (*n > 0) {
		bool more = call_body(c, bytes, *n);
		*n = 0;
		return more ? MHD_YES : MHD_NO;
	}
	if (c->again) {
		c->again = false;
		if (!call_is_long(c))
			return MHD_YES;
	} else if (!c->response && c->route && c->route->whole && !c->waiting) {
		c->route->whole(c);
	}
	http_answer_queue(c);
	return MHD_YES;
}

void *http_arg(const struct http_call *c)
{
	return c->http->settings->arg;
}

void *http_own(const struct http_call *c)
{
	return c->own;
}

void http_set_own(struct http_call *c, void *own)
{
	c->own = own;
}

const char *http_segment(const struct http_call *c, unsigned n)
{
	return n < SEGMENTS && c->segments[n][0] ? c->segments[n] : NULL;
}

const char *http_query(const struct http_call *c, const char *name)
{
	return MHD_lookup_connection_value(
	    c->link->connection, MHD_GET_ARGUMENT_KIND, name);
}

struct query_each {
	void (*each)(void *arg, const char *name, const char *value);
	void *arg;
};

static enum MHD_Result query_one(
    void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	const struct query_each *q = arg;

	(void)kind;
	q->each(q->arg, name, value ? value : "");
	return MHD_YES;
}

void http_each_query(const struct http_call *c,
    void (*each)(void *arg, const char *name, const char *value), void *arg)
{
	struct query_each q = { each, arg };

	(void)MHD_get_connection_values(
	    c->link->connection, MHD_GET_ARGUMENT_KIND, query_one, &q);
}

const char *http_header(const struct http_call *c, const char *name)
{
	return MHD_lookup_connection_value(c->link->connection, MHD_HEADER_KIND, name);
}

const char *http_method(const struct http_call *c)
{
	return c->method;
}

bool http_length(const struct http_call *c, uint64_t *length)
{
	const char *text = http_header(c, "Content-Length");
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*length = strtoull(text, &end, 10);
	return !*end && errno == 0;
}

struct MHD_PostProcessor *http_form(
    struct http_call *c, size_t size, MHD_PostDataIterator take, void *arg)
{
	return MHD_create_post_processor(c->link->connection, size, take, arg);
}

/* --- the server --- */

struct http *http_new(struct event_base *base, const struct http_settings *settings)
{
	const struct timeval every = timer_value(TICK_MS);
	struct http *h = calloc(1, sizeof *h);

	if (!h)
		return NULL;
	h->base = base;
	h->settings = settings;
	TAILQ_INIT(&h->links);
	h->guard = http_guard_new(settings);
	h->tick = event_new(base, -1, EV_PERSIST, http_on_tick, h);
	if (h->guard && h->tick && event_add(h->tick, &every) == 0)
		return h;
	http_free(h);
	return NULL;
}

static void listener_end(struct listener *l)
{
	if (l->readable)
		event_free(l->readable);
	if (l->timer)
		event_free(l->timer);
	if (l->daemon)
		MHD_stop_daemon(l->daemon);
}

void http_free(struct http *h)
{
	if (!h)
		return;
	struct link *l;
	TAILQ_FOREACH (l, &h->links, entry)
		if (l->call && l->call->waiting)
			http_link_cut(l);
	for (unsigned i = 0; i < h->count; i++)
		listener_end(&h->listeners[i]);
	http_guard_free(h->guard);
	if (h->tick)
		event_free(h->tick);
	free(h);
}

bool http_listen(struct http *h, int socket, bool local)
{
	struct listener *l = &h->listeners[h->count];
	const union MHD_DaemonInfo *info;

	assert(h->count < LISTENERS);
	*l = (struct listener){ .http = h, .local = local };
	l->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
	    NULL, on_access, l, MHD_OPTION_LISTEN_SOCKET, socket,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
	    MHD_OPTION_CONNECTION_LIMIT, h->settings->connections,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_NOTIFY_COMPLETED,
	    on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_link, l,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	info =
	    l->daemon ? MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (info) {
		l->readable =
		    event_new(h->base, info->epoll_fd, EV_READ | EV_PERSIST, http_run, l);
		l->timer = evtimer_new(h->base, http_run, l);
	}
	if (!l->readable || !l->timer || event_add(l->readable, NULL) == -1) {
		listener_end(l);
		return false;
	}
	h->count++;
	http_arm(l);
	return true;
}

void http_drain(struct http *h)
{
	h->draining = true;
	for (unsigned i = 0; i < h->count; i++)
		(void)MHD_quiesce_daemon(h->listeners[i].daemon);
}

unsigned http_calls(const struct http *h)
{
	return h->calls;
}
