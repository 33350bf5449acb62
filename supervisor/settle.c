#include "settle.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy.h"
#include "folder.h"

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
 *   .ready   none                      before the input went  folders synced, input
 * removed .dead    all, some                 as .ready              as .ready .dead none
 * before the input moved input renamed to dead/ none     none                      before
 * the answer, or  settled; sidecar and empty cleaning up            folders go none some
 * only if people took    staged files removed: the the name from active/  message is
 * theirs now
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
 * The folders in the configuration should change only when no marked message is in
 * active/ (after a stop by TERM there is none). spool_recover() brings staged files
 * along from <spool>/tmp and from .tmp of every folder that is still in use; those
 * in .tmp of a folder that is no longer configured would count as delivered.
 */
enum place { TO_OUTGOING, TO_DEAD, TO_REPORTS, PLACES };

static const struct row {
	const char *suffix;
	enum place place;
	bool made_unsynced; /* by the supervisor, which does not wait for disks */
} rows[STAGES] = {
	[STAGE_WHY] = { "why", TO_DEAD, true },
	[STAGE_NOTES] = { "notes", TO_REPORTS, true },
	[STAGE_LETTER] = { "letter", TO_DEAD, false },
	[STAGE_ORIGINAL] = { "original", TO_OUTGOING, false },
	/* Done is said after the worker's own fdatasync. */
	[STAGE_OUTPUT] = { "out", TO_OUTGOING, false },
};

enum {
	BATCH = 64, /* each holds up to 4 descriptors */
	TRIES = 99, /* other names where one is taken */
};

static const char held[] = ".held";

/* One settlement in work. */
struct work {
	struct settlement *s;
	int active;      /* active/<sub>; -1: gone, with all three names */
	int to[PLACES];  /* opened when needed */
	unsigned staged; /* stages whose tmp folder must be synced before the mark */
	enum mark mark;  /* what the name is to get, or has */
	bool resumed;    /* the mark was there before us */
};

/* Folders synced in one phase of a batch. */
struct synced {
	struct {
		dev_t dev;
		ino_t ino;
		int error;
	} at[BATCH * (int)STAGES];
	size_t count;
};

void settle_stage_name(uint64_t id, enum stage s, char to[NAME_ROOM])
{
	(void)snprintf(to, NAME_ROOM, "%016" PRIx64 ".%s", id, rows[s].suffix);
}

bool settle_parse_stage(const char *file, uint64_t *id, enum stage *stage)
{
	char again[NAME_ROOM];
	char *end;

	/* Read freely, then compared with how we would write it. */
	uint64_t v = strtoull(file, &end, 16);
	if (v == 0 || *end != '.')
		return false;
	for (enum stage s = 0; s < STAGES; s++) {
		settle_stage_name(v, s, again);
		if (strcmp(again, file) == 0) {
			*id = v;
			*stage = s;
			return true;
		}
	}
	return false;
}

static bool fail(struct work *w, const char *where)
{
	w->s->error = errno;
	w->s->where = where;
	return false;
}

/* The name in active/ with this mark. */
static bool active_name(const struct work *w, enum mark mark, char to[NAME_ROOM])
{
	struct claim c = *w->s->claim;
	bool cut;

	c.mark = mark;
	name_active(&c, to, &cut);
	return cut;
}

/* Which of the three names is there? *st is the input's. */
static bool find(const struct places *p, struct work *w, struct stat *st)
{
	char name[NAME_ROOM];

	w->active = folder_open(p->active, w->s->claim->sub);
	if (w->active == -1)
		return errno == ENOENT || fail(w, "open active folder");
	for (enum mark m = MARK_NONE; m <= MARK_DEAD; m++) {
		(void)active_name(w, m, name);
		if (fstatat(w->active, name, st, AT_SYMLINK_NOFOLLOW) == 0) {
			w->mark = w->s->claim->mark = m;
			w->resumed = m != MARK_NONE;
			return true;
		}
		if (errno != ENOENT)
			return fail(w, "look into active");
	}
	(void)close(w->active);
	w->active = -1;
	return true;
}

