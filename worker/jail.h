#ifndef JAIL_H
#define JAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What a worker may still do once it handles bytes of a message: nothing but
 * turn them into other bytes. Entered once, never left.
 */

/* From the command line, each "key=number"; 0: not given, no limit. */
struct jail {
	uint64_t memory; /* bytes of data */
	uint64_t output; /* bytes of the longest file it may write */
	uint64_t stack;  /* bytes */
	uint64_t parent; /* process id of the supervisor */
};

/* False: an argument that is none of ours. */
bool jail_read(struct jail *, int argc, char **argv) __attribute__((warn_unused_result));

/* False: *what failed, errno says why; the process must end. */
bool jail_enter(const struct jail *, const char **what)
    __attribute__((warn_unused_result));

#endif
