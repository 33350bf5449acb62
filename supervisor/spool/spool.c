/* SPDX-License-Identifier: ISC */
#include "spool/spool.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "files/folder.h"
#include "files/lease.h"
#include "files/owner.h"
#include "log/log.h"
#include "proto/formats.h"
#include "spool/spool_internal.h"

static const char trial_file[] = ".probe";

/* One line for people; errno's text is added where with_errno says so. */
static bool spool_complain(char **error, bool with_errno, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool spool_complain(char **error, bool with_errno, const char *format, ...)
{
	int saved = errno;
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) == -1)
		text = NULL;
	va_end(args);
	*error = text;
	if (text && with_errno) {
		if (asprintf(error, "%s: %s", text, strerror(saved)) == -1)
			*error = NULL;
		free(text);
	}
	return false;
}

/* Mode of what we make: files.umask holds for folders, too. */
static mode_t folder_mode(const struct config *c)
{
	return (mode_t)(c->files.folder_mode & ~c->files.umask);
}

/* A file of the spool cannot be made: whose the folder is, who we are, and what to do. */
static void complain_of_rights(char **error, const char *path, const char *file)
{
	const unsigned user = (unsigned)geteuid(), group = (unsigned)getegid();
	const int saved = errno;
	struct stat st;

	if ((saved != EACCES && saved != EPERM) || stat(path, &st) == -1) {
		errno = saved;
		spool_complain(error, true, "%s/%s", path, file);
		return;
	}
	spool_complain(error, false,
	    "%s/%s: %s: the service runs as user %u:%u, and the folder belongs to %u:%u "
	    "with mode %04o: give it to the service (chown -R %u:%u %s), or run the "
	    "service as its owner (--user %u:%u)",
	    path, file, strerror(saved), user, group, (unsigned)st.st_uid,
	    (unsigned)st.st_gid, (unsigned)st.st_mode & 07777, user, group, path,
	    (unsigned)st.st_uid, (unsigned)st.st_gid);
	errno = saved;
}

/* Group and mode; the bit that hands the group on stays. */
static int dress_folder(const char *path, mode_t mode, gid_t group)
{
	struct stat st;

	if (stat(path, &st) == -1 ||
	    (group != (gid_t)-1 && chown(path, (uid_t)-1, group) == -1))
		return -1;
	return chmod(path, mode | (st.st_mode & S_ISGID));
}

/* Open a folder by its path, made with its parents when missing. Links are followed. */
static int open_path(const struct spool *s, const char *path)
{
	const gid_t group = s->places.results.group;
	char part[PATH_MAX];
	size_t n = strlen(path);

	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1 || errno != ENOENT)
		return fd;
	if (n >= sizeof part) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (size_t i = 1; i <= n; i++) {
		if (i < n && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0700) == 0) {
			if (dress_folder(part, folder_mode(s->config), group) == -1)
				return -1;
		} else if (errno != EEXIST) {
			return -1;
		}
	}
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* folders.* or <spool>/<name>. */
static int spool_open_folder(
    const struct spool *s, const char *set, const char *name, char **path, char **error)
{
	const struct config *c = s->config;

	*path = NULL;
	if (set)
		*path = strdup(set);
	else if (asprintf(path, "%s/%s", c->spool, name) == -1)
		*path = NULL;
	if (!*path) {
		spool_complain(error, true, "%s", name);
		return -1;
	}
	int fd = open_path(s, *path);
	if (fd == -1)
		spool_complain(error, true, "%s: cannot be opened", *path);
	return fd;
}

int spool_rename_works(int from, int to)
{
	int works = -1;

	int fd = openat(from, trial_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	(void)close(fd);
	if (renameat(from, trial_file, to, trial_file) == 0) {
		works = 1;
		if (unlinkat(to, trial_file, 0) == -1)
			works = -1;
	} else {
		int saved = errno;
		works = saved == EXDEV ? 0 : -1;
		(void)unlinkat(from, trial_file, 0);
		errno = saved;
	}
	return works;
}

/* Is there anything in a folder? A folder that cannot be read counts as full. */
static bool is_empty(int folder)
{
	bool empty = true;
	DIR *dir = folder_list(folder, "");

	if (!dir)
		return false;
	for (const struct dirent *e; empty && (e = readdir(dir));)
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
			strcmp(e->d_name, trial_file) == 0;
	(void)closedir(dir);
	return empty;
}

/* As long as the janitor of a killed supervisor may be in its last call. */
static bool wait_for_lock(int fd)
{
	enum { TRIES = 40, PAUSE_MS = 50 };

	for (int i = 1; flock(fd, LOCK_EX | LOCK_NB) == -1; i++) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || i == TRIES)
			return false;
		const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
		(void)nanosleep(&pause, NULL);
	}
	return true;
}

