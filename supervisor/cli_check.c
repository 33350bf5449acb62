/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/cli_options.h"
#include "config/config.h"
#include "config/roles.h"
#include "files/owner.h"
#include "service/gateway_keeper.h"

/* Are the owner and the group of results known, and may they be given? */
static bool files_are_ours(const struct config *c)
{
	const char *key, *value;
	uid_t owner;
	gid_t group;

	if (!owner_find(c, &owner, &group, &key, &value)) {
		(void)fprintf(stderr, "%s: %s: no such %s\n", key, value,
		    strcmp(key, "files.owner") == 0 ? "user" : "group");
		return false;
	}
	if (owner_may_give(group))
		return true;
	(void)fprintf(stderr,
	    "files.group: %s: user %u is not in that group; run this as "
	    "whom the service runs\n",
	    c->files.group, (unsigned)geteuid());
	return false;
}

/* Said, and no fault: a service in which no HTTP can be spoken still takes mail. */
static void say_gateway(const struct config *c)
{
	char path[PATH_MAX];

	if (!gateway_can_run(c, path))
		(void)fprintf(stderr, "http.serve: %s: %s: there will be no HTTP\n", path,
		    strerror(errno));
}

int check_main(int argc, char **argv)
{
	struct cli_options options;
	int result = cli_options_read(&options, argc, argv);

	if (result != -1)
		return result;
	struct config *c =
	    config_load(options.file, environ, options.flags, options.flag_count, stderr);
	if (!c || !files_are_ours(c))
		result = ROLE_USAGE;
	else {
		say_gateway(c);
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
