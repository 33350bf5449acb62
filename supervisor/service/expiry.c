/* SPDX-License-Identifier: ISC */
#include "service/expiry.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/program.h"
#include "base/timer.h"
#include "config/cli_arguments.h"
#include "log/log.h"

enum {
	FIRST_MS = 60 * 1000,     /* a service that has just started has other work */
	OVERDUE_MS = 3600 * 1000, /* by then a million letters were looked at */
};

struct expiry {
	const struct config *config;
	const struct cli_options *options;
	struct event *timer;
	pid_t pid; /* 0: none runs */
	uint64_t began;
};

/* 0 or an errno value. */
static int expiry_start(struct expiry *x)
{
	static const char *const arguments[] = { "expire", "--quiet" };
	char **argv = cli_arguments(x->options, "dead", arguments, 2);

	if (!argv)
		return ENOMEM;
	int error = program_start(&x->pid,
	    &(struct program){ .path = "/proc/self/exe", .argv = argv, .group = true });
	cli_arguments_free(argv);
	return error;
}

static void expiry_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct expiry *x = arg;

	(void)fd;
	(void)what;
	if (x->pid != 0 && clock_ms() - x->began > OVERDUE_MS) {
		log_event(EVENT_HELPER_LATE, LOG_S("helper", "expire"),
		    LOG_I("pid", x->pid), LOG_U("silent_ms", clock_ms() - x->began));
		(void)kill(x->pid, SIGKILL);
	}
	if (x->pid == 0) {
		x->began = clock_ms();
		int error = expiry_start(x);
		if (error != 0)
			log_event(EVENT_HELPER_LOST, LOG_S("helper", "expire"),
			    LOG_S("call", "posix_spawn"), LOG_E(error));
	}
	timer_start(x->timer, x->config->dead.scan);
}

struct expiry *expiry_new(struct event_base *base, const struct config *config,
    const struct cli_options *options)
{
	struct expiry *x = calloc(1, sizeof *x);

	if (!x)
		return NULL;
	x->config = config;
	x->options = options;
	x->timer = evtimer_new(base, expiry_on_timer, x);
	if (!x->timer) {
		free(x);
		return NULL;
	}
	timer_start(
	    x->timer, config->dead.scan < FIRST_MS ? config->dead.scan : FIRST_MS);
	return x;
}

void expiry_free(struct expiry *x)
{
	if (!x)
		return;
	if (x->pid > 0)
		(void)kill(x->pid, SIGKILL);
	event_free(x->timer);
	free(x);
}

bool expiry_reaped(void *expiry, pid_t pid, int wait_status, const struct rusage *usage)
{
	struct expiry *x = expiry;

	(void)wait_status;
	(void)usage;
	if (pid <= 0 || pid != x->pid)
		return false;
	x->pid = 0;
	return true;
}
