/* SPDX-License-Identifier: ISC */
#include "service/ulimits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "config/config.h"
#include "log/log.h"

enum {
	/* Folders, helpers, the door; a batch of results on its way. Measured: 30 idle.
	 */
	FILES_OWN = 48,
	/* Its channel and black box, the files of the message in hand. */
	FILES_WORKER = 9,
	/* One worker, and the numbers that a process we start gets its own by. */
	FILES_LEAST = 64,
};

/* As far as this machine lets us. RLIM_INFINITY: unknown. */
static rlim_t ulimits_most(int which)
{
	struct rlimit l;

	if (getrlimit(which, &l) == -1)
		return RLIM_INFINITY;
	l.rlim_cur = l.rlim_max;
	(void)setrlimit(which, &l);
	return l.rlim_max;
}

static void ulimits_file_size(const struct config *config)
{
	rlim_t most = ulimits_most(RLIMIT_FSIZE);

	if (most < config->limits.output)
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "getrlimit"),
		    LOG_U("file_size", most),
		    LOG_U("limits_output", config->limits.output), LOG_E(EFBIG),
		    LOG_S("next",
			"results may not grow as large as limits.output allows: raise "
			"ulimit -f (LimitFSIZE), or lower limits.output"));
}

static bool ulimits_files(const struct config *config)
{
	rlim_t most = ulimits_most(RLIMIT_NOFILE);
	uint64_t wanted =
	    FILES_OWN + FILES_WORKER * (config_workers(config) + config->spares);
	char reason[128];

	if (most < FILES_LEAST) {
		(void)snprintf(reason, sizeof reason,
		    "only %llu open files are allowed: raise ulimit -n (LimitNOFILE) to "
		    "%llu",
		    (unsigned long long)most, (unsigned long long)wanted);
		log_event(EVENT_CANNOT_START, LOG_S("reason", reason), LOG_E(EMFILE));
		return false;
	}
	if (most < wanted)
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "getrlimit"),
		    LOG_U("open_files", most), LOG_U("wanted", wanted), LOG_E(EMFILE),
		    LOG_S("next",
			"fewer messages at once than there are workers: raise ulimit -n "
			"(LimitNOFILE), or lower workers"));
	return true;
}

bool ulimits_raise(const struct config *config)
{
	ulimits_file_size(config);
	return ulimits_files(config);
}
