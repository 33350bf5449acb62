/* SPDX-License-Identifier: ISC */
#include "convert/split.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/copy.h"
#include "files/folder.h"
#include "files/naming.h"

struct split {
	struct item {
		uint64_t offset, length;
		char *name; /* safe, not yet unique */
	} * items;
	unsigned count, capacity;
	bool broken; /* no memory for one */
};

void split_add(struct split **to, const Bulkhead__Item *item)
{
	struct split *s = *to ? *to : calloc(1, sizeof *s);
	char name[NAME_SIZE];

	*to = s;
	if (!s)
		return;
	if (s->count == s->capacity) {
		unsigned capacity = s->capacity ? 2 * s->capacity : 8;
		struct item *more = reallocarray(s->items, capacity, sizeof *more);
		s->broken |= !more;
		if (!more)
			return;
		s->items = more;
		s->capacity = capacity;
	}
	naming_safe(item->name, name);
	char *copy = strdup(name);
	s->broken |= !copy;
	if (copy)
		s->items[s->count++] = (struct item){ item->offset, item->length, copy };
}

void split_free(struct split *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < s->count; i++)
		free(s->items[i].name);
	free(s->items);
	free(s);
}

unsigned split_count(const struct split *s)
{
	return s ? s->count : 0;
}

/* A new file by this name or, when it is taken, with a number. */
static int make_unique(int folder, const char *name)
{
	enum { MOST = 1000000 }; /* more than items can be */
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	char other[NAME_SIZE];

	int fd = openat(folder, name, flags, 0666);
	for (unsigned n = 2; fd == -1 && errno == EEXIST && n < MOST; n++) {
		naming_number(name, n, other);
		fd = openat(folder, other, flags, 0666);
	}
	return fd;
}

static bool write_items(const struct split *s, int from, int folder, bool sync)
{
	for (unsigned i = 0; i < s->count; i++) {
		const struct item *item = &s->items[i];
		int fd = make_unique(folder, item->name);
		if (fd == -1)
			return false;
		bool ok = copy_range(from, item->offset, item->length, fd) &&
			  (!sync || fsync(fd) == 0);
		int saved = errno;
		if (close(fd) == -1 && ok)
			return false;
		errno = saved;
		if (!ok)
			return false;
	}
	return !sync || folder_sync(folder) == 0;
}

/* What was begun and has come to nothing. */
static void remove_folder(int root, const char *name)
{
	int saved = errno;

	results_remove(root, name);
	errno = saved;
}

/* Rename what has the name "is" in from: here it gets the name with a number. */
static bool split_number(int from, const char *is, int folder, const char *name)
{
	enum { MOST = 10000 };
	char other[NAME_SIZE];

	errno = EEXIST;
	for (unsigned n = 2; errno == EEXIST && n < MOST; n++) {
		naming_number(name, n, other);
		if (folder_rename(from, is, folder, other) == 0)
			return true;
	}
	return false;
}

static bool split_put(
    int root, const char *temporary, int folder, const struct split_place *p)
{
	if (folder_rename(root, temporary, folder, p->name) == 0)
		return true;
	if (errno != EEXIST || p->taken == SPLIT_NOT)
		return false;
	if (p->taken == SPLIT_BESIDE)
		return split_number(root, temporary, folder, p->name);
	return split_number(folder, p->name, folder, p->name) &&
	       folder_rename(root, temporary, folder, p->name) == 0;
}

bool split_publish(const struct split *s, struct result *r, const struct split_place *p)
{
	int root = results_root(r->in), made = -1, folder = -1;
	char temporary[RESULTS_TEMPORARY];
	bool ok = false;

	if (split_count(s) == 0)
		return true; /* nothing to put anywhere */
	if (s->broken) {
		errno = ENOMEM;
		return false;
	}
	results_temporary(temporary);
	made = folder_make(root, temporary, results_folder_mode(), false);
	folder = folder_make(root, p->sub, results_folder_mode(), false);
	if (made != -1 && folder != -1 && write_items(s, r->fd, made, p->sync)) {
		if (p->dates)
			(void)futimens(made, p->dates);
		(void)origin_mark(made, p->origin);
		ok = split_put(root, temporary, folder, p) &&
		     (!p->sync || folder_sync(folder) == 0);
	}
	if (!ok && made != -1)
		remove_folder(root, temporary);
	int saved = errno;
	if (made != -1)
		(void)close(made);
	if (folder != -1)
		(void)close(folder);
	errno = saved;
	return ok;
}
