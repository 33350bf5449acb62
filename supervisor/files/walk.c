/* SPDX-License-Identifier: ISC */
#include "files/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/folder.h"
#include "files/naming.h"
#include "files/origin.h"

struct walk {
	char *const *paths;
	size_t count, next; /* next: the path after the one at work */
	const struct walk_leave *leave;
	DIR *level[FOLDER_DEPTH_MAX];
	size_t sub_end[FOLDER_DEPTH_MAX]; /* length of sub at each level */
	bool maildir[FOLDER_DEPTH_MAX];
	uint64_t place[FOLDER_DEPTH_MAX]; /* origin_around: asked once for each */
	size_t depth;                     /* 0: no folder is open */
	bool broken;                      /* the innermost one cannot be read on */
	char *sub;
	size_t sub_capacity;
	int around; /* the folder around a path that is a file, -1 none */
	char name[NAME_MAX + 1];
};

struct walk *walk_new(char *const *paths, size_t count, const struct walk_leave *leave)
{
	struct walk *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	w->paths = paths;
	w->count = count;
	w->leave = leave;
	w->around = -1;
	w->sub_capacity = 256;
	w->sub = calloc(1, w->sub_capacity);
	if (w->sub)
		return w;
	free(w);
	return NULL;
}

static void close_levels(struct walk *w)
{
	while (w->depth > 0)
		(void)closedir(w->level[--w->depth]);
	if (w->around != -1)
		(void)close(w->around);
	w->around = -1;
}

void walk_free(struct walk *w)
{
	if (!w)
		return;
	close_levels(w);
	free(w->sub);
	free(w);
}

/* Is this a folder of results? */
static bool is_left(const struct walk *w, const struct stat *st)
{
	for (size_t i = 0; i < w->leave->folder_count; i++)
		if (w->leave->folders[i].device == st->st_dev &&
		    w->leave->folders[i].inode == st->st_ino)
			return true;
	return false;
}

/* Put "/name" behind sub, for the level that is entered. */
static bool grow_sub(struct walk *w, const char *name)
{
	size_t at = w->depth ? w->sub_end[w->depth - 1] : 0, n = strlen(name);

	if (at + n + 2 > w->sub_capacity) {
		char *more = realloc(w->sub, 2 * (at + n + 2));
		if (!more)
			return false;
		w->sub = more;
		w->sub_capacity = 2 * (at + n + 2);
	}
	if (at > 0)
		w->sub[at++] = '/';
	memcpy(w->sub + at, name, n + 1);
	w->sub_end[w->depth] = at + n;
	return true;
}

/* A Maildir's mails are in two of its folders; tmp has what is not delivered yet, and
 * what lies beside them is of programs. */
static bool is_maildir(int folder)
{
	static const char *const parts[] = { "cur", "new", "tmp" };
	struct stat st;
	bool is = true;

	for (size_t k = 0; k < sizeof parts / sizeof parts[0] && is; k++)
		is = fstatat(folder, parts[k], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		     S_ISDIR(st.st_mode);
	return is;
}

/* Takes fd over. False: errno. */
static bool walk_enter(struct walk *w, int fd, const char *name)
{
	DIR *d = NULL;

	if (w->depth == FOLDER_DEPTH_MAX)
		errno = ELOOP;
	else if (grow_sub(w, name))
		d = fdopendir(fd);
	if (!d) {
		int saved = errno;
		(void)close(fd);
		if (w->depth > 0)
			w->sub[w->sub_end[w->depth - 1]] = '\0';
		errno = saved;
		return false;
	}
	w->maildir[w->depth] = is_maildir(dirfd(d));
	w->place[w->depth] = origin_around(dirfd(d));
	w->level[w->depth++] = d;
	return true;
}

static void walk_leave(struct walk *w)
{
	(void)closedir(w->level[--w->depth]);
	w->sub[w->depth ? w->sub_end[w->depth - 1] : 0] = '\0';
}

static void walk_tell(const struct walk *w, struct walk_found *f, const char *trouble)
{
	*f = (struct walk_found){
		.operand = w->next - 1,
		.whole = w->depth == 0,
		.root = w->depth ? dirfd(w->level[0]) : w->around,
		.folder = w->depth ? dirfd(w->level[w->depth - 1]) : w->around,
		.place = w->depth ? w->place[w->depth - 1] : origin_around(w->around),
		.sub = w->sub,
		.name = w->name,
		.trouble = trouble,
	};
}

/* A path that is a file, or is not there: the folder around it and its last part. */
static void found_whole(struct walk *w, struct walk_found *f, const char *path, int err)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) + 1 : 0;

	(void)snprintf(w->name, sizeof w->name, "%s", path + n);
	(void)snprintf(folder, sizeof folder, "%.*s", (int)n, path);
	if (!err && n < sizeof folder) {
		w->around = open(n ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = w->around == -1 ? errno : 0;
	}
	walk_tell(w, f, err ? strerror(err) : NULL);
}

