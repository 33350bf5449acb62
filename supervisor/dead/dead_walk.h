/* SPDX-License-Identifier: ISC */
#ifndef DEAD_WALK_H
#define DEAD_WALK_H

#include "dead/dead_store.h"

/* The letters that there are, one after the other. */
struct dead_walk {
	/* Asked first, by id alone: is the letter wanted? NULL: all are. */
	bool (*wanted)(void *arg, uint64_t id);
	/* NULL: only wanted is asked, no letter is looked at. False ends the walk. */
	bool (*each)(void *arg, const struct dead_letter *);
	void *arg;
	bool latest_first;
	bool clean; /* at last remove reports whose letters are gone, and empty folders */
	size_t found; /* how many are wanted; known before the first each */
	size_t cleaned;
	char at[PATH_MAX]; /* the sub-folder that could not be read */
};

/* Every letter, in the order in which their messages were taken, or the latest first.
 * Meanwhile the id of each and the name of its file are held. False: ended by each, or
 * errno. */
bool dead_walk(const struct dead_store *, struct dead_walk *);

#endif
