/* SPDX-License-Identifier: ISC */
#ifndef STORE_NAME_H
#define STORE_NAME_H

#include "attempt/items.h"
#include "files/naming.h"

/* The names of a store's folders and items as those of files; texts are malloc, NULL: no
 * memory. */

/* The folder at hand as a path that can be read back (naming_folder). maildir: as
 * Maildir++ has it, where a folder is a Maildir beside that of the store, and its name
 * begins with a dot. */
char *store_name_folder(const struct items_at *, bool maildir);

/* "0000012", and behind it the name that the item has. */
void store_name_item(const Bulkhead__Entry *, char to[NAME_SIZE]);

/* As a Maildir has it: flags by their letters in order. */
void store_name_mail(const Bulkhead__Entry *, char to[NAME_SIZE]);

#endif
