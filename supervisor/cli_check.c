/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <unistd.h>

#include "config/cli_options.h"
#include "config/config.h"
#include "config/roles.h"

int check_main(int argc, char **argv)
{
	struct cli_options options;
	int result = cli_options_read(&options, argc, argv);

	if (result != -1)
		return result;
	struct config *c =
	    config_load(options.file, environ, options.flags, options.flag_count, stderr);
	if (!c)
		result = ROLE_USAGE;
	else {
		if (options.print)
			config_print(c, stdout);
		else
			(void)printf("%s: the configuration is valid\n",
			    options.file ? options.file : "no file");
		result = fflush(stdout) == 0 && !ferror(stdout) ? ROLE_FINE : ROLE_FAILED;
	}
	config_free(c);
	cli_options_clear(&options);
	return result;
}
