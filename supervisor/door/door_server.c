/* SPDX-License-Identifier: ISC */
#include "door/door_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/metrics.h"
#include "base/reaper.h"
#include "base/timer.h"
#include "log/log.h"
#include "spool/spool.h"

enum {
	SILENT_MAX = 128, /* clients that have not asked; for one more the oldest goes */
	ACCEPTS = 16,  /* in one turn of the loop: so that those accepted get to speak */
	ASK_MS = 1000, /* to say what is wanted; local clients say it at once */
	UPLOAD_SILENT_MS = 60 * 1000, /* the gateway waits 30 s for its own clients */
	UPLOAD_LOOKS = 60,            /* after that long each: an hour in all */
	PAUSE_MS = 200, /* when none can be accepted (no more descriptors) */
};

/* --- what is asked --- */

/* Told in a file in memory: a state may be longer than a packet. */
static bool door_look(struct door_client *c, const Bulkhead__Door__Look *look)
{
	const struct door_with *with = &c->door->with;
	Bulkhead__Door__Answer a = BULKHEAD__DOOR__ANSWER__INIT;
	Bulkhead__Door__Looked looked = BULKHEAD__DOOR__LOOKED__INIT;
	Bulkhead__Door__State *s = with->answers->look(with->arg, look);
	size_t n = s ? bulkhead__door__state__get_packed_size(s) : 0;
	uint8_t *bytes = s ? malloc(n + 1) : NULL;
	int fd = bytes ? memfd_create("state", MFD_CLOEXEC) : -1;

	a.kind_case = BULKHEAD__DOOR__ANSWER__KIND_LOOKED;
	a.looked = &looked;
	looked.bytes = n;
	bool ok = fd != -1 && bulkhead__door__state__pack(s, bytes) == n &&
		  write(fd, bytes, n) == (ssize_t)n;
	if (s)
		bulkhead__door__state__free_unpacked(s, NULL);
	free(bytes);
	ok = ok ? door_tell(c, &a, &fd, 1) : door_tell_trouble(c, strerror(ENOMEM));
	if (fd != -1)
		(void)close(fd);
	return ok;
}

static bool door_command(struct door_client *c, const Bulkhead__Door__Command *m)
{
	const struct door_with *with = &c->door->with;
	Bulkhead__Door__Answer a = BULKHEAD__DOOR__ANSWER__INIT;
	Bulkhead__Door__Done done;
	bulkhead__door__done__init(&done);
	char said[DOOR_SAID] = "";

	if (!with->answers->command(with->arg, m->what, m->number, said))
		return door_tell_trouble(c, said);
	a.kind_case = BULKHEAD__DOOR__ANSWER__KIND_DONE;
	a.done = &done;
	done.text = said;
	return door_tell(c, &a, NULL, 0);
}

static bool door_fetch(struct door_client *c, const Bulkhead__Door__Fetch *m)
{
	const struct door_with *with = &c->door->with;
	Bulkhead__Door__Answer a = BULKHEAD__DOOR__ANSWER__INIT;
	Bulkhead__Door__Opened opened = BULKHEAD__DOOR__OPENED__INIT;
	int fd = with->answers->fetch(with->arg, m->id, &opened.bytes);

	if (fd == -1)
		return door_tell_trouble(
		    c, errno == ENOENT ? DOOR_NOT_IN_HAND : strerror(errno));
	a.kind_case = BULKHEAD__DOOR__ANSWER__KIND_OPENED;
	a.opened = &opened;
	bool ok = door_tell(c, &a, &fd, 1);
	(void)close(fd);
	return ok;
}

/* False: let it go, it has its answer or asks what cannot be asked. */
static bool door_dispatch(
    struct door_client *c, const Bulkhead__Door__Request *r, int *fd)
{
	int passed = *fd;

	if (r->version != DOOR_VERSION)
		return door_tell_trouble(c, "the service speaks another version") &&
		       false;
	if (c->state == DOOR_UPLOADING &&
	    r->kind_case != BULKHEAD__DOOR__REQUEST__KIND_CONVERT)
		return false;
	switch (r->kind_case) {
	case BULKHEAD__DOOR__REQUEST__KIND_CONVERT:
		metric_add(METRIC_REQUESTS, "convert", 1);
		*fd = -1;
		return door_convert(c, r->convert, passed);
	case BULKHEAD__DOOR__REQUEST__KIND_UPLOAD:
		return door_upload(c);
	case BULKHEAD__DOOR__REQUEST__KIND_LOOK:
		metric_add(METRIC_REQUESTS, "look", 1);
		return door_look(c, r->look) && false;
	case BULKHEAD__DOOR__REQUEST__KIND_FOLLOW:
		metric_add(METRIC_REQUESTS, "follow", 1);
		return door_follow(c);
	case BULKHEAD__DOOR__REQUEST__KIND_COMMAND:
		metric_add(METRIC_REQUESTS, "command", 1);
		return door_command(c, r->command) && false;
	case BULKHEAD__DOOR__REQUEST__KIND_CLERK:
		metric_add(METRIC_REQUESTS, "clerk", 1);
		*fd = -1;
		return door_clerk(c, r->clerk, passed);
	case BULKHEAD__DOOR__REQUEST__KIND_FETCH:
		metric_add(METRIC_REQUESTS, "fetch", 1);
		return door_fetch(c, r->fetch) && false;
	case BULKHEAD__DOOR__REQUEST__KIND__NOT_SET:
	case _BULKHEAD__DOOR__REQUEST__KIND__CASE_IS_INT_SIZE:
	default:
		break;
	}
	return door_tell_trouble(c, "the service does not know this request") && false;
}

