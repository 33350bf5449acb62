/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "files/folder.h"
#include "files/lease.h"
#include "spool/spool_internal.h"

enum { OPEN_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

static bool same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The file to be claimed, open for reading, and what it is: -1 with errno. ESTALE: it is
 * another one by now. */
static int open_to_look(
    int folder, const char *name, struct stat *st, struct stamp *stamp)
{
	struct stat opened;

	int fd = openat(folder, name, OPEN_FLAGS);
	if (fd == -1)
		return -1;
	bool ok = stamp_look(fd, stamp, &opened);
	if (ok && !same_inode(st, &opened)) {
		ok = false;
		errno = ESTALE;
	}
	if (ok) {
		*st = opened;
		return fd;
	}
	int saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

static bool is_folder(int root, const char *path)
{
	struct stat st;

	return fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* Is this folder, or one above it, the tmp/ of a Maildir? What lies there is being
 * written, and will be linked or renamed to new/ beside it. */
static bool is_maildir_tmp(int incoming, const char *sub)
{
	static const char tmp[] = "tmp";
	char path[PATH_MAX];

	for (const char *at = sub; *at != '\0';) {
		const size_t n = strcspn(at, "/"), parent = (size_t)(at - sub);
		if (n == sizeof tmp - 1 && strncmp(at, tmp, n) == 0 &&
		    parent + sizeof "new" <= sizeof path) {
			memcpy(path, sub, parent);
			memcpy(path + parent, "new", sizeof "new");
			bool both = is_folder(incoming, path);
			memcpy(path + parent, "cur", sizeof "cur");
			if (both && is_folder(incoming, path))
				return true;
		}
		at += n + (at[n] == '/');
	}
	return false;
}

static struct claim *new_claim(const char *sub, const char *name)
{
	struct claim *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->id = name_new_id();
	c->unmade = UINT_MAX;
	c->sub = strdup(sub);
	c->name = strdup(name);
	if (!c->sub || !c->name) {
		claim_free(c);
		return NULL;
	}
	return c;
}

/* Keep the whole of a name that is too long for active/ in a file beside it, which has
 * another name until it is complete. It is not synced: after a power cut the message may
 * be left with its cut name. */
static bool write_sidecar(int folder, const struct claim *c)
{
	char name[NAME_SIZE];

	name_sidecar(c->id, name);
	return folder_write_whole(folder, name, c->name, strlen(c->name), false);
}

/* Rename from incoming to active; *folder: our folder, for the sidecar. */
static bool spool_claim_take(
    struct spool *s, int from, const struct claim *c, const char *active, bool cut)
{
	enum { TRIES = 10 };
	char sidecar[NAME_SIZE];
	struct stat st;

	name_sidecar(c->id, sidecar);
	/* The janitor removes folders that have become empty: then once more. */
	for (int i = 1; i <= TRIES; i++) {
		const int active_root = s->places.active;
		int to = *c->sub == '\0' ? active_root
					 : folder_make(active_root, c->sub,
					       s->places.folder_mode, false);
		if (to == -1)
			return false;
		bool ok = (!cut || write_sidecar(to, c)) &&
			  folder_rename(from, c->name, to, active) == 0;
		int saved = errno;
		if (!ok && cut)
			(void)unlinkat(to, sidecar, 0);
		folder_return(active_root, to);
		if (!ok)
			folder_prune(active_root, c->sub);
		errno = saved;
		if (ok || errno != ENOENT ||
		    fstatat(from, c->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			return ok;
	}
	return false;
}

/* Why a file was not claimed, by errno; what concerns its whole folder is said once. */
static enum claimed not_claimed(struct spool *s, int from, const char *sub)
{
	switch (errno) {
	case ENOENT:
		return CLAIM_GONE;
	case EXDEV:
	case EACCES:
	case EPERM:
	case EROFS:
		spool_say_left(s, from, sub, NULL, NULL, errno);
		return CLAIM_LEFT;
	default:
		return CLAIM_ERROR;
	}
}

/* The same of a file that could not be opened. */
static enum claimed not_opened(
    struct spool *s, int from, const char *sub, const char *name, const struct stat *st)
{
	switch (errno) {
	case ESTALE: /* replaced under our eyes: look again later */
	case ELOOP:  /* by a link, a socket */
	case ENXIO:
	case EWOULDBLOCK: /* a write lease of somebody's */
		return CLAIM_BUSY;
	case EACCES:
	case EPERM:
		spool_say_left(s, from, sub, name, st, errno);
		return CLAIM_LEFT;
	default:
		return errno == ENOENT ? CLAIM_GONE : CLAIM_ERROR;
	}
}

/* Take the file into active/. Whether somebody began to write it when we had already
 * looked is found out by whoever gives it to a worker (spool_written). */
static enum claimed claim_it(struct spool *s, int from, const struct claim *c)
{
	char active[NAME_SIZE];
	bool cut;

	name_active(c, active, &cut);
	return spool_claim_take(s, from, c, active, cut) ? CLAIMED
							 : not_claimed(s, from, c->sub);
}

/* Nothing may be taken out of a folder that we may not write to: before it is waited for,
 * scan after scan, in vain. */
static bool may_take(int from)
{
	return faccessat(from, ".", W_OK | X_OK, AT_EACCESS) == 0;
}

/* By what a name tells of its file. CLAIMED: it is worth to be opened. */
static enum claimed spool_claim_glance(
    const struct spool *s, const char *sub, const struct stat *st, bool moved_in)
{
	if (S_ISDIR(st->st_mode) || is_maildir_tmp(s->incoming, sub))
		return CLAIM_GONE;
	if (S_ISREG(st->st_mode) && !moved_in && spool_is_fresh(s, st))
		return CLAIM_BUSY;
	return CLAIMED;
}

/* Since it got its name in incoming, or was last written there (inode(7), ctime). */
static uint64_t has_waited_ms(const struct stat *st)
{
	const int64_t came = st->st_ctim.tv_sec * 1000 + st->st_ctim.tv_nsec / 1000000;
	const int64_t now = clock_wall_ms();

	return now > came ? (uint64_t)(now - came) : 0;
}

enum claimed spool_claim(struct spool *s, const char *sub, const char *name,
    bool moved_in, struct claim **out, int *input)
{
	enum claimed result = CLAIM_ERROR;
	struct stamp stamp = { 0 };
	struct claim *c = NULL;
	struct stat st;
	int fd = -1;

	*out = NULL;
	*input = -1;
	int from = folder_borrow(s->incoming, sub);
	if (from == -1)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
			   ? CLAIM_GONE
			   : CLAIM_ERROR;
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		result = not_claimed(s, from, sub);
		goto out;
	}
	result = spool_claim_glance(s, sub, &st, moved_in);
	if (result != CLAIMED)
		goto out;
	/* Nothing is written into a name alone; it will be refused. */
	if (S_ISREG(st.st_mode)) {
		fd = open_to_look(from, name, &st, &stamp);
		if (fd == -1) {
			result = may_take(from) ? not_opened(s, from, sub, name, &st)
						: not_claimed(s, from, sub);
			goto out;
		}
		result = CLAIM_BUSY;
		if (!spool_is_whole(s, fd, &st, moved_in)) {
			if (!may_take(from))
				result = not_claimed(s, from, sub);
			goto out;
		}
	}
	result = CLAIM_ERROR;
	c = new_claim(sub, name);
	if (!c)
		goto out;
	c->stamp = stamp;
	c->stamped = fd != -1;
	c->waited_ms = has_waited_ms(&st);
	result = claim_it(s, from, c);
	if (result == CLAIMED) {
		*out = c;
		c = NULL;
		*input = fd;
		fd = -1;
	}
out:;
	int saved = errno;
	claim_free(c);
	if (fd != -1)
		(void)close(fd);
	errno = saved;
	folder_return(s->incoming, from);
	return result;
}

bool spool_written(struct claim *c, int fd, bool closing)
{
	struct stamp now;

	if (lease_has_writer(fd, closing))
		return true;
	if (!stamp_take(fd, &now))
		return false;
	const bool changed = c->stamped && !stamp_same(&now, &c->stamp);
	c->stamp = now;
	c->stamped = true;
	return changed;
}

bool spool_recharge(struct spool *s, struct claim *c, struct charges charges)
{
	char from[NAME_SIZE], to[NAME_SIZE];
	struct claim fresh = *c;
	bool cut;

	assert(c->mark == MARK_NONE);
	fresh.charges = charges;
	name_active(c, from, &cut);
	name_active(&fresh, to, &cut);
	int folder = folder_borrow(s->places.active, c->sub);
	if (folder == -1)
		return false;
	bool ok = renameat(folder, from, folder, to) == 0;
	folder_return(s->places.active, folder);
	if (ok)
		c->charges = charges;
	return ok;
}

bool spool_put_back(struct spool *s, const struct claim *c)
{
	char name[NAME_SIZE];
	bool cut, ok = false;
	struct stat st;

	if (c->mark != MARK_NONE || c->charges.crash || c->charges.timeout ||
	    c->charges.memory || c->charges.kills) {
		errno = EEXIST;
		return false;
	}
	name_active(c, name, &cut);
	int from = folder_open(s->places.active, c->sub);
	if (from == -1)
		return false;
	int to = folder_open(s->incoming, c->sub);
	if (to == -1)
		goto out;
	/* Its unfinished files go first: later nobody would know whose they were. */
	for (enum stage i = 0; i < STAGES; i++) {
		char staged[NAME_SIZE];
		settle_stage_name(c->id, i, staged);
		(void)unlinkat(s->places.tmp[i], staged, 0);
	}
	ok = folder_rename(from, name, to, c->name) == 0;
	if (ok && fstatat(to, c->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		spool_was_returned(s, &st);
	if (ok && cut) {
		name_sidecar(c->id, name);
		(void)unlinkat(from, name, 0);
	}
out:;
	int saved = errno;
	(void)close(from);
	if (to != -1)
		(void)close(to);
	if (ok)
		folder_prune(s->places.active, c->sub);
	errno = saved;
	return ok;
}

/* Why a file can never be read. */
static const char *no_message(const struct stat *st)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFLNK:
		return "is a symbolic link";
	case S_IFIFO:
		return "is a FIFO";
	case S_IFSOCK:
		return "is a socket";
	case S_IFCHR:
	case S_IFBLK:
		return "is a device";
	default:
		return "is not a file";
	}
}

int spool_input(struct spool *s, const struct claim *c, struct stat *st, const char **why)
{
	char name[NAME_SIZE];
	int fd = -1;
	bool cut;

	*why = NULL;
	name_active(c, name, &cut);
	int folder = folder_open(s->places.active, c->sub);
	if (folder == -1)
		return -1;
	if (fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW) == -1)
		goto out;
	if (!S_ISREG(st->st_mode)) {
		*why = no_message(st);
		goto out;
	}
	fd = openat(folder, name, OPEN_FLAGS);
	if (fd != -1 && fstat(fd, st) == -1) {
		(void)close(fd);
		fd = -1;
	}
out:;
	int saved = errno;
	(void)close(folder);
	errno = saved;
	return fd;
}

int spool_output(struct spool *s, struct claim *c)
{
	const int tmp = s->places.tmp[STAGE_OUTPUT];
	char name[NAME_SIZE];

	settle_stage_name(c->id, STAGE_OUTPUT, name);
	if (!(c->unmade & 1U << STAGE_OUTPUT) && unlinkat(tmp, name, 0) == -1 &&
	    errno != ENOENT)
		return -1;
	c->unmade &= ~(1U << STAGE_OUTPUT);
	int fd =
	    openat(tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1 || s->dressed || copy_dress(fd, &s->places.results))
		return fd;
	int saved = errno;
	(void)close(fd);
	(void)unlinkat(tmp, name, 0);
	errno = saved;
	return -1;
}

int spool_scratch(struct spool *s)
{
	static const char name[] = ".scratch";
	const int tmp = s->places.tmp[STAGE_OUTPUT];

	int fd = openat(tmp, ".", O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (fd != -1 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	(void)unlinkat(tmp, name, 0);
	fd = openat(tmp, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd != -1)
		(void)unlinkat(tmp, name, 0);
	return fd;
}

bool spool_stage(
    struct spool *s, struct claim *c, enum stage stage, const void *bytes, size_t n)
{
	char name[NAME_SIZE];

	assert(stage == STAGE_WHY || stage == STAGE_NOTES);
	c->unmade &= ~(1U << stage);
	settle_stage_name(c->id, stage, name);
	return folder_write(s->places.tmp[stage], name, bytes, n, false);
}
