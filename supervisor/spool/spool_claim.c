/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files/folder.h"
#include "files/lease.h"
#include "log/log.h"
#include "spool/spool_internal.h"

enum { OPEN_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

static bool same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int64_t ms_between(struct timespec from, struct timespec to)
{
	return (int64_t)(to.tv_sec - from.tv_sec) * 1000 +
	       (to.tv_nsec - from.tv_nsec) / 1000000;
}

/* A file from the future: the clock was set back, or its server's runs ahead. It is
 * settled when a second look, long enough after the first, finds it the same. */
static bool seen_unchanged(struct spool *s, const struct stat *st)
{
	enum { FORGET_MS = 60 * 1000 };
	struct seen *e = &s->seen[st->st_ino % SEEN];
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	uint64_t now = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	bool same = e->since != 0 && e->dev == st->st_dev && e->ino == st->st_ino;
	if (same && e->size == st->st_size && ms_between(e->changed, st->st_ctim) == 0) {
		if (now - e->since < s->config->intake.settle)
			return false;
		e->since = 0;
		return true;
	}
	if (!same && e->since != 0 &&
	    now - e->since < s->config->intake.settle + FORGET_MS)
		return false; /* another file's turn first */
	*e = (struct seen){ .dev = st->st_dev,
		.ino = st->st_ino,
		.changed = st->st_ctim,
		.size = st->st_size,
		.since = now };
	return false;
}

/* Without a lease: unchanged for a while. The change time alone counts: every write
 * sets it, and unlike the modification time no sender can. */
static bool spool_claim_settled(struct spool *s, const struct stat *st)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	int64_t age = ms_between(st->st_ctim, now);
	return age < 0 ? seen_unchanged(s, st)
		       : (uint64_t)age >= s->config->intake.settle;
}

/* Is the file whole? 1: yes, 0: not yet, -1: errno. */
static int is_whole(struct spool *s, int folder, const char *name, const struct stat *st)
{
	struct stat opened;

	if (!S_ISREG(st->st_mode))
		return 1; /* nothing is written into a name; it will be refused */
	if (!s->leases)
		return spool_claim_settled(s, st);
	int fd = openat(folder, name, OPEN_FLAGS);
	if (fd == -1) {
		if (errno == EACCES || errno == EPERM || errno == ELOOP || errno == ENXIO)
			return spool_claim_settled(s, st);
		return errno == EWOULDBLOCK ? 0 : -1; /* a write lease of somebody's */
	}
	int whole;
	if (fstat(fd, &opened) == -1)
		whole = -1;
	else if (!same_inode(st, &opened))
		whole = 0; /* replaced under our eyes: look again later */
	else
		switch (lease_ask(fd)) {
		case LEASE_FREE:
			whole = 1;
			break;
		case LEASE_WRITER:
			whole = 0;
			break;
		case LEASE_UNKNOWN:
		default:
			whole = spool_claim_settled(s, &opened);
			break;
		}
	int saved = errno;
	(void)close(fd);
	errno = saved;
	return whole;
}

static struct claim *new_claim(const char *sub, const char *name)
{
	struct claim *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->id = name_new_id();
	c->sub = strdup(sub);
	c->name = strdup(name);
	if (!c->sub || !c->name) {
		claim_free(c);
		return NULL;
	}
	return c;
}

/* Keep a name whole that active/ cannot: first under a name that says it is half. Not
 * synced: after a power cut the message may have its cut name. */
static bool write_sidecar(int folder, const struct claim *c)
{
	char name[NAME_ROOM], half[NAME_ROOM + 4];

	name_sidecar(c->id, name);
	(void)snprintf(half, sizeof half, "%s.tmp", name);
	return folder_write(folder, half, c->name, strlen(c->name), false) &&
	       renameat(folder, half, folder, name) == 0;
}

/* Rename from incoming to active; *folder: our folder, for the sidecar. */
static bool spool_claim_take(
    struct spool *s, int from, const struct claim *c, const char *active, bool cut)
{
	enum { TRIES = 10 };
	char sidecar[NAME_ROOM];
	struct stat st;

	name_sidecar(c->id, sidecar);
	/* The janitor removes folders that have become empty: then once more. */
	for (int i = 1; i <= TRIES; i++) {
		int to =
		    folder_make(s->places.active, c->sub, s->places.folder_mode, false);
		if (to == -1)
			return false;
		bool ok = (!cut || write_sidecar(to, c)) &&
			  folder_rename(from, c->name, to, active) == 0;
		int saved = errno;
		if (!ok && cut)
			(void)unlinkat(to, sidecar, 0);
		(void)close(to);
		if (!ok)
			folder_prune(s->places.active, c->sub);
		errno = saved;
		if (ok || errno != ENOENT ||
		    fstatat(from, c->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			return ok;
	}
	return false;
}

/* Say once for each folder that its files cannot be claimed. */
static void tell_mount(struct spool *s, int folder, const char *sub)
{
	struct stat st;

	if (fstat(folder, &st) == -1)
		return;
	for (size_t i = 0; i < FOREIGN; i++)
		if (s->foreign[i].dev == st.st_dev && s->foreign[i].ino == st.st_ino)
			return;
	s->foreign[s->foreign_next] = (struct foreign){ st.st_dev, st.st_ino };
	s->foreign_next = (s->foreign_next + 1) % FOREIGN;
	log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "claim"), LOG_S("path", s->path),
	    LOG_S("folder", sub), LOG_E(EXDEV),
	    LOG_S("next",
		"this folder is a mount of its own: its files stay there; give it a "
		"service of its own, or mount the volume as incoming/ itself"));
}

