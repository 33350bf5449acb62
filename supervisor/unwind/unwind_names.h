/* SPDX-License-Identifier: ISC */
#ifndef UNWIND_NAMES_H
#define UNWIND_NAMES_H

#include <elfutils/libdwfl.h>
#include <stdint.h>

/* How libdw finds files: those it is given, and their debug files. */
extern const Dwfl_Callbacks unwind_names_files;

/* Open what tells functions and lines: no file is opened later. */
void unwind_names_load(Dwfl_Module *);

/* "FUNCTION SOURCE" and the line's end, as proto/unwind.h has it. NULL: "- -". */
void unwind_names_print(Dwfl_Module *, uint64_t address);

#endif
