/* SPDX-License-Identifier: ISC */
#ifndef SETTLE_H
#define SETTLE_H

#include <stdbool.h>
#include <stddef.h>

#include "files/copy.h"
#include "files/name.h"

/*
 * How a message leaves the spool, the same for results and dead letters, in two
 * steps with a mark between them:
 *
 *   1. everything to be delivered is whole and synced in tmp/, the rest of the
 *      message's files there is gone; then its name in active/ gets the mark, synced
 *   2. each staged file is renamed to its place (never replacing), report before
 *      message, synced; then the input is removed (.ready) or moved to dead/ (.dead)
 *
 * Whoever finds a marked name only has to do step 2 again: what is still in tmp/
 * was not delivered, what is not there was. So a consumer that empties outgoing/
 * at once never sees a message twice. This code runs in the janitor and, at
 * start, for what an earlier run left; it may block.
 */

/* Files of a message in tmp/: "<id>.<suffix>"; settle.c has a row for each, in order of
 * delivery. Those of stores are folders; who makes them keeps the ledger with them. */
enum stage {
	STAGE_WHY,    /* "why": the dead letter's report -> dead/<id>.json */
	STAGE_NOTES,  /* "notes": -> reports/<id>.json */
	STAGE_BURIED, /* "buried": a folder of letters and reports of items, each with its
			 own name -> dead/ */
	STAGE_BURYING, /* "burying": the same, still being filled */
	STAGE_NOTED,   /* "noted": a folder of reports of items -> reports/ */
	STAGE_LETTER, /* "letter": a copy of the input, only where dead/ is another volume
			 -> dead/ */
	STAGE_ORIGINAL, /* "original": a copy of the input, as a result -> outgoing/ */
	STAGE_OUTPUT,   /* "out": -> outgoing/<stem>.<id>.<extension> */
	STAGE_ITEMS,    /* "items": a folder of results -> outgoing/<stem>.<id>.files */
	STAGE_LEDGER, /* "ledger": of a store's items; it goes when they are delivered */
	STAGES,
};

/* What to do with a message; a set of these. */
enum plan {
	PLAN_OUTPUT = 1 << STAGE_OUTPUT,
	PLAN_ORIGINAL =
	    1 << STAGE_ORIGINAL, /* the input itself goes on, marked by its name */
	PLAN_LETTER = 1 << STAGE_LETTER, /* the input goes to dead/ */
	PLAN_WHY = 1 << STAGE_WHY,
	PLAN_NOTES = 1 << STAGE_NOTES,
	PLAN_BURIED = 1 << STAGE_BURIED,
	PLAN_BURYING = 1 << STAGE_BURYING,
	PLAN_NOTED = 1 << STAGE_NOTED,
	PLAN_ITEMS = 1 << STAGE_ITEMS,
	PLAN_LEDGER = 1 << STAGE_LEDGER,
	/* No settlement, the message stays. What its items have left so far is synced,
	 * their ledger says so, and what is in STAGE_BURIED goes to dead/. */
	PLAN_EARLY = 1 << STAGES,
	/* Likewise. That sync has failed: what it was to keep counts as not done. */
	PLAN_DOUBT = 1 << (STAGES + 1),
	PLAN_STAYS = PLAN_EARLY | PLAN_DOUBT,
};

/* A smaller result is synced here, with all of its batch: a flush of the disk for each
 * would take longer than its bytes. A larger one by its worker, beside others. */
enum { SETTLE_SYNCS_BELOW = 16 << 20 };

/* What an error is said of when a result could not be synced. What the disk has of it is
 * not known from then on, and no later sync would tell: it must be made anew. */
extern const char settle_unsynced[];

/* What EFBIG is said of when a file is larger than these places may copy
 * (places.copy_most), or a folder is to be worked on: to be settled again, by a process
 * that has the time. */
extern const char settle_large[];

/* What ENOENT is said of when a result or report is not in tmp/ before the mark: nothing
 * was delivered yet, and it must be made anew, too. */
extern const char settle_missing[];

/* Directory descriptors. tmp[s] is where the files of stage s are made: on the
 * volume of their destination. dead_is_near: a rename from active/ to dead/ works. */
struct places {
	int active, outgoing, dead, reports;
	/* Where people see the three destinations; NULL: not looked at. While another
	 * folder is there nothing is delivered, since nobody would see it: ESTALE. */
	const char *outgoing_path, *dead_path, *reports_path;
	int tmp[STAGES];
	bool dead_is_near;
	unsigned folder_mode;
	struct copy_dress results; /* what files in outgoing/ get */
	const char *extension;     /* of results: "eml" */
	uint64_t copy_most;        /* bytes of a file that may be copied at once */
	copy_tell_fn *tell;        /* work goes on; 0 of 0: no copy. NULL: nobody waits */
};

/* What is said beside error 0 of a message whose name some destination refuses: it is
 * there under a safe form of it. */
extern const char settle_renamed[];

/* One message of a batch. */
struct settlement {
	struct claim *claim; /* its mark is updated as the work goes on */
	unsigned plan;
	/* out: 0 settled, else an errno value and where says in what call. Beside 0 where
	 * is NULL, or tells what became of an input that could not be copied: "kept" (in
	 * dead/ though the plan did not ask for it), "held" (in active/.held/). */
	int error;
	const char *where;
};

/*
 * Settle count messages, as many as share the syncs. Each may be in any state an
 * interrupted settlement leaves, also wholly settled. A message with an error
 * stays where it is and may be settled again.
 */
void settle(const struct places *, struct settlement *, size_t count);

/* What lies in tmp/ of a store's items goes unless its ledger has their
 * end; doubt: of what was put into that since it was synced nothing counts, as after a
 * loss of power. Waits for the disk. False: errno. */
bool settle_review(const struct places *, uint64_t id, bool doubt);

/* What a store's folder of results has for an extension. */
#define SETTLE_FOLDER "files"

/* Before the name of a staged folder that was carried to another mount and is being
 * removed. */
#define SETTLE_GONE ".gone-"

/* The staged file's name: "<id>.<suffix>". */
void settle_stage_name(uint64_t id, enum stage, char to[NAME_SIZE]);

/* Is it of a store's items, and kept while they are converted? */
bool settle_is_of_store(enum stage);

/* Read such a name: false when it is none. */
bool settle_parse_stage(const char *file, uint64_t *id, enum stage *);

#endif
