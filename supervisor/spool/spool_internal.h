/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_INTERNAL_H
#define SPOOL_INTERNAL_H

#include "spool/spool.h"

/* The inside of a spool, for spool*.c only. */
enum { SEEN = 1024, RETURNED = 256, SAID_MOST = 256 };

/* Folders that are looked after (spool_look.c). */
enum look {
	LOOK_SPOOL,
	LOOK_INCOMING,
	LOOK_ACTIVE,
	LOOK_TMP,
	LOOK_OUTGOING,
	LOOK_DEAD,
	LOOK_REPORTS,
	LOOKS,
};

struct spool {
	const struct config *config;
	char *paths[LOOKS];
	unsigned away;         /* bits of those that are not what they were */
	char *path;            /* of incoming/, for people */
	int root, incoming;    /* the spool's folder; incoming/ */
	int locks[2];          /* in the spool, in incoming/ */
	int near_tmp;          /* <spool>/tmp */
	bool active_is_inside; /* active is incoming/.active */
	bool leases;
	uid_t user;   /* as whom we run */
	bool dressed; /* files that are made 0600 are as results are to be */
	struct places places;
	/* Files whose age cannot be told: taken when seen unchanged for a while. */
	struct seen {
		dev_t dev;
		ino_t ino;
		struct timespec changed, modified;
		off_t size;
		uint64_t since; /* clock_ms(); 0: free */
	} seen[SEEN];
	/* Files that we put back ourselves; ino 0: free. */
	struct returned {
		dev_t dev;
		ino_t ino;
	} returned[RETURNED];
	size_t returned_next;
	/* What was said already of files and folders in incoming/. */
	struct said {
		dev_t dev;
		ino_t ino;
		struct timespec
		    changed; /* of a file; a folder's changes with each name */
		mode_t mode;
		uid_t uid;
		int error;
		uint64_t last; /* clock_ms() of the last look; 0: free */
	} said[SAID_MOST];
};

/* spool_places.c: is every folder there that may hold staged files of marked messages?
 * False: *error. */
bool spool_check_places(struct spool *, char **error);

/* spool_recover.c: how many messages in active/ are marked. False: errno. */
bool spool_count_marked(const struct spool *, unsigned *count);

/* spool.c: does a rename lead from one folder to the other? Tried, since neither device
 * numbers nor mount tables tell (bind mounts, overlays). -1: errno. */
int spool_rename_works(int from, int to);

/* spool_rest.c: how long a file must have rested; is it whole; we put it back. */
uint64_t spool_rest(const struct spool *, bool lease_tells);
bool spool_is_whole(struct spool *, int fd, const struct stat *, bool moved_in);
/* By its times alone: it cannot have rested yet. */
bool spool_is_fresh(const struct spool *, const struct stat *);
void spool_was_returned(struct spool *, const struct stat *);

/* spool_said.c: say why a file (name) or all of a folder (name NULL) stays in incoming/,
 * once for each and for each change of its rights. */
void spool_say_left(struct spool *, int folder, const char *sub, const char *name,
    const struct stat *, int error);

#endif
