/* SPDX-License-Identifier: ISC */
#include "files/sync.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { AT_ONCE = 16, STACK = 64 * 1024 };

/* What the threads share: each takes the next file. */
struct sync_work {
	struct sync_file *files;
	size_t count;
	atomic_size_t next;
};

static void *sync_run(void *arg)
{
	struct sync_work *w = arg;

	for (size_t i; (i = atomic_fetch_add(&w->next, 1)) < w->count;)
		w->files[i].error = fsync(w->files[i].fd) == 0 ? 0 : errno;
	return NULL;
}

/* Threads besides this one, as many as there can be; signals stay this one's. */
static size_t sync_start(pthread_t threads[AT_ONCE], struct sync_work *w)
{
	pthread_attr_t small;
	sigset_t all, before;
	size_t n = 0;

	if (w->count < 2 || pthread_attr_init(&small) != 0)
		return 0;
	(void)pthread_attr_setstacksize(&small, STACK);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (n < AT_ONCE - 1 && n + 1 < w->count &&
	       pthread_create(&threads[n], &small, sync_run, w) == 0)
		n++;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&small);
	return n;
}

void sync_together(struct sync_file *files, size_t count)
{
	struct sync_work w = { .files = files, .count = count };
	pthread_t threads[AT_ONCE];
	size_t started = sync_start(threads, &w);

	(void)sync_run(&w);
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
}
