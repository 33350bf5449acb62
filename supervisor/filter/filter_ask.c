/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "filter/filter.h"
#include "filter/filter_wire.h"

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

	return filter_peer(socket, &user) && fstat(m->spool, &st) == 0 &&
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

static bool is_good(enum verdict v)
{
	return verdict_row(v)->good;
}

/* Checks the answer; false: it makes no sense. fd is taken over or closed. */
static bool take_answer(const struct filter_answer *a, int fd, struct filter_outcome *o)
{
	uint64_t size = 0;
	bool ok = false;

	if (a->verdict >= VERDICTS || a->id == 0 ||
	    !memchr(a->reason, '\0', sizeof a->reason))
		goto out;
	o->verdict = (enum verdict)a->verdict;
	o->id = a->id;
	memcpy(o->note, a->note, sizeof o->note);
	(void)snprintf(o->why, sizeof o->why, "%s", a->reason);
	if (a->say == FILTER_LATE) {
		o->verdict = VERDICT_INFRASTRUCTURE;
		ok = true;
	} else if (fd == -1) {
		goto out;
	} else if (a->say == FILTER_GOOD && is_good(o->verdict)) {
		ok = filter_is_input(fd, &size) && size == a->bytes;
		o->result_bytes = size;
		if (ok) {
			o->result = fd;
			fd = -1;
		}
	} else if (a->say == FILTER_BAD && !is_good(o->verdict) &&
		   o->verdict != VERDICT_INFRASTRUCTURE) {
		ok = filter_ask_read_report(o, fd, a->bytes);
	}
out:
	if (fd != -1)
		(void)close(fd);
	return ok;
}

/* Wait for its last word. False: it went away, or talks nonsense. */
static bool filter_ask_listen_to(
    const struct filter_message *m, int socket, struct filter_outcome *o)
{
	uint64_t due = clock_ms() + m->config->limits.time + GRACE_MS;
	bool begun = false;

	for (;;) {
		struct filter_answer a;
		int fd = -1, ready = filter_ask_wait_until(socket, due);
		if (ready == 0) {
			o->verdict = VERDICT_INFRASTRUCTURE;
			(void)snprintf(
			    o->why, sizeof o->why, "the service does not answer in time");
			return true;
		}
		if (ready == -1 || filter_receive(socket, &a, sizeof a, &fd) != 1)
			return false;
		if (a.magic != FILTER_MAGIC || a.size != sizeof a ||
		    a.say >= FILTER_TROUBLE || (a.say == FILTER_BEGUN && fd != -1)) {
			if (fd != -1)
				(void)close(fd);
			return false;
		}
		if (a.say != FILTER_BEGUN)
			return take_answer(&a, fd, o);
		if (!begun)
			due = clock_ms() + filter_ask_longest(m);
		begun = true;
	}
}

bool filter_ask(const struct filter_message *m, struct filter_outcome *o)
{
	struct filter_request request = { FILTER_MAGIC, sizeof request };
	bool answered = false;

	if (m->spool == -1)
		return false;
	int socket = filter_connect(m->spool, m->config->limits.time);
	if (socket == -1 && errno == EAGAIN) {
		o->verdict = VERDICT_INFRASTRUCTURE;
		(void)snprintf(o->why, sizeof o->why, "the service has no room in time");
		return true;
	}
	if (socket == -1)
		return false;
	if (may_serve(m, socket) &&
	    filter_send(socket, &request, sizeof request, m->input))
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
