/* SPDX-License-Identifier: ISC */
#include "convert/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/folder.h"
#include "files/naming.h"
#include "files/results.h"

struct gathered {
	char *sub, *name;
	uint64_t length, recorded; /* of what was appended; of that with a record */
	bool begun;                /* by this run: it has the name of a part */
};

struct gather {
	int root;
	gather_form_fn *form;
	struct origin origin;
	bool replace, dated, failed;
	struct timespec dates[2];
	void *tree;
	struct gathered *open; /* the one that fd is of */
	int fd;
};

static int gather_compare(const void *a, const void *b)
{
	const struct gathered *x = a, *y = b;
	int order = strcmp(x->sub, y->sub);

	return order ? order : strcmp(x->name, y->name);
}

static void gathered_free(void *arg)
{
	struct gathered *f = arg;

	free(f->sub);
	free(f->name);
	free(f);
}

struct gather *gather_new(int root, gather_form_fn *form, const struct origin *origin,
    bool replace, const struct timespec *dates)
{
	struct gather *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	*g = (struct gather){ .root = root,
		.form = form,
		.origin = *origin,
		.replace = replace,
		.dated = dates != NULL,
		.fd = -1 };
	if (dates)
		memcpy(g->dates, dates, sizeof g->dates);
	return g;
}

void gather_free(struct gather *g)
{
	if (!g)
		return;
	if (g->fd != -1)
		(void)close(g->fd);
	tdestroy(g->tree, gathered_free);
	free(g);
}

/* The file by this name; made when it is new. */
static struct gathered *gather_file(struct gather *g, const char *sub, const char *name)
{
	struct gathered *f = calloc(1, sizeof *f), **at = NULL;

	if (!f)
		return NULL;
	f->sub = strdup(sub);
	f->name = strdup(name);
	if (f->sub && f->name)
		at = tsearch(f, &g->tree, gather_compare);
	if (!at || *at != f)
		gathered_free(f);
	return at ? *at : NULL;
}

bool gather_known(struct gather *g, const char *sub, const char *name, uint64_t end)
{
	struct gathered *f = gather_file(g, sub, name);

	if (f && end > f->recorded)
		f->length = f->recorded = end;
	return f != NULL;
}

/* --- opening --- */

static void part_name(const struct gathered *f, char to[NAME_SIZE])
{
	(void)snprintf(to, NAME_SIZE, "%.*s" NAMING_PART,
	    (int)(NAME_SIZE - sizeof NAMING_PART), f->name);
}

/* May that which has the file's name be replaced: nothing, or what an older state of the
 * store became? */
