/* SPDX-License-Identifier: ISC */
#ifndef UNWIND_PLACE_H
#define UNWIND_PLACE_H

#include <stdbool.h>

/*
 * bulkhead-unwind BUILD-ID OFFSET FILE...: the function and line of a place in the first
 * file that is that build, as one line of an answer's names (proto/unwind.h). Build id
 * and offset in hex. False: no such file, or nothing is known of the place; then nothing
 * is written.
 */
bool unwind_place(int count, char **arguments);

#endif
