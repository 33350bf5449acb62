/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "convert/convert_private.h"
#include "files/origin.h"

/*
 * What is there by the name of an input's result? A name proves nothing: somebody else's
 * file may have it, the result of another folder's input, or that of an older state of
 * this one.
 */

const char *there_text(enum there there)
{
	static const char *const texts[] = {
		[THERE_NOTHING] = "",
		[THERE_RESULT] = "its result is there",
		[THERE_STALE] = "its result is there, made of an older state of it",
		[THERE_DOUBTFUL] = "what has its result's name is something else; "
				   "--force replaces it",
		[THERE_INPUT] = "its result would have the name of the input itself",
		[THERE_FOLDER] = "a folder has its result's name: move it away",
		[THERE_FOREIGN] = "a folder that is not its result has the name; --force "
				  "puts the result beside it",
		[THERE_LINK] =
		    "a symbolic link has its result's name; --force replaces it",
		[THERE_EMPTY] =
		    "an empty file has its result's name; --force replaces it",
		[THERE_ODD] =
		    "what has its result's name is no file; --force replaces it",
		[THERE_TOUCHED] =
		    "its result was changed by somebody; --force replaces it",
		[THERE_OTHER] = "the result of another input has the name; --force "
				"replaces it",
		[THERE_GROWN] = "the file that its result is to be appended to was taken "
				"away or changed since; --force makes all anew",
		[THERE_THIS_RUN] = "the result of another input of this run has the name",
	};

	return texts[there];
}

/* Is this name with its letters in the other case the same file here? */
static bool folds_case(int folder, const char *name, const struct stat *st)
{
	char other[NAME_SIZE];
	struct stat its;

	(void)snprintf(other, sizeof other, "%s", name);
	for (char *p = other; *p; p++)
		if (isalpha((unsigned char)*p))
			*p ^= 'a' ^ 'A';
	return strcmp(other, name) != 0 &&
	       fstatat(folder, other, &its, AT_SYMLINK_NOFOLLOW) == 0 &&
	       its.st_dev == st->st_dev && its.st_ino == st->st_ino;
}

/* It carries no origin, so its date must decide. On a file system that keeps no origins
 * that is enough as long as no other input can have this name. */
static enum there there_by_date(const struct input *i, enum origin_told told, int folder,
    const struct stat *st, const struct stat *input)
{
	bool split = i->run->target->can & FORMATS_SPLIT;
	bool dated = origin_dated(st, input);

	if (i->run->standard_input != -1)
		return THERE_PERHAPS;
	if (told == ORIGIN_UNKNOWN && i->run->options->mtime != CONVERT_MTIME_INPUT)
		dated = st->st_mtim.tv_sec >= input->st_mtim.tv_sec;
	/* With --force: did this very run put it there? */
	if (told == ORIGIN_UNKNOWN && i->run->options->force &&
	    st->st_ctim.tv_sec >= (time_t)(i->run->began_ms / 1000 / 2 * 2) &&
	    folds_case(folder, i->result_name, st))
		return THERE_THIS_RUN;
	if (!dated)
		return split ? THERE_FOREIGN : THERE_DOUBTFUL;
	if (split)
		return told == ORIGIN_NONE ? THERE_FOREIGN : THERE_RESULT;
	return told == ORIGIN_NONE || folds_case(folder, i->result_name, st)
		   ? THERE_PERHAPS
		   : THERE_RESULT;
}

static enum there there_by_origin(const struct input *i, const struct origin *is)
{
	bool split = i->run->target->can & FORMATS_SPLIT;

	if (i->run->standard_input != -1)
		return THERE_PERHAPS;
	if (origin_same_input(is, &i->origin))
		return origin_same_state(is, &i->origin) ? THERE_RESULT : THERE_STALE;
	if (is->run == i->run->id)
		return THERE_THIS_RUN;
	if (split)
		return THERE_FOREIGN;
	/* A copy of the archive, perhaps. */
	return strcmp(is->target, i->origin.target) == 0 &&
		       origin_same_state(is, &i->origin)
		   ? THERE_PERHAPS
		   : THERE_OTHER;
}

/* By its kind alone; THERE_PERHAPS: it may be. */
static enum there there_by_kind(
    const struct input *i, const struct stat *st, const struct stat *input)
{
	bool split = i->run->target->can & FORMATS_SPLIT;

	if (st->st_dev == input->st_dev && st->st_ino == input->st_ino)
		return THERE_INPUT;
	if (S_ISDIR(st->st_mode))
		return split ? THERE_PERHAPS : THERE_FOLDER;
	if (S_ISLNK(st->st_mode))
		return THERE_LINK;
	if (!S_ISREG(st->st_mode) || split)
		return THERE_ODD;
	return st->st_size == 0 ? THERE_EMPTY : THERE_PERHAPS;
}

enum there there_look(const struct input *i, const struct stat *input)
{
	struct origin is;
	struct stat st;
	int folder;

	if (i->run->stream != -1)
		return THERE_NOTHING;
	folder = results_look(i->results, i->result_sub, i->result_name, &st);
	if (folder == -1)
		return THERE_NOTHING;
	enum there kind = there_by_kind(i, &st, input);
	if (kind != THERE_PERHAPS)
		return kind;
	int fd = openat(folder, i->result_name,
	    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return THERE_DOUBTFUL;
	enum origin_told told = origin_read(fd, &is);
	(void)close(fd);
	switch (told) {
	case ORIGIN_KEPT:
		return there_by_origin(i, &is);
	case ORIGIN_CHANGED:
		return is.run == i->run->id && !origin_same_input(&is, &i->origin)
			   ? THERE_THIS_RUN
			   : THERE_TOUCHED;
	case ORIGIN_NONE:
	case ORIGIN_UNKNOWN:
		break;
	}
	return there_by_date(i, told, folder, &st, input);
}

/* Have two open files the same bytes from their beginning on, n of them and no more? */
static bool same_bytes(int a, int b, uint64_t n)
{
	static char buffer[2][1 << 16];
	uint64_t at = 0;

	for (;;) {
		ssize_t k = pread(a, buffer[0], sizeof buffer[0], (off_t)at);
		if (k < 0 || pread(b, buffer[1], sizeof buffer[1], (off_t)at) != k ||
		    memcmp(buffer[0], buffer[1], (size_t)k) != 0)
			return false;
		at += (uint64_t)k;
		if (k == 0)
			return at == n;
	}
}

enum there there_taken(const struct input *i)
{
	enum there there = there_look(i, &i->st);

	return there > THERE_PERHAPS ? there : THERE_DOUBTFUL;
}

bool there_is_equal(const struct input *i)
{
	struct stat st;
	bool equal = false;

	/* A folder is compared by its origin. */
	if (i->run->target->can & FORMATS_SPLIT)
		return there_look(i, &i->st) == THERE_RESULT;
	int folder = results_look(i->results, i->result_sub, i->result_name, &st);
	int fd = folder == -1 || !S_ISREG(st.st_mode)
		     ? -1
		     : openat(folder, i->result_name,
			   O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return false;
	if ((uint64_t)st.st_size == i->outcome.output_size && st.st_size > 0)
		equal = same_bytes(i->result.fd, fd, i->outcome.output_size);
	/* Store the origin, so that the next run need not compare again; but a result of
	 * this run stays that of its first input. */
	struct origin is;
	if (equal && (origin_read(fd, &is) != ORIGIN_KEPT || is.run != i->run->id))
		(void)origin_mark(fd, &i->origin);
	(void)close(fd);
	return equal;
}
