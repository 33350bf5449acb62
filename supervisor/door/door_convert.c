/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/unconst.h"
#include "door/door_server.h"

/*
 * Messages that clients bring. They go to the same workers as the spool's, but leave no
 * trace in it: the client has the message, keeps the result and buries what failed, but
 * for those whose client wants that done here (door_keep.c). When this service ends
 * nothing is lost: the client sees it, and can go on by itself or ask again.
 */

enum { UPLOADS_MAX = 128 };

static void convert_begun(void *arg)
{
	struct door_client *c = arg;
	Bulkhead__Door__Answer a = BULKHEAD__DOOR__ANSWER__INIT;
	Bulkhead__Door__Begun begun = BULKHEAD__DOOR__BEGUN__INIT;

	a.kind_case = BULKHEAD__DOOR__ANSWER__KIND_BEGUN;
	a.begun = &begun;
	/* A client that does not read is let go at its message's end. */
	(void)!door_send_answer(c->socket, &a, NULL, 0);
}

/* The report as a file in memory. -1: none is due, or errno; *n is 0 then. */
static int convert_report(const struct door_client *c, uint64_t *n)
{
	size_t length = 0;
	char *text = door_attempt_report(&c->way, &length);
	int fd = text ? memfd_create("report", MFD_CLOEXEC) : -1;

	if (fd != -1 && write(fd, text, length) != (ssize_t)length) {
		(void)close(fd);
		fd = -1;
	}
	free(text);
	*n = fd == -1 ? 0 : length;
	return fd;
}

static void convert_tell_facts(const struct outcome *o, Bulkhead__Door__Ended *e)
{
	e->format = o->facts.format ? o->facts.format : e->format;
	e->sender = o->facts.sender ? o->facts.sender : e->sender;
	e->subject = o->facts.subject ? o->facts.subject : e->subject;
	e->message_id = o->facts.message_id ? o->facts.message_id : e->message_id;
	e->message_class =
	    o->facts.message_class ? o->facts.message_class : e->message_class;
	e->offset = o->refused_offset;
	e->part = o->refused_part ? o->refused_part : e->part;
}

static void convert_tell_end(struct door_client *c, int output, const char *letter)
{
	const struct outcome *o = &c->way.outcome;
	Bulkhead__Door__Answer a = BULKHEAD__DOOR__ANSWER__INIT;
	Bulkhead__Door__Ended e;
	bulkhead__door__ended__init(&e);
	bool good = verdict_row(o->verdict)->good;
	char type[64], extension[32];

	a.kind_case = BULKHEAD__DOOR__ANSWER__KIND_ENDED;
	a.ended = &e;
	e.how = BULKHEAD__DOOR__ENDED__HOW__TROUBLE;
	e.id = c->way.claim.id;
	e.verdict = unconst(verdict_row(o->verdict)->name);
	e.reason = o->reason ? o->reason : e.reason;
	e.kept = o->note_count[0];
	e.changed = o->note_count[1];
	e.lost = o->note_count[2];
	convert_tell_facts(o, &e);
	if (o->trouble == TROUBLE_LATE) {
		e.how = BULKHEAD__DOOR__ENDED__HOW__LATE;
	} else if (good) {
		e.how = BULKHEAD__DOOR__ENDED__HOW__GOOD;
		e.bytes = o->output_size;
		door_attempt_media(&c->way, type, extension);
		e.media_type = type;
		e.extension = extension;
		e.report_bytes = c->report_bytes;
	} else if (c->report != -1) {
		e.how = BULKHEAD__DOOR__ENDED__HOW__BAD;
		e.bytes = c->report_bytes;
		e.letter = letter ? unconst(letter) : e.letter;
	}
	const int fds[DOOR_FILES] = { good ? output : c->report, good ? c->report : -1 };
	(void)!door_send_answer(
	    c->socket, &a, fds, (size_t)(fds[0] != -1) + (fds[1] != -1));
}

