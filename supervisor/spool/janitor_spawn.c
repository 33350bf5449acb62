/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spool/janitor_wire.h"
#include "spool/spool.h"

/* What a janitor gets, at which number. */
static void list_descriptors(
    const struct spool *spool, int socket, int fds[JANITOR_FDS_END])
{
	const struct places *p = spool_places(spool);

	fds[JANITOR_SOCKET] = socket;
	fds[JANITOR_INCOMING] = spool_incoming(spool);
	fds[JANITOR_ACTIVE] = p->active;
	fds[JANITOR_OUTGOING] = p->outgoing;
	fds[JANITOR_DEAD] = p->dead;
	fds[JANITOR_REPORTS] = p->reports;
	for (int i = 0; i < STAGES; i++)
		fds[JANITOR_TMP + i] = p->tmp[i];
	spool_locks(spool, fds + JANITOR_LOCKS);
}

int janitor_spawn(const struct spool *spool, char *verb, int socket, pid_t *pid)
{
	const struct places *p = spool_places(spool);
	char version[16], parent[24], folders[16], mode[16], owner[16], group[16];
	char *argv[] = { "bulkhead", verb, version, parent, folders,
		p->dead_is_near ? "1" : "0", mode, owner, group, NULL, NULL, NULL, NULL,
		NULL };
	const char *const texts[] = { p->extension, p->outgoing_path, p->dead_path,
		p->reports_path };
	int fds[JANITOR_FDS_END], error = 0;

	for (int i = 0; i < 4; i++) {
		argv[1 + JANITOR_ARG_EXTENSION + i] = strdup(texts[i]);
		if (!argv[1 + JANITOR_ARG_EXTENSION + i])
			error = ENOMEM;
	}
	(void)snprintf(version, sizeof version, "%d", JANITOR_VERSION);
	(void)snprintf(parent, sizeof parent, "%ld", (long)getpid());
	(void)snprintf(folders, sizeof folders, "%o", p->folder_mode);
	(void)snprintf(mode, sizeof mode, "%o", p->results.mode);
	(void)snprintf(owner, sizeof owner, "%u", p->results.owner);
	(void)snprintf(group, sizeof group, "%u", p->results.group);
	list_descriptors(spool, socket, fds);
	if (!error)
		error = program_start_role(
		    pid, argv, fds + JANITOR_SOCKET, JANITOR_FDS_END - JANITOR_SOCKET);
	for (int i = 0; i < 4; i++)
		free(argv[1 + JANITOR_ARG_EXTENSION + i]);
	return error;
}