/* Whether one that says nothing has gone on writing its message since the last look. */
static bool door_upload_grows(struct door_client *c)
{
	uint64_t before = c->uploaded;

	return c->state == DOOR_UPLOADING && ++c->looks < c->door->upload_looks &&
	       door_is_input(c->upload, &c->uploaded) && c->uploaded > before;
}

static void door_readable(evutil_socket_t socket, short what, void *arg)
{
	struct door_client *c = arg;
	const struct timeval patience = timer_value(c->door->upload_silent_ms);
	Bulkhead__Door__Request *r = NULL;
	int fds[DOOR_FILES] = { -1, -1 };
	bool stays = false;

	if ((what & EV_TIMEOUT) && c->state == DOOR_KEEPS) {
		door_keep_late(c);
		return;
	}
	/* Its one request (two with an Upload); whatever comes after it is the end. */
	if ((what & EV_READ) && (c->state == DOOR_SILENT || c->state == DOOR_UPLOADING) &&
	    door_receive_request(socket, &r, fds) == 1 && fds[1] == -1)
		stays = door_dispatch(c, r, &fds[0]);
	else if (what & EV_TIMEOUT)
		stays = door_upload_grows(c);
	if (r)
		bulkhead__door__request__free_unpacked(r, NULL);
	for (int i = 0; i < DOOR_FILES; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
	if (!stays ||
	    event_add(c->readable, c->state == DOOR_UPLOADING ? &patience : NULL) == -1)
		door_client_end(c);
}

/* --- connections --- */

static void door_client_new(struct door *d, int socket)
{
	const struct timeval patience = timer_value(ASK_MS);
	struct door_client *c = calloc(1, sizeof *c);
	uid_t user = 0;

	/* Whatever the socket's mode has become: ourselves and root. */
	if (!c || !door_peer(socket, &user) || (user != 0 && user != geteuid()))
		goto failed;
	c->readable = event_new(d->with.base, socket, EV_READ, door_readable, c);
	if (!c->readable || event_add(c->readable, &patience) == -1)
		goto failed;
	c->door = d;
	c->socket = socket;
	c->upload = c->way.input = c->complaints = c->report = -1;
	TAILQ_INSERT_TAIL(&d->clients, c, link);
	d->count++;
	return;
failed:
	if (c && c->readable)
		event_free(c->readable);
	free(c);
	(void)close(socket);
}

/* Thousands that connect and say nothing must not keep one out that speaks at once. */
static void door_drop_silent(struct door *d)
{
	struct door_client *c;

	if (door_in_state(d, DOOR_SILENT) <= SILENT_MAX)
		return;
	TAILQ_FOREACH (c, &d->clients, link)
		if (c->state == DOOR_SILENT)
			break;
	if (c)
		door_client_end(c);
}

static void door_acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct door *d = arg;
	int client = 0;

	(void)what;
	for (int i = 0; i < ACCEPTS && client != -1 && !door_is_full(d); i++) {
		client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (client != -1) {
			door_client_new(d, client);
			door_drop_silent(d);
		}
	}
	if (client == -1 && errno != EAGAIN && errno != ECONNABORTED)
		timer_start(d->again, PAUSE_MS);
	else
		door_listen_again(d);
}

static void door_on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	door_listen_again(arg);
}

/* --- the door --- */

static void door_stop_listening(struct door *d)
{
	if (d->acceptable)
		event_free(d->acceptable);
	d->acceptable = NULL;
	if (d->listening != -1) {
		(void)unlinkat(spool_root(d->with.spool), DOOR_SOCKET, 0);
		(void)close(d->listening);
	}
	d->listening = -1;
}

void door_free(struct door *d)
{
	struct door_client *c, *next;

	if (!d)
		return;
	log_tap(NULL, NULL);
	door_stop_listening(d);
	if (d->again)
		event_free(d->again);
	for (c = TAILQ_FIRST(&d->clients); c; c = next) {
		next = TAILQ_NEXT(c, link);
		c->attempt = NULL; /* the engine is no more */
		c->clerk = c->state == DOOR_KEEPS ? 0 : c->clerk;
		door_client_end(c);
	}
	results_close(d->files);
	free(d);
}

struct door *door_new(const struct door_with *with)
{
	struct door *d = calloc(1, sizeof *d);

	if (!d)
		goto failed;
	TAILQ_INIT(&d->clients);
	d->with = *with;
	d->listening = -1;
	d->upload_silent_ms = UPLOAD_SILENT_MS;
	d->upload_looks = UPLOAD_LOOKS;
	d->files = results_open(spool_tmp(with->spool));
	if (!d->files)
		goto failed;
	d->queue = door_convert_queue(with->attempts);
	if (!d->queue)
		goto failed;
	d->listening = door_listen(spool_root(with->spool), 0600);
	if (d->listening == -1)
		goto failed;
	d->acceptable = event_new(with->base, d->listening, EV_READ, door_acceptable, d);
	d->again = evtimer_new(with->base, door_on_again, d);
	if (!d->acceptable || !d->again || event_add(d->acceptable, NULL) == -1)
		goto failed;
	reaper_add(with->reaper, door_reaped, d);
	log_tap(door_follow_line, d);
	return d;
failed:
	log_event(EVENT_SPOOL_TROUBLE, LOG_S("file", DOOR_SOCKET), LOG_E(errno),
	    LOG_S("next", "goes on without it"));
	door_free(d);
	return NULL;
}

/* What can still be looked at is looked at until the end: an operator wants to know what
 * keeps it from stopping. No message is taken. */
void door_drain(struct door *d)
{
	d->draining = true;
	attempt_queue_drain(d->queue);
}
