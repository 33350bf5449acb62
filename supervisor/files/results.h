/* SPDX-License-Identifier: ISC */
#ifndef RESULTS_H
#define RESULTS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A folder in which results appear whole or not at all, at the same place below it as
 * their inputs had.
 *
 * What is being made has no name at all (O_TMPFILE) or, where the file system cannot do
 * that, NAMING_TEMPORARY, our process number and a number, in the folder itself. Those
 * that a killed run left are removed when the folder is opened.
 *
 * Failure: false or -1, errno set.
 */
struct results;
struct stat;

enum { RESULTS_TEMPORARY = 40 };

/* root stays the caller's. */
struct results *results_open(int root);
struct results *results_hold(struct results *); /* one more holder */
void results_close(struct results *);           /* one less; NULL is fine */

int results_root(const struct results *);

/* A file without a name, for reading and writing. */
int results_scratch(struct results *);

/* Free bytes and inodes there; no limit is UINT64_MAX. */
bool results_space(const struct results *, uint64_t *bytes, uint64_t *inodes);

/* What is there by this name? The folder that holds it, open until the next call of any
 * kind; -1: errno, nothing is there. */
int results_look(struct results *, const char *sub, const char *name, struct stat *);

/* One result in the making. */
struct result {
	struct results *in; /* NULL: none */
	int fd;             /* to write to; to be published, to read from */
	char temporary[RESULTS_TEMPORARY]; /* its name at the root; "": it has none */
};

bool result_begin(struct results *, struct result *) __attribute__((warn_unused_result));

/*
 * Give it its place. replace: instead of what is there; else EEXIST when something is.
 * sync: the folder too. Whatever happens, result_end is still due.
 */
bool result_publish(struct result *, const char *sub, const char *name, bool replace,
    bool sync) __attribute__((warn_unused_result));

/* Forget it; what was not published is gone. */
void result_end(struct result *);

/* A new name for something in the making; and away with a file, or a folder of files, of
 * such a name. */
void results_temporary(char to[RESULTS_TEMPORARY]);
void results_remove(int root, const char *temporary);

/* The mode of new folders, by the umask. */
unsigned results_folder_mode(void);

#endif