/* The lock was not to be had: by whom, as far as its file tells. Returns -1, errno kept.
 */
static int spool_refuse(int fd, const char *path, char **error)
{
	int saved = errno;
	char text[128] = "";

	if (saved != EWOULDBLOCK)
		spool_complain(error, true, "%s: cannot be locked", path);
	else if (pread(fd, text, sizeof text - 1, 0) > 0)
		spool_complain(error, false, "%s: in use by process %.*s", path,
		    (int)strcspn(text, "\n"), text);
	else
		spool_complain(error, false, "%s: in use by another process", path);
	(void)close(fd);
	errno = saved;
	return -1;
}

/* Take the spool's lock file. The holder's process id is in it. */
static int lock_spool(const struct spool *s, char **error)
{
	char text[128], host[64] = "";

	int fd = openat(s->root, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1) {
		complain_of_rights(error, s->config->spool, "lock");
		return -1;
	}
	if (!wait_for_lock(fd))
		return spool_refuse(fd, s->config->spool, error);
	(void)gethostname(host, sizeof host - 1);
	int n = snprintf(text, sizeof text, "%ld on %s\n", (long)getpid(), host);
	/* The text is for people only: it may fail. */
	if (ftruncate(fd, 0) == -1 || pwrite(fd, text, (size_t)n, 0) != n)
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("file", "lock"), LOG_E(errno));
	return fd;
}

/* Two spools with one incoming/ would recover each other's messages. The folder itself is
 * locked, so that nothing of ours lies there; not all network file systems can. */
static int lock_incoming(const struct spool *s, char **error)
{
	int fd = openat(s->incoming, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1) {
		spool_complain(error, true, "%s: cannot be opened", s->path);
		return -1;
	}
	if (wait_for_lock(fd))
		return fd;
	if (errno == EWOULDBLOCK)
		return spool_refuse(fd, s->path, error);
	log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "flock"), LOG_S("path", s->path),
	    LOG_E(errno), LOG_S("next", "goes on without this lock"));
	return fd;
}

/* active/ must be on incoming's volume. */
static bool open_active(struct spool *s, char **error)
{
	const mode_t mode = folder_mode(s->config);

	int inside = folder_open(s->incoming, ".active");
	int beside = folder_make(s->root, "active", mode, false);
	int works = beside == -1 ? -1 : spool_rename_works(beside, s->incoming);
	if (works == 1 && (inside == -1 || is_empty(inside))) {
		s->places.active = beside;
		if (inside != -1)
			(void)close(inside);
		return true;
	}
	if (works == 0 && !is_empty(beside))
		spool_complain(error, false,
		    "%s/active holds messages, but %s is another volume now: move them "
		    "there",
		    s->config->spool, s->path);
	else if (works == -1)
		spool_complain(
		    error, true, "%s/active: cannot be used", s->config->spool);
	if (beside != -1)
		(void)close(beside);
	if (!*error && inside == -1) {
		inside = folder_make(s->incoming, ".active", mode, false);
		if (inside == -1)
			spool_complain(
			    error, true, "%s/.active: cannot be made", s->path);
	}
	s->places.active = inside;
	s->active_is_inside = true;
	if (!*error && works == 0) {
		(void)unlinkat(s->root, "active", AT_REMOVEDIR);
		log_event(EVENT_SPOOL_VOLUME, LOG_S("folder", "incoming"),
		    LOG_S("path", s->path));
	}
	return !*error;
}

/* Where files for this folder are made: <spool>/tmp, or its own .tmp. -1: *error. */
static int open_tmp(
    struct spool *s, int folder, const char *name, const char *path, char **error)
{
	const mode_t mode = folder_mode(s->config);

