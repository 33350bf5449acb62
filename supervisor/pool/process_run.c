/* SPDX-License-Identifier: ISC */
/* The worker's program: where it is, and what it is given when it is run. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "config/config.h"
#include "pool/process.h"
#include "proto/channel.h"

enum {
	ENVIRONMENT_MAX = 64,
	/* Of a worker's stack, whatever limit we inherited: decoders bound their depth.
	 */
	STACK = 8 << 20,
};

/* Beside this program, as in a build, or where its installation has it: nothing that was
 * installed elsewhere is ever taken for ours. */
const char *process_program(const char *name, char path[PATH_MAX])
{
	static const char *const places[] = { "", BULKHEAD_PROGRAMS };
	enum { PLACES = sizeof places / sizeof places[0] };
	char own[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);

	own[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(own, '/');
	own[slash ? slash + 1 - own : 0] = '\0';
	for (size_t i = 0; i < PLACES; i++) {
		n = snprintf(path, PATH_MAX, "%s%s%s", own, places[i], name);
		if (n < PATH_MAX && access(path, X_OK) == 0)
			break;
	}
	return path;
}

/* A worker sees nothing of our environment but these: set so, or passed on where a
 * variable begins so. */
static struct variable {
	char text[48];
	bool passed_on;
} variables[] = {
	{ "PATH=/usr/local/bin:/usr/bin:/bin", false },
	{ "LANG=C.UTF-8", false },
	{ "TZ=UTC", false },
	{ "G_SLICE=always-malloc",
	    false }, /* so that all is wiped, see worker/base/wipe.h */
	{ "LD_PRELOAD=", true },
	{ "ASAN_OPTIONS=", true },
	{ "UBSAN_OPTIONS=", true },
	{ "BULKHEAD_CHAOS_", true },
};

static void fill_environment(char *to[ENVIRONMENT_MAX + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		struct variable *v = &variables[i];
		if (!v->passed_on && n < ENVIRONMENT_MAX)
			to[n++] = v->text;
		for (char **e = environ; v->passed_on && *e && n < ENVIRONMENT_MAX; e++)
			if (strncmp(*e, v->text, strlen(v->text)) == 0)
				to[n++] = *e;
	}
	to[n] = NULL;
}

const char *process_worker(const struct config *config, char path[PATH_MAX])
{
	return config->worker.program ? config->worker.program
				      : process_program(CHANNEL_WORKER, path);
}

int process_run(const struct config *config, const char *called, const char *mode,
    const char *trial, const struct process_ends *e, pid_t *pid)
{
	static const char *const modes[] = { [SANDBOX_AUTO] = "auto",
		[SANDBOX_REQUIRE] = "require",
		[SANDBOX_PREFER] = "prefer",
		[SANDBOX_OFF] = "off" };
	char name[40], memory[40], output[40], stack[40], parent[40], sandbox[40],
	    argument[80], path[PATH_MAX];
	char *environment[ENVIRONMENT_MAX + 1];
	char *argv[] = { name, memory, output, stack, parent, sandbox,
		trial ? argument : NULL, NULL };

	(void)snprintf(name, sizeof name, "%s", called);
	(void)snprintf(memory, sizeof memory, "memory=%llu",
	    (unsigned long long)config->limits.memory);
	(void)snprintf(output, sizeof output, "output=%llu",
	    (unsigned long long)config->limits.output);
	(void)snprintf(stack, sizeof stack, "stack=%d", STACK);
	(void)snprintf(parent, sizeof parent, "parent=%ld", (long)getpid());
	(void)snprintf(
	    sandbox, sizeof sandbox, "sandbox=%s", mode ? mode : modes[config->sandbox]);
	(void)snprintf(argument, sizeof argument, "trial=%s", trial ? trial : "");
	const struct program_fd fds[] = {
		{ -1, STDIN_FILENO },
		{ -1, STDOUT_FILENO },
		{ e->stderr_pipe, STDERR_FILENO },
		{ e->orders, CHANNEL_ORDERS },
		{ e->answers, CHANNEL_ANSWERS },
		{ e->box, CHANNEL_BLACKBOX },
	};
	fill_environment(environment);
	return program_start(pid, &(struct program){ .path = process_worker(config, path),
				      .argv = argv,
				      .environment = environment,
				      .group = true,
				      .fds = fds,
				      .count = sizeof fds / sizeof fds[0] });
}
