/* SPDX-License-Identifier: ISC */
#ifndef NAMING_H
#define NAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "files/name.h"

/* Names of the files that bulkhead convert makes. */

/* Files in the making, at the root of what results go to. */
#define NAMING_TEMPORARY ".bulkhead-"

/*
 * "a.msg" and ".eml": "a.msg.eml". So two inputs of a folder never meet: what would be
 * too long is cut at a character and gets a hash of the whole name.
 */
void naming_result(const char *name, const char *extension, char to[NAME_SIZE]);

/* Was naming_result's extension put behind another file's name in this folder? */
bool naming_is_result(int folder, const char *name, const char *extension);

/*
 * A file name out of what somebody claims: the last part of any path, without
 * control characters and what other systems forbid or obey, no leading dots, never a
 * name that a device has. "attachment" where nothing is left.
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
