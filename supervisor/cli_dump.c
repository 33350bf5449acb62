/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/reaper.h"
#include "base/utf8.h"
#include "config/cli_options.h"
#include "config/config.h"
#include "config/roles.h"
#include "log/log.h"
#include "pool/pool.h"

/* One message to one worker of a pool of one: the supervisor never looks inside, here
 * neither. */
struct dump {
	struct event_base *base;
	struct pool *pool;
	const char *name;
	struct stat st;
	int fd[3]; /* input, output, scratch */
	bool given, json;
	int exit;
};

static void cli_dump_complain(const struct dump *d, const char *what, const char *detail)
{
	(void)fprintf(stderr, "bulkhead dump: ");
	utf8_put(stderr, d->name, 4096, UTF8_ESCAPE_ODD);
	(void)fprintf(
	    stderr, ": %s%s%s\n", what, detail ? ": " : "", detail ? detail : "");
}

static bool copy_out(int fd)
{
	char buf[65536];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) == -1)
		return false;
	while ((n = read(fd, buf, sizeof buf)) > 0)
		if (fwrite(buf, 1, (size_t)n, stdout) != (size_t)n)
			return false;
	return n == 0 && fflush(stdout) == 0;
}

static void cli_dump_give(void *arg)
{
	struct dump *d = arg;
	struct pool_order order = { .job = 1,
		.to = d->json ? "json" : "dump",
		.input_size = (uint64_t)d->st.st_size,
		.input = d->fd[0],
		.output = d->fd[1],
		.scratch = d->fd[2] };

	if (!d->given)
		d->given = pool_give(d->pool, &order);
}

static void cli_dump_report(void *arg, uint64_t job, const Bulkhead__Report *r)
{
	(void)arg;
	(void)job;
	(void)r; /* the notes are in the dump */
}

static void cli_dump_ended(void *arg, uint64_t job, const struct pool_end *end)
{
	struct dump *d = arg;

	(void)job;
	if (end->done) {
		d->exit = copy_out(d->fd[1]) ? ROLE_FINE : ROLE_FAILED;
		if (d->exit != ROLE_FINE)
			cli_dump_complain(d, "cannot write the dump", strerror(errno));
	} else if (end->refused) {
		(void)fprintf(stderr, "bulkhead dump: ");
		utf8_put(stderr, d->name, 4096, UTF8_ESCAPE_ODD);
		(void)fprintf(stderr, ": refused: %s (%s, offset %llu)\n",
		    end->refused->reason, end->refused->part,
		    (unsigned long long)end->refused->offset);
	} else {
		const struct autopsy *a = end->autopsy;
		cli_dump_complain(d, verdict_row(end->verdict)->text,
		    a && a->signal ? autopsy_signal_name(a->signal) : NULL);
	}
	(void)event_base_loopbreak(d->base);
}

static void cli_dump_hopeless(void *arg, const char *why)
{
	struct dump *d = arg;

	cli_dump_complain(d, "no worker would start", why);
	d->exit = ROLE_HOPELESS;
	(void)event_base_loopbreak(d->base);
}

static bool open_all(struct dump *d)
{
	d->fd[0] = open(d->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (d->fd[0] == -1 || fstat(d->fd[0], &d->st) == -1) {
		cli_dump_complain(d, "cannot be opened", strerror(errno));
		return false;
	}
	if (!S_ISREG(d->st.st_mode)) {
		cli_dump_complain(d, "is not a regular file", NULL);
		return false;
	}
	d->fd[1] = memfd_create("dump", MFD_CLOEXEC);
	d->fd[2] = memfd_create("scratch", MFD_CLOEXEC);
	if (d->fd[1] == -1 || d->fd[2] == -1) {
		cli_dump_complain(d, "no memory file", strerror(errno));
		return false;
	}
	return true;
}

static void cli_dump_run(struct dump *d, struct config *config)
{
	static const struct pool_calls calls = { cli_dump_give, cli_dump_report,
		cli_dump_ended, cli_dump_hopeless };
	struct reaper *reaper = NULL;

	config->workers = 1;
	config->spares = 0;
	d->base = event_base_new();
	reaper = d->base ? reaper_new(d->base) : NULL;
	if (reaper)
		d->pool = pool_new(d->base, config, &calls, d);
	if (d->pool) {
		reaper_add(reaper, pool_reaped, d->pool);
		(void)event_base_dispatch(d->base);
	} else {
		cli_dump_complain(d, "cannot start a worker", strerror(errno));
	}
	reaper_free(reaper);
	pool_free(d->pool);
	if (d->base)
		event_base_free(d->base);
}

int dump_main(int argc, char **argv)
{
	struct dump d = { .fd = { -1, -1, -1 }, .exit = ROLE_FAILED };
	struct cli_options options;
	struct config *config;
	int exit_now = cli_options_read(&options, argc, argv);

	if (exit_now != -1)
		return exit_now;
	d.name = options.operands[0];
	d.json = options.json;
	config =
	    config_load(options.file, environ, options.flags, options.flag_count, stderr);
	if (!config) {
		d.exit = ROLE_USAGE;
	} else {
		log_open(LOG_TEXT, LOG_ERROR, 0);
		if (open_all(&d))
			cli_dump_run(&d, config);
	}
	for (int i = 0; i < 3; i++)
		if (d.fd[i] != -1)
			(void)close(d.fd[i]);
	config_free(config);
	cli_options_clear(&options);
	return d.exit;
}
