/* SPDX-License-Identifier: ISC */
#ifndef BASE_GIVEUP_H
#define BASE_GIVEUP_H

#include <stddef.h>

/*
 * Giving up: no memory is left, or the output cannot be written, which no decoder can
 * mend. The worker ends; the supervisor judges by the black box and by what it sees
 * itself.
 *
 * These do not return. A test or fuzz target may set giveup_end to leave by
 * longjmp instead of ending the process.
 */
enum giveup { GIVEUP_MEMORY, GIVEUP_OUTPUT };

/* An allocation of asked bytes failed. Exits with CHANNEL_EXIT_MEMORY. */
_Noreturn void giveup_memory(size_t asked);

/* Writing output or scratch failed with errno value err. Exits with CHANNEL_EXIT_OUTPUT.
 */
_Noreturn void giveup_output(int err);

/* How the process ends; set once at start by main (base knows no exit codes). */
extern void (*giveup_end)(enum giveup kind);

#endif
