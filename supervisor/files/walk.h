/* SPDX-License-Identifier: ISC */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The files below paths that somebody named, one after the other and in no order of
 * ours: a folder is read as it is walked, never collected. Memory and descriptors are
 * bounded by the depth (FOLDER_DEPTH_MAX), not by the number of files.
 *
 * Of a Maildir only the mails are found, those in cur and new.
 *
 * Symbolic links are followed where they were named, not where they were found.
 */
struct walk;

struct file_id {
	dev_t device;
	ino_t inode;
};

/* What is left out without a word. */
struct walk_leave {
	/* Results beside their inputs have this extension (origin_is_result). NULL:
	 * results lie elsewhere. */
	const char *extension;
	const char *folder_extension; /* the same for folders */
	/* Folders that results go to, where they lie below a path. */
	struct file_id folders[3];
	size_t folder_count;
	/* Folders that are found as if they were files; NULL: none is. */
	bool (*is_store)(int above, const char *name);
};

struct walk_found {
	size_t operand; /* index of the path */
	bool whole;     /* the path itself is the file, not a folder around it */
	bool store;     /* it is such a folder */
	int root;       /* the path's folder, or the one around its file */
	int folder; /* the one that holds the file: root/sub; -1 when path is not there */
	uint64_t place;      /* of folder: origin_around */
	const char *sub;     /* "" or "a/b" */
	const char *name;    /* the last part */
	const char *trouble; /* why it cannot be read; NULL: nothing known */
};

/* paths and leave stay the caller's and are looked at until walk_free. NULL: errno. */
struct walk *walk_new(char *const *paths, size_t count, const struct walk_leave *);
void walk_free(struct walk *); /* NULL is fine */

/*
 * The next file, or what cannot be read (trouble). What found points at, and its
 * descriptors, are the walk's until the next call. False: that was all.
 */
bool walk_next(struct walk *, struct walk_found *);

/* The path of what was found, for people: malloc, NULL without memory. */
char *walk_path(char *const *paths, const struct walk_found *);

#endif
