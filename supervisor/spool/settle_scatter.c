/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/copy.h"
#include "files/folder.h"
#include "files/naming.h"
#include "files/tree.h"
#include "spool/settle_private.h"

/*
 * A folder of many files, each with the name that it shall have: "<id>.json" and
 * "<id>.<name>". Ids are never given twice, so a name that is taken where no rename
 * leads was taken by us, before a kill.
 */

enum { PASSES = 100 };

static bool is_report(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot - name == 16 && strcmp(dot, ".json") == 0;
}

/* A name that the destination can have, where it refuses the file's own. */
static void plainer_name(const char *name, char to[NAME_SIZE])
{
	char safe[NAME_SIZE];

	naming_safe(name + strcspn(name, "."), safe);
	(void)snprintf(to, NAME_SIZE, "%.16s.%.200s", name, safe);
}

/* To where no rename leads: hidden until it is whole. */
static bool scatter_copy(const struct places *p, struct work *w, int from, int to,
    const char *name, const char *as)
{
	char half[NAME_SIZE + 8];
	struct stat st;

	(void)snprintf(half, sizeof half, ".%.200s.half", name);
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT || settle_fail(w, "look into tmp");
	if (!tree_remove(to, half, NULL) ||
	    copy_file(from, name, &st, to, half, NULL, p->tell) != COPIED)
		return settle_fail(w, "copy to another mount");
	if (folder_rename(to, half, to, as) == -1 && errno != EEXIST)
		return settle_fail(w, "deliver");
	return (tree_remove(to, half, NULL) && folder_sync(to) == 0 &&
		   unlinkat(from, name, 0) == 0) ||
	       settle_fail(w, "copy to another mount");
}

static bool scatter_one(
    const struct places *p, struct work *w, int from, const char *name, enum stage s)
{
	const enum place place = settle_rows[s].place;
	char as[NAME_SIZE];

	(void)snprintf(as, sizeof as, "%s", name);
	for (int made = 0;; made++) {
		const int to = settle_open_place(p, w, place, true);
		if (to == -1)
			return settle_fail(w, "make folder");
		if (folder_rename(from, name, to, as) == 0)
			return true;
		if (errno == EXDEV)
			return scatter_copy(p, w, from, to, name, as);
		if (errno == EEXIST) /* by a rename that the file system did only half */
			return unlinkat(from, name, 0) == 0 ||
			       settle_fail(w, "remove staged file");
		const bool gone = errno == ENOENT;
		if (made == 10 || (!gone && errno != EINVAL && errno != EILSEQ &&
				      errno != ENAMETOOLONG))
			return settle_fail(w, "deliver");
		/* Its folder was removed since it is empty; or the name is refused. */
		if (gone) {
			folder_return(settle_root(p, place), w->to[place]);
			w->to[place] = -1;
		} else {
			plainer_name(name, as);
		}
	}
}

/* Who finds a letter finds its report. */
static bool scatter_kind(const struct places *p, struct work *w, enum stage s,
    const char *folder, bool reports)
{
	DIR *dir = folder_list(p->tmp[s], folder);
	const struct dirent *e;
	bool ok = true;

	if (!dir)
		return settle_fail(w, "open staged folder");
	while (ok && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || is_report(e->d_name) != reports)
			continue;
		ok = scatter_one(p, w, dirfd(dir), e->d_name, s);
		if (p->tell)
			p->tell(0, 0);
	}
	(void)closedir(dir);
	return ok;
}

bool settle_scatter(const struct places *p, struct work *w, enum stage s)
{
	char folder[NAME_SIZE];
	struct stat st;

	settle_stage_name(w->s->claim->id, s, folder);
	if (fstatat(p->tmp[s], folder, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT || settle_fail(w, "look into tmp");
	if (!settle_has_time(p, w))
		return false;
	/* Names are renamed away while they are listed, so some may be left out: the
	 * folder tells, which cannot be removed then. */
	for (unsigned pass = 1; pass <= PASSES; pass++) {
		if (!scatter_kind(p, w, s, folder, true) ||
		    !scatter_kind(p, w, s, folder, false))
			return false;
		if (unlinkat(p->tmp[s], folder, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return true;
	}
	return settle_fail(w, "remove staged folder");
}
