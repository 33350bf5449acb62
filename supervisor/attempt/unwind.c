/* SPDX-License-Identifier: ISC */
#include "attempt/unwind.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt/unwind_known.h"
#include "base/clock.h"
#include "base/program.h"
#include "base/timer.h"
#include "log/log.h"
#include "pool/process.h"
#include "proto/blackbox.h"

/* A flood of crashes must not fill memory with stacks, nor make dead letters wait for
 * long. But all crashes of one bug should get their frames, and so be one group, even
 * where old values on their stacks differ. */
enum { AT_ONCE = 2, WAITING_MAX = 256, WAITING_MS = 10 * 1000 };

struct unwind {
	TAILQ_ENTRY(unwind) link;
	struct unwinds *all;
	unwind_done_fn *done; /* NULL: forgotten or answered; waits to be reaped */
	void *arg;
	struct event *deadline, *readable;
	struct blackbox *box;
	struct trace *trace; /* NULL: equal to no other */
	int pipe;            /* its answer, -1: not started or at its end */
	pid_t pid;           /* 0: not started, or reaped */
	bool reaped;
	int wait_status;
	size_t length;
	char answer[UNWIND_ANSWER_MAX + 1];
};

TAILQ_HEAD(unwind_list, unwind);

struct unwinds {
	struct event_base *base;
	struct unwind_list waiting, running;
	unsigned count; /* running */
	unsigned queued;
	struct event *again;
	struct knowns *knowns;
};

/* ---- one question ---- */

static void unwind_free(struct unwind *u)
{
	if (u->deadline)
		event_free(u->deadline);
	if (u->readable)
		event_free(u->readable);
	free(u->box);
	free(u->trace);
	if (u->pipe != -1)
		(void)close(u->pipe);
	free(u);
}

/* Tell the asker, once. Its process may have to be killed and reaped still. */
static void unwind_tell(struct unwind *u, const struct unwind_answer *a)
{
	unwind_done_fn *done = u->done;

	u->done = NULL;
	if (done)
		done(u->arg, a);
}

static void tell_failure(struct unwind *u, const char *failure)
{
	static struct unwind_answer a; /* too large for a stack */

	a = (struct unwind_answer){ .failure = failure };
	unwind_tell(u, &a);
}

/* What has failed for one stack would fail for its equals, too, one after the other. */
static void tell_failure_to_equals(struct unwind *of, const char *failure)
{
	struct unwinds *all = of->all;
	struct unwind *u, *next;

	tell_failure(of, failure);
	for (u = TAILQ_FIRST(&all->waiting); u; u = next) {
		next = TAILQ_NEXT(u, link);
		if (trace_equal(of->trace, u->trace)) {
			tell_failure(u, failure);
			TAILQ_REMOVE(&all->waiting, u, link);
			all->queued--;
			unwind_free(u);
		}
	}
}

static bool has_equal(const struct unwind_list *list, const struct trace *trace)
{
	const struct unwind *u;

	TAILQ_FOREACH (u, list, link)
		if (u->done && trace_equal(u->trace, trace))
			return true;
	return false;
}

static bool unwind_limit(struct unwind *u, uint64_t ms)
{
	const struct timeval limit = timer_value(ms);

	return evtimer_add(u->deadline, &limit) == 0;
}

static void tell_frames(struct unwind *u)
{
	static struct unwind_answer a;

	a = (struct unwind_answer){ .count = 0 };
	unwind_read(&a, u->answer);
	if (a.failure) {
		tell_failure_to_equals(u, a.failure);
		return;
	}
	knowns_add(u->all->knowns, u->trace, u->box, &a, clock_ms());
	unwind_tell(u, &a);
}

static void unwind_leave(struct unwind *u, struct unwind_list *list)
{
	struct unwinds *all = u->all;

	TAILQ_REMOVE(list, u, link);
	if (list == &all->running)
		all->count--;
	else
		all->queued--;
	unwind_free(u);
	event_active(all->again, 0, 0);
}

