/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/copy.h"
#include "files/folder.h"
#include "files/naming.h"
#include "files/tree.h"
#include "spool/settle_private.h"

const char settle_renamed[] = "renamed";

enum { TRIES = 99 /* other names where one is taken */ };

bool settle_fail(struct work *w, const char *where)
{
	w->s->error = errno;
	w->s->where = where;
	return false;
}

bool settle_has_time(const struct places *p, struct work *w)
{
	errno = EFBIG;
	return p->copy_most == UINT64_MAX || settle_fail(w, settle_large);
}

bool settle_may_copy(const struct places *p, struct work *w, const struct stat *st)
{
	uint64_t size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;

	if (size > p->copy_most || size > w->batch->budget) {
		errno = EFBIG;
		return settle_fail(w, settle_large);
	}
	w->batch->budget -= size;
	return true;
}

void settle_place_name(const struct places *p, const struct claim *c, enum stage s,
    int try, char to[NAME_SIZE])
{
	char name[NAME_SIZE];

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
	case STAGE_ITEMS:
		name_result(c, SETTLE_FOLDER, name);
		break;
	case STAGE_WHY:
	case STAGE_NOTES:
	case STAGE_BURIED:
	case STAGE_BURYING:
	case STAGE_NOTED:
	case STAGE_LEDGER:
	case STAGES:
		(void)snprintf(name, sizeof name, "%016" PRIx64 ".json", c->id);
		break;
	}
	name_numbered(name, try, to);
}

/* What file systems say of a name that they cannot have: another system's alphabet, other
 * characters, other lengths. */
static bool is_refused(int error)
{
	return error == EINVAL || error == EILSEQ || error == ENAMETOOLONG;
}

/* A folder's path with each of its names in a safe form. */
static void safe_path(const char *sub, char to[PATH_MAX])
{
	char name[NAME_SIZE], safe[NAME_SIZE];
	size_t used = 0;

	to[0] = '\0';
	while (*sub != '\0') {
		size_t n = strcspn(sub, "/");
		(void)snprintf(name, sizeof name, "%.*s", (int)n, sub);
		naming_safe(name, safe);
		if (used + 1 + strlen(safe) >= PATH_MAX)
			return; /* as deep as it goes */
		used += (size_t)snprintf(
		    to + used, PATH_MAX - used, "%s%s", used ? "/" : "", safe);
		sub += n + (sub[n] == '/');
	}
}

static void tell_renamed(struct work *w)
{
	if (!w->s->where)
		w->s->where = settle_renamed;
}

int settle_root(const struct places *p, enum place place)
{
	const int roots[PLACES] = { p->outgoing, p->dead, p->reports };

	return roots[place];
}

/* Is a destination what is seen at its path? Else it was removed, or a mount lies over
 * it. 0 or an errno value. */
static int look_for(const struct places *p, enum place place)
{
	const char *const paths[PLACES] = { p->outgoing_path, p->dead_path,
		p->reports_path };
	struct stat open, seen;

	if (!paths[place] ||
	    (fstat(settle_root(p, place), &open) == 0 && stat(paths[place], &seen) == 0 &&
		open.st_dev == seen.st_dev && open.st_ino == seen.st_ino))
		return 0;
	return ESTALE;
}

bool settle_is_in_sight(const struct places *p, const struct work *w, enum place place)
{
	struct batch *b = w->batch;

	if (!b->sight[place].looked) {
		b->sight[place].looked = true;
		b->sight[place].error = look_for(p, place);
	}
	errno = b->sight[place].error;
	return errno == 0;
}

int settle_open_place(const struct places *p, struct work *w, enum place place, bool make)
{
	const int root = settle_root(p, place);
	char safe[PATH_MAX];

	if (w->to[place] != -1)
		return w->to[place];
	if (!settle_is_in_sight(p, w, place))
		return -1;
	const char *sub = w->s->claim->sub;
	int fd = *sub == '\0' ? root
		 : make
		     ? folder_make_for(root, sub, p->folder_mode, p->results.group, true)
		     : folder_open(root, sub);
	if (fd == -1 && is_refused(errno)) {
		safe_path(sub, safe);
		fd = make ? folder_make_for(
				root, safe, p->folder_mode, p->results.group, true)
			  : folder_open(root, safe);
		if (fd != -1)
			tell_renamed(w);
	}
	w->to[place] = fd;
	return fd;
}

