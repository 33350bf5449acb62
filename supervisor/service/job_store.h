/* SPDX-License-Identifier: ISC */
#ifndef JOB_STORE_H
#define JOB_STORE_H

#include <event2/event.h>
#include <jansson.h>
#include <sys/queue.h>

#include "attempt/items.h"
#include "files/ledger.h"
#include "files/results.h"
#include "service/job_private.h"

/*
 * A store in the spool: its message was claimed and read as any other, and the worker
 * answered with the list of its items. Each item is then an attempt of its own, in a
 * queue of its own. What they leave lies in tmp/, in folders of the store's id
 * (settle.h), until the last one has ended; then it is settled as one message.
 *
 * The ledger tells after a kill what became of which item: the store is listed again, and
 * items whose end it has are not tried again. Every now and then what they have left is
 * synced, and the ledger says so, before a letter of them is delivered: after a loss of
 * power those that ended later are made anew (settle_review).
 *
 * Each of these files uses those before it: job_store_base.c (what the others share),
 * job_item.c (one item), job_store_batch.c (what was done so far), job_store.c (a store,
 * from its list to its settlement).
 */
struct job_store {
	TAILQ_ENTRY(job_store) link;
	struct job *job;
	int fd, list;
	uint64_t listed, listed_file; /* bytes of the list; of the file that has it */
	struct stat st;
	struct items *items;
	struct ledger *ledger;
	struct event *round; /* the next one through the list */
	char *folder,
	    *folder_sub; /* at hand: its name in the store, and of its results */
	bool folder_made;
	bool round_over; /* the list was read to its end */
	bool again;      /* an item ended by trouble of ours: another round */
	bool changed;    /* somebody has written it */
	bool withdrawn;
	unsigned rounds;    /* with trouble, in succession */
	const char *breach; /* why the list could not be read to its end */
	unsigned in_hand;   /* items */
	/* Its name asks for one item only (job_store_asks). */
	uint64_t only, only_key;
	uint64_t expected, entries; /* as the store says; as the list has */
	uint64_t orphans, left;     /* of the entries: in no folder; not meant */
	uint64_t count[VERDICTS];   /* of ends, in this round or before */
	uint64_t bare;              /* dead ones without bytes of their own */
	uint64_t moved;             /* clock_ms(): an item has ended */
	bool resumed;               /* an earlier run began with it */
	uint64_t unsynced;          /* that ended since the last batch; when that was */
	uint64_t synced;
	bool doubted; /* a batch could not be synced */
	/* Dead items become letters while the others go on: some are to, a batch with
	 * some is under way. Whom somebody waits for: the ids, and how many of them are
	 * in that batch. */
	bool to_bury, burying;
	uint64_t *awaited;
	size_t awaited_count, awaited_now;
};

/* What a worker is asked for of an item that is dead: first all, then what is simplest.
 */
enum job_salvage { SALVAGE_NONE, SALVAGE_JSON, SALVAGE_DUMP };

/* An item in hand. */
struct job_item {
	TAILQ_ENTRY(job_item) link;
	struct job_store *store;
	struct attempt *attempt;
	struct claim claim;
	struct outcome outcome;
	struct outcome dead; /* while it is salvaged: how it has died */
	struct result result;
	struct items_place lies;
	uint64_t number;
	enum job_salvage salvage;
	bool suspect, alone;
	bool awaited;        /* somebody had it withdrawn, and waits for its end */
	char *folder, *name; /* in the store */
	char *sub;           /* of its result, in tmp/ */
	char result_name[NAME_SIZE];
};

TAILQ_HEAD(job_store_list, job_store);
TAILQ_HEAD(job_item_list, job_item);

/* All stores in hand. */
struct job_stores {
	struct jobs *jobs;
	struct attempt_queue *queue;
	struct results *results; /* in tmp/, of outgoing's volume */
	struct job_store_list open;
	struct job_item_list in_hand;
	struct event *feed;
};

struct job_stores *job_stores_new(struct jobs *); /* NULL: errno */
void job_stores_free(struct job_stores *);        /* NULL is fine */

/* The list of its items is there: *output is taken. */
void job_store_begin(struct job *, int *output);
/* Did an earlier run begin with its items? */
bool job_store_is_begun(const struct job *);
/* More items may be begun. */
void job_stores_feed(struct job_stores *);
/* Nothing is begun any more; those that nobody has in hand leave. */
void job_stores_drain(struct job_stores *);
void job_store_withdraw(struct job_store *);
/* What is to be seen of one. */
void job_store_see(const struct job *, attempt_see_fn *, void *arg);
/* One item, by its id. */
struct job_item *job_stores_find(const struct job_stores *, uint64_t id);
void job_item_withdraw(struct job_item *);
/* Its bytes, a file of their own to read. -1: errno. */
int job_item_fetch(const struct job_item *, uint64_t *bytes);

/* What its report says besides. */
json_t *job_store_told(const struct job_store *);
/* Its plan, when all has ended. */
unsigned job_store_plan(const struct job_store *);

/* job_item.c */
extern const struct attempt_owner job_item_owner;
/* Begin this item of the list, or count it where its end is known. False: no memory. */
bool job_item_take(struct job_store *, const Bulkhead__Entry *);
void job_item_free(struct job_item *);

/* job_store_batch.c */
bool job_store_wants_batch(const struct job_store *);
/* What has ended so far is made sure of, and letters go to dead/. */
void job_store_batch(struct job_store *);
/* A sync has failed (doubted): what counts on it is taken back, once nothing of it is in
 * hand; then the store is gone on with. */
void job_store_take_back(struct job_store *);
/* job_store_base.c */
void job_store_free(struct job_store *); /* NULL is fine */
/* No more open; one that was shelved is listed again. */
void job_store_leave(struct job_store *);
/* Taken off, without a result. */
void job_store_drop(struct job_store *);
/* Its settlement could not sync it. */
void job_store_doubt(struct job *);
void job_store_item_over(struct job_store *); /* one less in hand */
/* A letter of it lies in STAGE_BURYING; awaited: its id, 0: nobody waits. */
void job_store_bury(struct job_store *, uint64_t awaited);
/* Is there such a folder of it in tmp/? */
bool job_store_has(const struct job_store *, enum stage);
/* The descriptor of a folder of the store's in tmp/, made when it is missing; sub below
 * it. -1: errno. */
int job_store_folder(const struct job_store *, enum stage, const char *sub);
/* The same where it is there. */
int job_store_open(const struct job_store *, enum stage, const char *sub);

#endif
