/* SPDX-License-Identifier: ISC */
#include "zygote.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "proto/channel.h"
#include "receive.h"

_Static_assert(
    sizeof CHANNEL_WORKER == sizeof CHANNEL_ZYGOTE, "one takes the other's place");

/* The descriptors of one worker. False: nobody asks any more. */
static bool zygote_receive(int fd[CHANNEL_COPIED])
{
	char nothing;

	return receive_packet(CHANNEL_ORDERS, &nothing, 1, fd, CHANNEL_COPIED) == 1;
}

static bool zygote_answer(int32_t number)
{
	return send(CHANNEL_ORDERS, &number, sizeof number, MSG_NOSIGNAL) ==
	       sizeof number;
}

/* The channel to its numbers, which none of the received has: they are all taken. */
static bool become_worker(const int fd[CHANNEL_COPIED], char *name)
{
	static const int places[CHANNEL_COPIED] = {
		[CHANNEL_COPIED_ORDERS] = CHANNEL_ORDERS,
		[CHANNEL_COPIED_ANSWERS] = CHANNEL_ANSWERS,
		[CHANNEL_COPIED_STDERR] = STDERR_FILENO,
		[CHANNEL_COPIED_BLACKBOX] = CHANNEL_BLACKBOX,
	};

	memcpy(name, CHANNEL_WORKER, sizeof CHANNEL_WORKER);
	for (int i = 0; i < CHANNEL_COPIED; i++)
		if (dup3(fd[i], places[i], 0) == -1 || close(fd[i]) == -1)
			return false;
	return setpgid(0, 0) == 0;
}

bool zygote_serve(uint64_t parent, char *name)
{
	int fd[CHANNEL_COPIED];

	assert(strcmp(name, CHANNEL_ZYGOTE) == 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || (uint64_t)getppid() != parent ||
	    !zygote_answer(0))
		return false;
	while (zygote_receive(fd)) {
		/* A child of our parent, who sees its end. Nothing is locked and no
		   thread runs, so that fork's preparations are not missed. */
		long pid =
		    syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
		if (pid == 0 && become_worker(fd, name))
			return true;
		if (pid == 0)
			_exit(CHANNEL_EXIT_SETUP);
		for (int i = 0; i < CHANNEL_COPIED; i++)
			(void)close(fd[i]);
		if (!zygote_answer((int32_t)pid))
			return false;
	}
	return false;
}
