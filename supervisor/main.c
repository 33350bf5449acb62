/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/cli_options.h"
#include "config/roles.h"
#include "log/log_out.h"
#include "spool/janitor.h"

static int help_main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : NULL;
	char two[32];

	if (argc > 2) { /* of two words */
		(void)snprintf(two, sizeof two, "%s %s", argv[1], argv[2]);
		verb = two;
	}
	if (!cli_usage(verb, stdout)) {
		(void)fprintf(stderr, "bulkhead help: there is no verb `%s`\n", verb);
		return ROLE_USAGE;
	}
	return fflush(stdout) == 0 ? ROLE_FINE : ROLE_FAILED;
}

static int version_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	(void)puts("bulkhead " BULKHEAD_VERSION);
	return fflush(stdout) == 0 ? ROLE_FINE : ROLE_FAILED;
}

/* janitor, porter, keeper and log are for the supervisor only: they are not in
 * the usage. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "serve", serve_main },
	{ "check", check_main },
	{ "dump", dump_main },
	{ "list", list_main },
	{ "convert", convert_main },
	{ "dead", dead_main },
	{ "filter", filter_main },
	{ "doctor", doctor_main },
	{ "status", operate_main },
	{ "workers", operate_main },
	{ "queue", operate_main },
	{ "top", operate_main },
	{ "events", operate_main },
	{ "pause", operate_main },
	{ "resume", operate_main },
	{ "scale", operate_main },
	{ "kill", operate_main },
	{ "reload", operate_main },
	{ "drain", operate_main },
	{ "janitor", janitor_main },
	{ "porter", janitor_main },
	{ "keeper", keeper_main },
	{ "log", log_writer_main },
	{ "help", help_main },
	{ "--help", help_main },
	{ "-h", help_main },
	{ "version", version_main },
	{ "--version", version_main },
	{ "-V", version_main },
};

/* A file opened later must not become standard error, or the log would be written into a
 * message. Those that were closed are opened the wrong way round: reading or writing them
 * fails as before, and no result is lost without a word. */
static int fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	/* Where files may not grow any more (ulimit -f) a write is to say so. */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (fill_standard_descriptors() == -1)
		return ROLE_FAILED;
	if (argc < 2) {
		(void)cli_usage(NULL, stderr);
		return ROLE_USAGE;
	}
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	(void)fprintf(
	    stderr, "bulkhead: unknown verb `%s`; see bulkhead --help\n", argv[1]);
	return ROLE_USAGE;
}
