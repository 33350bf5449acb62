/* SPDX-License-Identifier: ISC */
#ifndef NAME_H
#define NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "files/stamp.h"

/*
 * What the file names of the spool say. In active/:
 *
 *   <id>.c<crashes>t<timeouts>m<memory>k<kills>[w].<name>[.ready|.dead]
 *
 * id: 16 hex digits, time-sorted. The counts are what the message has been
 * charged with. k counts the deaths of the whole service while this message, a
 * suspect, ran alone. w: it waits to be tried again, no worker has it. The mark at the
 * end is the commit point of its settlement (settle.h). Names that come with a message
 * are any bytes but '/' and NUL.
 */
struct charges {
	unsigned crash, timeout, memory, kills; /* each at most 99 */
	unsigned waits;                         /* 0 or 1 */
};

enum mark { MARK_NONE, MARK_READY, MARK_DEAD };

struct claim {
	uint64_t id;
	struct charges charges;
	enum mark mark;
	char
	    *sub; /* folder below incoming/, "" for none, no slash at either end; owned */
	char *name; /* the name it came with, whole (see spool.h for long ones); owned */
	unsigned unmade; /* stages (settle.h) of which nothing can lie in tmp/; not in the
			    name */
	bool stamped;
	struct stamp stamp; /* of the file when it was last looked at; not in the name */
	uint64_t waited_ms; /* in incoming, before it was claimed; not in the name */
	uint64_t unsynced;  /* bytes that its settlement is to sync; not in the name */
};

enum { NAME_SIZE = 256 }; /* a file name with its NUL */

/* A new id: later ids are larger, also when the clock steps back. Never 0. */
uint64_t name_new_id(void);
/* So many, one behind the other: the first. */
uint64_t name_new_ids(uint64_t count);

/* The name in active/. A long name is cut so that it fits with any mark;
 * *cut says so (the whole one is kept in a sidecar). */
void name_active(const struct claim *, char to[NAME_SIZE], bool *cut);

/* Read a name found in active/. False: not one of ours. Sets all but sub; name is
 * what the file name holds of it (malloc). */
bool name_parse(const char *file, struct claim *out) __attribute__((warn_unused_result));

/* The sidecar in active/ that keeps a cut name whole: "<id>.name". */
void name_sidecar(uint64_t id, char to[NAME_SIZE]);
bool name_parse_sidecar(const char *file, uint64_t *id);

/* outgoing/: "<stem>.<id>.<extension>", the stem cut to fit at a UTF-8 boundary. */
void name_result(const struct claim *, const char *extension, char to[NAME_SIZE]);

/* outgoing/, for an original passed on: "<stem>.<id>.unconverted.<its extension>". */
void name_original(const struct claim *, char to[NAME_SIZE]);

/* dead/: "<id>.<name>", cut to fit at its end but keeping the extension. */
void name_letter(const struct claim *, char to[NAME_SIZE]);

/* Another name where one is taken: try, from 2, is put before the extension
 * ("a-2.eml"). With 1 the name itself. */
void name_numbered(const char *name, int try, char to[NAME_SIZE]);

/* In the name of a store, before "NUMBER-KEY": only that item of it is wanted. */
#define NAME_ITEM ".item-"

/* 16 lower-case hex digits at the beginning of s, not all zero. */
bool name_read_id(const char *s, uint64_t *id);

/* Left alone in incoming/: dot files, and what fits one of patterns (intake.ignore; NULL:
 * none), with spaces between them. */
bool name_ignored(const char *file, const char *patterns);

void claim_free(struct claim *); /* frees its strings and itself; NULL is fine */

#endif
