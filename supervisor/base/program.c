/* SPDX-License-Identifier: ISC */
#include "base/program.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static int program_attributes(posix_spawnattr_t *attributes, bool group)
{
	const short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none, all;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	int err = posix_spawnattr_setsigmask(attributes, &none);
	if (!err)
		err = posix_spawnattr_setsigdefault(attributes, &all);
	if (!err)
		err = posix_spawnattr_setpgroup(attributes, 0);
	if (!err)
		err = posix_spawnattr_setflags(
		    attributes, (short)(flags | (group ? POSIX_SPAWN_SETPGROUP : 0)));
	return err;
}

/* First out of the way of the numbers that they will get; up[] is to be closed. */
static int place_descriptors(posix_spawn_file_actions_t *actions, const struct program *p,
    int null, int up[PROGRAM_FDS])
{
	int err = 0, end = PROGRAM_FIRST_FD;

	for (size_t i = 0; i < p->count && !err; i++) {
		const struct program_fd *f = &p->fds[i];
		up[i] = fcntl(f->fd == -1 ? null : f->fd, F_DUPFD_CLOEXEC, PROGRAM_FDS);
		err = up[i] == -1
			  ? errno
			  : posix_spawn_file_actions_adddup2(actions, up[i], f->as);
		end = f->as < end ? end : f->as + 1;
	}
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(actions, end);
	return err;
}

static int program_spawn(
    pid_t *pid, const struct program *p, posix_spawn_file_actions_t *actions)
{
	posix_spawnattr_t attributes;
	int err = posix_spawnattr_init(&attributes);

	if (err)
		return err;
	err = program_attributes(&attributes, p->group);
	if (!err)
		err = posix_spawn(pid, p->path, actions, &attributes, p->argv,
		    p->environment ? p->environment : environ);
	(void)posix_spawnattr_destroy(&attributes);
	return err;
}

int program_start(pid_t *pid, const struct program *p)
{
	posix_spawn_file_actions_t actions;
	int up[PROGRAM_FDS];

	assert(p->count <= PROGRAM_FDS);
	for (size_t i = 0; i < p->count; i++)
		up[i] = -1;
	*pid = 0;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int err = null == -1 ? errno : posix_spawn_file_actions_init(&actions);
	if (!err) {
		err = place_descriptors(&actions, p, null, up);
		if (!err)
			err = program_spawn(pid, p, &actions);
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	for (size_t i = 0; i < p->count; i++)
		if (up[i] != -1)
			(void)close(up[i]);
	if (null != -1)
		(void)close(null);
	if (err)
		*pid = 0;
	return err;
}

int program_start_role(pid_t *pid, char *const argv[], const int *fds, size_t count)
{
	struct program_fd placed[PROGRAM_FDS];

	assert(count + PROGRAM_FIRST_FD <= PROGRAM_FDS);
	for (size_t i = 0; i < count; i++)
		placed[i] = (struct program_fd){ fds[i], PROGRAM_FIRST_FD + (int)i };
	return program_start(pid,
	    &(struct program){
		.path = "/proc/self/exe", .argv = argv, .fds = placed, .count = count });
}

void program_ignore_signals(void)
{
	static const int ignored[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2,
		SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE, SIGXFSZ };

	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		(void)signal(ignored[i], SIG_IGN);
}

bool program_wait(pid_t pid, uint64_t until_ms)
{
	enum { NAP_NS = 1000 * 1000 };
	const struct timespec nap = { .tv_nsec = NAP_NS };
	struct pollfd end = { .fd = pidfd_open(pid, 0), .events = POLLIN };
	uint64_t now = 0;

	/* Most are gone at once: a command that is done should not make people wait. */
	while (waitpid(pid, NULL, WNOHANG) == 0 && (now = clock_ms()) < until_ms)
		if (end.fd == -1) /* a kernel before 5.3, an emulator */
			(void)nanosleep(&nap, NULL);
		else
			(void)poll(&end, 1, (int)(until_ms - now));
	if (end.fd != -1)
		(void)close(end.fd);
	return now < until_ms;
}
