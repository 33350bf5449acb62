/* SPDX-License-Identifier: ISC */
#ifndef CONVERT_PRIVATE_H
#define CONVERT_PRIVATE_H

#include <event2/event.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include "attempt/attempt.h"
#include "base/progress.h"
#include "convert/convert.h"
#include "convert/refusals.h"
#include "convert/summary.h"
#include "convert/tally.h"
#include "files/origin.h"
#include "files/results.h"
#include "files/stamp.h"
#include "files/walk.h"
#include "proto/formats.h"

/*
 * A run and its inputs. Each of these files uses those before it:
 * convert_store.c   a store, and what an input has of it that is one of its items
 * convert_tell.c    what people and programs are told
 * convert_target.c  where results go
 * convert_there.c   what is there already
 * convert_aside.c   what failed
 * convert_state.c   the states of an input, to its end
 * convert_list.c    items taken from the lists of stores
 * convert_rest.c    inputs that somebody writes
 * convert_flush.c   results published together
 * convert_input.c   one input from its opening to its result
 * convert.c         the run
 */

struct gathered;
struct run;
struct seen;
struct split;
struct store;
struct sync_aside;

/* The folder of a store's items beside it has the store's name and this extension. */
#define STORE_EXTENSION ".files"

enum input_state {
	INPUT_UNDER_WAY, /* the engine has it */
	INPUT_BUSY,      /* somebody writes it: to be tried again */
	INPUT_STORING,   /* converted; to be published with the others of its batch */
	INPUT_SYNCING,   /* its batch is being brought to the disk */
	INPUT_STATES,
};

/* One input in hand. */
struct input {
	TAILQ_ENTRY(input) link;
	struct run *run;
	enum input_state state;
	struct claim claim; /* id: its number; sub, name: its place; its charges */
	char *path;         /* for people */
	char *result_sub;   /* below its results' root */
	char result_name[NAME_SIZE];
	int fd;
	bool opened;     /* st is known */
	bool remembered; /* refused by an earlier run */
	bool stale;      /* its result is there, made of an older state of the input */
	struct stat st;
	struct origin origin;
	struct stamp stamp;      /* how it was found last, */
	uint64_t stamp_since;    /* and how long it has been so, by our clock */
	unsigned tries;          /* after it was found busy */
	bool writer;             /* somebody had it open for writing */
	struct results *results; /* held */
	struct result result;
	struct split *split; /* what the output is to be split into; NULL: it is not */
	struct outcome outcome;
	struct store_item *item; /* it is one of a store; NULL: a file */
	char *equals;            /* with --dedupe: the input that has its result */
	struct gathered *file;   /* where it was appended, as far as */
	uint64_t file_end;
};

TAILQ_HEAD(input_list, input);
TAILQ_HEAD(store_list, store);

struct run {
	const struct convert_options *options;
	struct config *config;
	const struct formats_row *target;
	const char *extension; /* what results have behind the name of their input */
	struct event_base *base;
	struct reaper *reaper;
	struct attempts *attempts;
	struct attempt_owner owner;
	struct attempt_queue *queue;
	struct walk *walk, *ahead; /* ahead counts, for the progress line; NULL: none */
	struct walk_leave leave;
	uint64_t id; /* of this run among others */
	int64_t began_ms;
	bool walked, draining, stopping, hopeless;
	int stream;      /* the one result is written there; -1: it gets a name */
	char *file_name; /* the one result's name; NULL: each has its own */
	char *out_path;  /* of out, for people */
	struct results *out, *aside; /* of -o or --attachments; of --dead */
	struct results *beside;      /* of the path at work, when there is no -o */
	size_t beside_operand;
	struct file_id *files; /* paths that are files, sorted; with --force */
	size_t file_count;
	int standard_input;       /* what came on it, as a file; -1: not asked for */
	struct store_list stores; /* that are open */
	struct input_list in[INPUT_STATES];
	unsigned count[INPUT_STATES];
	uint64_t last_id;
	struct tally tally;
	uint64_t listed;           /* items of all stores so far, as their lists say */
	struct summary *summary;   /* NULL: not asked for */
	struct seen *seen;         /* the same */
	struct refusals *refusals; /* NULL: none are kept */
	uint64_t ahead_found;
	bool ahead_done;
	struct progress progress;
	struct sync_aside *syncing; /* batches that nothing waits for */
	int sync_error;             /* errno of the last one; 0: it is on the disk */
	struct event *more, *flush, *name, *busy, *tick, *signals[2];
	int unnamed; /* errno: a store's files did not get their names; 0: they did */
	int exit;
};

/* convert_state.c */
void run_more(struct run *); /* something may go on */
void input_move(struct input *, enum input_state);
void input_begin(struct input *); /* hand it to the engine */
void input_free(struct input *);
void input_end(struct input *, enum tally_class); /* tells, counts and frees it */
void input_end_because(struct input *, enum tally_class, const char *reason);
/* It ends because this call failed; errno says how. */
void input_unwritten(struct input *, const char *call);

/* convert_input.c */
extern const struct attempt_owner input_owner;
/* Take what was found; it may have ended already. */
void input_take(struct run *, const struct walk_found *);

/* convert_flush.c */
/* It has a result: publish that, now or with others. */
void input_converted(struct input *);
/* It was written meanwhile, or is. */
void input_changed(struct input *);
/* Publish what is stored, but for what waits for one that was taken before it. Where no
 * result depends on another the disk is not waited for: they are published later. */
