/* SPDX-License-Identifier: ISC */
/* What a store's ledger does not stand for, in tmp/. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "files/folder.h"
#include "files/ledger.h"
#include "spool/settle.h"

enum { PASSES = 100 };

/* Is a file of this name what the item with its id has left? */
static bool is_of_item(struct ledger *l, const char *name, enum ledger_state state)
{
	const uint64_t first = ledger_first_id(l);
	uint64_t id;

	return name_read_id(name, &id) && id >= first && id - first < ledger_count(l) &&
	       ledger_get(l, id - first + 1).state == state;
}

/* Removed: how many files were. False: errno. */
static bool sift_once(
    struct ledger *l, DIR *dir, enum ledger_state state, uint64_t *removed)
{
	const struct dirent *e;

	*removed = 0;
	for (errno = 0; (e = readdir(dir)); errno = 0) {
		if (e->d_name[0] == '.' || is_of_item(l, e->d_name, state))
			continue;
		if (unlinkat(dirfd(dir), e->d_name, 0) == -1 && errno != ENOENT)
			return false;
		++*removed;
	}
	return errno == 0;
}

/* While names are removed a folder's listing may leave some out: then once more. */
static bool sift(const struct places *p, uint64_t id, enum stage s, struct ledger *l,
    enum ledger_state state)
{
	char name[NAME_SIZE];
	uint64_t removed = 1;
	bool ok = true;

	settle_stage_name(id, s, name);
	for (int pass = 0; ok && removed > 0 && pass < PASSES; pass++) {
		DIR *dir = folder_list(p->tmp[s], name);
		if (!dir)
			return errno == ENOENT;
		ok = sift_once(l, dir, state, &removed);
		int saved = errno;
		(void)closedir(dir);
		errno = saved;
	}
	return ok;
}

bool settle_review(const struct places *p, uint64_t id, bool doubt)
{
	char name[NAME_SIZE];

	settle_stage_name(id, STAGE_LEDGER, name);
	struct ledger *l = ledger_find(p->tmp[STAGE_LEDGER], name);
	if (!l) /* whoever opens it begins anew */
		return errno == ENOENT || errno == EINVAL;
	bool ok = ledger_review(l, doubt) &&
		  sift(p, id, STAGE_BURIED, l, LEDGER_FAILED) &&
		  sift(p, id, STAGE_BURYING, l, LEDGER_FAILED) &&
		  sift(p, id, STAGE_NOTED, l, LEDGER_PLACED);
	int saved = errno;
	ledger_leave(l);
	errno = saved;
	return ok;
}
