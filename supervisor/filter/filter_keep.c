/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "door/door_attempt.h"
#include "files/copy.h"
#include "files/folder.h"
#include "files/name.h"
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

/* Root files them for whose folder it is: the service must be able to read them. */
static bool filter_keep_dress(int fd, int folder)
{
	struct stat st;

	if (fchmod(fd, 0600) == -1)
		return false;
	return geteuid() != 0 ||
	       (fstat(folder, &st) == 0 && fchown(fd, st.st_uid, st.st_gid) == 0);
}

/* text, or without one the message. Whole and synced, or not at all. */
static bool filter_keep_put(struct results *dead, const struct filter_message *m,
    const char *name, const char *text, size_t n)
{
	struct result r = { .fd = -1 };
	bool ok = false;

	if (!result_begin(dead, &r))
		return false;
	if (text)
		ok = write(r.fd, text, n) == (ssize_t)n;
	else
		ok = copy_range(m->input, 0, m->bytes, r.fd);
	ok = ok && filter_keep_dress(r.fd, results_root(dead)) && fsync(r.fd) == 0 &&
	     result_publish(&r, "", name, false, true);
	int saved = errno;
	result_end(&r);
	errno = saved;
	return ok;
}

bool filter_keep(
    const struct filter_message *m, const struct filter_outcome *o, char **path)
{
	struct claim claim = { .id = o->id };
	char letter[NAME_SIZE], report[NAME_SIZE], name[] = DOOR_NAME, none[] = "";
	char *folder = NULL;
	bool ok = false;

	*path = NULL;
	claim.name = name;
	claim.sub = none;
	name_letter(&claim, letter);
	(void)snprintf(report, sizeof report, "%016" PRIx64 ".json", o->id);
	int fd = filter_keep_folder(m, m->config->folders.dead, "dead", &folder);
	struct results *dead = fd == -1 ? NULL : results_open(fd);
	/* As the service does: the report first, so that no letter is without one. */
	if (dead)
		ok = filter_keep_put(dead, m, report, o->report, o->report_bytes) &&
		     filter_keep_put(dead, m, letter, NULL, 0);
	if (dead && !ok) {
		int saved = errno;
		(void)unlinkat(fd, report, 0);
		errno = saved;
	}
	if (ok && asprintf(path, "%s/%s", folder ? folder : "dead", letter) == -1)
		*path = NULL;
	int saved = errno;
	results_close(dead);
	if (fd != -1)
		(void)close(fd);
	free(folder);
	errno = saved;
	return ok;
}

bool filter_keep_notes(
    const struct filter_message *m, const struct filter_outcome *o, char **path)
{
	char name[NAME_SIZE], *folder = NULL;

	*path = NULL;
	(void)snprintf(name, sizeof name, "%016" PRIx64 ".json", o->id);
	int fd = filter_keep_folder(m, m->config->folders.reports, "reports", &folder);
	struct results *reports = fd == -1 ? NULL : results_open(fd);
	bool ok =
	    reports && filter_keep_put(reports, m, name, o->report, o->report_bytes);
	if (ok && asprintf(path, "%s/%s", folder ? folder : "reports", name) == -1)
		*path = NULL;
	int saved = errno;
	results_close(reports);
	if (fd != -1)
		(void)close(fd);
	free(folder);
	errno = saved;
	return ok;
}
