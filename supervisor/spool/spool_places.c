/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "files/folder.h"
#include "spool/spool_internal.h"

/*
 * A marked message whose staged file is nowhere counts as delivered (settle.h). That must
 * not happen because the staged file is where nobody looks any more: another folder was
 * configured, or its volume is not mounted. So each folder in which files are staged has
 * a random id in it, and "places" in the spool lists the ids, with paths for people, of
 * all that were in use. While a message is marked and one of them is missing the service
 * does not start. Ids, since paths, devices and inodes change where nothing is lost.
 */
enum { ID = 32, PLACES_MAX = 16 };

static const char id_file[] = ".place", places_file[] = "places";

struct place_list {
	struct {
		char id[ID + 1];
		char path[PATH_MAX];
	} at[PLACES_MAX];
	size_t count;
};

static bool spool_places_has(const struct place_list *l, const char *id)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->at[i].id, id) == 0)
			return true;
	return false;
}

static bool spool_places_is_id(const char *text)
{
	return strspn(text, "0123456789abcdef") == ID;
}

/* A folder's id. False: errno; ENOENT: it has none. */
static bool read_id(int folder, char id[ID + 1])
{
	int fd = openat(folder, id_file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return false;
	ssize_t n = read(fd, id, ID);
	int saved = errno;
	(void)close(fd);
	id[n > 0 ? n : 0] = '\0';
	errno = n == -1 ? saved : ENOENT;
	return spool_places_is_id(id);
}

static bool make_id(int folder, char id[ID + 1])
{
	unsigned char bytes[ID / 2];

	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		return false;
	for (size_t i = 0; i < sizeof bytes; i++)
		(void)snprintf(id + 2 * i, 3, "%02x", bytes[i]);
	return folder_write_whole(folder, id_file, id, ID, true);
}

/* Add a folder that is in use, once. */
static bool spool_places_add(struct place_list *l, int folder)
{
	char id[ID + 1], link[40];

	if (!read_id(folder, id) && (errno != ENOENT || !make_id(folder, id)))
		return false;
	if (spool_places_has(l, id))
		return true;
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
	ssize_t n = readlink(link, l->at[l->count].path, PATH_MAX - 1);
	l->at[l->count].path[n > 0 ? n : 0] = '\0';
	memcpy(l->at[l->count++].id, id, sizeof id);
	return true;
}

/* All folders in which spool_recover() looks. */
static bool list_now(const struct spool *s, struct place_list *l)
{
	const int parents[] = { s->places.outgoing, s->places.dead, s->places.reports };

	if (!spool_places_add(l, s->near_tmp))
		return false;
	for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
		int tmp = folder_open(parents[i], ".tmp");
		if (tmp == -1 && errno == ENOENT)
			continue;
		bool ok = tmp != -1 && spool_places_add(l, tmp);
		int saved = errno;
		if (tmp != -1)
			(void)close(tmp);
		errno = saved;
		if (!ok)
			return false;
	}
	return true;
}

/* What the file lists; lines that make no sense are left out. */
static bool list_then(const struct spool *s, struct place_list *l)
{
	char *line = NULL;
	size_t capacity = 0;
	int fd =
	    openat(s->root, places_file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *file = fd == -1 ? NULL : fdopen(fd, "r");

	if (!file) {
		if (fd != -1)
			(void)close(fd);
		return fd == -1 && errno == ENOENT;
	}
	while (l->count < PLACES_MAX && getline(&line, &capacity, file) != -1) {
		line[strcspn(line, "\n")] = '\0';
		if (!spool_places_is_id(line) || line[ID] != ' ')
			continue;
		memcpy(l->at[l->count].id, line, ID);
		l->at[l->count].id[ID] = '\0';
		(void)snprintf(l->at[l->count++].path, PATH_MAX, "%s", line + ID + 1);
	}
	bool ok = !ferror(file);
	free(line);
	(void)fclose(file);
	return ok;
}

static bool write_list(const struct spool *s, const struct place_list *l)
{
	char *text = NULL;
	size_t n = 0;
	FILE *file = open_memstream(&text, &n);

	if (!file)
		return false;
	for (size_t i = 0; i < l->count; i++)
		(void)fprintf(file, "%s %s\n", l->at[i].id, l->at[i].path);
	bool ok =
	    fclose(file) == 0 && folder_write_whole(s->root, places_file, text, n, true);
	free(text);
	return ok;
}

/* What to do about a place that is missing while messages are marked. */
static bool spool_places_refuse(
    const struct spool *s, const char *path, unsigned marked, char **error)
{
	if (asprintf(error,
		"%u messages were being delivered when the service ended, and files of "
		"theirs may lie in %s, which is not configured any more or not mounted: "
		"start once with the folders and volumes of before, then change them; "
		"only if that folder is lost for ever remove %s/%s",
		marked, path, s->config->spool, places_file) == -1)
		*error = NULL;
	errno = ENODEV;
	return false;
}

bool spool_check_places(struct spool *s, char **error)
{
	struct place_list *lists = calloc(2, sizeof *lists);
	struct place_list *now = lists, *then = lists + 1;
	bool ok = false, same;
	unsigned marked = 0;

	if (!lists || !list_now(s, now) || !list_then(s, then))
		goto out;
	same = now->count == then->count;
	for (size_t i = 0; i < then->count; i++) {
		if (spool_places_has(now, then->at[i].id))
			continue;
		same = false;
		if (!spool_count_marked(s, &marked))
			goto out;
		if (marked > 0) {
			(void)spool_places_refuse(s, then->at[i].path, marked, error);
			goto out;
		}
	}
	ok = same || write_list(s, now);
out:;
	int saved = errno;
	if (!ok && !*error &&
	    asprintf(
		error, "%s/%s: %s", s->config->spool, places_file, strerror(saved)) == -1)
		*error = NULL;
	free(lists);
	errno = saved;
	return ok;
}