static bool may_begin(const struct gather *g, int folder, const struct gathered *f)
{
	struct origin is;
	struct stat st;

	if (g->replace || fstatat(folder, f->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return true;
	int fd = openat(
	    folder, f->name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	bool ours = fd != -1 && S_ISREG(st.st_mode) &&
		    origin_read(fd, &is) == ORIGIN_KEPT &&
		    origin_same_input(&is, &g->origin);
	if (fd != -1)
		(void)close(fd);
	errno = EEXIST;
	return ours;
}

/* The part of an earlier run, or the whole file, is gone on with. */
static bool resume(int folder, const struct gathered *f, const char *part)
{
	struct stat st;

	if (fstatat(folder, part, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		bool fine = S_ISREG(st.st_mode) && (uint64_t)st.st_size >= f->recorded;
		errno = ESTALE;
		return fine;
	}
	if (fstatat(folder, f->name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode) || (uint64_t)st.st_size != f->recorded) {
		errno = ESTALE;
		return false;
	}
	return folder_rename(folder, f->name, folder, part) == 0;
}

/* Open it, as long as it is by now. -1: errno. */
static int gathered_open(const struct gather *g, const struct gathered *f)
{
	char part[NAME_SIZE];
	int folder = folder_make(g->root, f->sub, results_folder_mode(), false), fd = -1;

	part_name(f, part);
	bool ok =
	    folder != -1 && (f->begun || (f->recorded > 0 ? resume(folder, f, part)
							  : may_begin(g, folder, f)));
	if (ok)
		fd = openat(folder, part,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
	if (fd != -1 && (ftruncate(fd, (off_t)f->length) == -1 ||
			    lseek(fd, (off_t)f->length, SEEK_SET) == -1)) {
		int saved = errno;
		(void)close(fd);
		errno = saved;
		fd = -1;
	}
	folder_return(g->root, folder);
	return fd;
}

/* Only one is open at a time: what it got is on the disk before the next one is. */
static void gather_close(struct gather *g)
{
	if (g->fd == -1)
		return;
	g->failed |= fdatasync(g->fd) == -1;
	(void)close(g->fd);
	g->fd = -1;
	g->open = NULL;
}

struct gathered *gather_append(struct gather *g, const char *sub, const char *name,
    const struct gather_one *one, uint64_t *end)
{
	struct gathered *f = gather_file(g, sub, name);

	if (!f)
		return NULL;
	if (g->open != f) {
		gather_close(g);
		g->fd = gathered_open(g, f);
		if (g->fd == -1)
			return NULL;
		g->open = f;
		f->begun = true;
	}
	off_t at = -1;
	if (g->form(g->fd, one))
		at = lseek(g->fd, 0, SEEK_CUR);
	if (at == -1) {
		int saved = errno;
		gather_close(g); /* the next opening cuts it off */
		errno = saved;
		return NULL;
	}
	f->length = *end = (uint64_t)at;
	return f;
}

bool gather_sync(struct gather *g)
{
	if (g->fd != -1 && fdatasync(g->fd) == -1)
		g->failed = true;
	bool ok = !g->failed;
	g->failed = false;
	if (!ok)
		errno = EIO;
	return ok;
}

void gather_recorded(struct gathered *f, uint64_t end)
{
	f->recorded = end;
}

static void forget_one(const void *node, VISIT visit, void *arg)
{
	struct gathered *f = *(struct gathered *const *)node;

	(void)arg;
	if (visit == postorder || visit == leaf)
		f->length = f->recorded;
}

void gather_forget(struct gather *g)
{
	gather_close(g);
	g->failed = false;
	twalk_r(g->tree, forget_one, NULL); /* the next opening cuts it off */
}

/* --- the end --- */

struct finishing {
	struct gather *gather;
	bool ok, sync;
	int error;
};

/* A part becomes the file; of one that no item is in nothing is left. */
static bool gathered_finish(const struct gather *g, const struct gathered *f, bool sync)
{
	char part[NAME_SIZE];
	int folder = folder_open(g->root, f->sub);
	struct stat st;
	bool ok;

	part_name(f, part);
	if (folder == -1 || fstatat(folder, part, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		folder_return(g->root, folder);
		return !f->begun; /* an earlier run finished it */
	}
	if (f->recorded == 0) {
		ok = unlinkat(folder, part, 0) == 0;
	} else {
		int fd = gathered_open(g, f);
		ok = fd != -1;
		if (ok && g->dated)
			(void)futimens(fd, g->dates);
		if (ok)
			(void)origin_mark(fd, &g->origin);
		ok = ok && (!sync || fsync(fd) == 0) &&
		     renameat(folder, part, folder, f->name) == 0 &&
		     (!sync || folder_sync(folder) == 0);
		if (fd != -1)
			(void)close(fd);
	}
	int saved = errno;
	(void)close(folder);
	errno = saved;
	return ok;
}

static void finish_one(const void *node, VISIT visit, void *arg)
{
	struct finishing *w = arg;

	if (visit != postorder && visit != leaf)
		return;
	if (!gathered_finish(w->gather, *(struct gathered *const *)node, w->sync)) {
		w->error = errno;
		w->ok = false;
	}
}

bool gather_finish(struct gather *g, bool sync)
{
	struct finishing w = { .gather = g, .ok = true, .sync = sync };

	gather_forget(g);
	twalk_r(g->tree, finish_one, &w);
	errno = w.error;
	return w.ok;
}
