/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/attempt.h"
#include "attempt/descriptors.h"
#include "base/reaper.h"
#include "base/utf8.h"
#include "config/cli_options.h"
#include "config/config.h"
#include "config/roles.h"
#include "files/copy.h"
#include "log/log.h"

/* One message to one worker of a pool of one: the supervisor never looks inside, here
 * neither. */
struct dump {
	struct event_base *base;
	const char *name;
	struct stat st;
	int input;
	bool json;
	struct claim claim;
	struct outcome outcome;
	int exit;
};

static void cli_dump_complain(const struct dump *d, const char *what, const char *detail)
{
	(void)fprintf(stderr, "bulkhead dump: ");
	utf8_put(stderr, d->name, 4096, UTF8_ESCAPE_ODD);
	(void)fprintf(
	    stderr, ": %s%s%s\n", what, detail ? ": " : "", detail ? detail : "");
}

static enum attempt_opened cli_dump_open(
    void *arg, struct pool_order *order, const char **why)
{
	const struct dump *d = arg;

	order->to = d->json ? "json" : "dump";
	order->input_size = (uint64_t)d->st.st_size;
	return descriptors_memory(order, why, d->input);
}

/* The notes are in the dump. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the form of a call */
static void cli_dump_ended(void *arg, int *output)
{
	struct dump *d = arg;
	const struct outcome *o = &d->outcome;

	if (verdict_row(o->verdict)->good) {
		bool ok = lseek(*output, 0, SEEK_SET) == 0 && copy_print(*output, stdout);
		d->exit = ok ? ROLE_FINE : ROLE_FAILED;
		if (d->exit != ROLE_FINE)
			cli_dump_complain(d, "cannot write the dump", strerror(errno));
	} else if (o->refused_part) {
		(void)fprintf(stderr, "bulkhead dump: ");
		utf8_put(stderr, d->name, 4096, UTF8_ESCAPE_ODD);
		(void)fprintf(stderr, ": refused: %s (%s, offset %llu)\n", o->reason,
		    o->refused_part, (unsigned long long)o->refused_offset);
	} else {
		const char *detail = o->reason;
		if (!detail)
			detail =
			    json_string_value(json_object_get(o->autopsy, "signal_name"));
		cli_dump_complain(d, verdict_row(o->verdict)->text, detail);
	}
	(void)event_base_loopbreak(d->base);
}

static void cli_dump_turned(void *arg)
{
	(void)arg; /* there is but one message */
}

static void cli_dump_hopeless(void *arg, const char *why)
{
	struct dump *d = arg;

	cli_dump_complain(d, "no worker would start", why);
	d->exit = ROLE_HOPELESS;
	(void)event_base_loopbreak(d->base);
}

static bool cli_dump_open_input(struct dump *d)
{
	d->input = open(d->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (d->input == -1 || fstat(d->input, &d->st) == -1) {
		cli_dump_complain(d, "cannot be opened", strerror(errno));
		return false;
	}
	if (!S_ISREG(d->st.st_mode))
		cli_dump_complain(d, "is not a regular file", NULL);
	return S_ISREG(d->st.st_mode);
}

static void cli_dump_run(struct dump *d, struct config *config)
{
	static const struct attempts_calls calls = { cli_dump_turned, cli_dump_hopeless };
	static const struct attempt_owner owner = { .source = "dump",
		.once = true,
		.open = cli_dump_open,
		.ended = cli_dump_ended };
	struct attempts *attempts = NULL;
	struct attempt_queue *queue = NULL;

	config->workers = 1;
	config->limits.input = 0; /* of what the service takes */
	config->spares = 0;
	d->base = event_base_new();
	struct reaper *reaper = d->base ? reaper_new(d->base) : NULL;
	if (reaper)
		attempts = attempts_new(d->base, config, reaper, &calls, d);
	if (attempts)
		queue = attempts_queue(attempts, &owner);
	if (queue && attempt_add(queue, ATTEMPT_NEW, &d->claim, &d->outcome, d))
		(void)event_base_dispatch(d->base);
	else
		cli_dump_complain(d, "cannot start a worker", strerror(errno));
	attempts_free(attempts);
	reaper_free(reaper);
	if (d->base)
		event_base_free(d->base);
}

int dump_main(int argc, char **argv)
{
	struct dump d = { .input = -1, .claim.id = 1, .exit = ROLE_FAILED };
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
		if (cli_dump_open_input(&d))
			cli_dump_run(&d, config);
	}
	if (d.input != -1)
		(void)close(d.input);
	outcome_clear(&d.outcome);
	config_free(config);
	cli_options_clear(&options);
	return d.exit;
}