	int works = spool_rename_works(s->near_tmp, folder);
	if (works == -1) {
		spool_complain(error, true, "%s: cannot be written", path);
		return -1;
	}
	if (works)
		return fcntl(s->near_tmp, F_DUPFD_CLOEXEC, 3);
	int tmp = folder_make(folder, ".tmp", mode, false);
	if (tmp == -1)
		spool_complain(error, true, "%s/.tmp: cannot be made", path);
	else
		log_event(EVENT_SPOOL_VOLUME, LOG_S("folder", name), LOG_S("path", path));
	return tmp;
}

static bool open_places(struct spool *s, char **error)
{
	const struct config *c = s->config;
	struct places *p = &s->places;
	char *out = NULL, *dead = NULL, *reports = NULL;
	bool ok = false;
	int near;

	p->outgoing = spool_open_folder(s, c->folders.outgoing, "outgoing", &out, error);
	if (p->outgoing != -1)
		p->dead = spool_open_folder(s, c->folders.dead, "dead", &dead, error);
	if (p->dead != -1)
		p->reports =
		    spool_open_folder(s, c->folders.reports, "reports", &reports, error);
	if (p->reports == -1)
		goto out;
	s->near_tmp = folder_make(s->root, "tmp", folder_mode(c), false);
	if (s->near_tmp == -1) {
		spool_complain(error, true, "%s/tmp: cannot be made", c->spool);
		goto out;
	}
	p->tmp[STAGE_OUTPUT] = open_tmp(s, p->outgoing, "outgoing", out, error);
	if (p->tmp[STAGE_OUTPUT] != -1)
		p->tmp[STAGE_WHY] = open_tmp(s, p->dead, "dead", dead, error);
	if (p->tmp[STAGE_WHY] != -1)
		p->tmp[STAGE_NOTES] = open_tmp(s, p->reports, "reports", reports, error);
	if (p->tmp[STAGE_NOTES] == -1)
		goto out;
	p->tmp[STAGE_ORIGINAL] = p->tmp[STAGE_OUTPUT];
	p->tmp[STAGE_LETTER] = p->tmp[STAGE_WHY];
	p->tmp[STAGE_BURIED] = p->tmp[STAGE_WHY];
	p->tmp[STAGE_BURYING] = p->tmp[STAGE_WHY];
	p->tmp[STAGE_NOTED] = p->tmp[STAGE_NOTES];
	p->tmp[STAGE_ITEMS] = p->tmp[STAGE_OUTPUT];
	p->tmp[STAGE_LEDGER] = p->tmp[STAGE_OUTPUT];
	near = spool_rename_works(p->active, p->dead);
	if (near == -1)
		spool_complain(error, true, "%s: cannot be written", dead);
	p->dead_is_near = near == 1;
	ok = near != -1;
out:
	s->paths[LOOK_OUTGOING] = out;
	s->paths[LOOK_DEAD] = dead;
	s->paths[LOOK_REPORTS] = reports;
	p->outgoing_path = out;
	p->dead_path = dead;
	p->reports_path = reports;
	return ok;
}

