/* SPDX-License-Identifier: ISC */
#include "door/door_call.h"

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ONCE_MS = 10 * 1000 }; /* for an answer that costs the service nothing */

struct door_call {
	struct door_call_with with;
	struct event *readable;
	int socket;
};

static void door_close(int fds[DOOR_FILES])
{
	for (int i = 0; i < DOOR_FILES; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
}

static void door_call_readable(evutil_socket_t fd, short what, void *arg)
{
	struct door_call *c = arg;
	Bulkhead__Door__Answer *a = NULL;
	int fds[DOOR_FILES];
	int got = door_receive_answer(fd, &a, fds);

	(void)what;
	if (got == 1) {
		c->with.answer(c->with.arg, a, fds); /* c may be no more */
		bulkhead__door__answer__free_unpacked(a, NULL);
		door_close(fds);
	} else if (got == 0 || errno != EAGAIN) {
		c->with.gone(c->with.arg);
	}
}

struct door_call *door_call(
    struct event_base *base, int folder, const struct door_call_with *with)
{
	struct door_call *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->with = *with;
	c->socket = door_connect_now(folder);
	if (c->socket != -1)
		c->readable = event_new(
		    base, c->socket, EV_READ | EV_PERSIST, door_call_readable, c);
	if (c->readable && event_add(c->readable, NULL) == 0)
		return c;
	int saved = errno;
	door_call_end(c);
	errno = saved;
	return NULL;
}

void door_call_end(struct door_call *c)
{
	if (!c)
		return;
	if (c->readable)
		event_free(c->readable);
	if (c->socket != -1)
		(void)close(c->socket);
	free(c);
}

bool door_call_ask(struct door_call *c, Bulkhead__Door__Request *r, int fd)
{
	return door_send_request(c->socket, r, fd);
}

/* In reason, for people. */
static void door_say(char reason[256], const char *text, int error)
{
	if (error)
		(void)snprintf(reason, 256, "%s: %s", text, strerror(error));
	else
		(void)snprintf(reason, 256, "%s", text);
}

static Bulkhead__Door__Answer *door_wait_answer(
    int socket, int fds[DOOR_FILES], char reason[256])
{
	struct pollfd p = { .fd = socket, .events = POLLIN };
	Bulkhead__Door__Answer *a = NULL;
	int got;

	do
		got = poll(&p, 1, ONCE_MS);
	while (got == -1 && errno == EINTR);
	if (got == 0) {
		door_say(reason, "the service does not answer", 0);
		return NULL;
	}
	got = door_receive_answer(socket, &a, fds);
	if (got == 0)
		door_say(reason, "the service closed the connection", 0);
	else if (got == -1)
		door_say(reason, "the service's answer", errno);
	return a;
}

Bulkhead__Door__Answer *door_ask_once(int folder, Bulkhead__Door__Request *r,
    Bulkhead__Door__Answer__KindCase kind, int fds[DOOR_FILES], char reason[256])
{
	Bulkhead__Door__Answer *a = NULL;
	int socket = door_connect(folder, ONCE_MS);

	for (int i = 0; i < DOOR_FILES; i++)
		fds[i] = -1;
	if (socket == -1) {
		door_say(reason,
		    errno == ENOENT || errno == ECONNREFUSED
			? "no service runs on this spool"
			: "the service's door",
		    errno == ENOENT || errno == ECONNREFUSED ? 0 : errno);
		return NULL;
	}
	if (!door_send_request(socket, r, -1))
		door_say(reason, "the service's door", errno);
	else
		a = door_wait_answer(socket, fds, reason);
	(void)close(socket);
	if (a && a->kind_case != kind) {
		door_say(reason,
		    a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_TROUBLE &&
			    a->trouble->text
			? a->trouble->text
			: "the service is of another version and does not know this",
		    0);
		bulkhead__door__answer__free_unpacked(a, NULL);
		door_close(fds);
		a = NULL;
	}
	return a;
}
