/* SPDX-License-Identifier: ISC */
#ifndef DIRSTORE_NAME_H
#define DIRSTORE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What names in a Maildir say. */

/* Of a mail: "1577836800.M1P2.host:2,FS" has two (enum formats_flag); the colon may be a
 * semicolon or an exclamation mark, where a system has no colons. */
unsigned dirstore_name_flags(const char *name);

/* When it was delivered, by the number that its name begins with; else this time. */
int64_t dirstore_name_date(const char *name, int64_t otherwise);

/* Of a folder: ".Archive.2024" is one in another; one without a dot in front is one.
 * Modified UTF-7 (RFC 3501, section 5.1.3) becomes UTF-8. names: of ITEMS_NAMES, malloc;
 * *count is added to. False: no memory, and nothing is left of it. */
bool dirstore_name_folders(const char *name, char **names, unsigned *count);

/* n bytes of a name as clean UTF-8, the rest of it as "?": malloc. */
char *dirstore_name_clean(const char *name, size_t n);

#endif
