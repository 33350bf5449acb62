/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/program.h"
#include "config/cli_arguments.h"
#include "door/door_server.h"

/*
 * Clerks: `bulkhead dead`, started for a client, which writes to the client's descriptor,
 * and what it complains of to a file in memory, for the last answer. The program has its
 * own rules and locks and may take its time; the supervisor only starts it, and kills it
 * when its client is gone.
 */
enum { CLERKS_MAX = 8, CLERK_ARGUMENTS = 20, COMPLAINTS = 1024 };

/* What is asked of a clerk once a message has been withdrawn. */
struct door_waiting {
	uint64_t id;
	int fd;
	size_t count;
	char *arguments[CLERK_ARGUMENTS];
};

/* What a client may have done here: nothing that runs for ever, asks, or takes paths. */
static bool is_allowed(const Bulkhead__Door__Clerk *k)
{
	static const char *const verbs[] = { "list", "groups", "show", "cat", "retry",
		"hold", "release", "return", "remove" };
	static const char *const options[] = { "--json", "--yes", "--all", "--verdict",
		"--sender", "--group", "--older", "--newer", "--limit", "--before",
		"--keep" };
	bool known = false;

	if (k->n_arguments == 0 || k->n_arguments > CLERK_ARGUMENTS)
		return false;
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		known = known || strcmp(k->arguments[0], verbs[i]) == 0;
	for (size_t i = 1; known && i < k->n_arguments; i++) {
		if (k->arguments[i][0] != '-')
			continue;
		known = false;
		for (size_t o = 0; o < sizeof options / sizeof options[0]; o++)
			known = known || strcmp(k->arguments[i], options[o]) == 0;
	}
	return known;
}

/* Its output goes there: a pipe or a socket, which the program may block on, not we. */
static bool is_writable(int fd)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL);

	return flags != -1 && (flags & O_ACCMODE) != O_RDONLY && !(flags & O_PATH) &&
	       fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* 0 or an errno value. */
static int clerk_start(
    struct door_client *c, char *const *arguments, size_t count, int fd)
{
	c->complaints = memfd_create("complaints", MFD_CLOEXEC);
	const struct program_fd fds[] = { { -1, STDIN_FILENO }, { fd, STDOUT_FILENO },
		{ c->complaints, STDERR_FILENO } };
	char **argv = cli_arguments(
	    c->door->with.options, "dead", (const char *const *)arguments, count);

	if (!argv)
		return ENOMEM;
	int error = program_start(&c->clerk, &(struct program){ .path = "/proc/self/exe",
						 .argv = argv,
						 .group = true,
						 .fds = fds,
						 .count = sizeof fds / sizeof fds[0] });
	cli_arguments_free(argv);
	return error;
}

/* What it does is safe to be killed at any time. */
static void clerk_end(struct door_client *c)
{
	c->door->clerks--;
	if (c->clerk > 0)
		(void)kill(c->clerk, SIGKILL);
}

/* fd is taken over. */
static bool clerk_begin(
    struct door_client *c, char *const *arguments, size_t count, int fd)
{
	Bulkhead__Door__Answer a = BULKHEAD__DOOR__ANSWER__INIT;
	Bulkhead__Door__Begun begun = BULKHEAD__DOOR__BEGUN__INIT;
	const char *why = NULL;
	int error = 0;

	if (c->door->clerks >= CLERKS_MAX)
		why = "too many ask for dead letters at once";
	else if ((error = clerk_start(c, arguments, count, fd)) != 0)
		why = strerror(error);
	(void)close(fd);
	if (why)
		return door_tell_trouble(c, why) && false;
	c->state = DOOR_CLERK;
	c->leave = clerk_end;
	c->door->clerks++;
	a.kind_case = BULKHEAD__DOOR__ANSWER__KIND_BEGUN;
	a.begun = &begun;
	return door_tell(c, &a, NULL, 0);
}

static void waiting_end(struct door_client *c)
{
	struct door_waiting *w = c->waiting;

	c->waiting = NULL;
	for (size_t i = 0; w && i < w->count; i++)
		free(w->arguments[i]);
	if (w && w->fd != -1)
		(void)close(w->fd);
	free(w);
}

/* The clerk starts once the message has ended (door_withdrawn). fd is taken over. */
static bool clerk_wait(struct door_client *c, const Bulkhead__Door__Clerk *k, int fd)
{
	const struct door_with *with = &c->door->with;

	c->waiting = calloc(1, sizeof *c->waiting);
	if (!c->waiting) {
		(void)close(fd);
		return false;
	}
	c->leave = waiting_end;
	c->waiting->fd = fd;
	c->waiting->id = k->withdraw;
	for (size_t i = 0; i < k->n_arguments; i++) {
		c->waiting->arguments[i] = strdup(k->arguments[i]);
		if (!c->waiting->arguments[i])
			return false;
		c->waiting->count++;
	}
	c->state = DOOR_WAITS;
	return with->answers->withdraw(with->arg, k->withdraw) ||
	       (door_tell_trouble(c, DOOR_NOT_IN_HAND) && false);
}

void door_withdrawn(void *door, uint64_t id)
{
	struct door *d = door;
	struct door_client *c, *next;

	for (c = TAILQ_FIRST(&d->clients); c; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->state != DOOR_WAITS || !c->waiting || c->waiting->id != id)
			continue;
		int fd = c->waiting->fd;
		c->waiting->fd = -1;
		bool begun = clerk_begin(c, c->waiting->arguments, c->waiting->count, fd);
		waiting_end(c);
		if (!begun)
			door_client_end(c);
	}
}

bool door_clerk(struct door_client *c, const Bulkhead__Door__Clerk *k, int fd)
{
	if (fd == -1 || !is_writable(fd) || !is_allowed(k)) {
		if (fd != -1)
			(void)close(fd);
		return door_tell_trouble(c, "this is not asked here") && false;
	}
	return k->withdraw ? clerk_wait(c, k, fd)
			   : clerk_begin(c, k->arguments, k->n_arguments, fd);
}

bool door_reaped(void *door, pid_t pid, int wait_status, const struct rusage *usage)
{
	struct door *d = door;
	struct door_client *c;
	Bulkhead__Door__Answer a = BULKHEAD__DOOR__ANSWER__INIT;
	Bulkhead__Door__Ended e;
	bulkhead__door__ended__init(&e);

	(void)usage;
	TAILQ_FOREACH (c, &d->clients, link)
		if (pid > 0 && c->clerk == pid)
			break;
	if (!c)
		return false;
	c->clerk = 0;
	if (c->state == DOOR_KEEPS) {
		door_keep_reaped(c, wait_status);
		return true;
	}
	a.kind_case = BULKHEAD__DOOR__ANSWER__KIND_ENDED;
	a.ended = &e;
	char text[COMPLAINTS];
	ssize_t n =
	    c->complaints == -1 ? 0 : pread(c->complaints, text, sizeof text - 1, 0);
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n > 0 ? n : 0] = '\0';
	e.reason = text;
	e.exit = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128;
	(void)door_tell(c, &a, NULL, 0);
	door_client_end(c);
	return true;
}
