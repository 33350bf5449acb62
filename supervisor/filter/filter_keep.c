/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "door/door_attempt.h"
#include "door/door_letter.h"
#include "files/folder.h"
#include "filter/filter.h"

/* Where the service keeps its dead letters, or reports. -1: errno. */
static int filter_keep_folder(
    const struct filter_message *m, const char *configured, const char *name, char **path)
{
	const struct config *c = m->config;

	if (configured) {
		*path = strdup(configured);
		return open(configured, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (m->spool == -1) {
		errno = ENOENT;
		return -1;
	}
	if (asprintf(path, "%s/%s", c->spool, name) == -1)
		*path = NULL;
	return folder_make(m->spool, name, (unsigned)c->files.folder_mode, true);
}

static struct door_letter filter_keep_letter(
    const struct filter_message *m, const struct filter_outcome *o)
{
	return (struct door_letter){ .id = o->id,
		.name = DOOR_NAME,
		.input = m->input,
		.bytes = m->bytes,
		.report = o->report,
		.report_bytes = o->report_bytes };
}

/* fd and folder are what filter_keep_folder gave; file: what people are told of. */
static bool filter_keep_put(const struct door_letter *l,
    bool (*put)(int, const struct door_letter *), int fd, char *folder, const char *file,
    char **path)
{
	bool ok = fd != -1 && put(fd, l);
	int saved = errno;

	if (!ok || !folder || asprintf(path, "%s/%s", folder, file) == -1)
		*path = NULL;
	if (fd != -1)
		(void)close(fd);
	free(folder);
	errno = saved;
	return ok;
}

bool filter_keep(
    const struct filter_message *m, const struct filter_outcome *o, char **path)
{
	const struct door_letter l = filter_keep_letter(m, o);
	char name[NAME_SIZE], *folder = NULL;
	int fd = filter_keep_folder(m, m->config->folders.dead, "dead", &folder);

	door_letter_name(&l, name);
	return filter_keep_put(&l, door_letter_put, fd, folder, name, path);
}

bool filter_keep_notes(
    const struct filter_message *m, const struct filter_outcome *o, char **path)
{
	const struct door_letter l = filter_keep_letter(m, o);
	char name[NAME_SIZE], *folder = NULL;
	int fd = filter_keep_folder(m, m->config->folders.reports, "reports", &folder);

	(void)snprintf(name, sizeof name, "%016" PRIx64 ".json", o->id);
	return filter_keep_put(&l, door_letter_put_report, fd, folder, name, path);
}
