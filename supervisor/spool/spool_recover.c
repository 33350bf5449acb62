/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/copy.h"
#include "files/folder.h"
#include "files/tree.h"
#include "log/log.h"
#include "spool/spool_internal.h"

/* All that lies in active/. It is as much as was in hand: not many. */
struct left {
	struct claim **claims;
	size_t count, capacity;
};

static bool spool_recover_add(struct left *l, struct claim *c)
{
	if (l->count == l->capacity) {
		size_t capacity = l->capacity ? 2 * l->capacity : 64;
		struct claim **more =
		    reallocarray(l->claims, capacity, sizeof(struct claim *));
		if (!more)
			return false;
		l->claims = more;
		l->capacity = capacity;
	}
	l->claims[l->count++] = c;
	return true;
}

static int spool_recover_by_id(const void *a, const void *b)
{
	const struct claim *x = *(struct claim *const *)a, *y = *(struct claim *const *)b;
	return x->id < y->id ? -1 : x->id > y->id;
}

static const struct claim *spool_recover_find(const struct left *l, uint64_t id)
{
	struct claim key = { .id = id }, *at = &key;
	struct claim **hit = l->count == 0
				 ? NULL
				 : bsearch(&at, l->claims, l->count,
				       sizeof(struct claim *), spool_recover_by_id);
	return hit ? *hit : NULL;
}

/* The whole name of a cut one; false: errno. A sidecar that does not fit its message (a
 * power cut) is ignored. */