void input_flush(struct run *);
/* A batch is on the disk, for struct sync_aside. */
void input_synced(void *run, int error);
/* Some of that batch get their names now. */
void input_name_some(struct run *);
/* Is its result on the disk before it is published, with others? Then that asks once more
 * whether the input was written. */
bool input_is_batched(const struct input *);
/* Do so many wait that no more should be taken? */
bool input_must_wait(const struct run *);

/* convert_rest.c */
enum {
	BUSY_MAX =
	    64, /* inputs that wait, each with a descriptor, before more are taken */
};
/* Is it perhaps not whole yet? Somebody has it open for writing, or it was written a
 * moment ago and nobody can tell. */
bool input_is_busy(struct input *);
/* Was it written since its attempt began? */
bool input_was_written(struct input *);
/* It is to be tried again when the others are done. False: no more of that. */
bool input_rest(struct input *);
/* There is nothing else to do: wait a little, then try those that are busy. */
void input_pause(struct run *);
/* Try them now; or end them, when no more is begun. */
void input_try_again(struct run *);

/* convert_target.c */
/* The number of the descriptor that a path stands for ("-", /dev/stdout, /dev/fd/3); -1:
 * it stands for none. */
int target_standard(const char *path);
/* Is it written to as it is: that, a device, a pipe, a socket? */
bool target_is_stream(const char *path);
bool target_open(struct run *); /* false: told, and exit is set */
void target_close(struct run *);
/* Where the result of what was found goes; NULL: errno. Held. */
struct results *target_results(struct run *, const struct walk_found *);
/* The name that a path has among others: malloc. */
char *target_base(const char *path);
/* The place below a folder that results of all paths share: malloc. */
char *target_sub(const struct run *, const struct walk_found *);
/* The name of its result. */
void target_name(const struct run *, const struct walk_found *, char to[NAME_SIZE]);
/* Is that which exists already one of the paths? */
bool target_is_input(const struct input *);
/* False: errno. EEXIST: something is there that may not be replaced. */
bool target_publish(struct input *);

/* convert_aside.c: with --dead */
/* A copy of the input, with a report. */
void aside_bury(struct input *);
/* It did not fail: what lies there of it from an earlier run goes. */
void aside_forget(struct input *);

/* convert_there.c */
enum there {
	THERE_NOTHING,
	THERE_RESULT,  /* its result, of the state that it has */
	THERE_STALE,   /* its result, of an older state */
	THERE_PERHAPS, /* only a comparison can tell */
	/* In the way: */
	THERE_DOUBTFUL,
	THERE_INPUT,
	THERE_FOLDER,
	THERE_FOREIGN,
	THERE_LINK,
	THERE_EMPTY,
	THERE_ODD,
	THERE_TOUCHED,
	THERE_OTHER,
	THERE_GROWN,
	THERE_THIS_RUN, /* also with --force */
};
const char *there_text(enum there);
/* By the input's state and origin. */
enum there there_look(const struct input *, const struct stat *input);
/* For a result that is made while its name is taken. there_is_equal: what is there has
 * the same bytes, so it is the result. there_taken: what it is else. */
bool there_is_equal(const struct input *);
enum there there_taken(const struct input *);

/* convert_list.c */
/* It is a folder that is a store: its list is made here. */
void store_begin_tree(struct input *);
/* What the worker gave is the list of a store's items: they are inputs from now on, and
 * the store has ended. *output is taken. */
void store_begin(struct input *, int *output);
/* Take the next item of the stores that are open; false: there is none. */
bool store_take(struct run *);
/* Is an item of one still to be taken? */
bool store_any(const struct run *);
void store_give_up(struct run *); /* nothing more is taken of any */

/* convert_store.c */
/* What the order of an item says; returns the file it lies in, -1: errno. */
int store_order(struct input *, struct pool_order *);
bool store_changed(const struct input *);
/* Records that the item's result is on the disk; store_sync_marks brings such records to
 * the disk. False: errno. */
bool store_mark(struct input *);
bool store_sync_marks(struct run *);
/* The same to a lot that nobody waits for. */
void store_add_marks(struct run *, struct sync_aside *);
/* Its result has its name, or needs none. */
void store_placed(struct input *);
/* Its result's name says what only the mail did, its flags and date. */
void store_name_again(struct input *);
/* Are its results appended to others? */
bool store_gathers(const struct input *);
/* Append it. store_gathered: all that its store got is on the disk; else, or where that
 * is not wanted any more, it is cut off again. False: errno. */
bool store_append(struct input *);
bool store_gathered(struct input *, bool wanted);
/* Its record says where it ends there. */
bool store_record_end(struct input *);
/* For --dedupe: whose it is. */
uint64_t store_owner(const struct input *);
/* An item has ended. */
void store_ended(struct input *, enum tally_class);
void store_item_free(struct input *);
/* Its bytes where it has any of its own; false: only its store has. */
bool store_bytes(const struct input *, int *fd, uint64_t *offset, uint64_t *bytes);
char *store_path(const struct input *);   /* its result's, for people: malloc */
json_t *store_json(const struct input *); /* what is said of it besides */

/* convert_tell.c */
/* Its result's path, for people: malloc, NULL: standard output, or no memory. */
char *tell_path(const struct input *);
void tell_begin(struct run *);
void tell_tick(struct run *);
void tell_ended(const struct input *, enum tally_class);
void tell_trouble(struct run *, const char *path, const char *what, const char *detail);
void tell_summary(struct run *);

#endif
