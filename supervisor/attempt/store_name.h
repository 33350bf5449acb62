/* SPDX-License-Identifier: ISC */
#ifndef STORE_NAME_H
#define STORE_NAME_H

#include "attempt/items.h"
#include "files/naming.h"

/* The names of a store's folders and items as those of files; texts are malloc, NULL: no
 * memory. */

/* How results of items lie below the store's folder. */
enum store_layout {
	STORE_FILES,   /* each is a file, in the folder that it had */
	STORE_MAILDIR, /* each is a file of a Maildir */
	STORE_MBOX,    /* those of a folder are one mailbox */
	STORE_LINES,   /* all are lines of one file */
	STORE_LAYOUTS,
};
extern const char *const store_layouts[STORE_LAYOUTS + 1]; /* their names, then NULL */

/* The folder at hand as a path that can be read back (naming_folder). Of a Maildir as
 * Maildir++ has it, where a folder is a Maildir beside that of the store, and its name
 * begins with a dot. Of mailboxes and lines it is the path of the file: Inbox/Done.mbox,
 * STORE_NAME_MAILBOX for what lies in no folder, STORE_NAME_LINES. */
char *store_name_folder(const struct items_at *, enum store_layout);

#define STORE_NAME_MAILBOX "mailbox"
#define STORE_NAME_LINES "items.jsonl"

/* "0000012", and behind it the name that the item has. */
void store_name_item(const Bulkhead__Entry *, char to[NAME_SIZE]);

/* The same as a result's, ".eml" behind it. A mail keeps its name: a.eml does not become
 * a.eml.eml. */
void store_name_result(
    const Bulkhead__Entry *, const char *extension, char to[NAME_SIZE]);

/* Of what is passed on as it was; ending: of one without a name of its own. */
void store_name_original(const Bulkhead__Entry *, const char *ending, char to[NAME_SIZE]);

/* As a Maildir has it: flags by their letters in order. */
void store_name_mail(const Bulkhead__Entry *, char to[NAME_SIZE]);

#endif
