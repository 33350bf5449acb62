/* SPDX-License-Identifier: ISC */
#ifndef CRASH_H
#define CRASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A crashing worker. A fault's handler fills the black box (proto/blackbox.h) with
 * registers and a copy of the stack, says Crash on the answer pipe, and lets the
 * signal end the process. It runs on a stack of its own, so that an overflown
 * stack is reported, too, and calls only what is safe in a handler.
 */

/* A packed Crash frame and where its fields of fixed width lie in it (job.c). */
struct crash_frame {
	uint8_t bytes[64];
	size_t length;
	size_t job, signal, code, address, pc;
};

/* Install the handlers, which a zygote's copies inherit. False: *what failed, errno. */
bool crash_init(const struct crash_frame *, const char **what)
    __attribute__((warn_unused_result));

/* Map the black box, which is new, with the modules in it. False: the same. */
bool crash_box(const char **what) __attribute__((warn_unused_result));

/* Where the frames end: argv of main, behind which arguments and environment lie. */
void crash_stack_ends(const void *end);

/* List what is mapped now. After everything is loaded, before crash_box. */
void crash_modules(void);

/* Which job is in hand (0 none); a new one starts with no crumbs. */
void crash_job(uint64_t job);

enum { CRASH_BUILD_SIZE = 41 };

/* The build id of this program in hex, "" when it has none. After crash_modules. */
void crash_build(char to[CRASH_BUILD_SIZE]);

#endif
