/* SPDX-License-Identifier: ISC */
#ifndef DEAD_STORE_H
#define DEAD_STORE_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "config/config.h"
#include "files/copy.h"
#include "files/name.h"

/*
 * The folder of dead letters, as whoever works on it from outside of the service sees
 * it. Below dead/, in any sub-folder:
 *
 *   <id>.<name>       the letter: any type but a folder
 *   <id>.json         its report
 *   .<id>.held        it is held: only who names it by its id touches it
 *   .<id>.retried     its report, renamed: a copy of the letter is whole in incoming/
 *                     (dead_move.h); likewise .returned and .kept
 *
 * The service may bury letters meanwhile, report first. What lies here may have been
 * tampered with: names, reports and their sizes are checked, links never followed.
 */
struct dead_store {
	const struct config *config;
	int dead; /* -1: the spool is there, but nothing was ever buried in it */
	int incoming, outgoing;
	int active[2];             /* where letters come from; -1: there is none */
	struct copy_dress results; /* of what is written to outgoing */
};

enum {
	DEAD_REPORT_MAX = 1 << 20, /* larger reports are not read */
	DEAD_ID_SIZE = 17,
};

/* In active/: the service's folder for decided messages that could not be copied here, by
 * which none of its scans goes (settle.c). */
#define DEAD_HELD_BACK ".held"

/* What a half-done move has put in the report's place. */
enum dead_mark { DEAD_NO_MARK, DEAD_RETRIED, DEAD_RETURNED, DEAD_KEPT, DEAD_MARKS };

struct dead_letter {
	uint64_t id;
	int folder;             /* dead/<sub> */
	const char *sub, *file; /* where it lies: dead/<sub>/<file> */
	char name[NAME_SIZE];   /* it came with; never with a slash, never empty */
	struct stat st;
	bool held;
	enum dead_mark mark;
	json_t *report;      /* NULL: none, or it cannot be read */
	const char *trouble; /* why there is none */
	int64_t ended_ms;    /* when it died */
};

/* A text of the report, of an object inside it when in is given; "" for none. */
const char *dead_said(const struct dead_letter *, const char *in, const char *key);
/* What it died of ("unknown" without a report), and what equal ends share: the
 * signature of the report or, where there is none, of verdict and reason. */
const char *dead_verdict(const struct dead_letter *);
void dead_group(const struct dead_letter *, char to[DEAD_ID_SIZE]);

/* False: the reason was printed to standard error. */
bool dead_open(struct dead_store *, const struct config *, const char *verb);
void dead_close(struct dead_store *);

/* For whoever changes something: one at a time. False: another does (EWOULDBLOCK). */
bool dead_lock(const struct dead_store *);

/* How many messages are held back. */
size_t dead_held_back(const struct dead_store *);

/* A file beside a letter: its report, or with a mark what stands in for it. */
void dead_report_name(uint64_t id, enum dead_mark, char to[NAME_SIZE]);
void dead_held_name(uint64_t id, char to[NAME_SIZE]);

/* Is this the name of a letter: "<id>.<name>", or with a number where its report has that
 * name? Of what stands beside one: "<id>.json", ".<id>.held" or a mark? */
bool dead_is_letter(const char *file, uint64_t *id);
bool dead_is_companion(const char *file, uint64_t *id);

/* Fill in the rest of a letter whose id, folder, sub and file are set. The report is the
 * caller's to json_decref. False: it is gone, or no letter. */
bool dead_load(struct dead_letter *);

#endif
