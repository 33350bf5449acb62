/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/timer.h"
#include "filter/filter_attempt.h"
#include "filter/filter_wire.h"
#include "log/log.h"
#include "service/source.h"

/*
 * Messages of bulkhead filter, which come by a socket in the spool. They go to the same
 * workers as the spool's, but leave no trace in it: the client has the message, writes
 * the result where it belongs and buries what failed. So when this service ends, nothing
 * is lost: the client sees it and goes on by itself.
 */
enum {
	CLIENTS_MAX = 128, /* more wait to be accepted */
	REQUEST_MS = 5000, /* to say what is wanted */
	PAUSE_MS = 1000,   /* when none can be accepted (no more descriptors) */
};

struct client {
	struct filter_attempt way; /* its message's */
	TAILQ_ENTRY(client) link;
	struct filter *filter;
	struct event *readable;
	int socket;              /* -1: it is gone, but a worker has its message */
	struct attempt *attempt; /* NULL: it has not asked yet, or was answered */
};

struct filter {
	struct source_with with;
	struct results *room;
	struct attempt_queue *queue;
	int listening;
	struct event *acceptable, *again; /* again: after a pause */
	TAILQ_HEAD(, client) clients;
	unsigned count;
};

/* Their number is bounded: while there is no room, nobody is accepted. */
static void listen_again(struct filter *f)
{
	if (f->acceptable && f->count < CLIENTS_MAX)
		(void)event_add(f->acceptable, NULL);
}

/* The client is gone; its message, too, unless a worker has it. */
static void client_end(struct client *c)
{
	struct filter *f = c->filter;

	if (c->socket != -1) {
		event_free(c->readable);
		(void)close(c->socket);
		c->socket = -1;
	}
	if (c->attempt && !attempt_cancel(c->attempt))
		return;
	TAILQ_REMOVE(&f->clients, c, link);
	f->count--;
	if (c->way.input != -1)
		(void)close(c->way.input);
	filter_attempt_clear(&c->way);
	free(c);
	listen_again(f);
}

/* --- answers --- */

static bool filter_source_answer(struct client *c, struct filter_answer *a, int fd)
{
	a->magic = FILTER_MAGIC;
	a->size = sizeof *a;
	return filter_send(c->socket, a, sizeof *a, fd);
}

/* A client that does not read is seen to when its message's way ends. */
static void filter_source_begun(void *arg)
{
	struct filter_answer a = { .say = FILTER_BEGUN };

	(void)filter_source_answer(arg, &a, -1);
}

/* The dead letter's report as a file in memory. -1: none is due, or errno. */
static int report_file(const struct client *c, uint64_t *n)
{
	size_t length = 0;
	char *text = filter_attempt_report(&c->way, &length);
	int fd = text ? memfd_create("report", MFD_CLOEXEC) : -1;

	if (fd != -1 && write(fd, text, length) != (ssize_t)length) {
		(void)close(fd);
		fd = -1;
	}
	free(text);
	*n = length;
	return fd;
}

static void filter_source_ended(void *arg, int *output)
{
	struct client *c = arg;
	const struct outcome *o = &c->way.outcome;
	struct filter_answer a = { .say = FILTER_TROUBLE,
		.verdict = o->verdict,
		.id = c->way.claim.id,
		.note = { o->note_count[0], o->note_count[1], o->note_count[2] } };
	int report = -1;

	c->attempt = NULL;
	filter_attempt_log(&c->way, c->socket == -1 ? "nobody waits" : "filter");
	if (o->reason)
		(void)snprintf(a.reason, sizeof a.reason, "%s", o->reason);
	if (o->trouble == TROUBLE_LATE) {
		a.say = FILTER_LATE;
	} else if (verdict_row(o->verdict)->good) {
		a.say = FILTER_GOOD;
		a.bytes = o->output_size;
	} else {
		report = report_file(c, &a.bytes);
		if (report != -1)
			a.say = FILTER_BAD;
	}
	if (c->socket != -1)
		(void)filter_source_answer(
		    c, &a, a.say == FILTER_GOOD ? *output : report);
	if (report != -1)
		(void)close(report);
	client_end(c);
}

/* --- requests --- */

