/* SPDX-License-Identifier: ISC */
#include "dead/dead_store.h"

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

#include "base/utf8.h"
#include "base/verdict.h"
#include "files/folder.h"
#include "files/owner.h"

static const char *const marks[DEAD_MARKS] = {
	[DEAD_RETRIED] = "retried",
	[DEAD_RETURNED] = "returned",
	[DEAD_KEPT] = "kept",
};

void dead_report_name(uint64_t id, enum dead_mark mark, char to[NAME_SIZE])
{
	if (mark == DEAD_NO_MARK)
		(void)snprintf(to, NAME_SIZE, "%016" PRIx64 ".json", id);
	else
		(void)snprintf(to, NAME_SIZE, ".%016" PRIx64 ".%s", id, marks[mark]);
}

void dead_held_name(uint64_t id, char to[NAME_SIZE])
{
	(void)snprintf(to, NAME_SIZE, ".%016" PRIx64 ".held", id);
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
static uint64_t dead_store_mix(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3;
	while (*text++);
	return hash;
}

void dead_group(const struct dead_letter *l, char to[DEAD_ID_SIZE])
{
	const char *signature = dead_said(l, "worker", "signature");
	size_t n = strspn(signature, "0123456789abcdef");
	uint64_t hash = 0xcbf29ce484222325;

	if (n > 0 && n < DEAD_ID_SIZE && signature[n] == '\0') {
		(void)snprintf(to, DEAD_ID_SIZE, "%s", signature);
		return;
	}
	hash = dead_store_mix(
	    dead_store_mix(hash, dead_verdict(l)), dead_said(l, NULL, "reason"));
	(void)snprintf(to, DEAD_ID_SIZE, "%012" PRIx64, hash >> 16);
}

/* ---- the folders ---- */

/* folders.* or <spool>/<name>. -1: told why, for verb; NULL: in silence. */
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
		(void)fprintf(stderr, ": %s%s\n", strerror(saved),
		    saved == ENOENT ? "; name the service's spool by --spool DIR or its "
				      "configuration by -c FILE"
				    : "");
		errno = saved;
	}
	return fd;
}

/* dead/ comes with the first start of a service. */
static bool nothing_yet(const struct config *c)
{
	struct stat st;

	return errno == ENOENT && !c->folders.dead && stat(c->spool, &st) == 0 &&
	       S_ISDIR(st.st_mode);
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
	s->dead = open_one(c, c->folders.dead, "dead", NULL);
	if (s->dead == -1 && nothing_yet(c))
		return true;
	if (s->dead == -1)
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

size_t dead_held_back(const struct dead_store *s)
{
	size_t n = 0;
	uint64_t id;

	for (int i = 0; i < 2; i++) {
		DIR *dir =
		    s->active[i] == -1 ? NULL : folder_list(s->active[i], DEAD_HELD_BACK);
		for (const struct dirent *e; dir && (e = readdir(dir));)
			n += name_read_id(e->d_name, &id);
		if (dir)
			(void)closedir(dir);
	}
	return n;
}

/* ---- one letter ---- */

/* Read a report. NULL: *trouble says why, "" that there is none. */
static json_t *dead_store_read_report(int folder, const char *file, const char **trouble)
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
static void undo_escapes(const char *text, char to[NAME_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	while (*text && n < NAME_SIZE - 1) {
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

	return n > 0 && n < NAME_SIZE && !strchr(s, '/') && strcmp(s, ".") != 0 &&
	       strcmp(s, "..") != 0;
}

/* Would a letter that came with this name be called file? The service puts a number
 * before the extension where a report has the name. */
static bool dead_store_gives(uint64_t id, char *name, const char *file)
{
	char again[NAME_SIZE], numbered[NAME_SIZE];
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
	char plain[NAME_SIZE], undone[NAME_SIZE];
	const char *said = dead_said(l, NULL, "file");

	(void)snprintf(l->name, sizeof l->name, "%s", tail);
	(void)snprintf(plain, sizeof plain, "%s", said);
	undo_escapes(said, undone);
	if (strcmp(plain, tail) == 0 || strcmp(undone, tail) == 0)
		return;
	if (dead_store_gives(l->id, undone, l->file))
		(void)snprintf(l->name, sizeof l->name, "%s", undone);
	else if (strlen(said) < NAME_SIZE && dead_store_gives(l->id, plain, l->file))
		(void)snprintf(l->name, sizeof l->name, "%s", plain);
}

bool dead_is_letter(const char *file, uint64_t *id)
{
	if (strnlen(file, NAME_SIZE) < DEAD_ID_SIZE || !name_read_id(file, id))
		return false;
	const char *p = file + DEAD_ID_SIZE - 1;
	if (*p == '-') {
		size_t digits = strspn(p + 1, "0123456789");
		p += digits > 0 ? digits + 1 : 0;
	}
	return *p == '.' && p[1] != '\0' && strcmp(file + 16, ".json") != 0;
}

bool dead_is_companion(const char *file, uint64_t *id)
{
	char again[NAME_SIZE];

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

static void load_report(struct dead_letter *l)
{
	char name[NAME_SIZE];

	for (enum dead_mark m = DEAD_NO_MARK; m < DEAD_MARKS; m++) {
		const char *trouble;
		dead_report_name(l->id, m, name);
		l->report = dead_store_read_report(l->folder, name, &trouble);
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

bool dead_load(struct dead_letter *l)
{
	char held[NAME_SIZE];

	if (fstatat(l->folder, l->file, &l->st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    S_ISDIR(l->st.st_mode))
		return false; /* gone, or not ours */
	load_report(l);
	dead_held_name(l->id, held);
	l->held = faccessat(l->folder, held, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	find_name(l);
	l->ended_ms = read_time(dead_said(l, NULL, "ended"));
	if (l->ended_ms == 0)
		l->ended_ms = (int64_t)(l->id >> 20); /* name_new_id: when it was taken */
	return true;
}
