/* SPDX-License-Identifier: ISC */
#ifndef UNWIND_NAMES_H
#define UNWIND_NAMES_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

/* How libdw finds files: those it is given, and their debug files. */
extern const Dwfl_Callbacks unwind_names_files;

/* Open what tells functions: no file is opened later. lines: and read what tells lines.
 * Else it is read when it is asked for, from the file with the symbols, if it is there:
 * for libraries, of whose lines most stacks have none. */
void unwind_names_load(Dwfl_Module *, bool lines);

/* "FUNCTION SOURCE" and the line's end, as proto/unwind.h has it; without line "-" is the
 * source. NULL: "- -". */
void unwind_names_print(Dwfl_Module *, uint64_t address, bool line);

/* Is the address in the function that calls all others? NULL: no. */
bool unwind_names_start(Dwfl_Module *, uint64_t address);

#endif
