#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli_options.h"
#include "janitor.h"
#include "roles.h"

static int help_main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : NULL;
	char help[] = "--help";
	char *dead[] = { argv[0], help, NULL };

	if (verb && strcmp(verb, "dead") == 0)
		return dead_main(2, dead);
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

/* janitor is for the supervisor only: it is not in the usage. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "serve", serve_main },
	{ "check", check_main },
	{ "dump", dump_main },
	{ "convert", convert_main },
	{ "dead", dead_main },
	{ "janitor", janitor_main },
	{ "help", help_main },
	{ "--help", help_main },
	{ "-h", help_main },
	{ "version", version_main },
	{ "--version", version_main },
	{ "-V", version_main },
};

/* A file opened later must not become standard error, or the log would be written into a
 * message. */
static int fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd == -1 ? -1 : close(fd);
}

int main(int argc, char **argv)
{
	if (fill_standard_descriptors() == -1)
		return ROLE_FAILED;
	if (argc < 2) {
		(void)cli_usage(NULL, stderr);
		return ROLE_USAGE;
	}
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	(void)fprintf(stderr,
	    "bulkhead: unknown verb `%s`; the verbs are serve, check, dump, convert, "
	    "dead and help\n",
	    argv[1]);
	return ROLE_USAGE;
}
