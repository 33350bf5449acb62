/* SPDX-License-Identifier: ISC */
#ifndef BASE_LUCK_H
#define BASE_LUCK_H

#include <stddef.h>

/*
 * Bad luck: what no decoder can mend. The worker ends, the supervisor decides
 * from the black box and from what it sees itself.
 *
 * These do not return. A test or fuzz target may set luck_end to leave by
 * longjmp instead of ending the process.
 */
enum luck { LUCK_MEMORY, LUCK_OUTPUT };

/* An allocation of asked bytes failed. Exits with CHANNEL_EXIT_MEMORY. */
_Noreturn void luck_memory(size_t asked);

/* Writing output or scratch failed with errno value err. Exits with CHANNEL_EXIT_OUTPUT.
 */
_Noreturn void luck_output(int err);

/* How the process ends; set once at start by main (base knows no exit codes). */
extern void (*luck_end)(enum luck kind);

#endif
