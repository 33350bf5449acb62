/* SPDX-License-Identifier: ISC */
#include "spool/intake_watch.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/queue.h>
#include <unistd.h>

#include "files/folder.h"
#include "files/name.h"
#include "log/log.h"

enum {
	BUCKETS = 4096,
	FOLDERS_MAX = 200000, /* of which we keep note; more are left alone */
	SUB_MAX = PATH_MAX - 1,
	MASK = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MOVE_SELF | IN_ONLYDIR |
	       IN_EXCL_UNLINK,
};

struct folder {
	LIST_ENTRY(folder) by_sub, by_wd;
	TAILQ_ENTRY(folder) to_scan;
	TAILQ_ENTRY(folder) all;
	int wd; /* -1: not watched */
	unsigned generation;
	bool queued, later;
	char sub[];
};

LIST_HEAD(folder_bucket, folder);

struct watch {
	const struct watch_calls *calls;
	void *arg;
	int incoming, inotify;
	const char *path;
	struct event *readable;
	struct folder_bucket by_sub[BUCKETS], by_wd[BUCKETS];
	TAILQ_HEAD(, folder) to_scan, all;
	size_t count;
	unsigned generation;
	bool limit_logged, left_logged;
};

static size_t bucket_of_sub(const char *sub)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	for (; *sub; sub++)
		h = (h ^ (unsigned char)*sub) * 16777619U;
	return h % BUCKETS;
}

static struct folder *by_sub(const struct watch *w, const char *sub)
{
	struct folder *f;

	LIST_FOREACH(f, &w->by_sub[bucket_of_sub(sub)], by_sub)
	if (strcmp(f->sub, sub) == 0)
		break;
	return f;
}

static struct folder *by_wd(const struct watch *w, int wd)
{
	struct folder *f;

	LIST_FOREACH(f, &w->by_wd[(unsigned)wd % BUCKETS], by_wd)
	if (f->wd == wd)
		break;
	return f;
}

/* The kernel has dropped the watch already, or drops it here. */
static void watch_unwatch(struct watch *w, struct folder *f, bool dropped)
{
	if (f->wd == -1)
		return;
	if (!dropped)
		(void)inotify_rm_watch(w->inotify, f->wd);
	LIST_REMOVE(f, by_wd);
	f->wd = -1;
}

static void watch_forget(struct watch *w, struct folder *f, bool dropped)
{
	watch_unwatch(w, f, dropped);
	if (f->queued)
		TAILQ_REMOVE(&w->to_scan, f, to_scan);
	LIST_REMOVE(f, by_sub);
	TAILQ_REMOVE(&w->all, f, all);
	w->count--;
	free(f);
}

static void log_unwatched(struct watch *w, const struct folder *f)
{
	if (w->limit_logged)
		return;
	w->limit_logged = true;
	log_event(EVENT_SPOOL_WATCH, LOG_S("path", w->path), LOG_S("folder", f->sub),
	    LOG_E(errno));
}

/* Watch a folder, by the descriptor that was reached without following links. */
static void add_watch(struct watch *w, struct folder *f)
{
	char path[64];

	if (w->inotify == -1)
		return;
	int fd = folder_open(w->incoming, f->sub);
	if (fd == -1)
		return; /* gone: the scan finds out */
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int wd = inotify_add_watch(w->inotify, path, MASK);
	if (wd == -1)
		log_unwatched(w, f);
	(void)close(fd);
	if (wd == -1 || wd == f->wd)
		return;
	/* The same folder under another name: it was moved. The old name is gone. */
	struct folder *old = by_wd(w, wd);
	if (old)
		watch_unwatch(w, old, true);
	watch_unwatch(w, f, false);
	f->wd = wd;
	LIST_INSERT_HEAD(&w->by_wd[(unsigned)wd % BUCKETS], f, by_wd);
}

static void watch_read_queue(struct watch *w, struct folder *f)
{
	if (f->queued)
		return;
	f->queued = true;
	/* Depth first: fewer folders wait. */
	TAILQ_INSERT_HEAD(&w->to_scan, f, to_scan);
	w->calls->queued(w->arg);
}

static unsigned depth_of(const char *sub)
{
	unsigned n = 1;

	for (; *sub; sub++)
		n += *sub == '/';
	return n;
}

static void leave_alone(
    struct watch *w, const char *parent, const char *name, const char *why)
{
	if (w->left_logged)
		return;
	w->left_logged = true;
	log_event(EVENT_SPOOL_TROUBLE, LOG_S("folder", "incoming"),
	    LOG_S("below", parent), LOG_S("file", name), LOG_S("error", why),
	    LOG_S("next", "left alone, with all below it"));
}

static struct folder *watch_learn(struct watch *w, const char *sub)
{
	struct folder *f = by_sub(w, sub);
	size_t n = strlen(sub) + 1;

	if (!f) {
		f = w->count < FOLDERS_MAX ? calloc(1, sizeof *f + n) : NULL;
		if (!f)
			return NULL;
		memcpy(f->sub, sub, n);
		f->wd = -1;
		LIST_INSERT_HEAD(&w->by_sub[bucket_of_sub(sub)], f, by_sub);
		TAILQ_INSERT_TAIL(&w->all, f, all);
		w->count++;
	}
	f->generation = w->generation;
	/* Always asked again: the folder may be another one of the same name. */
	add_watch(w, f);
	return f;
}

