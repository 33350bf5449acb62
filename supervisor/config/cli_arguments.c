/* SPDX-License-Identifier: ISC */
#include "config/cli_arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/cli_options.h"

void cli_arguments_free(char **argv)
{
	for (size_t i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

/* False: no memory. */
static bool cli_arguments_add(char **argv, size_t *n, const char *word)
{
	argv[*n] = strdup(word);
	return argv[(*n)++] != NULL;
}

static bool cli_arguments_add_setting(char **argv, size_t *n, const struct config_flag *f)
{
	if (!cli_arguments_add(argv, n, "--set"))
		return false;
	if (asprintf(&argv[*n], "%s=%s", f->key, f->value) == -1) {
		argv[*n] = NULL;
		return false;
	}
	(*n)++;
	return true;
}

char **cli_arguments(const struct cli_options *o, const char *verb,
    const char *const *arguments, size_t count)
{
	char **argv = calloc(2 + count + 2 + 2 * o->flag_count + 1, sizeof *argv);
	size_t n = 0;
	bool ok = argv && cli_arguments_add(argv, &n, "bulkhead") &&
		  cli_arguments_add(argv, &n, verb);

	for (size_t i = 0; ok && i < count; i++)
		ok = cli_arguments_add(argv, &n, arguments[i]);
	if (ok && o->file)
		ok = cli_arguments_add(argv, &n, "-c") &&
		     cli_arguments_add(argv, &n, o->file);
	for (size_t i = 0; ok && i < o->flag_count; i++)
		ok = cli_arguments_add_setting(argv, &n, &o->flags[i]);
	if (ok)
		return argv;
	cli_arguments_free(argv);
	return NULL;
}
