/* SPDX-License-Identifier: ISC */
#include "files/sync_aside.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct sync_aside {
	void (*done)(void *arg, int error);
	void *arg;
	struct event *ended;
	int bell; /* an eventfd: the thread has ended */
	pthread_t thread;
	bool busy, threaded;
	int error;
	struct sync_part {
		int fd; /* our own */
		enum sync_extent extent;
	} * parts;
	unsigned count, allotted;
};

/* In the thread, which touches nothing else. */
static void *sync_aside_run(void *arg)
{
	struct sync_aside *s = arg;
	const uint64_t one = 1;

	for (unsigned i = 0; i < s->count; i++) {
		const struct sync_part *p = &s->parts[i];
		int failed =
		    p->extent == SYNC_FILE_SYSTEM ? syncfs(p->fd) : fdatasync(p->fd);
		if (failed == -1 && s->error == 0)
			s->error = errno;
	}
	if (write(s->bell, &one, sizeof one) != (ssize_t)sizeof one)
		abort(); /* a counter that is read before the next lot */
	return NULL;
}

static int sync_aside_forget(struct sync_aside *s)
{
	const int error = s->error;

	for (unsigned i = 0; i < s->count; i++)
		(void)close(s->parts[i].fd);
	s->count = 0;
	s->error = 0;
	return error;
}

static void sync_aside_on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct sync_aside *s = arg;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) != (ssize_t)sizeof count)
		return;
	if (s->threaded)
		(void)pthread_join(s->thread, NULL);
	s->busy = s->threaded = false;
	s->done(s->arg, sync_aside_forget(s));
}

struct sync_aside *sync_aside_new(
    struct event_base *base, void (*done)(void *arg, int error), void *arg)
{
	struct sync_aside *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	*s = (struct sync_aside){ .done = done, .arg = arg };
	s->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->bell != -1)
		s->ended = event_new(
		    base, s->bell, EV_READ | EV_PERSIST, sync_aside_on_ended, s);
	if (s->ended && event_add(s->ended, NULL) == 0)
		return s;
	sync_aside_free(s);
	errno = ENOMEM;
	return NULL;
}

void sync_aside_free(struct sync_aside *s)
{
	if (!s)
		return;
	if (s->threaded)
		(void)pthread_join(s->thread, NULL);
	(void)sync_aside_forget(s);
	if (s->ended)
		event_free(s->ended);
	if (s->bell != -1)
		(void)close(s->bell);
	free(s->parts);
	free(s);
}

bool sync_aside_busy(const struct sync_aside *s)
{
	return s->busy;
}

void sync_aside_add(struct sync_aside *s, int fd, enum sync_extent extent)
{
	assert(!s->busy);
	if (s->count == s->allotted) {
		const unsigned more = s->allotted ? s->allotted * 2 : 4;
		struct sync_part *to = reallocarray(s->parts, more, sizeof *to);
		if (!to) {
			s->error = ENOMEM;
			return;
		}
		s->parts = to;
		s->allotted = more;
	}
	const int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (own == -1)
		s->error = errno;
	else
		s->parts[s->count++] = (struct sync_part){ own, extent };
}

void sync_aside_start(struct sync_aside *s)
{
	sigset_t all, before;

	assert(!s->busy);
	s->busy = true;
	(void)sigfillset(&all); /* signals stay the loop's */
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	s->threaded = pthread_create(&s->thread, NULL, sync_aside_run, s) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!s->threaded)
		(void)sync_aside_run(s);
}
