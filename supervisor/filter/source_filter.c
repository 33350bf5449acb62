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

#include "attempt/dead.h"
#include "attempt/errand.h"
#include "files/results.h"
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
	REQUEST_S = 5,     /* to say what is wanted */
	PAUSE_S = 1,       /* when none can be accepted (no more descriptors) */
};

struct client {
	TAILQ_ENTRY(client) link;
	struct filter *filter;
	struct event *readable;
	int socket;
	struct errand *errand; /* NULL: has not asked yet */
};

struct filter {
	struct source_with with;
	struct results *room;
	struct errands *errands;
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

static void client_end(struct client *c)
{
	struct filter *f = c->filter;

	if (c->errand)
		errand_forget(c->errand);
	TAILQ_REMOVE(&f->clients, c, link);
	f->count--;
	event_free(c->readable);
	(void)close(c->socket);
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

/* A client that is gone, or does not read, is seen to when its errand ends. */
static void filter_source_begun(void *arg)
{
	struct filter_answer a = { .say = FILTER_BEGUN };

	(void)filter_source_answer(arg, &a, -1);
}

/* The dead letter's report as a file in memory. -1: errno. */
static int report_file(const struct filter *f, const struct errand_end *end, uint64_t *n)
{
	const struct dead_message about = { end->claim, end->bytes, end->told,
		f->with.config };
	size_t length = 0;
	char *text = dead_letter(&about, &length);
	int fd = text ? memfd_create("report", MFD_CLOEXEC) : -1;

	if (fd != -1 && write(fd, text, length) != (ssize_t)length) {
		(void)close(fd);
		fd = -1;
	}
	free(text);
	*n = length;
	return fd;
}

static void filter_source_ended(void *arg, const struct errand_end *end)
{
	struct client *c = arg;
	const struct told *t = end->told;
	struct filter_answer a = { .say = FILTER_TROUBLE,
		.verdict = t->verdict,
		.id = end->claim->id,
		.note = { t->note_count[0], t->note_count[1], t->note_count[2] } };
	int report = -1;

	c->errand = NULL;
	if (t->reason)
		(void)snprintf(a.reason, sizeof a.reason, "%s", t->reason);
	if (end->too_late) {
		a.say = FILTER_LATE;
	} else if (end->result != -1) {
		a.say = FILTER_GOOD;
		a.bytes = t->output_size;
	} else if (t->verdict != VERDICT_INFRASTRUCTURE) {
		report = report_file(c->filter, end, &a.bytes);
		if (report != -1)
			a.say = FILTER_BAD;
	}
	(void)filter_source_answer(c, &a, a.say == FILTER_GOOD ? end->result : report);
	if (report != -1)
		(void)close(report);
	client_end(c);
}

/* --- requests --- */

/* False: the client is to be let go. */
static bool take_request(struct client *c)
{
	static const struct errand_calls calls = { filter_source_begun,
		filter_source_ended };
	struct filter *f = c->filter;
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
	c->errand = errands_add(f->errands, fd, size, FILTER_NAME, &calls, c);
	return c->errand && event_add(c->readable, NULL) == 0;
}

/* Its one request; whatever comes after it, the end above all, is the end. */
static void on_client(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	struct filter *f = c->filter;

	(void)fd;
	if (c->errand || !(what & EV_READ) || !take_request(c))
		client_end(c);
	else
		f->with.turn(f->with.arg);
}

static void client_new(struct filter *f, int socket)
{
	const struct timeval patience = { .tv_sec = REQUEST_S };
	struct client *c = calloc(1, sizeof *c);
	uid_t user = 0;

	if (!c || !filter_peer(socket, &user) || (user != 0 && user != geteuid()))
		goto failed;
	c->readable = event_new(f->with.base, socket, EV_READ, on_client, c);
	if (!c->readable || event_add(c->readable, &patience) == -1)
		goto failed;
	c->filter = f;
	c->socket = socket;
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
	const struct timeval pause = { .tv_sec = PAUSE_S };
	struct filter *f = arg;

	(void)what;
	int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (client != -1)
		client_new(f, client);
	if (client == -1 && errno != EAGAIN && errno != ECONNABORTED)
		(void)evtimer_add(f->again, &pause);
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
		client_end(c);
	}
	errands_free(f->errands);
	results_close(f->room);
	free(f);
}

static void *filter_open(const struct source_with *with)
{
	struct filter *f = calloc(1, sizeof *f);

	if (!f)
		goto failed;
	TAILQ_INIT(&f->clients);
	f->with = *with;
	f->listening = -1;
	f->room = results_open(spool_tmp(with->spool));
	if (!f->room)
		goto failed;
	f->errands =
	    errands_new(&(struct errands_with){ with->base, with->config, with->pool,
		f->room, with->unwinds, source_filter.name, with->attempted, with->arg });
	if (!f->errands)
		goto failed;
	errands_on_turn(f->errands, with->turn, with->arg);
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

static unsigned filter_give(void *arg, unsigned most)
{
	const struct filter *f = arg;

	return errands_give(f->errands, most);
}

static unsigned filter_waiting(const void *arg)
{
	const struct filter *f = arg;

	return errands_waiting(f->errands);
}

static unsigned filter_in_hand(const void *arg)
{
	const struct filter *f = arg;

	return errands_in_hand(f->errands);
}

static void filter_drain(void *arg)
{
	struct filter *f = arg;
	struct client *c, *next;

	stop_listening(f);
	for (c = TAILQ_FIRST(&f->clients); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (!c->errand)
			client_end(c);
	}
	errands_drain(f->errands);
}

static void filter_report(void *arg, uint64_t job, const Bulkhead__Report *r)
{
	const struct filter *f = arg;

	errands_report(f->errands, job, r);
}

static void filter_ended(void *arg, uint64_t job, const struct pool_end *end)
{
	const struct filter *f = arg;

	errands_ended(f->errands, job, end);
}

const struct source_kind source_filter = {
	.name = "filter",
	.open = filter_open,
	.close = filter_close,
	.give = filter_give,
	.waiting = filter_waiting,
	.in_hand = filter_in_hand,
	.drain = filter_drain,
	.report = filter_report,
	.ended = filter_ended,
};
