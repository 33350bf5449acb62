/* SPDX-License-Identifier: ISC */
#include "convert/choice.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

/* A pattern with a slash is about the place below the path that was named, one without
 * about the name. */
static bool choice_matches(const struct cli_list *list, const struct walk_found *f)
{
	char place[PATH_MAX + NAME_MAX + 2];

	(void)snprintf(
	    place, sizeof place, "%s%s%s", f->sub, *f->sub ? "/" : "", f->name);
	for (size_t i = 0; i < list->count; i++)
		if (fnmatch(list->at[i], strchr(list->at[i], '/') ? place : f->name, 0) ==
		    0)
			return true;
	return false;
}

/* What is being delivered into a Maildir lies in tmp/, beside new/ and cur/. */
static bool is_half_delivered(const struct walk_found *f)
{
	const char *slash = strrchr(f->sub, '/');
	struct stat st;

	return !f->whole && strcmp(slash ? slash + 1 : f->sub, "tmp") == 0 &&
	       fstatat(f->folder, "../new", &st, 0) == 0 && S_ISDIR(st.st_mode) &&
	       fstatat(f->folder, "../cur", &st, 0) == 0 && S_ISDIR(st.st_mode);
}

bool choice_takes(const struct choice *c, const struct walk_found *f)
{
	struct stat st;

	if (f->trouble || f->folder == -1)
		return true;
	if ((c->include.count > 0 && !choice_matches(&c->include, f)) ||
	    choice_matches(&c->exclude, f) || is_half_delivered(f))
		return false;
	if (!c->newer_than_ms && !c->older_than_ms)
		return true;
	if (fstatat(f->folder, f->name, &st, f->whole ? 0 : AT_SYMLINK_NOFOLLOW) == -1)
		return true;
	const int64_t ms = clock_stamp_ms(&st.st_mtim);
	return (!c->newer_than_ms || ms > c->newer_than_ms) &&
	       (!c->older_than_ms || ms < c->older_than_ms);
}

/* All of a file, with a NUL behind it. */
static char *read_whole(FILE *f, size_t *n)
{
	size_t capacity = 1 << 16;
	char *text = malloc(capacity);

	*n = 0;
	while (text) {
		*n += fread(text + *n, 1, capacity - 1 - *n, f);
		if (*n < capacity - 1)
			break;
		char *more = realloc(text, capacity * 2);
		if (!more)
			free(text);
		text = more;
		capacity *= 2;
	}
	if (text)
		text[*n] = '\0';
	if (text && ferror(f)) {
		free(text);
		text = NULL;
	}
	return text;
}

/* A path with ".." could put its result anywhere. */
static bool path_climbs(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p += 2)
		if ((p == path || p[-1] == '/') && (p[2] == '/' || p[2] == '\0'))
			return true;
	return false;
}

/* One pass over the text, its errors told where they are seen. */
/* NOLINTNEXTLINE(readability-function-cognitive-complexity) */
char **choice_listed(const char *file, bool zero, size_t *count, FILE *errors)
{
	FILE *f = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	const char end = zero ? '\0' : '\n';
	size_t n = 0, capacity = 0, number = 0;
	char **paths = NULL, *text = f ? read_whole(f, &n) : NULL;
	int saved = errno;

	*count = 0;
	if (f && f != stdin)
		(void)fclose(f);
	for (char *p = text, *stop; text && p < text + n; p = stop + 1) {
		stop = memchr(p, end, (size_t)(text + n - p));
		stop = stop ? stop : text + n;
		*stop = '\0';
		number++;
		if (*p == '\0')
			continue;
		if (path_climbs(p) || strlen(p) != (size_t)(stop - p)) {
			(void)fprintf(errors,
			    "bulkhead convert: %s, line %zu: a path with %s\n", file,
			    number, path_climbs(p) ? "\"..\" in it" : "a zero byte");
			goto fail;
		}
		if (*count == capacity) {
			capacity = capacity ? capacity * 2 : 256;
			char **more = reallocarray(paths, capacity, sizeof *more);
			saved = ENOMEM;
			if (!more)
				goto failed;
			paths = more;
		}
		paths[(*count)++] = p;
	}
	if (paths) {
		/* The first text is where the block begins. */
		memmove(text, paths[0], strlen(paths[0]) + 1);
		paths[0] = text;
		return paths;
	}
	saved = text ? ENODATA : saved;
failed:
	(void)fprintf(errors, "bulkhead convert: %s: %s\n", file,
	    saved == ENODATA ? "names no file" : strerror(saved));
fail:
	free(paths);
	free(text);
	return NULL;
}