/* Why a file was not claimed, by errno. */
static enum claimed not_claimed(struct spool *s, int from, const char *sub)
{
	if (errno == ENOENT)
		return CLAIM_GONE;
	if (errno != EXDEV)
		return CLAIM_ERROR;
	tell_mount(s, from, sub);
	return CLAIM_MOUNT;
}

enum claimed spool_claim(
    struct spool *s, const char *sub, const char *name, bool moved_in, struct claim **out)
{
	enum claimed result = CLAIM_ERROR;
	char active[NAME_ROOM];
	struct claim *c = NULL;
	struct stat st;
	bool cut;
	int whole;

	*out = NULL;
	int from = folder_open(s->incoming, sub);
	if (from == -1)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
			   ? CLAIM_GONE
			   : CLAIM_ERROR;
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		result = not_claimed(s, from, sub);
		goto out;
	}
	if (S_ISDIR(st.st_mode)) {
		result = CLAIM_GONE;
		goto out;
	}
	whole = moved_in ? 1 : is_whole(s, from, name, &st);
	if (whole != 1) {
		result = whole == 0 ? CLAIM_BUSY : not_claimed(s, from, sub);
		goto out;
	}
	c = new_claim(sub, name);
	if (!c)
		goto out;
	name_active(c, active, &cut);
	if (!spool_claim_take(s, from, c, active, cut)) {
		result = not_claimed(s, from, sub);
		goto out;
	}
	*out = c;
	c = NULL;
	result = CLAIMED;
out:;
	int saved = errno;
	claim_free(c);
	(void)close(from);
	errno = saved;
	return result;
}

bool spool_recharge(struct spool *s, struct claim *c, struct charges charges)
{
	char from[NAME_ROOM], to[NAME_ROOM];
	struct claim fresh = *c;
	bool cut;

	assert(c->mark == MARK_NONE);
	fresh.charges = charges;
	name_active(c, from, &cut);
	name_active(&fresh, to, &cut);
	int folder = folder_open(s->places.active, c->sub);
	if (folder == -1)
		return false;
	bool ok = renameat(folder, from, folder, to) == 0;
	int saved = errno;
	(void)close(folder);
	errno = saved;
	if (ok)
		c->charges = charges;
	return ok;
}

bool spool_put_back(struct spool *s, const struct claim *c)
{
	char name[NAME_ROOM];
	bool cut, ok = false;

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
	/* What was made for it goes first: nobody would know it afterwards. */
	for (enum stage i = 0; i < STAGES; i++) {
		char staged[NAME_ROOM];
		settle_stage_name(c->id, i, staged);
		(void)unlinkat(s->places.tmp[i], staged, 0);
	}
	ok = folder_rename(from, name, to, c->name) == 0;
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
	static char text[128];

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
	case S_IFREG:
		(void)snprintf(text, sizeof text,
		    "cannot be read: %s (mode %04o, owner %u:%u)", strerror(EACCES),
		    (unsigned)st->st_mode & 07777, (unsigned)st->st_uid,
		    (unsigned)st->st_gid);
		return text;
	default:
		return "is not a file";
	}
}

int spool_input(struct spool *s, const struct claim *c, struct stat *st, const char **why)
{
	char name[NAME_ROOM];
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
	if (fd == -1 && (errno == EACCES || errno == EPERM))
		*why = no_message(st);
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

int spool_output(struct spool *s, const struct claim *c)
{
	const int tmp = s->places.tmp[STAGE_OUTPUT];
	char name[NAME_ROOM];

	settle_stage_name(c->id, STAGE_OUTPUT, name);
	if (unlinkat(tmp, name, 0) == -1 && errno != ENOENT)
		return -1;
	int fd =
	    openat(tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1 || copy_dress(fd, &s->places.results))
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

enum seal spool_seal(struct spool *s, const struct claim *c, uint64_t *size)
{
	char name[NAME_ROOM];

	settle_stage_name(c->id, STAGE_OUTPUT, name);
	int fd = openat(s->places.tmp[STAGE_OUTPUT], name, OPEN_FLAGS);
	if (fd == -1)
		return SEAL_UNREADABLE;
	enum seal result = seal_look(fd, size);
	int saved = errno;
	(void)close(fd);
	errno = saved;
	return result;
}

bool spool_stage(
    struct spool *s, const struct claim *c, enum stage stage, const void *bytes, size_t n)
{
	char name[NAME_ROOM];

	assert(stage == STAGE_WHY || stage == STAGE_NOTES);
	settle_stage_name(c->id, stage, name);
	return folder_write(s->places.tmp[stage], name, bytes, n, false);
}
