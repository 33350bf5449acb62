/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "gateway/http_private.h"

/* Let the library look at once, not from within its own callback. */
static void http_wake(struct http_call *c)
{
	event_active(c->link->listener->timer, EV_TIMEOUT, 0);
}

static int link_socket(const struct link *l)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(l->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

void http_link_cut(const struct link *l)
{
	int fd = link_socket(l);

	if (fd != -1)
		(void)shutdown(fd, SHUT_RDWR);
	if (l->call)
		l->call->cut = true;
	if (l->call && l->call->waiting && !l->call->response)
		http_go(l->call);
}

/* libevent tells a reset as readable (2.1.12), as it does what comes of a next request.
 */
static bool link_is_closed(const struct link *l, short what)
{
	struct pollfd p = { .fd = link_socket(l), .events = POLLRDHUP };

	return what & EV_CLOSED ||
	       (poll(&p, 1, 0) == 1 && p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static void on_closed(evutil_socket_t fd, short what, void *arg)
{
	struct http_call *c = arg;

	(void)fd;
	if (!link_is_closed(c->link, what))
		return;
	http_link_cut(c->link);
	http_go(c);
}

void http_wait(struct http_call *c)
{
	if (c->waiting || (c->response && !c->streaming))
		return;
	c->waiting = true;
	MHD_suspend_connection(c->link->connection);
	if (!c->closed)
		c->closed = event_new(c->http->base, link_socket(c->link),
		    EV_READ | EV_CLOSED | EV_ET | EV_PERSIST, on_closed, c);
	if (c->closed)
		(void)event_add(c->closed, NULL);
}

void http_go(struct http_call *c)
{
	if (!c->waiting)
		return;
	c->waiting = false;
	if (c->closed)
		(void)event_del(c->closed);
	c->link->since = clock_ms();
	c->link->moved = 0;
	MHD_resume_connection(c->link->connection);
	http_wake(c);
}
