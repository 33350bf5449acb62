/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_INTERNAL_H
#define SPOOL_INTERNAL_H

#include "spool/spool.h"

/* The inside of a spool, for spool*.c only. */
enum { SEEN = 64, FOREIGN = 64 };

struct spool {
	const struct config *config;
	char *path;            /* of incoming/, for people */
	int root, incoming;    /* the spool's folder; incoming/ */
	int locks[2];          /* in the spool, in incoming/ */
	int near_tmp;          /* <spool>/tmp */
	bool active_is_inside; /* active is incoming/.active */
	bool leases;
	struct places places;
	/* Files whose times lie in the future: taken when seen unchanged for a while. */
	struct seen {
		dev_t dev;
		ino_t ino;
		struct timespec changed;
		off_t size;
		uint64_t since; /* monotonic ms; 0: free */
	} seen[SEEN];
	/* Folders of incoming/ that were said to be mounts of their own. */
	struct foreign {
		dev_t dev;
		ino_t ino;
	} foreign[FOREIGN];
	size_t foreign_next;
};

/* spool_places.c: is every folder there that may hold staged files of marked messages?
 * False: *error. */
bool spool_check_places(struct spool *, char **error);

/* spool_recover.c: how many messages in active/ are marked. False: errno. */
bool spool_count_marked(const struct spool *, unsigned *count);

#endif
