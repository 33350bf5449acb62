/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/unconst.h"
#include "door/door_wire.h"
#include "filter/filter.h"

enum {
	REPORT_MAX = 1 << 20,
	GRACE_MS = 10 * 1000, /* beyond what the service itself allows */
};

/* What a service may take once a worker has the message, for all attempts. */
static uint64_t filter_ask_longest(const struct filter_message *m)
{
	const struct config *c = m->config;
	uint64_t attempts = 1 + c->retry.crash + c->retry.timeout + c->retry.memory;
	uint64_t one = c->limits.time + c->limits.sync + c->limits.start +
		       c->limits.time_per_mib * (m->bytes >> 20);

	return attempts * (one + c->retry.delay) + GRACE_MS;
}

/* 1: there is something to read, 0: not until then, -1: errno. */
static int filter_ask_wait_until(int socket, uint64_t due)
{
	struct pollfd p = { .fd = socket, .events = POLLIN };

	for (;;) {
		uint64_t now = clock_ms();
		if (now >= due)
			return 0;
		uint64_t left = due - now < 60000 ? due - now : 60000;
		int n = poll(&p, 1, (int)left);
		if (n > 0)
			return 1;
		if (n == -1 && errno != EINTR)
			return -1;
	}
}

/* Who may be at the other end: we ourselves, root, or whose spool it is. */
static bool may_serve(const struct filter_message *m, int socket)
{
	struct stat st;
	uid_t user;

	return door_peer(socket, &user) && fstat(m->spool, &st) == 0 &&
	       (user == 0 || user == geteuid() || user == st.st_uid);
}

static bool filter_ask_read_report(struct filter_outcome *o, int fd, uint64_t n)
{
	if (n == 0 || n > REPORT_MAX)
		return false;
	o->report = malloc(n);
	if (!o->report || pread(fd, o->report, n, 0) != (ssize_t)n)
		return false;
	o->report_bytes = n;
	return true;
}

/* Checks the answer; false: it makes no sense. fd[0] is taken over where it is kept. */
static bool take_answer(
    const Bulkhead__Door__Ended *e, int fd[DOOR_FILES], struct filter_outcome *o)
{
	uint64_t size = 0;
	enum verdict v;

	if (!e->verdict || !verdict_by_name(e->verdict, &v) || e->id == 0)
		return false;
	bool good = verdict_row(v)->good;
	o->verdict = v;
	o->id = e->id;
	o->note[0] = e->kept;
	o->note[1] = e->changed;
	o->note[2] = e->lost;
	(void)snprintf(o->why, sizeof o->why, "%s", e->reason ? e->reason : "");
	if (e->how == BULKHEAD__DOOR__ENDED__HOW__LATE) {
		o->verdict = VERDICT_INFRASTRUCTURE;
		return true;
	}
	if (e->how == BULKHEAD__DOOR__ENDED__HOW__GOOD && good) {
		if (!door_is_input(fd[0], &size) || size != e->bytes)
			return false;
		if (e->report_bytes > 0 &&
		    (fd[1] == -1 || !filter_ask_read_report(o, fd[1], e->report_bytes)))
			return false;
		o->result_bytes = size;
		o->result = fd[0];
		fd[0] = -1;
		return true;
	}
	return e->how == BULKHEAD__DOOR__ENDED__HOW__BAD && !good &&
	       v != VERDICT_INFRASTRUCTURE && fd[0] != -1 &&
	       filter_ask_read_report(o, fd[0], e->bytes);
}

/* 1: go on listening. 0: it went away, or talks nonsense. -1: o is set. */
static int hear_one(int socket, struct filter_outcome *o, bool *begun)
{
	Bulkhead__Door__Answer *a = NULL;
	int fds[DOOR_FILES], more = 0;

	if (door_receive_answer(socket, &a, fds) != 1)
		return 0;
	if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_BEGUN) {
		*begun = true;
		more = 1;
	} else if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_ENDED) {
		more = take_answer(a->ended, fds, o) ? -1 : 0;
	}
	bulkhead__door__answer__free_unpacked(a, NULL);
	for (int i = 0; i < DOOR_FILES; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
	return more;
}

/* Wait for its last word. False: it went away, or talks nonsense. */
static bool filter_ask_listen_to(
    const struct filter_message *m, int socket, struct filter_outcome *o)
{
	uint64_t due = clock_ms() + m->config->limits.time + GRACE_MS;
	bool begun = false;

	for (;;) {
		int ready = filter_ask_wait_until(socket, due), heard;
		bool was = begun;
		if (ready == 0) {
			o->verdict = VERDICT_INFRASTRUCTURE;
			(void)snprintf(
			    o->why, sizeof o->why, "the service does not answer in time");
			return true;
		}
		heard = ready == -1 ? 0 : hear_one(socket, o, &begun);
		if (heard != 1)
			return heard == -1;
		if (begun && !was)
			due = clock_ms() + filter_ask_longest(m);
	}
}

/* What this caller has set by itself; the service goes by the rest of its own. */
static void filter_ask_wish(const struct filter_message *m,
    Bulkhead__Door__Convert *order, Bulkhead__Door__Limits *limits)
{
	const struct config *c = m->config;
	uint64_t mib = (m->bytes >> 20) + (m->bytes % (1 << 20) != 0);

	order->limits = limits;
	if (m->wishes.time)
		limits->time_ms = c->limits.time + c->limits.time_per_mib * mib;
	if (m->wishes.output)
		limits->output = c->limits.output;
	if (m->wishes.memory)
		limits->memory = c->limits.memory;
	if (m->wishes.to)
		order->to = unconst(c->convert.to);
	order->notes = m->wishes.notes && c->reports == REPORTS_ALL;
}

bool filter_ask(const struct filter_message *m, struct filter_outcome *o)
{
	Bulkhead__Door__Request request = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Limits limits = BULKHEAD__DOOR__LIMITS__INIT;
	Bulkhead__Door__Convert order;
	bulkhead__door__convert__init(&order);
	bool answered = false;

	request.kind_case = BULKHEAD__DOOR__REQUEST__KIND_CONVERT;
	request.convert = &order;
	filter_ask_wish(m, &order, &limits);

	if (m->spool == -1)
		return false;
	int socket = door_connect(m->spool, m->config->limits.time);
	if (socket == -1 && errno == EAGAIN) {
		o->verdict = VERDICT_INFRASTRUCTURE;
		(void)snprintf(
		    o->why, sizeof o->why, "the service had no worker free in time");
		return true;
	}
	if (socket == -1)
		return false;
	if (may_serve(m, socket) && door_send_request(socket, &request, m->input))
		answered = filter_ask_listen_to(m, socket, o);
	(void)close(socket);
	if (!answered)
		filter_outcome_clear(o);
	return answered;
}

void filter_outcome_clear(struct filter_outcome *o)
{
	if (o->result != -1)
		(void)close(o->result);
	free(o->report);
	*o = (struct filter_outcome){ .result = -1 };
}
