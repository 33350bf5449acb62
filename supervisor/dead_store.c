#include "dead_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "folder.h"
#include "ids.h"
#include "owner.h"
#include "utf8.h"
#include "verdict.h"

static const char *const marks[DEAD_MARKS] = {
	[DEAD_RETRIED] = "retried",
	[DEAD_RETURNED] = "returned",
	[DEAD_KEPT] = "kept",
};

void dead_report_name(uint64_t id, enum dead_mark mark, char to[NAME_ROOM])
{
	if (mark == DEAD_NO_MARK)
		(void)snprintf(to, NAME_ROOM, "%016" PRIx64 ".json", id);
	else
		(void)snprintf(to, NAME_ROOM, ".%016" PRIx64 ".%s", id, marks[mark]);
}

void dead_held_name(uint64_t id, char to[NAME_ROOM])
{
	(void)snprintf(to, NAME_ROOM, ".%016" PRIx64 ".held", id);
}

const char *dead_said(const struct dead_letter *l, const char *in, const char *key)
{
	const json_t *o = in ? json_object_get(l->report, in) : l->report;
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

const char *dead_verdict(const struct dead_letter *l)
{
	const char *verdict = dead_said(l, NULL, "verdict");

	return *verdict ? verdict : "unknown";
}

/* FNV-1a over a text and its end. */
static uint64_t mix(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3;
	while (*text++);
	return hash;
}

void dead_group(const struct dead_letter *l, char to[DEAD_ID_ROOM])
{
	const char *signature = dead_said(l, "worker", "signature");
	size_t n = strspn(signature, "0123456789abcdef");
	uint64_t hash = 0xcbf29ce484222325;

	if (n > 0 && n < DEAD_ID_ROOM && signature[n] == '\0') {
		(void)snprintf(to, DEAD_ID_ROOM, "%s", signature);
		return;
	}
	hash = mix(mix(hash, dead_verdict(l)), dead_said(l, NULL, "reason"));
	(void)snprintf(to, DEAD_ID_ROOM, "%012" PRIx64, hash >> 16);
}

/* ---- the folders ---- */

/* folders.* or <spool>/<name>. -1: told why. */
static int open_one(
    const struct config *c, const char *set, const char *name, const char *verb)
{
	char path[PATH_MAX];
	int n = set ? snprintf(path, sizeof path, "%s", set)
		    : snprintf(path, sizeof path, "%s/%s", c->spool, name);
	int fd = -1;

	if (n < 0 || (size_t)n >= sizeof path)
		errno = ENAMETOOLONG;
	else
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 && verb) {
		int saved = errno;
		(void)fprintf(stderr, "bulkhead dead %s: ", verb);
		utf8_put(stderr, path, PATH_MAX, UTF8_ESCAPE_ODD);
		(void)fprintf(
		    stderr, ": %s; is this the service's spool?\n", strerror(saved));
	}
	return fd;
}

bool dead_open(struct dead_store *s, const struct config *c, const char *verb)
{
	const char *key, *value;

	*s = (struct dead_store){ .config = c,
		-1,
		-1,
		-1,
		{ -1, -1 },
		{ (unsigned)c->files.mode, (uid_t)-1, (gid_t)-1 } };
	if (!owner_find(c, &s->results.owner, &s->results.group, &key, &value)) {
		(void)fprintf(
		    stderr, "bulkhead dead %s: %s: %s: not known\n", verb, key, value);
		return false;
	}
	s->dead = open_one(c, c->folders.dead, "dead", verb);
	if (s->dead != -1)
		s->incoming = open_one(c, c->folders.incoming, "incoming", verb);
	if (s->incoming != -1)
		s->outgoing = open_one(c, c->folders.outgoing, "outgoing", verb);
	if (s->outgoing == -1) {
		dead_close(s);
		return false;
	}
	s->active[0] = open_one(c, NULL, "active", NULL);
	s->active[1] = folder_open(s->incoming, ".active");
	return true;
}

void dead_close(struct dead_store *s)
{
	const int all[] = { s->dead, s->incoming, s->outgoing, s->active[0],
		s->active[1] };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i] != -1)
			(void)close(all[i]);
}

bool dead_lock(const struct dead_store *s)
{
	return flock(s->dead, LOCK_EX | LOCK_NB) == 0;
}

/* ---- one letter ---- */

/* Read a report. NULL: *trouble says why, "" that there is none. */
static json_t *read_report(int folder, const char *file, const char **trouble)
{
	struct stat st;
	json_t *report = NULL;
	char *text = NULL;
	size_t n = 0;
	ssize_t k = 0;

	*trouble = "";
	int fd = openat(
	    folder, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1) {
		if (errno != ENOENT)
			*trouble = "its report cannot be opened";
		return NULL;
	}
	*trouble = "its report is no file of at most 1 MiB";
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size > DEAD_REPORT_MAX)
		goto out;
	text = malloc((size_t)st.st_size + 1);
	*trouble = "its report cannot be read";
	if (!text)
		goto out;
	while (n < (size_t)st.st_size &&
	       ((k = read(fd, text + n, (size_t)st.st_size - n)) > 0 ||
		   (k == -1 && errno == EINTR)))
		n += k > 0 ? (size_t)k : 0;
	if (k == -1)
		goto out;
	*trouble = "its report is no JSON object";
	report = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	if (report && !json_is_object(report)) {
		json_decref(report);
		report = NULL;
	}
	if (report)
		*trouble = NULL;