/* At its end and reaped: the answer is whole if the process says so. */
static void unwind_finish(struct unwind *u)
{
	const char *failure = NULL;

	if (u->pipe != -1 || !u->reaped)
		return;
	if (WIFSIGNALED(u->wait_status))
		failure = "the unwinder was stopped by its limits or a fault";
	else if (WEXITSTATUS(u->wait_status) != 0)
		failure = "the unwinder failed";
	else if (u->length == UNWIND_ANSWER_MAX)
		failure = "the unwinder's answer is too long";
	if (failure)
		tell_failure_to_equals(u, failure);
	else
		tell_frames(u);
	unwind_leave(u, &u->all->running);
}

static void unwind_on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct unwind *u = arg;
	char rest[256];

	(void)what;
	for (;;) {
		size_t left = UNWIND_ANSWER_MAX - u->length;
		ssize_t n = left ? read(fd, u->answer + u->length, left)
				 : read(fd, rest, sizeof rest);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n > 0) {
			u->length += left ? (size_t)n : 0;
			if (!left) /* it may not write for ever */
				break;
			continue;
		}
		break;
	}
	event_free(u->readable);
	u->readable = NULL;
	(void)close(u->pipe);
	u->pipe = -1;
	unwind_finish(u);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct unwind *u = arg;

	(void)fd;
	(void)what;
	/* Its equal is being unwound, and has a time limit of its own: wait for that. */
	if (!u->pid && !u->reaped && has_equal(&u->all->running, u->trace) &&
	    unwind_limit(u, UNWIND_WITHIN_MS))
		return;
	if (!u->pid && !u->reaped) {
		tell_failure(u, "too many stacks were to be unwound at once");
		unwind_leave(u, &u->all->waiting);
		return;
	}
	if (u->pid) {
		log_event(EVENT_HELPER_LATE, LOG_S("helper", "unwinder"),
		    LOG_I("pid", u->pid), LOG_U("silent_ms", UNWIND_WITHIN_MS));
		(void)kill(u->pid, SIGKILL);
	}
	tell_failure_to_equals(u, "the unwinder took too long");
}

static int unwind_run(const char *path, int box, int out, pid_t *pid)
{
	char name[] = "bulkhead-unwind", language[] = "LANG=C.UTF-8";
	char *argv[] = { name, NULL }, *environment[] = { language, NULL };
	const struct program_fd fds[] = { { box, STDIN_FILENO }, { out, STDOUT_FILENO },
		{ -1, STDERR_FILENO } };

	return program_start(pid, &(struct program){ .path = path,
				      .argv = argv,
				      .environment = environment,
				      .group = true,
				      .fds = fds,
				      .count = sizeof fds / sizeof fds[0] });
}

static int box_of(const struct blackbox *box)
{
	int fd = memfd_create("remains", MFD_CLOEXEC);

	if (fd == -1)
		return -1;
	if (pwrite(fd, box, sizeof *box, 0) != (ssize_t)sizeof *box) {
		(void)close(fd);
		errno = ENOSPC;
		return -1;
	}
	return fd;
}

static bool unwind_start(struct unwind *u)
{
	char path[PATH_MAX];
	int fd[2] = { -1, -1 }, box = box_of(u->box);

	if (box == -1 || pipe2(fd, O_CLOEXEC) == -1 ||
	    fcntl(fd[0], F_SETFL, O_NONBLOCK) == -1)
		goto fail;
	u->readable =
	    event_new(u->all->base, fd[0], EV_READ | EV_PERSIST, unwind_on_readable, u);
	if (!u->readable || event_add(u->readable, NULL) == -1)
		goto fail;
	if (unwind_run(process_program("bulkhead-unwind", path), box, fd[1], &u->pid) !=
	    0) {
		u->pid = 0;
		goto fail;
	}
	(void)close(fd[1]);
	(void)close(box);
	u->pipe = fd[0];
	return true;
fail:
	if (u->readable)
		event_free(u->readable);
	u->readable = NULL;
	for (int i = 0; i < 2; i++)
		if (fd[i] != -1)
			(void)close(fd[i]);
	if (box != -1)
		(void)close(box);
	return false;
}