/* Is a path a folder that is found as a file? By its own name: "." has none. */
static bool found_store(struct walk *w, struct walk_found *f, const char *path)
{
	char *real = w->leave->is_store ? realpath(path, NULL) : NULL;
	bool is = real && w->leave->is_store(AT_FDCWD, real);

	if (is) {
		found_whole(w, f, real, 0);
		f->store = true;
	}
	free(real);
	return is;
}

/* Begin with the next path. True: it is found itself, as a file or as trouble. */
static bool walk_begin(struct walk *w, struct walk_found *f)
{
	const char *path = w->paths[w->next++];
	struct stat st;

	w->sub[0] = '\0';
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1 && found_store(w, f, path)) {
		(void)close(fd);
		return true;
	}
	if (fd != -1) {
		if (fstat(fd, &st) == 0 && walk_enter(w, fd, ""))
			return false;
		found_whole(w, f, path, errno);
		return true;
	}
	found_whole(w, f, path, errno == ENOTDIR ? 0 : errno);
	return true;
}

/* A folder below: enter it. True: it is found as trouble. */
static bool step_down(struct walk *w, struct walk_found *f)
{
	int above = dirfd(w->level[w->depth - 1]);
	struct stat st;

	if (w->leave->is_store && w->leave->is_store(above, w->name)) {
		walk_tell(w, f, NULL);
		f->store = true;
		return true;
	}
	int fd = openat(above, w->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1 && fstat(fd, &st) == 0 && is_left(w, &st)) {
		(void)close(fd);
		return false;
	}
	if (fd != -1 && walk_enter(w, fd, w->name))
		return false;
	walk_tell(w, f, errno == ELOOP ? "folders nested too deep" : strerror(errno));
	return true;
}

static unsigned walk_type_of(int folder, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type;
	if (fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return DT_REG; /* opening it will say why */
	return IFTODT(st.st_mode);
}

static bool is_ignored(const struct walk *w, int folder, const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strncmp(name, NAMING_TEMPORARY, strlen(NAMING_TEMPORARY)) == 0)
		return true;
	return w->leave->extension && origin_is_result(folder, name, w->leave->extension);
}

/* Results of a folder that is a store lie beside it as those of a file do. */
static bool is_beside_store(const struct walk *w, int above)
{
	const size_t n = strlen(w->name), behind = strlen(w->leave->folder_extension);
	char stem[NAME_MAX + 1];
	struct origin is;
	struct stat st;

	if (n <= behind || strcmp(w->name + n - behind, w->leave->folder_extension) != 0)
		return false;
	(void)snprintf(stem, sizeof stem, "%.*s", (int)(n - behind), w->name);
	if (fstatat(above, stem, &st, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISDIR(st.st_mode))
		return false;
	int fd = openat(above, w->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enum origin_told told = fd == -1 ? ORIGIN_NONE : origin_read(fd, &is);
	if (fd != -1)
		(void)close(fd);
	return told == ORIGIN_KEPT || told == ORIGIN_CHANGED;
}

static bool is_result_folder(const struct walk *w, int above)
{
	if (w->leave->folder_extension && is_beside_store(w, above))
		return true;
	return w->leave->folder_extension &&
	       origin_is_result(above, w->name, w->leave->folder_extension);
}

/* One entry of the innermost folder. True: something was found. */
static bool walk_step(struct walk *w, struct walk_found *f)
{
	DIR *d = w->level[w->depth - 1];

	errno = 0;
	const struct dirent *e = readdir(d);
	if (!e && errno) {
		w->broken = true;
		(void)snprintf(w->name, sizeof w->name, ".");
		walk_tell(w, f, strerror(errno));
		return true;
	}
	if (!e) {
		walk_leave(w);
		return false;
	}
	(void)snprintf(w->name, sizeof w->name, "%s", e->d_name);
	unsigned type = walk_type_of(dirfd(d), e);
	if (w->maildir[w->depth - 1] && (type != DT_DIR || strcmp(w->name, "tmp") == 0))
		return false;
	if (type == DT_DIR)
		return strcmp(w->name, ".") != 0 && strcmp(w->name, "..") != 0 &&
		       !is_result_folder(w, dirfd(d)) && step_down(w, f);
	if (is_ignored(w, dirfd(d), w->name))
		return false;
	walk_tell(w, f,
	    type == DT_REG   ? NULL
	    : type == DT_LNK ? "a symbolic link"
			     : "not a regular file");
	return true;
}

bool walk_next(struct walk *w, struct walk_found *f)
{
	if (w->around != -1)
		close_levels(w);
	if (w->broken)
		walk_leave(w);
	w->broken = false;
	for (;;) {
		if (w->depth > 0) {
			if (walk_step(w, f))
				return true;
		} else if (w->next == w->count) {
			return false;
		} else if (walk_begin(w, f)) {
			return true;
		}
	}
}

char *walk_path(char *const *paths, const struct walk_found *f)
{
	const char *path = paths[f->operand];
	size_t n = strlen(path);
	char *to = NULL;

	if (f->whole)
		return strdup(path);
	if (asprintf(&to, "%s%s%s%s%s", path, n > 0 && path[n - 1] == '/' ? "" : "/",
		f->sub, *f->sub ? "/" : "", f->name) == -1)
		return NULL;
	return to;
}
