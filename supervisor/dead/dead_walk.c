/* SPDX-License-Identifier: ISC */
#include "dead/dead_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ids.h"
#include "files/folder.h"

/* A letter: where the texts of its place begin in the walk's. */
struct place {
	uint64_t id;
	size_t sub, file;
};

struct walk {
	const struct dead_store *store;
	struct dead_walk *w;
	struct place *places;
	size_t count, capacity;
	char *texts;
	size_t used, texts_capacity;
};

/* ---- what there is ---- */

/* Keep a text; SIZE_MAX: no memory. */
static size_t dead_walk_keep(struct walk *k, const char *text)
{
	size_t n = strlen(text) + 1, at = k->used;

	if (n > k->texts_capacity - k->used) {
		size_t capacity = k->texts_capacity + k->texts_capacity / 2 + PATH_MAX;
		char *more = realloc(k->texts, capacity);
		if (!more)
			return SIZE_MAX;
		k->texts = more;
		k->texts_capacity = capacity;
	}
	memcpy(k->texts + at, text, n);
	k->used += n;
	return at;
}

static bool add_place(struct walk *k, uint64_t id, size_t sub, const char *file)
{
	if (k->count == k->capacity) {
		size_t capacity = k->capacity + k->capacity / 2 + 256;
		struct place *more = reallocarray(k->places, capacity, sizeof *more);
		if (!more)
			return false;
		k->places = more;
		k->capacity = capacity;
	}
	size_t at = dead_walk_keep(k, file);
	if (at == SIZE_MAX)
		return false;
	k->places[k->count++] = (struct place){ id, sub, at };
	return true;
}

static int dead_walk_by_id(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->id != y->id)
		return x->id > y->id ? 1 : -1;
	return (x->file > y->file) - (x->file < y->file);
}