/* True: it is answered by now, or goes on waiting for its equal or for a free place.
 * Else it is begun. */
static bool unwind_stays(struct unwind *u)
{
	static struct unwind_answer a;
	struct unwinds *all = u->all;

	if (knowns_find(all->knowns, u->trace, u->box, clock_ms(), &a)) {
		unwind_tell(u, &a);
		TAILQ_REMOVE(&all->waiting, u, link);
		all->queued--;
		unwind_free(u);
		return true;
	}
	return all->count == AT_ONCE || has_equal(&all->running, u->trace);
}

/* A process has gone: the next may run. */
static void unwind_on_again(evutil_socket_t fd, short what, void *arg)
{
	struct unwinds *all = arg;
	struct unwind *u, *next;

	(void)fd;
	(void)what;
	for (u = TAILQ_FIRST(&all->waiting); u; u = next) {
		next = TAILQ_NEXT(u, link);
		if (unwind_stays(u))
			continue;
		TAILQ_REMOVE(&all->waiting, u, link);
		all->queued--;
		if (!unwind_limit(u, UNWIND_WITHIN_MS) || !unwind_start(u)) {
			tell_failure(u, "the unwinder could not be started");
			unwind_free(u);
			continue;
		}
		TAILQ_INSERT_TAIL(&all->running, u, link);
		all->count++;
	}
}

/* ---- the interface ---- */

struct unwinds *unwinds_new(struct event_base *base)
{
	struct unwinds *all = calloc(1, sizeof *all);

	if (!all)
		return NULL;
	all->base = base;
	TAILQ_INIT(&all->waiting);
	TAILQ_INIT(&all->running);
	all->knowns = knowns_new();
	all->again = event_new(base, -1, 0, unwind_on_again, all);
	if (!all->again || !all->knowns) {
		unwinds_free(all);
		return NULL;
	}
	return all;
}

void unwinds_free(struct unwinds *all)
{
	struct unwind *u;

	if (!all)
		return;
	while ((u = TAILQ_FIRST(&all->waiting))) {
		TAILQ_REMOVE(&all->waiting, u, link);
		unwind_free(u);
	}
	while ((u = TAILQ_FIRST(&all->running))) {
		TAILQ_REMOVE(&all->running, u, link);
		if (u->pid)
			(void)kill(u->pid, SIGKILL);
		unwind_free(u);
	}
	if (all->again)
		event_free(all->again);
	knowns_free(all->knowns);
	free(all);
}

struct unwind *unwinds_ask(
    struct unwinds *all, const struct blackbox *box, unwind_done_fn *done, void *arg)
{
	struct unwind *u = all->queued < WAITING_MAX ? calloc(1, sizeof *u) : NULL;

	if (!u)
		return NULL;
	*u = (struct unwind){
		.all = all, .done = done, .arg = arg, .trace = trace_of(box), .pipe = -1
	};
	u->box = malloc(sizeof *u->box);
	if (u->box)
		memcpy(u->box, box, sizeof *u->box);
	u->deadline = evtimer_new(all->base, on_deadline, u);
	if (!u->box || !u->deadline || !unwind_limit(u, WAITING_MS)) {
		int saved = errno;
		unwind_free(u);
		errno = saved;
		return NULL;
	}
	TAILQ_INSERT_TAIL(&all->waiting, u, link);
	all->queued++;
	event_active(all->again, 0, 0);
	return u;
}

void unwind_forget(struct unwind *u)
{
	if (u)
		u->done = NULL;
}

bool unwinds_reaped(void *unwinds, pid_t pid, int wait_status, const struct rusage *usage)
{
	struct unwinds *all = unwinds;
	struct unwind *u;

	(void)usage;
	TAILQ_FOREACH (u, &all->running, link)
		if (u->pid == pid) {
			u->pid = 0;
			u->reaped = true;
			u->wait_status = wait_status;
			unwind_finish(u);
			return true;
		}
	return false;
}