/* Do read leases work where messages are claimed? */
static bool spool_try_lease(const struct spool *s)
{
	bool works = false;

	(void)unlinkat(s->places.active, trial_file, 0);
	int fd =
	    openat(s->places.active, trial_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		return false;
	int reader = openat(s->places.active, trial_file, O_RDONLY | O_CLOEXEC);
	if (reader != -1) {
		/* A file system may grant every lease: so a lease on a file with a
		 * writer must fail. */
		bool refused = lease_ask(reader) == LEASE_WRITER;
		(void)close(fd);
		fd = -1;
		works = refused && lease_ask(reader) == LEASE_FREE;
		(void)close(reader);
	}
	if (fd != -1)
		(void)close(fd);
	(void)unlinkat(s->places.active, trial_file, 0);
	return works;
}

static bool find_owner(struct spool *s, char **error)
{
	struct copy_dress *d = &s->places.results;
	const char *key, *value;
	const mode_t mask = umask(077);

	(void)umask(mask);
	d->mode = (unsigned)(s->config->files.mode & ~s->config->files.umask);
	if (!owner_find(s->config, &d->owner, &d->group, &key, &value))
		return spool_complain(error, false, "%s: %s: no such %s", key, value,
		    strcmp(key, "files.owner") == 0 ? "user" : "group");
	s->dressed = d->mode == 0600 && !(mask & 0600) && d->owner == (uid_t)-1 &&
		     d->group == (gid_t)-1;
	return owner_may_give(d->group) ||
	       spool_complain(error, false,
		   "files.group: %s: user %u, as whom the service runs, is not in that "
		   "group",
		   s->config->files.group, (unsigned)geteuid());
}

/* The rest of them; open_places has set its own. */
static bool name_paths(struct spool *s)
{
	s->paths[LOOK_SPOOL] = strdup(s->config->spool);
	s->paths[LOOK_INCOMING] = strdup(s->path);
	if (asprintf(&s->paths[LOOK_ACTIVE], "%s/%s",
		s->active_is_inside ? s->path : s->config->spool,
		s->active_is_inside ? ".active" : "active") == -1)
		s->paths[LOOK_ACTIVE] = NULL;
	if (asprintf(&s->paths[LOOK_TMP], "%s/tmp", s->config->spool) == -1)
		s->paths[LOOK_TMP] = NULL;
	return s->paths[LOOK_SPOOL] && s->paths[LOOK_INCOMING] && s->paths[LOOK_ACTIVE] &&
	       s->paths[LOOK_TMP];
}

struct spool *spool_open(const struct config *c, char **error)
{
	struct spool *s = calloc(1, sizeof *s);
	const char *file_system;

	*error = NULL;
	if (!s) {
		spool_complain(error, true, "spool");
		return NULL;
	}
	s->config = c;
	s->user = geteuid();
	s->root = s->incoming = s->locks[0] = s->locks[1] = s->near_tmp = -1;
	s->places = (struct places){ .copy_most = UINT64_MAX,
		.active = -1,
		.outgoing = -1,
		.dead = -1,
		.reports = -1,
		.tmp = { -1, -1, -1, -1, -1 },
		.folder_mode = folder_mode(c),
		.extension = formats_by_name(c->convert.to)->extension + 1 };
	if (!find_owner(s, error))
		goto failed;
	s->root = open_path(s, c->spool);
	if (s->root == -1) {
		spool_complain(error, true, "%s: cannot be opened", c->spool);
		goto failed;
	}
	s->locks[0] = lock_spool(s, error);
	if (s->locks[0] == -1)
		goto failed;
	s->incoming =
	    spool_open_folder(s, c->folders.incoming, "incoming", &s->path, error);
	if (s->incoming == -1)
		goto failed;
	s->locks[1] = lock_incoming(s, error);
	if (s->locks[1] == -1 || !open_active(s, error) || !open_places(s, error) ||
	    !spool_check_places(s, error))
		goto failed;
	if (!name_paths(s)) {
		spool_complain(error, true, "spool");
		goto failed;
	}
	s->leases = spool_try_lease(s);
	(void)lease_tells(s->incoming, &file_system);
	if (!s->leases)
		log_event(EVENT_SPOOL_LEASE, LOG_S("path", s->path),
		    LOG_S("file_system", file_system),
		    LOG_U("rest_ms", spool_rest_ms(s)));
	return s;
failed:;
	int saved = errno;
	spool_close(s);
	errno = saved;
	return NULL;
}

static void close_one(int fd)
{
	if (fd != -1)
		(void)close(fd);
}

void spool_close(struct spool *s)
{
	if (!s)
		return;
	/* The other stages share these tmp folders. */
	close_one(s->places.tmp[STAGE_WHY]);
	close_one(s->places.tmp[STAGE_NOTES]);
	close_one(s->places.tmp[STAGE_OUTPUT]);
	close_one(s->near_tmp);
	close_one(s->places.reports);
	close_one(s->places.dead);
	close_one(s->places.outgoing);
	close_one(s->places.active);
	close_one(s->incoming);
	close_one(s->root);
	close_one(s->locks[1]);
	close_one(s->locks[0]);
	for (int i = 0; i < LOOKS; i++)
		free(s->paths[i]);
	free(s->path);
	free(s);
}

const struct places *spool_places(const struct spool *s)
{
	return &s->places;
}

int spool_incoming(const struct spool *s)
{
	return s->incoming;
}

const char *spool_path(const struct spool *s)
{
	return s->path;
}

int spool_root(const struct spool *s)
{
	return s->root;
}

int spool_tmp(const struct spool *s)
{
	return s->near_tmp;
}

bool spool_leases(const struct spool *s)
{
	return s->leases;
}

uint64_t spool_rest_ms(const struct spool *s)
{
	return spool_rest(s, s->leases);
}

void spool_locks(const struct spool *s, int locks[2])
{
	locks[0] = s->locks[0];
	locks[1] = s->locks[1];
}
