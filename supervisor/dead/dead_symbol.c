/* SPDX-License-Identifier: ISC */
#include "dead/dead_symbol.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/program.h"
#include "pool/process.h"

enum { ID_HEX_LEAST = 8, ID_HEX_MOST = 64 };

static bool is_hex(const char *s, size_t least, size_t most)
{
	size_t n = strspn(s, "0123456789abcdef");

	return s[n] == '\0' && n >= least && n <= most;
}

/* What the unwinder prints: the function, a blank, then file:line or "-". */
static bool dead_symbol_ask(char *const argv[], char *to, size_t size)
{
	char path[PATH_MAX], language[] = "LANG=C.UTF-8";
	char *environment[] = { language, NULL };
	int fd[2], status = -1;
	size_t n = 0;
	ssize_t k;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) == -1)
		return false;
	const struct program_fd fds[] = { { -1, STDIN_FILENO }, { fd[1], STDOUT_FILENO },
		{ -1, STDERR_FILENO } };
	int error = program_start(
	    &pid, &(struct program){ .path = process_program("bulkhead-unwind", path),
		      .argv = argv,
		      .environment = environment,
		      .fds = fds,
		      .count = sizeof fds / sizeof fds[0] });
	(void)close(fd[1]);
	while (
	    error == 0 && n < size - 1 &&
	    ((k = read(fd[0], to + n, size - 1 - n)) > 0 || (k == -1 && errno == EINTR)))
		n += k > 0 ? (size_t)k : 0;
	to[n] = '\0';
	(void)close(fd[0]);
	while (error == 0 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return error == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool dead_symbol(const struct config *c, const char *build_id, const char *offset,
    char *to, size_t size)
{
	char own[PATH_MAX], debug[PATH_MAX], said[1024];
	char name[] = "bulkhead-unwind", id[ID_HEX_MOST + 1], at[20];
	char *argv[] = { name, id, at, debug, own, NULL };

	if (!is_hex(build_id, ID_HEX_LEAST, ID_HEX_MOST) ||
	    strncmp(offset, "0x", 2) != 0 || !is_hex(offset + 2, 1, 16))
		return false;
	(void)snprintf(id, sizeof id, "%s", build_id);
	(void)snprintf(at, sizeof at, "%s", offset + 2);
	(void)snprintf(
	    debug, sizeof debug, "/usr/lib/debug/.build-id/%.2s/%s.debug", id, id + 2);
	if (c->worker.program)
		(void)snprintf(own, sizeof own, "%s", c->worker.program);
	else
		(void)process_program("bulkhead-worker", own);
	if (!dead_symbol_ask(argv, said, sizeof said))
		return false;
	said[strcspn(said, "\n")] = '\0';
	char *line = strchr(said, ' ');
	if (!line || *said == '-')
		return false;
	*line++ = '\0';
	(void)snprintf(to, size, "%s%s%s", said, *line == '-' ? "" : " at ",
	    *line == '-' ? "" : line);
	return true;
}