/* Remove a staged file. */
static bool unstage(const struct places *p, struct work *w, enum stage s)
{
	char name[NAME_ROOM];

	settle_stage_name(w->s->claim->id, s, name);
	if (unlinkat(p->tmp[s], name, 0) == 0)
		w->staged |= 1U << s;
	else if (errno != ENOENT)
		return fail(w, "remove staged file");
	return true;
}

/* A staged file that others made: it must be there, and whole on the disk. */
static bool check_staged(const struct places *p, struct work *w, enum stage s)
{
	char name[NAME_ROOM];
	struct stat st;

	settle_stage_name(w->s->claim->id, s, name);
	w->staged |= 1U << s;
	if (!rows[s].made_unsynced)
		return fstatat(p->tmp[s], name, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
		       fail(w, "find staged output");
	int fd = openat(p->tmp[s], name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return fail(w, "open staged report");
	bool ok = fsync(fd) == 0 || fail(w, "sync staged report");
	(void)close(fd);
	return ok;
}

/* Stage the input itself. *kept: it cannot be copied and must stay whole somewhere. */
static bool stage_input(const struct places *p, struct work *w, enum stage s,
    const struct stat *st, bool *kept)
{
	char from[NAME_ROOM], to[NAME_ROOM];

	(void)active_name(w, MARK_NONE, from);
	settle_stage_name(w->s->claim->id, s, to);
	if (!unstage(p, w, s))
		return false;
	w->staged |= 1U << s;
	/* A dead letter is a file of its own: a link would be changed with the input. */
	if (s == STAGE_ORIGINAL && linkat(w->active, from, p->tmp[s], to, 0) == 0)
		return true;
	switch (copy_file(w->active, from, st, p->tmp[s], to)) {
	case COPIED:
		return true;
	case COPY_IMPOSSIBLE:
		*kept = true;
		return unstage(p, w, s);
	case COPY_FAILED:
		break;
	}
	(void)fail(w, "copy input");
	(void)unlinkat(p->tmp[s], to, 0); /* the room is needed */
	return false;
}

/* Step 1 without its syncs. */
static bool prepare(const struct places *p, struct work *w)
{
	unsigned plan = w->s->plan;
	bool kept = false;
	struct stat st;

	if (!find(p, w, &st))
		return false;
	if (w->resumed)
		return true;
	if (p->dead_is_near)
		plan &= ~(unsigned)PLAN_LETTER;
	for (enum stage s = 0; s < STAGES; s++) {
		bool ok;
		if (w->active == -1 || !(plan & 1U << s))
			ok = unstage(p, w, s);
		else if (s == STAGE_LETTER || s == STAGE_ORIGINAL)
			ok = stage_input(p, w, s, &st, &kept);
		else
			ok = check_staged(p, w, s);
		if (!ok)
			return false;
	}
	bool letter = w->s->plan & PLAN_LETTER;
	if (kept)
		w->s->where = "kept";
	w->mark = kept || (letter && p->dead_is_near) ? MARK_DEAD : MARK_READY;
	return true;
}

/* fsync a folder, once in each phase. */
static bool sync_once(struct synced *done, int folder, struct work *w, const char *where)
{
	struct stat st;
	size_t i = 0;

	if (fstat(folder, &st) == -1)
		return fail(w, where);
	while (i < done->count &&
	       (done->at[i].dev != st.st_dev || done->at[i].ino != st.st_ino))
		i++;
	if (i == done->count) {
		done->at[i].dev = st.st_dev;
		done->at[i].ino = st.st_ino;
		done->at[i].error = folder_sync(folder) == 0 ? 0 : errno;
		done->count++;
	}
	errno = done->at[i].error;
	return errno == 0 || fail(w, where);
}

static bool sync_staged(const struct places *p, struct work *w, struct synced *done)
{
	for (enum stage s = 0; s < STAGES; s++)
		if (w->staged & 1U << s && !sync_once(done, p->tmp[s], w, "sync tmp"))
			return false;
	return true;
}

/* The commit point. */
static bool put_mark(const struct places *p, struct work *w)
{
	char from[NAME_ROOM], to[NAME_ROOM];

	(void)p;
	if (w->resumed)
		return true;
	(void)active_name(w, MARK_NONE, from);
	(void)active_name(w, w->mark, to);
	if (renameat(w->active, from, w->active, to) == -1)
		return fail(w, "mark in active");
	w->s->claim->mark = w->mark;
	return true;
}

static bool sync_mark(const struct places *p, struct work *w, struct synced *done)
{
	(void)p;
	return sync_once(done, w->active, w, "sync active");
}

/* A file's name at its place; try counts from 1 where names are taken. */
static void place_name(const struct places *p, const struct claim *c, enum stage s,
    int try, char to[NAME_ROOM])
{
	char name[NAME_ROOM], number[8];

	switch (s) {
	case STAGE_LETTER:
		name_letter(c, name);
		break;
	case STAGE_ORIGINAL:
		name_original(c, name);
		break;
	case STAGE_OUTPUT:
		name_result(c, p->extension, name);
		break;
	case STAGE_WHY:
	case STAGE_NOTES:
	case STAGES:
		(void)snprintf(name, sizeof name, "%016" PRIx64 ".json", c->id);
		break;
	}
	number[0] = '\0';
	if (try > 1)
		(void)snprintf(number, sizeof number, "-%d", try);
	/* Before the extension, as name.c understands it. */
	const char *dot = strrchr(name, '.');
	size_t stem = dot && strlen(dot) <= 33 ? (size_t)(dot - name) : strlen(name);
	size_t room = NAME_ROOM - 1 - strlen(number) - strlen(name + stem);
	if (stem > room)
		stem = room;
	memcpy(to, name, stem);
	(void)snprintf(to + stem, NAME_ROOM - stem, "%s%s", number, name + stem);
}

/* The folder at a place; made when it is missing. */
static int open_place(const struct places *p, struct work *w, enum place place)
{
	const int roots[PLACES] = { p->outgoing, p->dead, p->reports };

	if (w->to[place] == -1)
		w->to[place] =
		    folder_make(roots[place], w->s->claim->sub, p->folder_mode, true);
	return w->to[place];
}

static bool same_file(int a, const char *a_name, int b, const char *b_name)
{
	struct stat x, y;

	return fstatat(a, a_name, &x, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(b, b_name, &y, AT_SYMLINK_NOFOLLOW) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* Rename to the place of stage s under a free name. The file is known to be there, so
 * ENOENT is a consumer that removed the empty folder: it is made again. */
static bool put(const struct places *p, struct work *w, int from_folder, const char *from,
    enum stage s)
{
	enum place place = rows[s].place;
	char to[NAME_ROOM];
	int made = 0;

	for (int try = 1; try <= TRIES;) {
		int folder = open_place(p, w, place);
		if (folder == -1)
			return fail(w, "make folder");
		place_name(p, w->s->claim, s, try, to);
		if (folder_rename(from_folder, from, folder, to) == 0)
			return true;
		/* Half a rename, on a file system that loses the other half. */
		if (errno == EEXIST && same_file(from_folder, from, folder, to))
			return unlinkat(from_folder, from, 0) == 0 ||
			       fail(w, "remove staged file");
		if (errno == EEXIST) {
			try++;
		} else if (errno == ENOENT && made++ < 10) {
			(void)close(w->to[place]);
			w->to[place] = -1;
		} else {
			return fail(w, "deliver");
		}
	}
	return fail(w, "deliver");
}

/* Step 2: whatever is still staged goes to its place. */
static bool deliver(const struct places *p, struct work *w)
{
	char from[NAME_ROOM];
	struct stat st;

	for (enum stage s = 0; s < STAGES; s++) {
		settle_stage_name(w->s->claim->id, s, from);
		if (fstatat(p->tmp[s], from, &st, AT_SYMLINK_NOFOLLOW) == -1) {
			if (errno != ENOENT)
				return fail(w, "look into tmp");
			continue;
		}
		if (!put(p, w, p->tmp[s], from, s))
			return false;
	}
	return true;
}

static bool sync_delivered(const struct places *p, struct work *w, struct synced *done)
{
	const int roots[PLACES] = { p->outgoing, p->dead, p->reports };

	for (enum place i = 0; i < PLACES; i++) {
		/* Killed after a rename, before its sync? The one before us may have
		 * been. */
		if (w->to[i] == -1 && w->resumed)
			w->to[i] = folder_open(roots[i], w->s->claim->sub);
		if (w->to[i] != -1 && !sync_once(done, w->to[i], w, "sync destination"))
			return false;
	}
	return true;
}

/* Keep an input that can go nowhere else. */
static bool hold(const struct places *p, struct work *w, const char *from)
{
	char to[NAME_ROOM];

	int folder = folder_make(p->active, held, p->folder_mode, true);
	if (folder == -1)
		return fail(w, "make folder for held messages");
	place_name(p, w->s->claim, STAGE_LETTER, 1, to);
	bool ok = folder_rename(w->active, from, folder, to) == 0 || fail(w, "hold");
	if (ok)
		w->s->where = "held";
	(void)close(folder);
	return ok;
}

/* The input's end. */
static bool finish(const struct places *p, struct work *w)
{
	char from[NAME_ROOM];

	(void)active_name(w, w->mark, from);
	if (w->mark == MARK_READY)
		return unlinkat(w->active, from, 0) == 0 || errno == ENOENT ||
		       fail(w, "remove input");
	if (!p->dead_is_near)
		return hold(p, w, from);
	return put(p, w, w->active, from, STAGE_LETTER);
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
	char name[NAME_ROOM];
	const char *sub = w->s->claim->sub;

	if (w->s->error == 0 && active_name(w, MARK_NONE, name)) {
		int folder = w->active != -1 ? w->active : folder_open(p->active, sub);
		name_sidecar(w->s->claim->id, name);
		if (folder != -1)
			(void)unlinkat(folder, name, 0);
		if (folder != -1 && w->active == -1)
			(void)close(folder);
	}
	if (w->active != -1)
		(void)close(w->active);
	for (enum place i = 0; i < PLACES; i++)
		if (w->to[i] != -1)
			(void)close(w->to[i]);
	if (w->s->error == 0)
		folder_prune(p->active, sub);
}

/* The steps of a batch: first the work of each message, then the syncs they share. */
static const struct phase {
	bool (*work)(const struct places *, struct work *);
	bool (*sync)(const struct places *, struct work *, struct synced *);
} phases[] = {
	{ prepare, sync_staged },
	{ put_mark, sync_mark },
	{ deliver, sync_delivered },
	{ finish, sync_finished },
};

static void settle_batch(const struct places *p, struct settlement *s, size_t count)
{
	struct work works[BATCH];

	for (size_t i = 0; i < count; i++) {
		s[i].error = 0;
		s[i].where = NULL;
		works[i] =
		    (struct work){ .s = &s[i], .active = -1, .to = { -1, -1, -1 } };
	}
	for (size_t n = 0; n < sizeof phases / sizeof phases[0]; n++) {
		struct synced done = { .count = 0 };
		for (size_t i = 0; i < count; i++)
			if (s[i].error == 0 && (n == 0 || works[i].active != -1))
				(void)phases[n].work(p, &works[i]);
		for (size_t i = 0; i < count; i++)
			if (s[i].error == 0 && works[i].active != -1)
				(void)phases[n].sync(p, &works[i], &done);
	}
	for (size_t i = 0; i < count; i++)
		clean_up(p, &works[i]);
}

void settle(const struct places *p, struct settlement *s, size_t count)
{
	while (count > 0) {
		size_t n = count < BATCH ? count : BATCH;
		settle_batch(p, s, n);
		s += n;
		count -= n;
	}
}