static void convert_conclude(struct door_client *c, int output, const char *letter)
{
	door_attempt_log(&c->way, letter            ? "dead"
				  : c->socket == -1 ? "nobody waits"
						    : "door");
	if (c->socket != -1)
		convert_tell_end(c, output, letter);
	door_client_end(c);
}

static void convert_kept(struct door_client *c, const char *letter)
{
	convert_conclude(c, -1, letter);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the form of a call */
static void convert_ended(void *arg, int *output)
{
	struct door_client *c = arg;
	bool good = verdict_row(c->way.outcome.verdict)->good;

	c->attempt = NULL;
	if (c->socket != -1)
		c->report = convert_report(c, &c->report_bytes);
	if (good || !door_keep(c, convert_kept))
		convert_conclude(c, *output, NULL);
}

struct attempt_queue *door_convert_queue(struct attempts *attempts)
{
	static const struct attempt_owner owner = { DOOR_ATTEMPT_OWNER,
		.begun = convert_begun, .ended = convert_ended };

	return attempts_queue(attempts, &owner);
}

/* The same file for reading only: whoever has it cannot write what a worker reads. */
static int read_only(int fd)
{
	char path[40];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

bool door_upload(struct door_client *c)
{
	Bulkhead__Door__Answer a = BULKHEAD__DOOR__ANSWER__INIT;
	Bulkhead__Door__Opened opened = BULKHEAD__DOOR__OPENED__INIT;
	int fds[DOOR_FILES] = { -1, -1 };

	/* An upload may take an hour: only a part of the places for clients is for
	 * uploads. */
	if (door_in_state(c->door, DOOR_UPLOADING) >= UPLOADS_MAX)
		return door_tell_trouble(c, "too many are just sending a message") &&
		       false;
	fds[0] = results_scratch(c->door->files);
	a.kind_case = BULKHEAD__DOOR__ANSWER__KIND_OPENED;
	a.opened = &opened;
	if (fds[0] != -1)
		fds[1] = read_only(fds[0]);
	if (fds[1] == -1) {
		int saved = errno;
		if (fds[0] != -1)
			(void)close(fds[0]);
		return door_tell_trouble(c, strerror(saved)) && false;
	}
	bool ok = door_tell(c, &a, fds, DOOR_FILES);
	(void)close(fds[0]);
	c->upload = fds[1];
	c->state = DOOR_UPLOADING;
	return ok;
}

static char *copy_of(const char *text)
{
	return text && *text ? strdup(text) : NULL;
}

bool door_convert(struct door_client *c, const Bulkhead__Door__Convert *order, int fd)
{
	const struct door *d = c->door;
	uint64_t size;

	if (c->state == DOOR_UPLOADING && fd == -1) {
		fd = c->upload;
		c->upload = -1;
	}
	if (d->draining || fd == -1 || !door_is_input(fd, &size) ||
	    !door_attempt_can(order->to)) {
		if (fd != -1)
			(void)close(fd);
		return door_tell_trouble(c, d->draining ? "the service stops"
					    : fd == -1  ? "there is no message"
					    : !door_attempt_can(order->to)
						? "this target format is not known"
						: "the message is no regular file open "
						  "for reading only") &&
		       false;
	}
	c->name = copy_of(order->name);
	c->to = copy_of(order->to);
	c->state = DOOR_CONVERT;
	door_attempt_begin(&c->way, d->with.config, d->files, fd, size, c->name, c->to);
	if (order->limits) {
		c->way.wishes.time_ms = order->limits->time_ms;
		c->way.wishes.output = order->limits->output;
		c->way.wishes.memory = order->limits->memory;
	}
	c->way.wishes.notes = order->notes;
	c->way.wishes.keep_dead = order->keep_dead;
	c->attempt =
	    attempt_add(d->queue, ATTEMPT_NEW, &c->way.claim, &c->way.outcome, c);
	return c->attempt != NULL;
}