static bool dead_walk_is_folder(int folder, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

typedef bool folder_fn(struct walk *, DIR *, const char *sub, int depth);

/* Call fn for a folder. True where it is gone: its last letter went. */
static bool with_folder(struct walk *k, folder_fn *fn, const char *sub, int depth)
{
	DIR *dir = folder_list(k->store->dead, sub);

	if (!dir) {
		int saved = errno;
		(void)snprintf(k->w->at, sizeof k->w->at, "%s", sub);
		errno = saved;
		return saved == ENOENT;
	}
	bool on = fn(k, dir, sub, depth);
	int saved = errno;
	(void)closedir(dir);
	errno = saved;
	return on;
}

/* The same for a folder below; one too deep to have a path is none of the service's. */
static bool with_below(
    struct walk *k, folder_fn *fn, const char *sub, const char *name, int depth)
{
	char below[PATH_MAX];
	size_t n = strlen(sub);

	if (depth == FOLDER_DEPTH_MAX || n + 1 + strlen(name) + 1 > sizeof below)
		return true;
	(void)stpcpy(stpcpy(stpcpy(below, sub), n > 0 ? "/" : ""), name);
	return with_folder(k, fn, below, depth + 1);
}

static bool dead_walk_find(struct walk *k, DIR *dir, const char *sub, int depth)
{
	size_t kept = SIZE_MAX;
	uint64_t id = 0;
	bool on = true;

	errno = 0;
	for (const struct dirent *e; on && (e = readdir(dir)); errno = 0) {
		if (e->d_name[0] == '.' || dead_is_companion(e->d_name, &id))
			continue;
		if (dead_walk_is_folder(dirfd(dir), e)) {
			on = with_below(k, dead_walk_find, sub, e->d_name, depth);
		} else if (dead_is_letter(e->d_name, &id) &&
			   (!k->w->wanted || k->w->wanted(k->w->arg, id)) && k->w->each) {
			kept = kept == SIZE_MAX ? dead_walk_keep(k, sub) : kept;
			on = kept != SIZE_MAX && add_place(k, id, kept, e->d_name);
		}
	}
	return on && errno == 0;
}

/* ---- each of them ---- */

static bool look_at_each(struct walk *k)
{
	size_t last = SIZE_MAX; /* the sub-folder that is open */
	int folder = -1;
	bool on = true;

	for (size_t i = 0; on && i < k->count; i++) {
		const struct place *p =
		    &k->places[k->w->latest_first ? k->count - 1 - i : i];
		if (p->sub != last) {
			if (folder != -1)
				(void)close(folder);
			folder = folder_open(k->store->dead, k->texts + p->sub);
			last = p->sub;
		}
		struct dead_letter l = { .id = p->id,
			.folder = folder,
			.sub = k->texts + p->sub,
			.file = k->texts + p->file };
		if (folder == -1 || !dead_load(&l))
			continue; /* gone meanwhile */
		on = k->w->each(k->w->arg, &l);
		json_decref(l.report);
	}
	if (folder != -1)
		(void)close(folder);
	return on;
}

/* ---- what is left of letters that are gone ---- */

/* Remove from ids those of which a name is in this folder. */
static void cross_out(struct ids *ids, int folder, bool letters_only)
{
	DIR *dir = folder_list(folder, "");
	uint64_t id;

	if (!dir) {
		ids->count = 0; /* nothing is known: nothing may be removed */
		return;
	}
	for (const struct dirent *e; (e = readdir(dir));) {
		if (letters_only ? !dead_is_letter(e->d_name, &id)
				 : !name_read_id(e->d_name, &id))
			continue;
		ids_remove(ids, id);
	}
	(void)closedir(dir);
}

/*
 * Of reports without a letter keep only those whose letter is nowhere: a report comes
 * before its letter, which is in active/ until then (or for good, in .held, where it
 * could not be copied). So active/ is looked into first, dead/ once more after it.
 */
static void sift_orphans(
    const struct walk *k, int folder, const char *sub, struct ids *orphans)
{
	const char *const subs[] = { sub, DEAD_HELD_BACK };
	bool known = false;

	for (int i = 0; i < 2; i++) {
		if (k->store->active[i] == -1)
			continue;
		known = true;
		for (int n = 0; n < 2; n++) {
			int fd = folder_open(k->store->active[i], subs[n]);
			if (fd != -1) {
				cross_out(orphans, fd, false);
				(void)close(fd);
			} else if (errno != ENOENT) {
				orphans->count = 0;
			}
		}
	}
	if (!known)
		orphans->count = 0;
	if (orphans->count > 0)
		cross_out(orphans, folder, true);
}

static void remove_orphans(struct walk *k, int folder, const struct ids *orphans)
{
	char name[NAME_SIZE];

	for (size_t i = 0; i < orphans->count; i++) {
		bool gone = false;
		for (enum dead_mark m = DEAD_NO_MARK; m < DEAD_MARKS; m++) {
			dead_report_name(orphans->at[i], m, name);
			gone |= unlinkat(folder, name, 0) == 0;
		}
		dead_held_name(orphans->at[i], name);
		(void)unlinkat(folder, name, 0);
		k->w->cleaned += gone;
	}
}

static bool dead_walk_clean(struct walk *k, DIR *dir, const char *sub, int depth)
{
	struct ids letters = { 0 }, companions = { 0 }, orphans = { 0 };
	uint64_t id = 0;
	bool on = true;

	errno = 0;
	for (const struct dirent *e; on && (e = readdir(dir)); errno = 0) {
		if (dead_is_companion(e->d_name, &id))
			on = ids_add(&companions, id);
		else if (e->d_name[0] == '.')
			continue; /* .tmp, and what is not ours */
		else if (dead_walk_is_folder(dirfd(dir), e))
			on = with_below(k, dead_walk_clean, sub, e->d_name, depth);
		else if (dead_is_letter(e->d_name, &id))
			on = ids_add(&letters, id);
	}
	on = on && errno == 0;
	ids_sort(&letters);
	ids_sort(&companions);
	for (size_t i = 0; on && i < companions.count; i++) {
		id = companions.at[i];
		if ((i == 0 || id != companions.at[i - 1]) && !ids_has(&letters, id))
			on = ids_add(&orphans, id);
	}
	if (on && orphans.count > 0)
		sift_orphans(k, dirfd(dir), sub, &orphans);
	if (on)
		remove_orphans(k, dirfd(dir), &orphans);
	if (on && depth > 0)
		folder_prune(k->store->dead, sub);
	ids_clear(&letters);
	ids_clear(&companions);
	ids_clear(&orphans);
	return on;
}

bool dead_walk(const struct dead_store *s, struct dead_walk *w)
{
	struct walk k = { .store = s, .w = w };

	w->at[0] = '\0';
	if (s->dead == -1)
		return true;
	bool ok = with_folder(&k, dead_walk_find, "", 0);
	w->found = k.count; /* before the first each */
	if (ok && k.count > 0) {
		qsort(k.places, k.count, sizeof *k.places, dead_walk_by_id);
		ok = look_at_each(&k);
	}
	if (ok && w->clean)
		ok = with_folder(&k, dead_walk_clean, "", 0);
	int saved = errno;
	free(k.places);
	free(k.texts);
	errno = saved;
	return ok;
}
