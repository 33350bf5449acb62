/* SPDX-License-Identifier: ISC */
#include "cli_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attempt/single.h"
#include "base/utf8.h"
#include "config/config.h"
#include "config/roles.h"
#include "log/log.h"

void cli_file_complain(const struct cli_file *f, const char *what, const char *detail)
{
	(void)fprintf(stderr, "bulkhead %s: ", f->verb);
	utf8_put(stderr, f->name, CLI_FILE_SHOWN, UTF8_ESCAPE_ODD);
	(void)fprintf(
	    stderr, ": %s%s%s\n", what, detail ? ": " : "", detail ? detail : "");
}

static bool cli_file_open(struct cli_file *f)
{
	f->input = open(f->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (f->input == -1 || fstat(f->input, &f->st) == -1) {
		cli_file_complain(f, "cannot be opened", strerror(errno));
		return false;
	}
	if (S_ISDIR(f->st.st_mode) && f->folder && !f->folder(f))
		return false;
	if (!S_ISREG(f->st.st_mode))
		cli_file_complain(f, "is not a regular file", NULL);
	return S_ISREG(f->st.st_mode);
}

static void cli_file_run(
    struct cli_file *f, struct config *config, const struct attempt_owner *owner)
{
	char why[SINGLE_WHY];

	config->limits.input = 0; /* of what the service takes */
	struct single *single = single_new(config, owner);
	if (!single_run(single, &f->claim, &f->outcome, f, why)) {
		cli_file_complain(f, why, NULL);
		f->exit = single_is_hopeless(single) ? ROLE_HOPELESS : ROLE_FAILED;
	}
	single_free(single);
}

int cli_file_main(struct cli_file *f, const char *verb, const struct attempt_owner *owner,
    int argc, char **argv)
{
	int exit_now = cli_options_read(&f->options, argc, argv);
	struct config *config;

	if (exit_now != -1)
		return exit_now;
	f->verb = verb;
	f->name = f->options.operands[0];
	f->input = -1;
	f->claim.id = 1;
	f->exit = ROLE_FAILED;
	config = config_load(
	    f->options.file, environ, f->options.flags, f->options.flag_count, stderr);
	if (!config) {
		f->exit = ROLE_USAGE;
	} else {
		log_open(LOG_TEXT, LOG_ERROR, 0);
		if (cli_file_open(f))
			cli_file_run(f, config, owner);
	}
	if (f->input != -1)
		(void)close(f->input);
	outcome_clear(&f->outcome);
	config_free(config);
	cli_options_clear(&f->options);
	return f->exit;
}