static bool same_file(int a, const char *a_name, int b, const char *b_name)
{
	struct stat x, y;

	return fstatat(a, a_name, &x, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(b, b_name, &y, AT_SYMLINK_NOFOLLOW) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* How much of its name a message keeps where it goes. */
enum form { FORM_ITS_OWN, FORM_SAFE, FORM_NONE, FORMS };

static void formed_name(const struct places *p, const struct work *w, enum stage s,
    int try, enum form form, char to[NAME_SIZE])
{
	struct claim c = *w->s->claim;
	char safe[NAME_SIZE] = "message";

	if (form == FORM_SAFE)
		naming_safe(c.name, safe);
	if (form != FORM_ITS_OWN)
		c.name = safe;
	settle_place_name(p, &c, s, try, to);
}

/* A folder with the set-group-ID bit gives what comes into it its group, also what comes
 * by a rename. Whoever may not give it away leaves it as it is. */
static void pass_group_on(const struct places *p, const struct work *w, int from_folder,
    const char *from, int folder, enum place place)
{
	struct sight *root = &w->batch->sight[place];
	struct stat to, st;

	if ((place == TO_OUTGOING && p->results.group != (gid_t)-1) ||
	    (folder == settle_root(p, place) && root->keeps_groups))
		return;
	bool seen = fstat(folder, &to) == 0;
	bool gives = seen && to.st_mode & S_ISGID;
	if (folder == settle_root(p, place))
		root->keeps_groups = seen && !gives;
	if (!gives || fstatat(from_folder, from, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    st.st_gid == to.st_gid)
		return;
	if (fchownat(from_folder, from, (uid_t)-1, to.st_gid, AT_SYMLINK_NOFOLLOW) == -1)
		errno = 0;
}

/* Rename to the place of stage s under a free name. The file is known to be there, so
 * ENOENT is a consumer that removed the empty folder: it is made again. */
bool settle_put(const struct places *p, struct work *w, int from_folder, const char *from,
    enum stage s)
{
	enum place place = settle_rows[s].place;
	enum form form = FORM_ITS_OWN;
	char to[NAME_SIZE];
	int made = 0;

	for (int try = 1; try <= TRIES;) {
		int folder = settle_open_place(p, w, place, true);
		if (folder == -1)
			return settle_fail(w, "make folder");
		pass_group_on(p, w, from_folder, from, folder, place);
		formed_name(p, w, s, try, form, to);
		if (folder_rename(from_folder, from, folder, to) == 0) {
			if (form != FORM_ITS_OWN)
				tell_renamed(w);
			return true;
		}
		/* It has both names: a rename that the file system did only half. */
		if (errno == EEXIST && same_file(from_folder, from, folder, to))
			return unlinkat(from_folder, from, 0) == 0 ||
			       settle_fail(w, "remove staged file");
		if (errno == EEXIST) {
			try++;
		} else if (is_refused(errno) && form + 1 < FORMS) {
			form++;
		} else if (errno == ENOENT && made++ < 10) {
			folder_return(settle_root(p, place), w->to[place]);
			w->to[place] = -1;
		} else {
			return settle_fail(w, "deliver");
		}
	}
	return settle_fail(w, "deliver");
}

static bool mount_of(int folder, struct statx *x)
{
	return statx(folder, "", AT_EMPTY_PATH, STATX_MNT_ID, x) == 0;
}

/* Kernels that cannot name mounts still name devices. */
static bool same_mount(int a, int b)
{
	struct statx x, y;

	return mount_of(a, &x) && mount_of(b, &y) && x.stx_dev_major == y.stx_dev_major &&
	       x.stx_dev_minor == y.stx_dev_minor &&
	       (!(x.stx_mask & y.stx_mask & STATX_MNT_ID) ||
		   x.stx_mnt_id == y.stx_mnt_id);
}

bool settle_dead_is_near(const struct places *p, struct work *w)
{
	if (!p->dead_is_near || *w->s->claim->sub == '\0')
		return p->dead_is_near;
	int folder = settle_open_place(p, w, TO_DEAD, true);
	/* If it cannot be opened the delivery will fail and say so. */
	return folder == -1 || same_mount(folder, p->dead);
}

/* The staged file's name while it is in the folder of its destination: hidden. */
static void carried_name(const struct work *w, enum stage s, char to[NAME_SIZE + 1])
{
	to[0] = '.';
	settle_stage_name(w->s->claim->id, s, to + 1);
}

/* The same of a folder: it goes at once, by another name, and then for good. */
static bool carry_folder(const struct places *p, struct work *w, int tmp,
    const char *from, int folder, const char *carried)
{
	char gone[NAME_SIZE + sizeof SETTLE_GONE];

	(void)snprintf(gone, sizeof gone, SETTLE_GONE "%s", from);
	return (tree_remove(folder, carried, p->tell) ||
		   settle_fail(w, "remove half a copy")) &&
	       (tree_copy(tmp, from, folder, carried, p->tell) ||
		   settle_fail(w, "copy to another mount")) &&
	       (folder_sync(folder) == 0 || settle_fail(w, "sync destination")) &&
	       (renameat(tmp, from, tmp, gone) == 0 ||
		   settle_fail(w, "remove staged folder")) &&
	       (folder_sync(tmp) == 0 || settle_fail(w, "sync tmp")) &&
	       (tree_remove(tmp, gone, p->tell) ||
		   settle_fail(w, "remove staged folder"));
}

/*
 * Copy a staged file into the folder of its destination, where no rename leads. The copy
 * is whole and on disk before the staged file goes, and that is on disk before the copy
 * gets its name: at each moment exactly one of them is the one to be delivered. A copy
 * beside the staged file may be half.
 */
static bool settle_put_carry(const struct places *p, struct work *w, int tmp,
    const char *from, int folder, const char *carried)
{
	struct stat st;

	if (fstatat(tmp, from, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return settle_fail(w, "look into tmp");
	if (S_ISDIR(st.st_mode))
		return settle_has_time(p, w) &&
		       carry_folder(p, w, tmp, from, folder, carried);
	if (unlinkat(folder, carried, 0) == -1 && errno != ENOENT)
		return settle_fail(w, "remove half a copy");
	if (!settle_may_copy(p, w, &st))
		return false;
	if (copy_file(tmp, from, &st, folder, carried, NULL, p->tell) != COPIED) {
		(void)settle_fail(w, "copy to another mount");
		(void)unlinkat(folder, carried, 0); /* the room is needed */
		return false;
	}
	return (folder_sync(folder) == 0 || settle_fail(w, "sync destination")) &&
	       (unlinkat(tmp, from, 0) == 0 || settle_fail(w, "remove staged file")) &&
	       (folder_sync(tmp) == 0 || settle_fail(w, "sync tmp"));
}

/* Only a resumed message may have been carried and not be named yet. */
static bool put_carried(
    const struct places *p, struct work *w, enum stage s, const char *carried)
{
	enum place place = settle_rows[s].place;
	struct stat st;

	if (!w->resumed)
		return true;
	if (settle_open_place(p, w, place, false) == -1)
		return errno == ENOENT || settle_fail(w, "open destination");
	if (fstatat(w->to[place], carried, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT || settle_fail(w, "look into destination");
	return settle_put(p, w, w->to[place], carried, s);
}

bool settle_put_staged(const struct places *p, struct work *w, enum stage s)
{
	char from[NAME_SIZE], carried[NAME_SIZE + 1];
	const int tmp = p->tmp[s];
	struct stat st;

	if (!(w->deliver & 1U << s) || settle_rows[s].kind == SETTLE_LEDGER)
		return true;
	settle_stage_name(w->s->claim->id, s, from);
	carried_name(w, s, carried);
	/* What this batch has staged is there; the rename says if not. */
	if (w->resumed && fstatat(tmp, from, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		if (errno != ENOENT)
			return settle_fail(w, "look into tmp");
		/* When a folder was removed nothing tells whether it had got the
		 * message. */
		if (fstat(tmp, &st) == -1 || st.st_nlink == 0) {
			errno = ESTALE;
			return settle_fail(w, "look into tmp");
		}
		return put_carried(p, w, s, carried);
	}
	if (settle_put(p, w, tmp, from, s))
		return true;
	if (w->s->error != EXDEV)
		return false;
	w->s->error = 0;
	w->s->where = NULL;
	const int folder = w->to[settle_rows[s].place];
	return settle_put_carry(p, w, tmp, from, folder, carried) &&
	       settle_put(p, w, folder, carried, s);
}