void watch_found(struct watch *w, const char *parent, const char *name)
{
	char sub[SUB_MAX + 1];

	int n = snprintf(sub, sizeof sub, "%s%s%s", parent, *parent ? "/" : "", name);
	if (n < 0 || (size_t)n > SUB_MAX - NAME_SIZE ||
	    depth_of(sub) > FOLDER_DEPTH_MAX) {
		leave_alone(w, parent, name, "lies too deep");
		return;
	}
	struct folder *f = watch_learn(w, sub);
	if (f)
		watch_read_queue(w, f);
	else
		leave_alone(w, parent, name, "too many folders");
}

void watch_queue(struct watch *w, const char *sub)
{
	struct folder *f = by_sub(w, sub);

	if (f)
		watch_read_queue(w, f);
}

void watch_mark_later(struct watch *w, const char *sub)
{
	struct folder *f = by_sub(w, sub);

	if (f)
		f->later = true;
}

void watch_queue_later(struct watch *w)
{
	struct folder *f;

	TAILQ_FOREACH (f, &w->all, all)
		if (f->later) {
			f->later = false;
			watch_read_queue(w, f);
		}
}

bool watch_next(struct watch *w, char *sub, size_t size)
{
	struct folder *f = TAILQ_FIRST(&w->to_scan);

	if (!f)
		return false;
	TAILQ_REMOVE(&w->to_scan, f, to_scan);
	f->queued = false;
	(void)snprintf(sub, size, "%s", f->sub);
	return true;
}

void watch_begin_full(struct watch *w)
{
	w->generation++;
	w->left_logged = false;
	struct folder *f = watch_learn(w, "");
	if (f)
		watch_read_queue(w, f);
}

void watch_end_full(struct watch *w)
{
	for (struct folder *f = TAILQ_FIRST(&w->all), *next; f; f = next) {
		next = TAILQ_NEXT(f, all);
		if (f->generation != w->generation && f->sub[0] != '\0')
			watch_forget(w, f, false);
	}
}

/* The folder of a watch is gone or went somewhere else. */
static void on_folder_event(struct watch *w, struct folder *f, uint32_t mask)
{
	const bool moved = mask & IN_MOVE_SELF;

	if (f->sub[0] != '\0') {
		watch_forget(w, f, !moved);
		/* Where to, or whether it is still in here, and what its sub-folders are
		   called now: not known. */
		if (moved)
			w->calls->lost(w->arg);
	} else if (!moved) {
		watch_unwatch(w, f, true); /* incoming/ itself goes on under any name */
	}
}

/* Those who deliver into a Maildir may link the finished file to new/: all that is seen
 * of it is that a name was made. Elsewhere that is the beginning of a file. */
static bool is_maildir_new(const char *sub)
{
	const char *slash = strrchr(sub, '/');

	return strcmp(slash ? slash + 1 : sub, "new") == 0;
}

static void watch_on_event(struct watch *w, const struct inotify_event *e)
{
	struct folder *f = e->wd == -1 ? NULL : by_wd(w, e->wd);

	if (e->mask & IN_Q_OVERFLOW)
		w->calls->lost(w->arg);
	if (!f)
		return; /* forgotten before its last events were read */
	if (e->mask & (IN_IGNORED | IN_MOVE_SELF))
		on_folder_event(w, f, e->mask);
	else if (e->len > 0 && !w->calls->ignored(w->arg, e->name)) {
		if (e->mask & IN_ISDIR)
			watch_found(w, f->sub, e->name);
		else if (e->mask & (IN_CLOSE_WRITE | IN_MOVED_TO) ||
			 is_maildir_new(f->sub))
			w->calls->file(w->arg, f->sub, e->name, e->mask & IN_MOVED_TO);
	}
}

static void watch_on_readable(evutil_socket_t fd, short what, void *arg)
{
	/* One read a turn: the loop has others. */
	static _Alignas(struct inotify_event) char buffer[16 * 1024];
	struct watch *w = arg;

	(void)what;
	ssize_t n = read(fd, buffer, sizeof buffer);
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *e = (const void *)(buffer + at);
		at += (ssize_t)(sizeof *e + e->len);
		watch_on_event(w, e);
	}
}

struct watch *watch_new(struct event_base *base, int incoming, const char *path,
    const struct watch_calls *calls, void *arg)
{
	struct watch *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	w->calls = calls;
	w->arg = arg;
	w->incoming = incoming;
	w->path = path;
	TAILQ_INIT(&w->to_scan);
	TAILQ_INIT(&w->all);
	w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->inotify != -1) {
		w->readable = event_new(
		    base, w->inotify, EV_READ | EV_PERSIST, watch_on_readable, w);
		if (!w->readable || event_add(w->readable, NULL) == -1) {
			watch_free(w);
			return NULL;
		}
	} else {
		w->limit_logged = true;
		log_event(EVENT_SPOOL_WATCH, LOG_S("path", path), LOG_E(errno));
	}
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	for (struct folder *f = TAILQ_FIRST(&w->all), *next; f; f = next) {
		next = TAILQ_NEXT(f, all);
		watch_forget(w, f, true);
	}
	if (w->readable)
		event_free(w->readable);
	if (w->inotify != -1)
		(void)close(w->inotify);
	free(w);
}
