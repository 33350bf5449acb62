/* SPDX-License-Identifier: ISC */
#include "spool/settle.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/copy.h"
#include "files/folder.h"
#include "files/ledger.h"
#include "files/sync.h"
#include "files/tree.h"
#include "spool/settle_private.h"

/*
 * What lies on the disk after a kill at any call, and what the next settle() or
 * start does. "name" is the name in active/, "staged" are the files in tmp/.
 *
 *   name     staged                    it was killed          what is done
 *   -------  ------------------------  ---------------------  -------------------------
 *   in       any                       before the claim       nothing: staged files of
 *   incoming                                                  unknown ids are removed
 *   no mark  none, half, whole, stale  in step 1 or before    asked again: what the plan
 *                                      it                     has not is removed, links
 *                                                             and copies are made anew.
 *                                                             At a start: staged files
 *                                                             removed, a suspect
 *   .ready   all                       after the mark         all are delivered
 *   .ready   some                      while delivering       the rest is delivered; the
 *                                                             missing ones were delivered
 *                                                             (never looked for: the
 *                                                             consumer may have them)
 *   .ready   none                      before the input went  folders synced, input gone
 *   .dead    all, some                 as .ready              as .ready
 *   .dead    none                      before the input moved input renamed to dead/
 *   none     none                      before the answer, or  settled; sidecar and empty
 *                                      cleaning up            folders go
 *   none     some                      only if people took    staged files removed: the
 *                                      the name from active/  message is theirs now
 *
 * The mark is one rename, so there is always exactly one of the three names. Step
 * 1 ends with a sync of the staged files and of their folders, so a mark that
 * survives a power cut has its staged files with it. Only a file system that can
 * lose one half of a rename could deliver twice, and only at a power cut.
 *
 * An input that cannot be copied where a copy is needed (a FIFO, a device, no
 * permission to read, a bad disk under it) is marked .dead though dead/ is
 * another volume. It is kept then in active/.held/, which nothing scans; where
 * says "held" beside error 0, and its report is in dead/ as ever.
 *
 * A folder below a destination may be a mount of its own: then the staged file is copied
 * into it under a hidden name, ".<id>.<suffix>", synced, and removed from tmp/ (synced)
 * before the copy gets its name. So a hidden copy is looked for only where nothing is
 * staged any more. An input that such a folder below dead/ cannot take by a rename is
 * staged as a letter, as for another volume.
 *
 * Staged files of marked messages are looked for in <spool>/tmp and in .tmp of every
 * folder in use; spool_recover() brings them along when the layout has changed, and
 * spool_places.c lets no service start while one of the former places is missing.
 */

enum {
	BATCH = 256,
	BATCH_BELOW = 64, /* of those in sub-folders; each holds up to 4 descriptors */
	OPEN_MOST = 64,   /* files that are synced one by one, at a time */
	COPIES = 8,       /* times places.copy_most: what a batch may copy */
};

static const char held[] = ".held";

/* Folders synced in one phase of a batch. */
struct synced {
	struct {
		int folder, error;
	} at[BATCH * (int)STAGES];
	size_t count;
};

/* The name in active/ with this mark. */
static bool active_name(const struct work *w, enum mark mark, char to[NAME_SIZE])
{
	struct claim c = *w->s->claim;
	bool cut;

	c.mark = mark;
	name_active(&c, to, &cut);
	return cut;
}

/* A message that nobody was asked to settle before has no mark, and what its input is
 * need not be known where that is only removed: the name is not looked for, the mark
 * finds out whether it is there. */
static bool is_first_time(const struct settlement *s)
{
	return s->claim->unmade != 0 &&
	       !(s->plan & (PLAN_LETTER | PLAN_ORIGINAL | PLAN_STAYS));
}

/* Which of the three names is there? *st is the input's. */
static bool settle_find(const struct places *p, struct work *w, struct stat *st)
{
	char name[NAME_SIZE];

	w->active = folder_borrow(p->active, w->s->claim->sub);
	if (w->active == -1)
		return errno == ENOENT || settle_fail(w, "open active folder");
	if (is_first_time(w->s))
		return true;
	for (enum mark m = MARK_NONE; m <= MARK_DEAD; m++) {
		(void)active_name(w, m, name);
		if (fstatat(w->active, name, st, AT_SYMLINK_NOFOLLOW) == 0) {
			w->mark = w->s->claim->mark = m;
			w->resumed = m != MARK_NONE;
			if (w->resumed)
				w->deliver = UINT_MAX;
			return true;
		}
		if (errno != ENOENT)
			return settle_fail(w, "look into active");
	}
	folder_return(p->active, w->active);
	w->active = -1;
	return true;
}

