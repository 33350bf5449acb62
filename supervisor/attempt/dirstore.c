/* SPDX-License-Identifier: ISC */
#include "attempt/dirstore.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/dirstore_name.h"
#include "attempt/items.h"
#include "base/fnv.h"
#include "base/utf8.h"
#include "files/folder.h"
#include "proto/formats.h"
#include "proto/frame.h"

enum {
	TREE_DEPTH = 40, /* of folders in folders; a list takes ITEMS_NAMES */
	WAY_SIZE = 4096,
};

struct dirstore {
	FILE *to;
	struct dirstore_list *list;
	unsigned depth;
	char *names[ITEMS_NAMES]; /* the way to the folder at hand */
	unsigned name_count;
	bool told; /* the folder at hand is in the list */
	bool failed;
};

static bool dirstore_is_folder(int above, const char *name)
{
	struct stat st;

	return fstatat(above, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static bool dirstore_is_maildir(int folder)
{
	return dirstore_is_folder(folder, "cur") && dirstore_is_folder(folder, "new");
}

/* "Inbox.mbox": 5; 0: it has no such name. */
static size_t bundle_stem(const char *name)
{
	static const char end[] = ".mbox";
	const size_t n = strlen(name), behind = sizeof end - 1;

	return n > behind && strcasecmp(name + n - behind, end) == 0 ? n - behind : 0;
}

bool dirstore_is_store(int above, const char *name)
{
	struct stat st;
	int folder = openat(above, name, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);

	if (folder == -1)
		return false;
	bool is = dirstore_is_maildir(folder) ||
		  (bundle_stem(name) > 0 &&
		      fstatat(folder, "mbox", &st, AT_SYMLINK_NOFOLLOW) == -1);
	(void)close(folder);
	return is;
}

/* --- the list --- */

static void put_frame(struct dirstore *t, const Bulkhead__Listed *m)
{
	uint8_t frame[FRAME_HEADER + FRAME_MAX];
	size_t n = bulkhead__listed__get_packed_size(m);

	if (n > FRAME_MAX) {
		errno = ENAMETOOLONG;
		t->failed = true;
		return;
	}
	frame_put_length(frame, n);
	(void)bulkhead__listed__pack(m, frame + FRAME_HEADER);
	t->failed |= fwrite(frame, FRAME_HEADER + n, 1, t->to) != 1;
	t->list->bytes += FRAME_HEADER + n;
}

static void put_folder(struct dirstore *t)
{
	Bulkhead__Listed m = BULKHEAD__LISTED__INIT;
	Bulkhead__Folder f = BULKHEAD__FOLDER__INIT;

	f.names = t->names;
	f.n_names = t->name_count;
	m.kind_case = BULKHEAD__LISTED__KIND_FOLDER;
	m.folder = &f;
	put_frame(t, &m);
	t->told = true;
}

/* A name as it may stand in a list; dirstore_open reads it back. One that is too long
 * becomes empty, and its file cannot be opened then. */
static void spell_way(const char *way, char to[ITEMS_NAME + 1])
{
	bool clean = utf8_is_clean(way, strlen(way));
	size_t n = 0;

	for (const char *p = way; *p; p++) {
		if (n + 3 > ITEMS_NAME) {
			n = 0;
			break;
		}
		if (*p == '%' || (!clean && (*p < ' ' || *p > '~')))
			n += (size_t)snprintf(to + n, 4, "%%%02X", (unsigned char)*p);
		else
			to[n++] = *p;
	}
	to[n] = '\0';
}

static uint64_t hash_number(uint64_t hash, int64_t number)
{
	char text[32];

	(void)snprintf(text, sizeof text, "/%" PRId64, number);
	return fnv_text(hash, text);
}

/* A mail: its file, and what its name says. */
static void put_mail(struct dirstore *t, int folder, const char *way, const char *name,
    unsigned flags, bool dated)
{
	Bulkhead__Listed m = BULKHEAD__LISTED__INIT;
	Bulkhead__Entry e;
	Bulkhead__Place p;
	char whole[WAY_SIZE], spelt[ITEMS_NAME + 1];
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return; /* taken away in this moment */
	bulkhead__entry__init(&e);
	bulkhead__place__init(&p);
	if (!t->told)
		put_folder(t);
	if (snprintf(whole, sizeof whole, "%s/%s", way, name) >= (int)sizeof whole)
		*whole = '\0';
	spell_way(whole, spelt);
	p.at = fnv_text(FNV_BASIS, whole);
	e.number = ++t->list->entries;
	e.place = &p;
	e.flags = flags;
	e.name = spelt;
	e.bytes = (uint64_t)st.st_size;
	if (dated)
		e.date = dirstore_name_date(name, st.st_mtim.tv_sec);
	m.kind_case = BULKHEAD__LISTED__KIND_ENTRY;
	m.entry = &e;
	put_frame(t, &m);
	t->list->state = hash_number(
	    hash_number(fnv_text(t->list->state, whole), st.st_size), st.st_mtim.tv_sec);
}

/* --- folders --- */

typedef void dirstore_each_fn(
    struct dirstore *, int folder, const char *way, const char *name, bool deeper);

/* Each name in way/name, but for those that are hidden. */
static void dirstore_walk(struct dirstore *t, int above, const char *way,
    const char *name, bool hidden, dirstore_each_fn *each)
{
	char inner[WAY_SIZE];
	const struct dirent *e;
	DIR *d = folder_list(above, name);

	if (!d || t->depth >= TREE_DEPTH) {
		t->failed |= d != NULL || errno != ENOENT;
		errno = d ? ELOOP : errno;
	} else {
		t->depth++;
		if (snprintf(inner, sizeof inner, "%s%s%s", way, *way && *name ? "/" : "",
			name) >= (int)sizeof inner)
			*inner = '\0';
		while (!t->failed && (e = readdir(d)))
			if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
			    (hidden || *e->d_name != '.'))
				each(t, dirfd(d), inner, e->d_name,
				    e->d_type == DT_DIR ||
					(e->d_type == DT_UNKNOWN &&
					    dirstore_is_folder(dirfd(d), e->d_name)));
		t->depth--;
	}
	if (d)
		(void)closedir(d);
}

/* The folder at hand has these names more, until there are as many as before (returned).
 */
static unsigned dirstore_enter(struct dirstore *t, char *const *names, unsigned count)
{
	unsigned before = t->name_count;

	for (unsigned k = 0; k < count && t->name_count < ITEMS_NAMES; k++)
		t->names[t->name_count++] = names[k];
	t->told = false;
	return before;
}

static void dirstore_leave(struct dirstore *t, unsigned before)
{
	t->name_count = before;
	t->told = false;
}

static void maildir_mail(
    struct dirstore *t, int folder, const char *way, const char *name, bool deeper)
{
	if (!deeper)
		put_mail(t, folder, way, name, dirstore_name_flags(name), true);
}

static void maildir_step(
    struct dirstore *t, int folder, const char *way, const char *name, bool deeper)
{
	char *names[ITEMS_NAMES];
	unsigned count = 0;

	if (!deeper || strcmp(name, "tmp") == 0)
		return;
	if (strcmp(name, "cur") == 0 || strcmp(name, "new") == 0) {
		dirstore_walk(t, folder, way, name, false, maildir_mail);
		return;
	}
	int fd = folder_open(folder, name);
	bool is = fd != -1 && dirstore_is_maildir(fd);
	if (fd != -1)
		(void)close(fd);
	if (!is)
		return;
	if (!dirstore_name_folders(name, names, &count)) {
		t->failed = true;
		return;
	}
	unsigned before = dirstore_enter(t, names, count);
	dirstore_walk(t, folder, way, name, true, maildir_step);
	dirstore_leave(t, before);
	while (count > 0)
		free(names[--count]);
}

static void bundle_mail(
    struct dirstore *t, int folder, const char *way, const char *name, bool deeper)
{
	const char *dot = strrchr(name, '.');

	if (!deeper && dot && strcasecmp(dot, ".emlx") == 0)
		put_mail(t, folder, way, name, 0, false);
}

/* Mails lie in Messages, by whatever way of folders with numbers; files that belong to
 * mails in Attachments. */
static void bundle_step(
    struct dirstore *t, int folder, const char *way, const char *name, bool deeper)
{
	size_t stem = bundle_stem(name);

	if (!deeper || strcmp(name, "Attachments") == 0)
		return;
	if (stem > 0) {
		char *one = dirstore_name_clean(name, stem);
		t->failed |= !one;
		if (one) {
			unsigned before = dirstore_enter(t, &one, 1);
			dirstore_walk(t, folder, way, name, false, bundle_step);
			dirstore_leave(t, before);
		}
		free(one);
	} else if (strcmp(name, "Messages") == 0) {
		dirstore_walk(t, folder, way, name, false, bundle_mail);
	} else {
		dirstore_walk(t, folder, way, name, false, bundle_step);
	}
}

bool dirstore_list(int folder, const char *name, int file, struct dirstore_list *list)
{
	struct dirstore t = { .list = list };
	int fd = fcntl(file, F_DUPFD_CLOEXEC, 3);

	*list = (struct dirstore_list){ .state = FNV_BASIS };
	t.to = fd == -1 ? NULL : fdopen(fd, "w");
	if (!t.to) {
		if (fd != -1)
			(void)close(fd);
		return false;
	}
	bool maildir = dirstore_is_maildir(folder) || bundle_stem(name) == 0;
	dirstore_walk(&t, folder, "", "", maildir, maildir ? maildir_step : bundle_step);
	int saved = errno;
	bool ok = fclose(t.to) == 0 && !t.failed;
	if (t.failed)
		errno = saved;
	return ok;
}

/* --- its files --- */

static char *way_text(const char *way)
{
	char *text = strdup(way), *to = text;

	for (const char *p = text; p && *p; p++) {
		if (*p == '%' && isxdigit((unsigned char)p[1]) &&
		    isxdigit((unsigned char)p[2])) {
			const char code[] = { p[1], p[2], '\0' };
			*to++ = (char)strtoul(code, NULL, 16);
			p += 2;
		} else {
			*to++ = *p;
		}
	}
	if (text)
		*to = '\0';
	return text;
}

int dirstore_open(int folder, const char *way)
{
	char *text = way_text(way);
	char *slash = text ? strrchr(text, '/') : NULL;
	int fd = -1;

	if (slash) {
		*slash = '\0';
		int inner = folder_open(folder, text);
		if (inner != -1) {
			fd = openat(inner, slash + 1,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
			int saved = errno;
			(void)close(inner);
			errno = saved;
		}
	} else {
		errno = text ? ENOENT : ENOMEM;
	}
	free(text);
	return fd;
}

char *dirstore_file_name(const char *way)
{
	char *text = way_text(way);
	const char *slash = text ? strrchr(text, '/') : NULL;
	char *name = text ? strdup(slash ? slash + 1 : text) : NULL;

	free(text);
	return name;
}
