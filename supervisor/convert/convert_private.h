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
#include "files/results.h"
#include "files/walk.h"
#include "proto/formats.h"

/* Shared by convert.c (the run), convert_input.c (one input from its opening to its
 * end), convert_target.c (where results go), convert_tell.c (what people and programs
 * are told). */

struct run;
struct split;

enum input_state {
	INPUT_UNDER_WAY, /* the engine has it */
	INPUT_STORING,   /* converted; to be published with the others of its batch */
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
	struct stat st;
	struct results *results; /* held */
	struct result result;
	struct split *split; /* what the output is to be split into; NULL: it is not */
	struct outcome outcome;
};

TAILQ_HEAD(input_list, input);

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
	bool walked, draining, stopping, hopeless;
	bool to_stdout;              /* the one result goes there */
	char *file_name;             /* the one result's name; NULL: each has its own */
	char *out_path;              /* of out, for people */
	struct results *out, *aside; /* of -o or --attachments; of --dead */
	struct results *beside;      /* of the path at work, when there is no -o */
	size_t beside_operand;
	struct file_id *files; /* paths that are files, sorted; with --force */
	size_t file_count;
	int standard_input; /* what came on it, as a file; -1: not asked for */
	struct input_list in[INPUT_STATES];
	unsigned count[INPUT_STATES];
	uint64_t last_id;
	struct tally tally;
	struct summary *summary;   /* NULL: not asked for */
	struct refusals *refusals; /* NULL: none are kept */
	uint64_t ahead_found;
	bool ahead_done;
	struct progress progress;
	struct event *more, *flush, *tick, *signals[2];
	int exit;
};

/* convert.c */
void run_more(struct run *); /* something may go on */
void input_move(struct input *, enum input_state);
void input_free(struct input *);

/* convert_input.c */
extern const struct attempt_owner input_owner;
/* Take what was found; it may have ended already. */
void input_take(struct run *, const struct walk_found *);
void input_end(struct input *, enum tally_class); /* tells, counts and frees it */
void input_flush(struct run *);                   /* publish what is stored */

/* convert_target.c */
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
/* What is there by the result's name: nothing; a whole file with the date of this input;
 * or anything else, a result of another input or of another state of this one, too. */
enum target_there { TARGET_FREE, TARGET_THERE, TARGET_IN_THE_WAY };
/* After its result was made and found its place taken: is it there, with the date of this
 * input and as long as what was made of it (an input that was named twice)? */
bool target_is_there(const struct input *);

enum target_there target_look(
    struct run *, const struct input *, const struct walk_found *);
/* Is that which exists already one of the paths? */
bool target_is_input(const struct input *);
bool target_publish(struct input *);
/* Its result's path, for people: malloc, NULL: standard output, or no memory. */
char *target_path(const struct input *);
/* A copy of the input with a report beside it. */
void target_bury(struct input *);

/* convert_tell.c */
void tell_begin(struct run *);
void tell_tick(struct run *);
void tell_ended(const struct input *, enum tally_class);
void tell_trouble(struct run *, const char *path, const char *what, const char *detail);
void tell_summary(struct run *);

#endif
