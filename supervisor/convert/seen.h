/* SPDX-License-Identifier: ISC */
#ifndef SEEN_H
#define SEEN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Which messages had a result already, for --dedupe: a hash of each (the first half of
 * SHA-256, so nobody can make two of one hash) with the name of its input, in a file in
 * the folder of results, so that later runs go on with it. In memory each takes 16 bytes,
 * in a table of at most twice as many.
 *
 * A hash is on the disk before its result has its name. Whoever is asked about again by
 * the same place of its result is no duplicate of itself: so a run that was killed
 * between loses nothing.
 */
struct seen;

enum { SEEN_HASH = 16, SEEN_TEXT = 4096 /* of a name, the rest is left out */ };

/* In an open folder. forget: begin anew. NULL: errno. */
struct seen *seen_open(int folder, const char *name, bool forget);
void seen_close(struct seen *); /* NULL is fine */

/* Of a text; of the first n bytes of a file (false: errno). */
void seen_hash_text(const char *text, uint8_t to[SEEN_HASH]);
bool seen_hash_file(int fd, uint64_t n, uint8_t to[SEEN_HASH]);

enum seen_found { SEEN_NEW, SEEN_EQUAL, SEEN_FAILED /* errno */ };

/* Whose message it is. */
struct seen_of {
	uint64_t owner;   /* hash of where results of its store go; 0: it has none */
	uint64_t place;   /* hash of where its result goes */
	const char *text; /* its input, for people */
};

/* Is there an equal one? Else it is put down. equal: the text of the equal one, to be
 * freed. */
enum seen_found seen_ask(
    struct seen *, const uint8_t hash[SEEN_HASH], const struct seen_of *, char **equal);

/* The results of this owner are made anew: what was put down of them is forgotten. How
 * many; -1: errno. */
int64_t seen_forget(struct seen *, uint64_t owner);

/* All that was put down is on the disk. False: errno. */
bool seen_sync(struct seen *) __attribute__((warn_unused_result));

#endif