/* False: the client is to be let go. */
static bool take_request(struct client *c)
{
	const struct filter *f = c->filter;
	struct filter_request r;
	uint64_t size;
	int fd;

	if (filter_receive(c->socket, &r, sizeof r, &fd) != 1)
		return false;
	if (r.magic != FILTER_MAGIC || r.size != sizeof r || fd == -1 ||
	    !filter_is_input(fd, &size)) {
		if (fd != -1)
			(void)close(fd);
		return false;
	}
	filter_attempt_begin(&c->way, f->with.config, f->room, fd, size);
	c->attempt =
	    attempt_add(f->queue, ATTEMPT_NEW, &c->way.claim, &c->way.outcome, c);
	return c->attempt && event_add(c->readable, NULL) == 0;
}

/* Its one request; whatever comes after it, the end above all, is the end. */
static void on_client(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	if (c->attempt || !(what & EV_READ) || !take_request(c))
		client_end(c);
}

static void client_new(struct filter *f, int socket)
{
	const struct timeval patience = timer_value(REQUEST_MS);
	struct client *c = calloc(1, sizeof *c);
	uid_t user = 0;

	if (!c || !filter_peer(socket, &user) || (user != 0 && user != geteuid()))
		goto failed;
	c->readable = event_new(f->with.base, socket, EV_READ, on_client, c);
	if (!c->readable || event_add(c->readable, &patience) == -1)
		goto failed;
	c->filter = f;
	c->socket = socket;
	c->way.input = -1;
	TAILQ_INSERT_TAIL(&f->clients, c, link);
	f->count++;
	return;
failed:
	if (c && c->readable)
		event_free(c->readable);
	free(c);
	(void)close(socket);
}

static void on_connection(evutil_socket_t fd, short what, void *arg)
{
	struct filter *f = arg;

	(void)what;
	int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (client != -1)
		client_new(f, client);
	if (client == -1 && errno != EAGAIN && errno != ECONNABORTED)
		timer_start(f->again, PAUSE_MS);
	else
		listen_again(f);
}

static void filter_source_on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	listen_again(arg);
}

/* --- the source --- */

static void stop_listening(struct filter *f)
{
	if (f->acceptable)
		event_free(f->acceptable);
	f->acceptable = NULL;
	if (f->listening != -1) {
		(void)unlinkat(spool_root(f->with.spool), FILTER_SOCKET, 0);
		(void)close(f->listening);
	}
	f->listening = -1;
}

static void filter_close(void *arg)
{
	struct filter *f = arg;
	struct client *c, *next;

	stop_listening(f);
	if (f->again)
		event_free(f->again);
	for (c = TAILQ_FIRST(&f->clients); c; c = next) {
		next = TAILQ_NEXT(c, link);
		c->attempt = NULL; /* the engine is no more */
		client_end(c);
	}
	results_close(f->room);
	free(f);
}

static void *filter_open(const struct source_with *with)
{
	static const struct attempt_owner owner = { FILTER_ATTEMPT_OWNER,
		.begun = filter_source_begun, .ended = filter_source_ended };
	struct filter *f = calloc(1, sizeof *f);

	if (!f)
		goto failed;
	TAILQ_INIT(&f->clients);
	f->with = *with;
	f->listening = -1;
	f->room = results_open(spool_tmp(with->spool));
	if (!f->room)
		goto failed;
	f->queue = attempts_queue(with->attempts, &owner);
	if (!f->queue)
		goto failed;
	f->listening = filter_listen(spool_root(with->spool));
	if (f->listening == -1)
		goto failed;
	f->acceptable = event_new(with->base, f->listening, EV_READ, on_connection, f);
	f->again = evtimer_new(with->base, filter_source_on_again, f);
	if (!f->acceptable || !f->again || event_add(f->acceptable, NULL) == -1)
		goto failed;
	return f;
failed:
	log_event(EVENT_SPOOL_TROUBLE, LOG_S("file", FILTER_SOCKET), LOG_E(errno),
	    LOG_S("next", "goes on without it"));
	if (f)
		filter_close(f);
	return NULL;
}

static void filter_drain(void *arg)
{
	struct filter *f = arg;
	struct client *c, *next;

	stop_listening(f);
	for (c = TAILQ_FIRST(&f->clients); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (!c->attempt)
			client_end(c);
	}
	attempt_queue_drain(f->queue);
}

const struct source_kind source_filter = {
	.name = "filter",
	.open = filter_open,
	.close = filter_close,
	.drain = filter_drain,
};