out:
	free(text);
	(void)close(fd);
	return report;
}

/* "2026-11-22T11:45:53.123Z" as milliseconds; 0: it is none. */
static int64_t read_time(const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!end || (*end != '.' && *end != 'Z'))
		return 0;
	long ms = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
	return (int64_t)timegm(&tm) * 1000 + (ms > 0 && ms < 1000 ? ms : 0);
}

/* Reports write a byte that is not UTF-8, or a control character, as \xNN. */
static void undo_escapes(const char *text, char to[NAME_ROOM])
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	while (*text && n < NAME_ROOM - 1) {
		const char *high = NULL, *low = NULL;
		if (text[0] == '\\' && text[1] == 'x' && text[2] && text[3]) {
			high = strchr(digits, text[2]);
			low = strchr(digits, text[3]);
		}
		if (high && low)
			to[n++] = (char)((high - digits) << 4 | (low - digits));
		else
			to[n++] = *text;
		text += high && low ? 4 : 1;
	}
	to[n] = '\0';
}

static bool fit_for_a_name(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n < NAME_ROOM && !strchr(s, '/') && strcmp(s, ".") != 0 &&
	       strcmp(s, "..") != 0;
}

/* Would a letter that came with this name be called file? The service puts a number
 * before the extension where a report has the name. */
static bool gives(uint64_t id, char *name, const char *file)
{
	char again[NAME_ROOM], numbered[NAME_ROOM];
	struct claim c = { .id = id, .name = name };

	if (!fit_for_a_name(name))
		return false;
	name_letter(&c, again);
	name_numbered(again, 2, numbered);
	return strcmp(again, file) == 0 || strcmp(numbered, file) == 0;
}

/* The name it came with: that of the letter's file, which is exact, but where that was
 * cut the report's. The report is believed only if its name gives the file's. */
static void find_name(struct dead_letter *l)
{
	const char *tail = strchr(l->file, '.') + 1;
	char plain[NAME_ROOM], undone[NAME_ROOM];
	const char *said = dead_said(l, NULL, "file");

	(void)snprintf(l->name, sizeof l->name, "%s", tail);
	(void)snprintf(plain, sizeof plain, "%s", said);
	undo_escapes(said, undone);
	if (strcmp(plain, tail) == 0 || strcmp(undone, tail) == 0)
		return;
	if (gives(l->id, undone, l->file))
		(void)snprintf(l->name, sizeof l->name, "%s", undone);
	else if (strlen(said) < NAME_ROOM && gives(l->id, plain, l->file))
		(void)snprintf(l->name, sizeof l->name, "%s", plain);
}

/* "<id>.<name>", or with a number where the report has that name. */
static bool is_letter(const char *file, uint64_t *id)
{
	if (strnlen(file, NAME_ROOM) < DEAD_ID_ROOM || !name_read_id(file, id))
		return false;
	const char *p = file + DEAD_ID_ROOM - 1;
	if (*p == '-') {
		size_t digits = strspn(p + 1, "0123456789");
		p += digits > 0 ? digits + 1 : 0;
	}
	return *p == '.' && p[1] != '\0' && strcmp(file + 16, ".json") != 0;
}

/* "<id>.json", ".<id>.held" or a mark. */
static bool is_companion(const char *file, uint64_t *id)
{
	char again[NAME_ROOM];

	if (file[0] != '.')
		return name_read_id(file, id) && strcmp(file + 16, ".json") == 0;
	if (!name_read_id(file + 1, id))
		return false;
	dead_held_name(*id, again);
	bool is = strcmp(file, again) == 0;
	for (enum dead_mark m = DEAD_RETRIED; !is && m < DEAD_MARKS; m++) {
		dead_report_name(*id, m, again);
		is = strcmp(file, again) == 0;
	}
	return is;
}

/* ---- the walk ---- */

struct walk {
	const struct dead_store *store;
	struct dead_walk *w;
	char sub[PATH_MAX];
};

static void load_report(struct dead_letter *l)
{
	char name[NAME_ROOM];

	for (enum dead_mark m = DEAD_NO_MARK; m < DEAD_MARKS; m++) {
		const char *trouble;
		dead_report_name(l->id, m, name);
		l->report = read_report(l->folder, name, &trouble);
		l->trouble = trouble;
		l->mark = m;
		if (l->report || *trouble)
			return;
		/* A mark of a letter that had no report is empty, which is no JSON:
		   ENOENT is the only way to come here. */
	}
	l->mark = DEAD_NO_MARK;
	l->trouble = "it has no report";
}

