/* SPDX-License-Identifier: ISC */
#ifndef NAMING_H
#define NAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "files/name.h"

/* Names of the files that bulkhead convert makes. */

/* Files in the making, at the root of what results go to. */
#define NAMING_TEMPORARY ".bulkhead-"

/* Behind the name of a file that grows while a run is under way. */
#define NAMING_PART ".part"

/* In names of results whose inputs end in the same extension. */
#define NAMING_CONVERTED ".converted"

/*
 * "a.msg" and ".eml": "a.msg.eml". So two inputs of a folder never meet: what would be
 * too long is cut at a character and gets a hash of the whole name.
 */
void naming_result(const char *name, const char *extension, char to[NAME_SIZE]);

/*
 * A result's name beside its input, in an open folder or -1: as naming_result gives it,
 * but of a name that has the extension: "m1.eml" gives "m1.converted.eml", unless a file
 * "m1.converted" lies there, whose result has that name.
 */
void naming_beside(
    int folder, const char *name, const char *extension, char to[NAME_SIZE]);

/* Is it the name that naming_beside gives to another file of this folder? */
bool naming_is_result(int folder, const char *name, const char *extension);

/*
 * A file name out of what somebody claims: the last part of any path, without
 * control characters and what other systems forbid or obey, no leading dots, never a
 * name that a device has. "attachment" where nothing is left. Honest workers give only
 * such names (worker/format/export/names.h); here nobody is believed.
 */
void naming_safe(const char *claimed, char to[NAME_SIZE]);

/*
 * The name of a folder in a store as a folder's: what other systems forbid or obey, and
 * "%" itself, as "%XX", so that it can be read back; one too long is cut and gets a hash
 * of the whole, with "%~" before it.
 */
void naming_folder(const char *claimed, char to[NAME_SIZE]);

/* "a.txt" and 2: "a~2.txt". */
void naming_number(const char *name, unsigned number, char to[NAME_SIZE]);

#endif
