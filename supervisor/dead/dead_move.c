/* SPDX-License-Identifier: ISC */
#include "dead/dead_move.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "files/copy.h"
#include "files/folder.h"

enum { TRIES = 999 }; /* other names where one is taken */

static bool dead_move_fail(struct dead_done *d, const char *trouble)
{
	d->gone = !trouble && errno == ENOENT;
	d->trouble = trouble ? trouble : strerror(errno);
	return false;
}

/* Where a mark's staged file goes. */
static int root_of(const struct dead_store *s, enum dead_mark mark)
{
	return mark == DEAD_RETRIED ? s->incoming : s->outgoing;
}

static void place_name(
    const struct dead_letter *l, enum dead_mark mark, int try, char to[NAME_SIZE])
{
	char own[NAME_SIZE], name[NAME_SIZE];
	struct claim c = { .id = l->id, .name = own };

	(void)snprintf(own, sizeof own, "%s", l->name);
	if (mark == DEAD_RETRIED)
		name_numbered(l->name, try, to);
	else {
		name_result(&c, "undelivered.eml", name);
		name_numbered(name, try, to);
	}
}

/* Rename to a free name, never replacing. */
static bool dead_move_put(int from, const char *file, int folder,
    const struct dead_letter *l, enum dead_mark mark, struct dead_done *d)
{
	for (int try = 1; try <= TRIES; try++) {
		place_name(l, mark, try, d->to);
		if (folder_rename(from, file, folder, d->to) == 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	d->to[0] = '\0';
	return false;
}

static bool unlink_one(int folder, const char *name)
{
	return unlinkat(folder, name, 0) == 0 || errno == ENOENT;
}

/* Steps 3 to 5. The mark is there; the staged file need not be any more. */
static bool go_on(const struct dead_store *s, const struct dead_letter *l,
    enum dead_mark mark, struct dead_done *d)
{
	char name[NAME_SIZE], report[NAME_SIZE];
	bool ok = false;

	dead_report_name(l->id, mark, name);
	int folder = folder_make(
	    root_of(s, mark), l->sub, (unsigned)s->config->files.folder_mode, true);
	if (folder == -1)
		return dead_move_fail(d, NULL);
	if (!dead_move_put(folder, name, folder, l, mark, d) && errno != ENOENT)
		goto out;
	if (folder_sync(folder) == -1)
		goto out;
	if (mark == DEAD_KEPT) {
		dead_report_name(l->id, DEAD_NO_MARK, report);
		ok = dead_hold(s, l, d) &&
		     renameat(l->folder, name, l->folder, report) == 0;
	} else {
		ok = unlink_one(l->folder, l->file) && folder_sync(l->folder) == 0 &&
		     unlink_one(l->folder, name);
		dead_held_name(l->id, report);
		ok = ok && unlink_one(l->folder, report);
	}
out:
	if (!ok)
		(void)dead_move_fail(d, NULL);
	(void)close(folder);
	return ok;
}

/* Step 2. */
static bool dead_move_put_mark(const struct dead_letter *l, enum dead_mark mark)
{
	char from[NAME_SIZE], to[NAME_SIZE];

	dead_report_name(l->id, DEAD_NO_MARK, from);
	dead_report_name(l->id, mark, to);
	if (renameat(l->folder, from, l->folder, to) == -1 &&
	    (errno != ENOENT || !folder_write(l->folder, to, "", 0, true)))
		return false;
	return folder_sync(l->folder) == 0;
}

bool dead_finish(
    const struct dead_store *s, const struct dead_letter *l, struct dead_done *d)
{
	return l->mark == DEAD_NO_MARK || go_on(s, l, l->mark, d);
}

/* Remove what stands beside a letter that is gone. */
static bool remove_companions(const struct dead_letter *l)
{
	char name[NAME_SIZE];

	dead_report_name(l->id, DEAD_NO_MARK, name);
	if (!unlink_one(l->folder, name))
		return false;
	dead_held_name(l->id, name);
	return unlink_one(l->folder, name);
}

/* dead/ and incoming/ are different volumes. */
static bool retry_far(const struct dead_store *s, const struct dead_letter *l, int folder,
    struct dead_done *d)
{
	char staged[NAME_SIZE];

	dead_report_name(l->id, DEAD_RETRIED, staged);
	if (!unlink_one(folder, staged))
		return dead_move_fail(d, NULL);
	switch (copy_file(l->folder, l->file, &l->st, folder, staged, NULL, NULL)) {
	case COPIED:
		break;
	case COPY_IMPOSSIBLE:
		(void)unlinkat(folder, staged, 0);
		return dead_move_fail(d, "cannot be copied to another volume");
	case COPY_FAILED:
		(void)dead_move_fail(d, NULL);
		(void)unlinkat(folder, staged, 0);
		return false;
	}
	if (folder_sync(folder) == -1 || !dead_move_put_mark(l, DEAD_RETRIED))
		return dead_move_fail(d, NULL);
	return go_on(s, l, DEAD_RETRIED, d);
}

/* ---- items of stores ---- */

/* The letter with this id that lies beside another. False: there is none. Of a store
 * thousands of items may come, one after the other: what was found last is looked for
 * first. */
static bool find_letter(int folder, uint64_t id, char to[NAME_SIZE])
{
	static char last[NAME_SIZE];
	uint64_t found = 0;

	if (dead_is_letter(last, &found) && found == id &&
	    faccessat(folder, last, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		(void)snprintf(to, NAME_SIZE, "%s", last);
		return true;
	}
	DIR *dir = folder_list(folder, "");
	const struct dirent *e;

	*to = '\0';
	while (dir && !*to && (e = readdir(dir)))
		if (dead_is_letter(e->d_name, &found) && found == id)
			(void)snprintf(to, NAME_SIZE, "%s", e->d_name);
	if (dir)
		(void)closedir(dir);
	(void)snprintf(last, sizeof last, "%s", to);
	return *to != '\0';
}

/* By which the service knows that one item of a store is wanted: "box.pst" becomes
 * "box.item-12-0123456789abcdef.pst". letter: "<id>.box.pst". */
static void name_asking(
    const char *letter, uint64_t number, uint64_t key, char to[NAME_SIZE])
{
	enum { STEM = 180, EXTENSION = 20 };
	const char *name = strchr(letter, '.') + 1, *dot = strrchr(name, '.'),
		   *asked = strstr(name, NAME_ITEM);
	size_t stem = asked ? (size_t)(asked - name)
		      : dot ? (size_t)(dot - name)
			    : strlen(name);

	if (!dot || strlen(dot) > EXTENSION)
		dot = "";
	(void)snprintf(to, NAME_SIZE, "%.*s" NAME_ITEM "%" PRIu64 "-%016" PRIx64 "%s",
	    (int)(stem < STEM ? stem : STEM), name, number, key, dot);
}

/* A name for the store more, or where that cannot be a copy of it. */
static bool put_store(int from, const char *file, int folder, const char *name)
{
	char half[NAME_SIZE + 8];
	struct stat st;

	if (linkat(from, file, folder, name, 0) == 0 || errno == EEXIST)
		return true; /* there already: by a retry that was killed */
	(void)snprintf(half, sizeof half, ".%.200s.part", name);
	return unlink_one(folder, half) &&
	       fstatat(from, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       copy_file(from, file, &st, folder, half, NULL, NULL) == COPIED &&
	       folder_rename(folder, half, folder, name) == 0;
}

/* Of an item that has no bytes of its own its store is wanted, for that item alone. */
static bool retry_item(const struct dead_store *s, const struct dead_letter *l,
    const json_t *item, struct dead_done *d)
{
	const char *key_text = json_string_value(json_object_get(item, "key"));
	const char *id_text = json_string_value(json_object_get(item, "id"));
	const json_int_t number = json_integer_value(json_object_get(item, "item"));
	char store[NAME_SIZE];
	uint64_t id, key;

	if (number <= 0 || !id_text || !name_read_id(id_text, &id) || !key_text ||
	    !name_read_id(key_text, &key))
		return dead_move_fail(d, "its report does not say of what store it is");
	if (!find_letter(l->folder, id, store))
		return dead_move_fail(
		    d, "its store is no longer a dead letter beside it");
	int folder = folder_make(
	    s->incoming, l->sub, (unsigned)s->config->files.folder_mode, false);
	if (folder == -1)
		return dead_move_fail(d, NULL);
	name_asking(store, (uint64_t)number, key, d->to);
	bool ok =
	    (put_store(l->folder, store, folder, d->to) && folder_sync(folder) == 0 &&
		unlink_one(l->folder, l->file) && remove_companions(l)) ||
	    dead_move_fail(d, NULL);
	(void)close(folder);
	return ok;
}

bool dead_retry(
    const struct dead_store *s, const struct dead_letter *l, struct dead_done *d)
{
	bool ok;

	(void)snprintf(d->sub, sizeof d->sub, "%s", l->sub);
	if (l->mark != DEAD_NO_MARK)
		return dead_finish(s, l, d);
	const json_t *item = json_object_get(l->report, "item_of");
	const json_t *store = json_object_get(l->report, "store");
	if (item && strcmp(dead_said(l, "item_of", "saved"), "bytes") != 0)
		return retry_item(s, l, item, d);
	if (store && !json_object_get(store, "list_ends"))
		return dead_move_fail(d,
		    "it is a store, kept for those of its items that failed: they are "
		    "dead letters, too, and each is tried again by itself");
	if (name_ignored(l->name, s->config->intake.ignore))
		return dead_move_fail(d, "its name is one that incoming leaves alone");
	int folder = folder_make(
	    s->incoming, l->sub, (unsigned)s->config->files.folder_mode, false);
	if (folder == -1)
		return dead_move_fail(d, NULL);
	if (dead_move_put(l->folder, l->file, folder, l, DEAD_RETRIED, d))
		ok = remove_companions(l) || dead_move_fail(d, NULL);
	else if (errno == EXDEV)
		ok = retry_far(s, l, folder, d);
	else
		ok = dead_move_fail(d, NULL);
	(void)close(folder);
	return ok;
}

bool dead_remove(
    const struct dead_store *s, const struct dead_letter *l, struct dead_done *d)
{
	if (l->mark != DEAD_NO_MARK) {
		(void)snprintf(d->sub, sizeof d->sub, "%s", l->sub);
		return dead_finish(s, l, d);
	}
	if (unlinkat(l->folder, l->file, 0) == -1 || !remove_companions(l))
		return dead_move_fail(d, NULL);
	return true;
}

bool dead_hold(
    const struct dead_store *s, const struct dead_letter *l, struct dead_done *d)
{
	char name[NAME_SIZE];

	(void)s;
	dead_held_name(l->id, name);
	int fd =
	    openat(l->folder, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return dead_move_fail(d, NULL);
	(void)close(fd);
	return true;
}

/* ---- return ---- */

/* A copy of it as a new file of this name, synced. */
static bool stage_notice(
    const struct dead_store *s, int folder, const char *name, int notice)
{
	struct stat st;
	int fd = folder_create(folder, name);

	return fd != -1 && folder_created(folder, name, fd,
			       fstat(notice, &st) == 0 &&
				   copy_range(notice, 0, (uint64_t)st.st_size, fd) &&
				   copy_dress(fd, &s->results) && fsync(fd) == 0);
}

bool dead_deliver_notice(const struct dead_store *s, const struct dead_letter *l,
    bool keep, int notice, struct dead_done *d)
{
	const enum dead_mark mark = keep ? DEAD_KEPT : DEAD_RETURNED;
	char staged[NAME_SIZE];

	(void)snprintf(d->sub, sizeof d->sub, "%s", l->sub);
	dead_report_name(l->id, mark, staged);
	int folder = folder_make(
	    s->outgoing, l->sub, (unsigned)s->config->files.folder_mode, true);
	if (folder == -1)
		return dead_move_fail(d, NULL);
	bool ok = stage_notice(s, folder, staged, notice) && folder_sync(folder) == 0 &&
		  dead_move_put_mark(l, mark);
	if (!ok)
		(void)dead_move_fail(d, NULL);
	(void)close(folder);
	return ok && go_on(s, l, mark, d);
}

/* ---- export ---- */

/* Under a name that nobody takes for whole, then renamed. */
static bool export_letter(const struct dead_letter *l, int folder, struct dead_done *d)
{
	char half[NAME_SIZE];

	(void)snprintf(half, sizeof half, ".%016" PRIx64 ".part", l->id);
	if (!unlink_one(folder, half))
		return dead_move_fail(d, NULL);
	switch (copy_file(l->folder, l->file, &l->st, folder, half, NULL, NULL)) {
	case COPIED:
		if (folder_rename(folder, half, folder, l->file) == 0)
			return true;
		break;
	case COPY_IMPOSSIBLE:
		return dead_move_fail(d, "cannot be copied");
	case COPY_FAILED:
		break;
	}
	if (errno == EEXIST)
		(void)dead_move_fail(d, "is there already");
	else
		(void)dead_move_fail(d, NULL);
	(void)unlinkat(folder, half, 0);
	return false;
}

bool dead_export(const struct dead_store *s, const struct dead_letter *l, int folder,
    bool scrub, struct dead_done *d)
{
	static const char *const people[] = { "sender", "subject", "message_id" };
	static const char *const mail[] = { "stack", "registers", "stderr" };
	char name[NAME_SIZE];

	(void)s;
	if (!export_letter(l, folder, d))
		return false;
	if (!l->report)
		return true;
	/* Ours alone: whoever looks at it next reads it anew. */
	json_t *report = json_deep_copy(l->report);
	json_t *worker = json_object_get(report, "worker");
	for (size_t i = 0; scrub && i < sizeof people / sizeof people[0]; i++)
		(void)json_object_del(report, people[i]);
	for (size_t i = 0; scrub && i < sizeof mail / sizeof mail[0]; i++)
		(void)json_object_del(worker, mail[i]);
	char *text = json_line(report, JSON_TEXT_DOCUMENT);
	dead_report_name(l->id, DEAD_NO_MARK, name);
	bool ok = text && folder_write_whole(folder, name, text, strlen(text), true);
	if (!ok)
		(void)dead_move_fail(d, NULL);
	else
		(void)snprintf(d->to, sizeof d->to, "%s", l->file);
	free(text);
	json_decref(report);
	return ok;
}
