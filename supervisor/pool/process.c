/* SPDX-License-Identifier: ISC */
#include "pool/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/config.h"
#include "pool/zygote.h"
#include "proto/blackbox.h"
#include "proto/channel.h"

static bool make_pipe(int *ours, int *its)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) == -1)
		return false;
	*ours = fd[0];
	*its = fd[1];
	return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0;
}

/* We never read from this socket, so a worker cannot pass us descriptors. */
static bool make_orders(int *ours, int *its)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) == -1)
		return false;
	*ours = fd[0];
	*its = fd[1];
	return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0 && shutdown(*ours, SHUT_RD) == 0;
}

/* Its size is sealed: were it cut short, our copying of it would end in SIGBUS. */
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
			    process_worker(config, path), strerror(err));
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
