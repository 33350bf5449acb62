/* SPDX-License-Identifier: ISC */
#include "files/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"

enum { AT_ONCE = 16, STACK = 64 * 1024 };

/* More volumes than a spool has are synced file by file. */
enum { VOLUMES = 4, LONG_MS = 1000, AVOID_MS = 60 * 1000 };

/* linux/magic.h: those whose syncfs waits for the disk and tells what failed on it. Not
 * FUSE, whose server hears nothing of it, nor overlayfs, which tells of no failure. */
static const uint32_t with_syncfs[] = {
	0x0000ef53, /* ext4 */
	0x58465342, /* xfs */
	0x9123683e, /* btrfs */
	0xf2f52010, /* f2fs */
	0x01021994, /* tmpfs */
};

/* Each is open for as long as the process runs: an open file is told of each failure
 * since the last time it asked, or was opened. */
static struct volume {
	dev_t device;
	int fd;               /* -1: not synced as a whole */
	uint64_t avoid_until; /* clock_ms() */
} volumes[VOLUMES];
static size_t volume_count;

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

static bool has_syncfs(int folder)
{
	struct statfs fs;

	if (fstatfs(folder, &fs) == -1)
		return false;
	for (size_t i = 0; i < sizeof with_syncfs / sizeof with_syncfs[0]; i++)
		if (with_syncfs[i] == (uint32_t)fs.f_type)
			return true;
	return false;
}

/* NULL: it is not known yet, and is from now on. */
static struct volume *find_volume(int folder)
{
	struct stat st;

	if (fstat(folder, &st) == -1)
		return NULL;
	for (size_t i = 0; i < volume_count; i++)
		if (volumes[i].device == st.st_dev)
			return &volumes[i];
	if (volume_count == VOLUMES)
		return NULL;
	volumes[volume_count++] = (struct volume){ .device = st.st_dev,
		.fd = has_syncfs(folder)
			  ? openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
			  : -1 };
	return NULL;
}

bool sync_all(int folder)
{
	struct volume *v = find_volume(folder);
	const uint64_t began = clock_ms();

	if (!v || v->fd == -1 || began < v->avoid_until)
		return false;
	const bool ok = syncfs(v->fd) == 0;
	const uint64_t now = clock_ms();
	if (now - began > LONG_MS)
		v->avoid_until = now + AVOID_MS;
	return ok;
}
