/* SPDX-License-Identifier: ISC */
#include "pool/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/passing.h"
#include "log/log.h"
#include "pool/child.h"
#include "pool/process.h"
#include "proto/channel.h"

enum {
	FAILURES_MAX = 3,
	PAUSE_MS = 60 * 1000, /* after so many */
	READY_MS = 10 * 1000,
	ANSWER_MS = 50, /* the loop waits; a start from the file takes as long */
};

void zygote_end(struct zygote *z)
{
	if (z->socket != -1)
		(void)close(z->socket);
	z->socket = -1;
	z->ready = false;
	if (z->pid > 0)
		(void)kill(z->pid, SIGKILL);
}

static void zygote_failed(struct zygote *z, const char *call)
{
	z->failures++;
	if (z->failures == FAILURES_MAX)
		log_event(EVENT_HELPER_LOST, LOG_S("helper", CHANNEL_ZYGOTE),
		    LOG_I("pid", z->pid), LOG_S("call", call));
	zygote_end(z);
}

void zygote_start(struct zygote *z, const struct config *config, uint64_t now)
{
	int pair[2];

	if (z->pid != 0 || (z->failures >= FAILURES_MAX && now - z->used < PAUSE_MS))
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return;
	(void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
	const struct process_ends its = { pair[1], -1, -1, -1 };
	int error = process_run(config, CHANNEL_ZYGOTE, NULL, NULL, &its, &z->pid);
	(void)close(pair[1]);
	z->socket = pair[0];
	z->copies = 0;
	z->used = now;
	if (error != 0) {
		z->pid = 0;
		zygote_failed(z, "posix_spawn");
	}
}

/* Stopped, or hanging: it is killed, and the next start makes another. */
static void zygote_late(struct zygote *z, const char *call, uint64_t silent_ms)
{
	log_event(EVENT_HELPER_LATE, LOG_S("helper", CHANNEL_ZYGOTE),
	    LOG_I("pid", z->pid), LOG_S("call", call), LOG_U("silent_ms", silent_ms));
	zygote_failed(z, call);
}

/* A packet of it with one number. False: errno; EAGAIN: not yet. */
static bool zygote_hear(const struct zygote *z, int32_t *number)
{
	ssize_t n;

	do
		n = recv(z->socket, number, sizeof *number, MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	if (n >= 0 && n != sizeof *number)
		errno = EPIPE;
	return n == sizeof *number;
}

static bool zygote_ask(const struct zygote *z, const struct process_ends *ends)
{
	const int passed[CHANNEL_COPIED] = { ends->orders, ends->answers,
		ends->stderr_pipe, ends->box };
	const char nothing = 0;

	return passing_send(z->socket, &nothing, 1, passed, CHANNEL_COPIED);
}

/* What we are going to kill one day must be a child of ours. */
static bool is_child(pid_t pid)
{
	siginfo_t info;

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Children end at any time, and their signals interrupt. */
static bool wait_for_answer(const struct zygote *z)
{
	struct pollfd answer = { .fd = z->socket, .events = POLLIN };
	uint64_t now = clock_ms(), until = now + ANSWER_MS;
	int n;

	do {
		n = poll(&answer, 1, (int)(until - now));
		now = clock_ms();
	} while (n == -1 && errno == EINTR && now < until);
	return n == 1;
}

bool zygote_is_ready(struct zygote *z)
{
	int32_t nothing;

	if (z->socket == -1 || z->ready)
		return z->ready;
	z->ready = zygote_hear(z, &nothing);
	if (!z->ready && errno != EAGAIN)
		zygote_failed(z, "start");
	else if (!z->ready && clock_ms() - z->used > READY_MS)
		zygote_late(z, "start", READY_MS);
	return z->ready;
}

pid_t zygote_copy(struct zygote *z, const struct process_ends *ends, uint64_t now)
{
	int32_t pid = 0;

	if (!zygote_ask(z, ends)) {
		zygote_failed(z, "copy");
		return 0;
	}
	if (!wait_for_answer(z)) {
		zygote_late(z, "copy", ANSWER_MS);
		return 0;
	}
	if (!zygote_hear(z, &pid)) {
		zygote_failed(z, "copy");
		return 0;
	}
	if (pid <= 0 || !is_child(pid))
		return 0;
	z->failures = 0;
	z->used = now;
	if (++z->copies == ZYGOTE_COPIES)
		zygote_end(z);
	return pid;
}

bool zygote_reaped(struct zygote *z, pid_t pid)
{
	if (pid <= 0 || pid != z->pid)
		return false;
	if (z->socket != -1)
		zygote_failed(z, "wait");
	z->pid = 0;
	return true;
}
