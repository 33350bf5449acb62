/* SPDX-License-Identifier: ISC */
#ifndef ORIGIN_H
#define ORIGIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/*
 * The origin of a result: of which input it was made, in which state that was, and by
 * which run. A result carries it in an extended attribute, ORIGIN_ATTRIBUTE, beside its
 * own length and date at that time: a name alone proves nothing. Many file systems keep
 * such attributes; where one does not there is the date alone (origin_dated).
 *
 * The input's path stands there as a hash only, since results are passed on.
 */
#define ORIGIN_ATTRIBUTE "user.bulkhead.origin"

enum { ORIGIN_TARGET = 16 };

struct origin {
	uint64_t place; /* hash of the input's path; 0: it has none */
	uint64_t device, inode, size;
	int64_t modified_ns; /* of the input */
	uint64_t run;
	char target[ORIGIN_TARGET]; /* what it was converted to */
};

enum origin_told {
	ORIGIN_KEPT,    /* origin is filled in, and the result is as it was made */
	ORIGIN_CHANGED, /* origin is filled in; the result was changed since */
	ORIGIN_NONE,    /* it carries none */
	ORIGIN_UNKNOWN, /* nothing carries any here, or it cannot be read */
};

/* What the path of an open folder adds to its inputs' places; 0: none is known, or folder
 * is -1. */
uint64_t origin_around(int folder);

/* Of the input name in a folder (origin_around), 0: it has no path. */
struct origin origin_of(uint64_t around, const char *name, const struct stat *input,
    uint64_t run, const char *target);

/* Mark an open result, file or folder, which nobody writes any more. False: errno; it
 * carries none. */
bool origin_mark(int fd, const struct origin *);

enum origin_told origin_read(int fd, struct origin *);

/* Are these the origins of one input; in one state? */
bool origin_same_input(const struct origin *, const struct origin *);
bool origin_same_state(const struct origin *, const struct origin *);

/* Has a result the date of its input, as far as its file system can keep it? */
bool origin_dated(const struct stat *result, const struct stat *input);

/* Is name the result of a file beside it, in a format of this extension? As
 * naming_is_result says of the name, and it carries an origin, or none is carried here.
 */
bool origin_is_result(int folder, const char *name, const char *extension);

#endif