/* False: the walk ends. */
static bool look(struct walk *k, int folder, const char *file, uint64_t id)
{
	struct dead_letter l = {
		.id = id, .folder = folder, .sub = k->sub, .file = file
	};
	char held[NAME_ROOM];

	if (fstatat(folder, file, &l.st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    S_ISDIR(l.st.st_mode))
		return true; /* gone, or not ours */
	load_report(&l);
	dead_held_name(id, held);
	l.held = faccessat(folder, held, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	find_name(&l);
	l.ended_ms = read_time(dead_said(&l, NULL, "ended"));
	if (l.ended_ms == 0)
		l.ended_ms = (int64_t)(id >> 20); /* name_new_id: when it was taken */
	bool on = k->w->each(k->w->arg, &l);
	json_decref(l.report);
	return on;
}

/* Remove from ids those of which a name is in this folder. */
static void cross_out(struct ids *ids, int folder, bool letters_only)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	uint64_t id;

	if (!dir) {
		if (fd != -1)
			(void)close(fd);
		ids->count = 0; /* nothing is known: nothing may be removed */
		return;
	}
	for (const struct dirent *e; (e = readdir(dir));) {
		if (letters_only ? !is_letter(e->d_name, &id)
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
static void sift_orphans(struct walk *k, int folder, struct ids *orphans)
{
	static const char held[] = ".held";
	bool known = false;

	for (int i = 0; i < 2; i++) {
		if (k->store->active[i] == -1)
			continue;
		known = true;
		const char *const subs[] = { k->sub, held };
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

static void remove_orphans(struct walk *k, int folder, struct ids *orphans)
{
	char name[NAME_ROOM];

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

static void clean(struct walk *k, int folder, struct ids *letters, struct ids *companions)
{
	struct ids orphans = { 0 };

	ids_sort(letters);
	ids_sort(companions);
	for (size_t i = 0; i < companions->count; i++) {
		uint64_t id = companions->at[i];
		if (i > 0 && id == companions->at[i - 1])
			continue;
		if (!ids_has(letters, id) && !ids_add(&orphans, id))
			break;
	}
	if (orphans.count > 0)
		sift_orphans(k, folder, &orphans);
	remove_orphans(k, folder, &orphans);
	ids_clear(&orphans);
}

static bool walk_folder(struct walk *k, int depth);

/* A sub-folder, by its name. */
static bool descend(struct walk *k, const char *name, int depth)
{
	size_t n = strlen(k->sub);

	if (depth == FOLDER_DEPTH_MAX || n + 1 + strlen(name) + 1 > sizeof k->sub)
		return true;
	(void)snprintf(k->sub + n, sizeof k->sub - n, "%s%s", n > 0 ? "/" : "", name);
	bool on = walk_folder(k, depth + 1);
	k->sub[n] = '\0';
	return on;
}

static bool is_folder(int folder, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static bool walk_entries(
    struct walk *k, DIR *dir, int depth, struct ids *letters, struct ids *companions)
{
	uint64_t id = 0;
	bool on = true;

	errno = 0;
	for (const struct dirent *e; on && (e = readdir(dir)); errno = 0) {
		if (is_companion(e->d_name, &id)) {
			on = !k->w->clean || ids_add(companions, id);
		} else if (e->d_name[0] == '.') {
			continue; /* .tmp, and what is not ours */
		} else if (is_folder(dirfd(dir), e)) {
			on = descend(k, e->d_name, depth);
		} else if (is_letter(e->d_name, &id)) {
			on = !k->w->clean || ids_add(letters, id);
			if (on && (!k->w->wanted || k->w->wanted(k->w->arg, id)) &&
			    k->w->each)
				on = look(k, dirfd(dir), e->d_name, id);
		}
	}
	return on && errno == 0;
}

static bool walk_folder(struct walk *k, int depth)
{
	struct ids letters = { 0 }, companions = { 0 };
	int fd = folder_open(k->store->dead, k->sub);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	if (!dir) {
		if (fd != -1)
			(void)close(fd);
		return errno == ENOENT; /* the last letter went, the folder with it */
	}
	bool on = walk_entries(k, dir, depth, &letters, &companions);
	int saved = errno;
	if (on && k->w->clean) {
		clean(k, dirfd(dir), &letters, &companions);
		if (depth > 0)
			folder_prune(k->store->dead, k->sub);
	}
	ids_clear(&letters);
	ids_clear(&companions);
	(void)closedir(dir);
	errno = saved;
	return on;
}

bool dead_walk(const struct dead_store *s, struct dead_walk *w)
{
	struct walk *k = calloc(1, sizeof *k);

	if (!k)
		return false;
	k->store = s;
	k->w = w;
	bool ok = walk_folder(k, 0);
	int saved = errno;
	free(k);
	errno = saved;
	return ok;
}