/* Remove a staged file. */
static bool settle_unstage(const struct places *p, struct work *w, enum stage s)
{
	char name[NAME_SIZE];

	w->deliver &= ~(1U << s);
	if (w->s->claim->unmade & 1U << s)
		return true;
	settle_stage_name(w->s->claim->id, s, name);
	if (unlinkat(p->tmp[s], name, 0) == 0) {
		w->staged |= 1U << s;
		return true;
	}
	if ((errno != EISDIR && errno != EPERM) || settle_rows[s].kind == SETTLE_FILE)
		return errno == ENOENT || settle_fail(w, "remove staged file");
	if (!settle_has_time(p, w))
		return false;
	w->staged |= 1U << s;
	return tree_remove(p->tmp[s], name, p->tell) ||
	       settle_fail(w, "remove staged folder");
}

/* A staged file that others made: it must be there, and is synced with all of a batch. */
static bool check_staged(const struct places *p, struct work *w, enum stage s)
{
	char name[NAME_SIZE];
	struct stat st;

	settle_stage_name(w->s->claim->id, s, name);
	w->staged |= 1U << s;
	w->deliver |= 1U << s;
	if (fstatat(p->tmp[s], name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return settle_fail(
		    w, errno == ENOENT ? settle_missing : "look at staged file");
	if (S_ISDIR(st.st_mode) && !settle_has_time(p, w))
		return false;
	if ((uint64_t)st.st_size < settle_rows[s].synced_from)
		w->unsynced |= 1U << s;
	return true;
}

/* Stage the input itself. *kept: it cannot be copied and must stay whole somewhere. */
static bool stage_input(const struct places *p, struct work *w, enum stage s,
    const struct stat *st, bool *kept)
{
	char from[NAME_SIZE], to[NAME_SIZE];

	(void)active_name(w, MARK_NONE, from);
	settle_stage_name(w->s->claim->id, s, to);
	if (!settle_may_copy(p, w, st) || !settle_unstage(p, w, s))
		return false;
	w->s->claim->unmade &= ~(1U << s);
	w->staged |= 1U << s;
	w->deliver |= 1U << s;
	/* Files of their own: a link would be changed with the input. An original is a
	   result, a dead letter stays as it was. */
	switch (copy_file(w->active, from, st, p->tmp[s], to,
	    s == STAGE_ORIGINAL ? &p->results : NULL, p->tell)) {
	case COPIED:
		return true;
	case COPY_IMPOSSIBLE:
		*kept = true;
		return settle_unstage(p, w, s);
	case COPY_FAILED:
		break;
	}
	(void)settle_fail(w, "copy input");
	(void)unlinkat(p->tmp[s], to, 0); /* the room is needed */
	return false;
}

/* The whole name of a message with a long one, which the claim did not wait to see on
 * disk; its folder is synced with the mark. */
static bool sync_sidecar(struct work *w)
{
	char name[NAME_SIZE];

	if (!active_name(w, MARK_NONE, name))
		return true;
	name_sidecar(w->s->claim->id, name);
	int fd = openat(w->active, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1) /* lost once: its cut name will do */
		return errno == ENOENT || settle_fail(w, "open sidecar");
	bool ok = fsync(fd) == 0 || settle_fail(w, "sync sidecar");
	(void)close(fd);
	return ok;
}

/* All that a volume has, once. */
static bool sync_volumes(const int *folders, size_t count)
{
	struct stat st[8];

	assert(count <= sizeof st / sizeof st[0]);
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;
		if (fstat(folders[i], &st[i]) == -1)
			return false;
		while (st[k].st_dev != st[i].st_dev)
			k++;
		if (k == i && syncfs(folders[i]) == -1)
			return false;
	}
	return true;
}

/* While a store stays. The claim, too, must outlive the power: under another name all
 * would begin anew. */
static bool settle_batch_of_items(const struct places *p, struct work *w)
{
	const int folders[] = { w->active, p->tmp[STAGE_LEDGER], p->tmp[STAGE_ITEMS],
		p->tmp[STAGE_NOTED], p->tmp[STAGE_BURIED] };
	char name[NAME_SIZE];

	if (w->active == -1)
		return true;
	if (!settle_has_time(p, w))
		return false;
	if (w->s->plan & PLAN_DOUBT)
		return settle_review(p, w->s->claim->id, true) ||
		       settle_fail(w, "take back items");
	settle_stage_name(w->s->claim->id, STAGE_LEDGER, name);
	w->deliver = PLAN_BURIED;
	return (sync_volumes(folders, sizeof folders / sizeof folders[0]) &&
		   ledger_sync_batch(p->tmp[STAGE_LEDGER], name)) ||
	       settle_fail(w, settle_unsynced);
}

/* Step 1 without its syncs. */
static bool settle_prepare(const struct places *p, struct work *w)
{
	unsigned plan = w->s->plan;
	bool kept = false;
	struct stat st;

	if (!settle_find(p, w, &st))
		return false;
	if (w->resumed)
		return true;
	if (plan & PLAN_STAYS)
		return settle_batch_of_items(p, w);
	if (w->active != -1 && !sync_sidecar(w))
		return false;
	/* Before anything is decided by what a destination is. */
	for (enum stage stage = 0; stage < STAGES; stage++)
		if (plan & 1U << stage &&
		    !settle_is_in_sight(p, w, settle_rows[stage].place))
			return settle_fail(w, "find destination");
	bool letter = plan & PLAN_LETTER;
	bool near = letter && settle_dead_is_near(p, w);
	if (near)
		plan &= ~(unsigned)PLAN_LETTER;
	for (enum stage s = 0; s < STAGES; s++) {
		bool ok = true;
		if (w->active == -1 || !(plan & 1U << s))
			ok = settle_unstage(p, w, s);
		else if (s == STAGE_LETTER || s == STAGE_ORIGINAL)
			ok = stage_input(p, w, s, &st, &kept);
		else if (settle_rows[s].kind != SETTLE_LEDGER)
			ok = check_staged(p, w, s);
		if (!ok)
			return false;
	}
	if (kept)
		w->s->where = "kept";
	w->mark = kept || near ? MARK_DEAD : MARK_READY;
	return true;
}

/* Is this one of the folders? By its number; or, where each message opened its own, by
 * what it is. */
static size_t find_synced(const struct synced *done, int folder)
{
	struct stat one, other;
	size_t i;

	for (i = 0; i < done->count; i++)
		if (done->at[i].folder == folder)
			return i;
	if (done->count == 0 || fstat(folder, &one) == -1)
		return done->count;
	for (i = 0; i < done->count; i++)
		if (fstat(done->at[i].folder, &other) == 0 &&
		    one.st_dev == other.st_dev && one.st_ino == other.st_ino)
			break;
	return i;
}

static void note_synced(struct synced *done, int folder, int error)
{
	done->at[done->count].folder = folder;
	done->at[done->count].error = error;
	done->count++;
}

/* fsync a folder, once in each phase. All are open until its end. */
static bool sync_once(struct synced *done, int folder, struct work *w, const char *where)
{
	const size_t i = find_synced(done, folder);

	if (i == done->count)
		note_synced(done, folder, folder_sync(folder) == 0 ? 0 : errno);
	errno = done->at[i].error;
	return errno == 0 || settle_fail(w, where);
}

/* Of a batch, the files of a stage that are to be synced, from *next on; returns how
 * many, at most OPEN_MOST. */
static size_t find_unsynced(struct work *works, size_t count, enum stage s, size_t *next,
    struct work *found[OPEN_MOST])
{
	size_t n = 0;

	for (; *next < count && n < OPEN_MOST; ++*next)
		if (works[*next].s->error == 0 && works[*next].unsynced & 1U << s)
			found[n++] = &works[*next];
	return n;
}

/* Some of a stage one by one, so that it is known which failed. */
static void sync_each(
    const struct places *p, enum stage s, struct work *const *works, size_t count)
{
	struct sync_file files[OPEN_MOST];
	char name[NAME_SIZE];

	for (size_t i = 0; i < count; i++) {
		settle_stage_name(works[i]->s->claim->id, s, name);
		files[i].fd = openat(
		    p->tmp[s], name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		works[i]->sync_error[s] = files[i].fd == -1 ? errno : 0;
	}
	sync_together(files, count);
	for (size_t i = 0; i < count; i++) {
		if (works[i]->sync_error[s] == 0)
			works[i]->sync_error[s] = files[i].error;
		if (files[i].fd != -1)
			(void)close(files[i].fd);
	}
}

/* The staged files of a batch, all at once; and with their volume the folder they are in:
 * its fsync would be a commit of the journal for the names that came meanwhile. */
static void sync_batch(
    const struct places *p, struct work *works, size_t count, struct synced *done)
{
	struct work *found[OPEN_MOST];
	bool each =
	    false; /* what failed before sync_all knew the volume it does not tell */

	for (enum stage s = 0; s < STAGES; s++) {
		size_t next = 0, n;
		if (settle_rows[s].kind != SETTLE_FILE)
			continue;
		while ((n = find_unsynced(works, count, s, &next, found)) > 0) {
			each = each || n < SYNC_ALL_FROM || !sync_all(p->tmp[s]);
			if (!each) {
				if (find_synced(done, p->tmp[s]) == done->count)
					note_synced(done, p->tmp[s], 0);
				break; /* with the others of this stage */
			}
			sync_each(p, s, found, n);
		}
	}
}

/* A folder's files have no other way but that of all of their volume. */
static bool sync_stage(const struct places *p, const struct work *w, enum stage s)
{
	char name[NAME_SIZE];

	if (w->unsynced & 1U << s && settle_rows[s].kind != SETTLE_FILE) {
		settle_stage_name(w->s->claim->id, s, name);
		int fd = openat(
		    p->tmp[s], name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		bool ok = fd != -1 && syncfs(fd) == 0;
		int saved = errno;
		if (fd != -1)
			(void)close(fd);
		errno = saved;
		return ok;
	}
	errno = w->sync_error[s];
	return errno == 0;
}

static bool sync_staged(const struct places *p, struct work *w, struct synced *done)
{
	for (enum stage s = 0; s < STAGES; s++)
		if (!sync_stage(p, w, s))
			return settle_fail(w,
			    errno == ENOENT ? settle_missing : settle_rows[s].unsynced);
	for (enum stage s = 0; s < STAGES; s++)
		if (w->staged & 1U << s && !sync_once(done, p->tmp[s], w, "sync tmp"))
			return false;
	return true;
}

/* People took the name from active/ while we had it: what is staged goes. */
static bool settle_let_go(const struct places *p, struct work *w)
{
	folder_return(p->active, w->active);
	w->active = -1;
	for (enum stage s = 0; s < STAGES; s++)
		if (!settle_unstage(p, w, s))
			return false;
	return true;
}

/* The commit point. */
static bool settle_put_mark(const struct places *p, struct work *w)
{
	char from[NAME_SIZE], to[NAME_SIZE];

	if (w->resumed || w->s->plan & PLAN_STAYS)
		return true;
	(void)active_name(w, MARK_NONE, from);
	(void)active_name(w, w->mark, to);
	if (renameat(w->active, from, w->active, to) == -1)
		return (errno == ENOENT && is_first_time(w->s) && settle_let_go(p, w)) ||
		       (w->s->error == 0 && settle_fail(w, "mark in active"));
	w->s->claim->mark = w->mark;
	return true;
}

static bool sync_mark(const struct places *p, struct work *w, struct synced *done)
{
	(void)p;
	return sync_once(done, w->active, w, "sync active");
}

/* Step 2: whatever is still staged goes to its place. */
static bool settle_deliver(const struct places *p, struct work *w)
{
	for (enum stage s = 0; s < STAGES; s++)
		if (settle_rows[s].kind != SETTLE_FOLDER_FILES
			? !settle_put_staged(p, w, s)
			: w->deliver & 1U << s && !settle_scatter(p, w, s))
			return false;
	return true;
}

static bool sync_delivered(const struct places *p, struct work *w, struct synced *done)
{
	for (enum place i = 0; i < PLACES; i++) {
		/* An earlier settlement may have been killed between a rename and its
		 * sync. */
		if (w->to[i] == -1 && w->resumed)
			(void)settle_open_place(p, w, i, false);
		if (w->to[i] != -1 && !sync_once(done, w->to[i], w, "sync destination"))
			return false;
	}
	return true;
}

/* Keep an input that can go nowhere else. */
static bool settle_hold(const struct places *p, struct work *w, const char *from)
{
	char to[NAME_SIZE];

	int folder = folder_make(p->active, held, p->folder_mode, true);
	if (folder == -1)
		return settle_fail(w, "make folder for held messages");
	settle_place_name(p, w->s->claim, STAGE_LETTER, 1, to);
	bool ok =
	    folder_rename(w->active, from, folder, to) == 0 || settle_fail(w, "hold");
	if (ok)
		w->s->where = "held";
	(void)close(folder);
	return ok;
}

/* The input's end. */
static bool settle_finish(const struct places *p, struct work *w)
{
	char from[NAME_SIZE];

	if (w->s->plan & PLAN_STAYS && !w->resumed)
		return true;
	(void)active_name(w, w->mark, from);
	if (w->mark == MARK_READY)
		return unlinkat(w->active, from, 0) == 0 || errno == ENOENT ||
		       settle_fail(w, "remove input");
	if (!settle_dead_is_near(p, w))
		return settle_hold(p, w, from);
	return settle_put(p, w, w->active, from, STAGE_LETTER);
}

static bool sync_finished(const struct places *p, struct work *w, struct synced *done)
{
	(void)p;
	return w->mark != MARK_DEAD || w->to[TO_DEAD] == -1 ||
	       sync_once(done, w->to[TO_DEAD], w, "sync dead");
}

/* What is left of a settled message; close what was opened. */
static void clean_up(const struct places *p, struct work *w)
{
	char name[NAME_SIZE];
	const char *sub = w->s->claim->sub;

	w->s->claim->unmade = 0; /* it is no first time any more */
	if (w->s->error == 0 && active_name(w, MARK_NONE, name)) {
		int folder = w->active != -1 ? w->active : folder_borrow(p->active, sub);
		name_sidecar(w->s->claim->id, name);
		if (folder != -1)
			(void)unlinkat(folder, name, 0);
		if (w->active == -1)
			folder_return(p->active, folder);
	}
	if (w->s->error == 0 && (w->resumed || w->s->plan & PLAN_LEDGER)) {
		settle_stage_name(w->s->claim->id, STAGE_LEDGER, name);
		(void)unlinkat(p->tmp[STAGE_LEDGER], name, 0);
	}
	folder_return(p->active, w->active);
	for (enum place i = 0; i < PLACES; i++)
		folder_return(settle_root(p, i), w->to[i]);
	if (w->s->error == 0)
		folder_prune(p->active, sub);
}

/* The steps of a batch: first the work of each message, then the syncs they share. */
static const struct phase {
	bool (*work)(const struct places *, struct work *);
	bool (*sync)(const struct places *, struct work *, struct synced *);
} phases[] = {
	{ settle_prepare, sync_staged },
	{ settle_put_mark, sync_mark },
	{ settle_deliver, sync_delivered },
	{ settle_finish, sync_finished },
};

static void settle_tell(const struct places *p)
{
	if (p->tell)
		p->tell(0, 0);
}

static void settle_batch(const struct places *p, struct settlement *s, size_t count)
{
	struct work works[BATCH];
	struct batch batch = { .budget = p->copy_most };

	if (batch.budget < UINT64_MAX / COPIES)
		batch.budget *= COPIES;
	for (size_t i = 0; i < count; i++) {
		s[i].error = 0;
		s[i].where = NULL;
		works[i] = (struct work){
			.s = &s[i], .active = -1, .to = { -1, -1, -1 }, .batch = &batch
		};
	}
	for (size_t n = 0; n < sizeof phases / sizeof phases[0]; n++) {
		struct synced done = { .count = 0 };
		memset(batch.sight, 0, sizeof batch.sight);
		for (size_t i = 0; i < count; i++)
			if (s[i].error == 0 && (n == 0 || works[i].active != -1)) {
				(void)phases[n].work(p, &works[i]);
				settle_tell(p);
			}
		if (n == 0)
			sync_batch(p, works, count, &done);
		for (size_t i = 0; i < count; i++)
			if (s[i].error == 0 && works[i].active != -1) {
				(void)phases[n].sync(p, &works[i], &done);
				settle_tell(p);
			}
	}
	for (size_t i = 0; i < count; i++)
		clean_up(p, &works[i]);
}

/* How many of these are one batch. */
static size_t batch_of(const struct settlement *s, size_t count)
{
	size_t n = 0, below = 0;

	while (n < count && n < BATCH && below < BATCH_BELOW)
		below += *s[n++].claim->sub != '\0';
	return n;
}

void settle(const struct places *p, struct settlement *s, size_t count)
{
	while (count > 0) {
		const size_t n = batch_of(s, count);
		settle_batch(p, s, n);
		s += n;
		count -= n;
	}
}
