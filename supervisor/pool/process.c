/* SPDX-License-Identifier: ISC */
#include "pool/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/program.h"
#include "config/config.h"
#include "pool/zygote.h"
#include "proto/blackbox.h"
#include "proto/channel.h"

enum {
	ENVIRONMENT_MAX = 64,
	/* Of a worker's stack, whatever limit we inherited: decoders bound their depth.
	 */
	STACK = 8 << 20,
};

static bool make_pipe(int *ours, int *its)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) == -1)
		return false;
	*ours = fd[0];
	*its = fd[1];
	return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0;
}

/* Packets down, nothing up: what cannot be read cannot carry descriptors to us. */
static bool make_orders(int *ours, int *its)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) == -1)
		return false;
	*ours = fd[0];
	*its = fd[1];
	return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0 && shutdown(*ours, SHUT_RD) == 0;
}

/* Sealed in size, so that a worker cannot make our copying of it fault. */
static void *make_box(int *its)
{
	const size_t size = sizeof(struct blackbox);

	*its = memfd_create("blackbox", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*its == -1 || ftruncate(*its, (off_t)size) == -1 ||
	    fcntl(*its, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == -1)
		return NULL;
	void *box = mmap(NULL, size, PROT_READ, MAP_SHARED, *its, 0);
	return box == MAP_FAILED ? NULL : box;
}

static void process_close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

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

static const char *process_find_program(const struct config *config, char path[PATH_MAX])
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
	return program_start(
	    pid, &(struct program){ .path = process_find_program(config, path),
		     .argv = argv,
		     .environment = environment,
		     .group = true,
		     .fds = fds,
		     .count = sizeof fds / sizeof fds[0] });
}

/* Both sides of a worker's channel: ours in p, its in e. */
static bool open_channel(struct process *p, struct process_ends *e, char why[PROCESS_WHY])
{
	if (make_orders(&p->orders, &e->orders) && make_pipe(&p->answers, &e->answers) &&
	    make_pipe(&p->stderr_pipe, &e->stderr_pipe) && (p->box = make_box(&e->box)))
		return true;
	(void)snprintf(why, PROCESS_WHY, "descriptors for a worker: %s", strerror(errno));
	return false;
}

static void close_ends(struct process_ends *e)
{
	process_close_fd(&e->orders);
	process_close_fd(&e->answers);
	process_close_fd(&e->stderr_pipe);
	process_close_fd(&e->box);
}

static struct process process_nothing(const struct config *config)
{
	return (struct process){ .orders = -1,
		.answers = -1,
		.stderr_pipe = -1,
		.memory = config->limits.memory,
		.output = config->limits.output };
}

bool process_start(const struct config *config, struct process *p, const char *mode,
    const char *trial, char why[PROCESS_WHY])
{
	struct process_ends e = { -1, -1, -1, -1 };
	char path[PATH_MAX];

	*p = process_nothing(config);
	bool ok = open_channel(p, &e, why);
	if (ok) {
		int err = process_run(config, CHANNEL_WORKER, mode, trial, &e, &p->pid);
		ok = err == 0;
		if (!ok)
			(void)snprintf(why, PROCESS_WHY, "start %.400s: %s",
			    process_find_program(config, path), strerror(err));
	}
	close_ends(&e);
	if (!ok) {
		p->pid = 0;
		process_close(p);
	}
	return ok;
}

bool process_copy(const struct config *config, struct process *p, struct zygote *zygote,
    uint64_t now, char why[PROCESS_WHY])
{
	struct process_ends e = { -1, -1, -1, -1 };

	*p = process_nothing(config);
	if (zygote_is_ready(zygote) && open_channel(p, &e, why))
		p->pid = zygote_copy(zygote, &e, now);
	close_ends(&e);
	if (p->pid)
		return true;
	process_close(p);
	return process_start(config, p, NULL, NULL, why);
}

void process_close(struct process *p)
{
	process_close_fd(&p->orders);
	process_close_fd(&p->answers);
	process_close_fd(&p->stderr_pipe);
	if (p->box)
		(void)munmap(p->box, sizeof(struct blackbox));
	p->box = NULL;
}