static bool whole_name(int folder, struct claim *c)
{
	char side[NAME_SIZE], name[NAME_SIZE], now[NAME_SIZE], then[NAME_SIZE];
	struct claim whole = *c;
	bool cut;

	name_sidecar(c->id, side);
	int fd = openat(folder, side, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT || errno == ELOOP;
	ssize_t n = read(fd, name, sizeof name - 1);
	(void)close(fd);
	if (n <= 0 || memchr(name, '\0', (size_t)n) || memchr(name, '/', (size_t)n))
		return n != -1;
	name[n] = '\0';
	whole.name = name;
	name_active(c, now, &cut);
	name_active(&whole, then, &cut);
	if (strcmp(now, then) != 0)
		return true;
	char *own = strdup(name);
	if (!own)
		return false;
	free(c->name);
	c->name = own;
	return true;
}

/* A sidecar, or half of one. */
static bool is_sidecar(const char *file, uint64_t *id, bool *half)
{
	char name[NAME_SIZE];
	size_t n = strlen(file);

	*half = n > 4 && n < NAME_SIZE && strcmp(file + n - 4, ".tmp") == 0;
	(void)snprintf(name, sizeof name, "%.*s", (int)(*half ? n - 4 : n), file);
	return name_parse_sidecar(name, id);
}

static bool found_file(struct left *l, int folder, const char *sub, const char *file)
{
	uint64_t id;
	bool half;
	struct claim *c = calloc(1, sizeof *c);

	if (!c)
		return false;
	if (!name_parse(file, c)) {
		claim_free(c);
		if (!is_sidecar(file, &id, &half))
			log_event(EVENT_SPOOL_TROUBLE, LOG_S("folder", "active"),
			    LOG_S("file", file),
			    LOG_S("error", "is not ours; left alone"));
		return true;
	}
	c->sub = strdup(sub);
	if (c->sub && whole_name(folder, c) && spool_recover_add(l, c))
		return true;
	claim_free(c);
	return false;
}

/* Remove sidecars without a message. */
static void sweep_sidecars(int folder, const struct left *sorted)
{
	DIR *dir = folder_list(folder, "");
	uint64_t id;

	for (const struct dirent *e; dir && (e = readdir(dir));) {
		bool half;
		if (is_sidecar(e->d_name, &id, &half) &&
		    (half || !spool_recover_find(sorted, id)))
			(void)unlinkat(folder, e->d_name, 0);
	}
	if (dir)
		(void)closedir(dir);
}

/* The folder of a walk: its path, and what to do in each. */
struct walk {
	char path[PATH_MAX];
	struct left *left;
	bool sweep; /* second time: remove sidecars and empty folders */
};

static bool walk_folder(int root, struct walk *w);

/* One entry; folders are walked. */
static bool walk_entry(int root, int folder, struct walk *w, const struct dirent *e)
{
	struct stat st;
	size_t at = strlen(w->path), n = strlen(e->d_name);

	/* Ours begin with a digit; .held and the lock with a dot. */
	if (e->d_name[0] == '.')
		return true;
	if (fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT;
	if (!S_ISDIR(st.st_mode))
		return w->sweep || found_file(w->left, folder, w->path, e->d_name);
	if (at + 1 + n >= sizeof w->path) {
		errno = ENAMETOOLONG;
		return false;
	}
	(void)snprintf(
	    w->path + at, sizeof w->path - at, "%s%s", at > 0 ? "/" : "", e->d_name);
	bool ok = walk_folder(root, w);
	if (ok && w->sweep)
		(void)unlinkat(root, w->path, AT_REMOVEDIR);
	w->path[at] = '\0';
	return ok;
}

/* Names are gathered first: entries must not be missed because others change, and only
 * one descriptor of each level may stay open. */
static bool walk_folder(int root, struct walk *w)
{
	bool ok = true;
	int folder = folder_open(root, w->path);
	DIR *dir = folder == -1 ? NULL : folder_list(folder, "");

	if (!dir) {
		int saved = errno;
		if (folder != -1)
			(void)close(folder);
		errno = saved;
		return false;
	}
	errno = 0;
	for (const struct dirent *e; ok && (e = readdir(dir)); errno = 0)
		ok = walk_entry(root, folder, w, e);
	if (ok && errno != 0)
		ok = false;
	if (ok && w->sweep)
		sweep_sidecars(folder, w->left);
	int saved = errno;
	(void)closedir(dir);
	(void)close(folder);
	errno = saved;
	return ok;
}

bool spool_count_marked(const struct spool *s, unsigned *count)
{
	struct left left = { 0 };
	struct walk w = { .left = &left };

	bool ok = walk_folder(s->places.active, &w);
	int saved = errno;
	*count = 0;
	for (size_t i = 0; i < left.count; i++) {
		*count += left.claims[i]->mark != MARK_NONE;
		claim_free(left.claims[i]);
	}
	free(left.claims);
	errno = saved;
	return ok;
}

/* A staged file of a marked message must lie where settle() looks for it; so must what a
 * store has so far. */
static bool spool_recover_bring(
    const struct spool *s, int tmp, const char *file, enum stage stage)
{
	struct stat st;
	const int to = s->places.tmp[stage];

	if (fstatat(to, file, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	if (folder_rename(tmp, file, to, file) == 0 || errno == EEXIST)
		return true;
	if (errno != EXDEV || fstatat(tmp, file, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	static const char half[] = ".bring";
	return tree_remove(to, half, NULL) && tree_copy(tmp, file, to, half, NULL) &&
	       folder_rename(to, half, to, file) == 0 && folder_sync(to) == 0 &&
	       tree_remove(tmp, file, NULL);
}

static bool sweep_tmp(const struct spool *s, int tmp, const struct left *sorted)
{
	DIR *dir = folder_list(tmp, "");
	bool ok = dir != NULL;
	enum stage stage;
	uint64_t id;

	for (const struct dirent *e; ok && (e = readdir(dir));) {
		if (strncmp(e->d_name, SETTLE_GONE, strlen(SETTLE_GONE)) == 0)
			ok = tree_remove(tmp, e->d_name, NULL);
		if (!settle_parse_stage(e->d_name, &id, &stage))
			continue;
		const struct claim *c = spool_recover_find(sorted, id);
		if (c && (c->mark != MARK_NONE || settle_is_of_store(stage)))
			ok = spool_recover_bring(s, tmp, e->d_name, stage);
		else
			ok = tree_remove(tmp, e->d_name, NULL);
	}
	if (dir)
		(void)closedir(dir);
	return ok;
}

/* Every tmp folder that this or an earlier layout may have used. */
static bool sweep_all_tmp(const struct spool *s, const struct left *sorted)
{
	const int parents[] = { s->places.outgoing, s->places.dead, s->places.reports };

	for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
		int tmp = folder_open(parents[i], ".tmp");
		if (tmp == -1 && errno != ENOENT)
			return false;
		bool ok = tmp == -1 || sweep_tmp(s, tmp, sorted);
		if (tmp != -1)
			(void)close(tmp);
		if (!ok)
			return false;
	}
	return sweep_tmp(s, s->near_tmp, sorted);
}

/* What the last run left of stores whose items were in hand. */
static bool review_stores(const struct spool *s, const struct left *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->claims[i]->mark == MARK_NONE &&
		    !settle_review(&s->places, l->claims[i]->id, false))
			return false;
	return true;
}

bool spool_recover(struct spool *s, void (*found)(void *arg, struct claim *), void *arg)
{
	struct left left = { 0 };
	struct walk w = { .left = &left };
	size_t given = 0;

	bool ok = walk_folder(s->places.active, &w);
	if (ok && left.count > 1)
		qsort(
		    left.claims, left.count, sizeof(struct claim *), spool_recover_by_id);
	w.sweep = true;
	if (ok)
		ok = walk_folder(s->places.active, &w) && sweep_all_tmp(s, &left) &&
		     review_stores(s, &left);
	int saved = errno;
	if (ok)
		for (; given < left.count; given++)
			found(arg, left.claims[given]);
	for (; given < left.count; given++)
		claim_free(left.claims[given]);
	free(left.claims);
	errno = saved;
	return ok;
}
