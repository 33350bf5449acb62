/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/folder.h"
#include "log/log.h"
#include "spool/spool_internal.h"

/*
 * Are the folders that we have open still those that people see at their paths? Somebody
 * may remove one, rename the spool, make a folder anew, or mount a volume over it.
 *
 * A destination, and incoming/, is followed to the folder that is there now: when it is
 * another folder of the same mount, or the root of a mount over the old one. Never to
 * what shows where a mount was: who mounts it again would not see what we had put there.
 * All else, and active/ and tmp/ in any case, is waited for.
 */

static const char *const names[LOOKS] = { [LOOK_SPOOL] = "spool",
	[LOOK_INCOMING] = "incoming",
	[LOOK_ACTIVE] = "active",
	[LOOK_TMP] = "tmp",
	[LOOK_OUTGOING] = "outgoing",
	[LOOK_DEAD] = "dead",
	[LOOK_REPORTS] = "reports" };

static int look_folder(const struct spool *s, enum look which)
{
	const int folders[LOOKS] = { [LOOK_SPOOL] = s->root,
		[LOOK_INCOMING] = s->incoming,
		[LOOK_ACTIVE] = s->places.active,
		[LOOK_TMP] = s->near_tmp,
		[LOOK_OUTGOING] = s->places.outgoing,
		[LOOK_DEAD] = s->places.dead,
		[LOOK_REPORTS] = s->places.reports };

	return folders[which]; /* NOLINT(clang-analyzer-core.uninitialized.UndefReturn):
				  all are there */
}

/* Which tmp folder has what is to be delivered there; -1: none. */
static int look_tmp(const struct spool *s, enum look which)
{
	switch (which) {
	case LOOK_OUTGOING:
		return s->places.tmp[STAGE_OUTPUT];
	case LOOK_DEAD:
		return s->places.tmp[STAGE_WHY];
	case LOOK_REPORTS:
		return s->places.tmp[STAGE_NOTES];
	case LOOK_SPOOL:
	case LOOK_INCOMING:
	case LOOK_ACTIVE:
	case LOOK_TMP:
	case LOOKS:
	default:
		return -1;
	}
}

/* May the folder at a path take the place of the one that we have open? */
static bool spool_may_follow(int old, int fresh)
{
	const unsigned want = STATX_MNT_ID;
	struct statx a, b;

	if (statx(old, "", AT_EMPTY_PATH, want, &a) == -1 ||
	    statx(fresh, "", AT_EMPTY_PATH, want, &b) == -1)
		return false;
	if (!(a.stx_mask & b.stx_mask & STATX_MNT_ID))
		return a.stx_dev_major == b.stx_dev_major &&
		       a.stx_dev_minor == b.stx_dev_minor;
	return a.stx_mnt_id == b.stx_mnt_id ||
	       (b.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static bool is_removed(int folder)
{
	struct stat st;

	return fstat(folder, &st) == -1 || st.st_nlink == 0;
}

/* From now on the descriptor number folder means the folder fresh, also for janitors
 * started later. */
static bool take_over(int fresh, int folder)
{
	return dup3(fresh, folder, O_CLOEXEC) != -1;
}

static bool follow_destination(struct spool *s, enum look which, int fresh)
{
	const int tmp = look_tmp(s, which);

	/* Only where staged files can still be found, and can be brought by a rename or
	 * a copy. */
	if (is_removed(tmp) || spool_rename_works(tmp, fresh) == -1 ||
	    !take_over(fresh, look_folder(s, which)))
		return false;
	if (which == LOOK_DEAD)
		s->places.dead_is_near = spool_rename_works(s->places.active, fresh) == 1;
	return true;
}

/* Claims are renames to active/, which stays where it is. */
static bool follow_incoming(struct spool *s, int fresh)
{
	bool ok = false;

	if (s->active_is_inside || spool_rename_works(s->places.active, fresh) != 1)
		return false;
	int lock = openat(fresh, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock == -1)
		return false;
	if (flock(lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		ok = take_over(lock, s->locks[1]) && take_over(fresh, s->incoming);
	(void)close(lock);
	return ok;
}

static bool spool_follow(struct spool *s, enum look which)
{
	bool ok = false;

	if (which != LOOK_INCOMING && look_tmp(s, which) == -1)
		return false;
	int fresh = open(s->paths[which], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fresh == -1)
		return false;
	if (spool_may_follow(look_folder(s, which), fresh))
		ok = which == LOOK_INCOMING ? follow_incoming(s, fresh)
					    : follow_destination(s, which, fresh);
	(void)close(fresh);
	return ok;
}

static const char *what_to_do(enum look which)
{
	return which == LOOK_SPOOL || which == LOOK_ACTIVE || which == LOOK_TMP
		   ? "nothing is taken or delivered until it is back where it was; if "
		     "that "
		     "cannot be, start the service again"
		   : "nothing is taken or delivered until it is back, or mounted again; "
		     "if "
		     "another folder is meant now, start the service again";
}

/* One folder. What was said of it before decides what is said now. */
static void look_at(struct spool *s, enum look which, struct spool_looked *looked)
{
	const bool was = s->away & 1U << which;
	struct stat open = { 0 }, seen = { 0 };
	bool back = false;

	int error = fstat(look_folder(s, which), &open) == -1 ||
			    stat(s->paths[which], &seen) == -1
			? errno
			: 0;
	if (!error && open.st_dev == seen.st_dev && open.st_ino == seen.st_ino &&
	    open.st_nlink > 0) {
		back = true;
	} else if (!error && spool_follow(s, which)) {
		back = true;
		looked->moved = true;
		looked->incoming = looked->incoming || which == LOOK_INCOMING;
		log_event(EVENT_SPOOL_BACK, LOG_S("folder", names[which]),
		    LOG_S("path", s->paths[which]),
		    LOG_S("how", "another folder is there now and is used"));
	}
	if (back && was && !looked->moved)
		log_event(EVENT_SPOOL_BACK, LOG_S("folder", names[which]),
		    LOG_S("path", s->paths[which]), LOG_S("how", "as it was"));
	if (!back && !was)
		log_event(EVENT_SPOOL_AWAY, LOG_S("folder", names[which]),
		    LOG_S("path", s->paths[which]),
		    LOG_S("error", error ? strerror(error) : "is another folder now"),
		    LOG_S("next", what_to_do(which)));
	s->away = back ? s->away & ~(1U << which) : s->away | 1U << which;
}

struct spool_looked spool_look(struct spool *s)
{
	struct spool_looked looked = { .moved = false };

	for (enum look i = 0; i < LOOKS; i++)
		look_at(s, i, &looked);
	looked.away = spool_away(s);
	return looked;
}

const char *spool_away(const struct spool *s)
{
	for (enum look i = 0; i < LOOKS; i++)
		if (s->away & 1U << i)
			return names[i];
	return NULL;
}
