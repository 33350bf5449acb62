/* SPDX-License-Identifier: ISC */
#include "base/reaper.h"

#include <assert.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/latency.h"

struct reaper {
	struct event *signal;
	struct {
		reaper_family_fn *reaped;
		void *family;
	} families[REAPER_FAMILIES];
	unsigned count;
};

static void on_child(evutil_socket_t fd, short what, void *arg)
{
	const struct reaper *r = arg;
	struct rusage usage;
	int status;
	pid_t pid;

	(void)fd;
	(void)what;
	latency_mark(event_get_base(r->signal));
	while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0)
		for (unsigned i = 0; i < r->count; i++)
			if (r->families[i].reaped(
				r->families[i].family, pid, status, &usage))
				break;
}

struct reaper *reaper_new(struct event_base *base)
{
	struct reaper *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->signal = evsignal_new(base, SIGCHLD, on_child, r);
	if (r->signal && event_add(r->signal, NULL) == 0) {
		event_active(r->signal, EV_SIGNAL, 1); /* what ended before */
		return r;
	}
	reaper_free(r);
	return NULL;
}

void reaper_free(struct reaper *r)
{
	if (!r)
		return;
	if (r->signal)
		event_free(r->signal);
	free(r);
}

void reaper_add(struct reaper *r, reaper_family_fn *reaped, void *family)
{
	assert(r->count < REAPER_FAMILIES);
	r->families[r->count].reaped = reaped;
	r->families[r->count++].family = family;
}
