/* SPDX-License-Identifier: ISC */
#ifndef JAIL_H
#define JAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What a worker may still do once it handles bytes of a message: nothing but
 * turn them into other bytes. Entered once, never left.
 */

/* What to do when the kernel refuses a layer. */
enum jail_mode {
	JAIL_REQUIRE, /* end */
	JAIL_AUTO,    /* end, unless the kernel was built without it */
	JAIL_PREFER,  /* go on, and say so */
	JAIL_OFF,     /* try neither Landlock nor seccomp */
	JAIL_PATHS,   /* all but seccomp: for a trial of what the other layers stop */
};

/* From the command line, each "key=value"; a number of 0: not given, no limit. */
struct jail {
	uint64_t memory;     /* bytes of data */
	uint64_t output;     /* bytes of the longest file it may write */
	uint64_t stack;      /* bytes */
	uint64_t parent;     /* process id of the supervisor */
	enum jail_mode mode; /* sandbox=require|auto|prefer|off|paths */
	const char *trial;   /* trial=NAME: try that and end (trial.h); NULL: serve */
};

/* Which layers are in force, and which are not and why: for the log. */
struct jail_layers {
	char active[96], missing[160];
};

/* False: an argument that is none of ours. */
bool jail_read(struct jail *, int argc, char **argv) __attribute__((warn_unused_result));

/*
 * The part that copies of this process inherit, in this order: no privileges, none to be
 * gained, all capabilities and their bounding set dropped, root or not; descriptors,
 * debuggers, limits; of a zygote the list of system calls but for those that it takes to
 * make a worker. Before jail_enter.
 *
 * False: *what failed, errno says why; the process must end.
 */
bool jail_prepare(const struct jail *, bool zygote, const char **what)
    __attribute__((warn_unused_result));

/*
 * The rest, in this order: the parent's death, no process, Landlock without a single
 * path, and the list of system calls (calls.h). Calls that libraries can do
 * without answer EACCES; all others that are not on the list are SIGSYS, so that the
 * crash report (crash.h) has their number.
 *
 * Without JAIL_REQUIRE a kernel that has no Landlock is no reason to end: what it
 * forbids, the list of calls forbids, too. Sanitizers need files and threads: their
 * builds skip both.
 *
 * False: *what failed, errno says why; the process must end.
 */
bool jail_enter(const struct jail *, struct jail_layers *, const char **what)
    __attribute__((warn_unused_result));

#endif
