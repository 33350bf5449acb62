/* SPDX-License-Identifier: ISC */
#ifndef SETTLE_PRIVATE_H
#define SETTLE_PRIVATE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "spool/settle.h"

/* Shared by settle.c (the steps and their batches), settle_put.c (from tmp/ to its
 * place) and settle_scatter.c (from a folder in tmp/ to many). */

enum place { TO_OUTGOING, TO_DEAD, TO_REPORTS, PLACES };

enum settle_kind {
	SETTLE_FILE,
	SETTLE_FOLDER_WHOLE, /* goes as it is */
	SETTLE_FOLDER_FILES, /* each of its files goes */
	SETTLE_LEDGER,       /* goes nowhere */
};

/* Of a stage. */
struct settle_row {
	enum settle_kind kind;
	const char *suffix;
	enum place place;
	uint64_t synced_from; /* whoever makes it has synced it from this size on */
	const char *unsynced; /* where it is to be said to have failed */
};
extern const struct settle_row settle_rows[STAGES];

/* What the messages of a batch share. */
struct batch {
	uint64_t budget; /* bytes that may be copied yet */
	struct sight {
		bool looked;
		int error;         /* 0: in sight */
		bool keeps_groups; /* the folder gives its group to nothing */
	} sight[PLACES];           /* in this phase */
};

/* One settlement in work. */
struct work {
	struct settlement *s;
	struct batch *batch;
	int active; /* active/<sub>; -1: it is gone, and all names of the message with it
		     */
	int to[PLACES];         /* opened when needed */
	unsigned unsynced;      /* stages that are to be synced */
	int sync_error[STAGES]; /* what came of it; 0 or an errno value */
	unsigned staged;  /* stages whose tmp folder must be synced before the mark */
	unsigned deliver; /* stages whose files are known to be whole; all, when the
			     message is resumed */
	enum mark mark;   /* what the name is to get, or has */
	bool resumed;     /* the mark was there before us */
};

/* Note errno and where it happened. False. */
bool settle_fail(struct work *, const char *where);

/* Whether a folder may be worked on by this process; else it has failed. */
bool settle_has_time(const struct places *, struct work *);

/* Whether a file of this size may be copied now; else it has failed. */
bool settle_may_copy(const struct places *, struct work *, const struct stat *);

/* A file's name at its place; try counts from 1 where names are taken. */
void settle_place_name(
    const struct places *, const struct claim *, enum stage, int try, char to[NAME_SIZE]);

/* Is a place what people see at its path? Looked at once in each phase of a batch. False:
 * ESTALE. */
bool settle_is_in_sight(const struct places *, const struct work *, enum place);

/* The folder that the message's folder at this place is looked for in. */
int settle_root(const struct places *, enum place);

/* The folder at a place; make: when it is missing, else -1 with ENOENT. -1: errno. */
int settle_open_place(const struct places *, struct work *, enum place, bool make);

/* Is the message's folder in dead/ on dead's own mount? It may be one itself. */
bool settle_dead_is_near(const struct places *, struct work *);

/* Rename from to the place of stage s under a free name. */
bool settle_put(
    const struct places *, struct work *, int from_folder, const char *from, enum stage);

/* The same for a staged file, also into a folder that is another mount than its root; of
 * a resumed message it may lie there already. */
bool settle_put_staged(const struct places *, struct work *, enum stage);

/* settle_scatter.c: each file of a staged folder to its place, reports first; then the
 * folder goes. */
bool settle_scatter(const struct places *, struct work *, enum stage);

#endif
