/* SPDX-License-Identifier: ISC */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_text.h"
#include "config/cli_options.h"
#include "config/config.h"
#include "config/roles.h"
#include "doctor/doctor_private.h"
#include "log/log.h"

int doctor_main(int argc, char **argv)
{
	extern char **environ;
	struct cli_options options;
	struct doctor d = { NULL, false };
	int result = cli_options_read(&options, argc, argv);

	if (result != -1)
		return result;
	struct config *c =
	    config_load(options.file, environ, options.flags, options.flag_count, stderr);
	if (!c) {
		cli_options_clear(&options);
		return ROLE_USAGE;
	}
	log_open(LOG_TEXT, LOG_ERROR, 0);
	if (options.json)
		d.rows = json_array();
	doctor_jail(&d, c);
	doctor_cgroup(&d, c, "/proc/self", "/sys/fs/cgroup");
	doctor_spool(&d, c);
	doctor_http(&d, c);
	doctor_cores(&d);
	if (d.rows)
		(void)json_print(json_pack("{s:b, s:o}", "ok", !d.open, "rows", d.rows),
		    JSON_TEXT_DOCUMENT, stdout);
	result = d.open || fflush(stdout) != 0 ? ROLE_FAILED : ROLE_FINE;
	config_free(c);
	cli_options_clear(&options);
	return result;
}
