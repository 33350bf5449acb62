/* SPDX-License-Identifier: ISC */
#include "base/role_start.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <unistd.h>

enum { FDS_MAX = 24 };

static int role_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	int err = posix_spawnattr_setsigmask(attributes, &none);
	if (!err)
		err = posix_spawnattr_setsigdefault(attributes, &all);
	if (!err)
		err = posix_spawnattr_setflags(
		    attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return err;
}

/* First out of the way of the numbers that they will get; up[] is to be closed. */
static int role_place(
    posix_spawn_file_actions_t *actions, const int *fds, int count, int up[FDS_MAX])
{
	int err = 0;

	for (int i = 0; i < count && !err; i++) {
		up[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, ROLE_FIRST_FD + count);
		err = up[i] == -1 ? errno
				  : posix_spawn_file_actions_adddup2(
					actions, up[i], ROLE_FIRST_FD + i);
	}
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(
		    actions, ROLE_FIRST_FD + count);
	return err;
}

int role_start(pid_t *pid, char *const argv[], const int *fds, int count)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int up[FDS_MAX];

	assert(count <= FDS_MAX);
	for (int i = 0; i < FDS_MAX; i++)
		up[i] = -1;
	*pid = 0;
	int err = posix_spawn_file_actions_init(&actions);
	if (err)
		return err;
	err = posix_spawnattr_init(&attributes);
	if (!err) {
		err = role_attributes(&attributes);
		if (!err)
			err = role_place(&actions, fds, count, up);
		if (!err)
			err = posix_spawn(
			    pid, "/proc/self/exe", &actions, &attributes, argv, environ);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	for (int i = 0; i < count; i++)
		if (up[i] != -1)
			(void)close(up[i]);
	if (err)
		*pid = 0;
	return err;
}

void role_ignore_signals(void)
{
	static const int ignored[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2,
		SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE, SIGXFSZ };

	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		(void)signal(ignored[i], SIG_IGN);
}
