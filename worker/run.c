/* SPDX-License-Identifier: ISC */
#include "run.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/giveup.h"
#include "base/wipe.h"
#include "crash.h"
#include "format/format.h"
#include "jail.h"
#include "proto/channel.h"
#include "trial.h"
#include "zygote.h"

static void run_give_up(enum giveup kind)
{
	_exit(kind == GIVEUP_MEMORY ? CHANNEL_EXIT_MEMORY : CHANNEL_EXIT_OUTPUT);
}

static int not_ready(const char *what)
{
	(void)fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
	    errno ? strerror(errno) : "failed");
	return CHANNEL_EXIT_SETUP;
}

/* An order that wakes us must not take the processor from the supervisor, for which the
 * other workers wait (sched(7), SCHED_BATCH). Another policy was somebody's will. */
static void let_others_go_on(void)
{
	const struct sched_param none = { .sched_priority = 0 };

	if (sched_getscheduler(0) == SCHED_OTHER)
		(void)sched_setscheduler(0, SCHED_BATCH, &none);
}

int worker_run(int argc, char **argv, job_convert_fn *convert)
{
	struct jail jail;
	struct jail_layers layers;
	struct crash_frame crash;
	const char *what = "";

	bool zygote = argc > 0 && strcmp(argv[0], CHANNEL_ZYGOTE) == 0;
	if (!jail_read(&jail, argc, argv) || (!zygote && !job_has_channel())) {
		(void)fprintf(stderr, "%s: started by bulkhead only\n",
		    program_invocation_short_name);
		return CHANNEL_EXIT_SETUP;
	}
	/* Whatever opens a file or reads the environment happens above the line. */
	giveup_end = run_give_up;
	(void)signal(SIGPIPE, SIG_IGN); /* a broken answer pipe is an exit code */
	(void)signal(SIGXFSZ,
	    SIG_IGN); /* over its limit a write says EFBIG: the black box's word */
	format_init();
	/* Once for a zygote and all its copies. */
	let_others_go_on();
	crash_modules();
	crash_stack_ends(argv);
	job_pack_crash(&crash);
	if (!crash_init(&crash, &what) || !jail_prepare(&jail, zygote, &what))
		return not_ready(what);
	struct arena *arena = arena_new(jail.memory ? jail.memory : SIZE_MAX);
	if (zygote && !zygote_serve(jail.parent, argv[0])) {
		arena_free(arena);
		return CHANNEL_EXIT_RETIRED;
	}
	if (!crash_box(&what) || !jail_enter(&jail, &layers, &what)) {
		arena_free(arena);
		return not_ready(what);
	}
	/* ---- the line: from here on every byte of the input is hostile. ---- */

	if (jail.trial) {
		arena_free(arena);
		return trial_run(&layers, jail.trial);
	}
	job_ready(&layers);
	while (job_serve(arena, convert)) {
		arena_reset(arena);
		wipe_rest();
	}
#ifndef BULKHEAD_SANITIZE /* which look for leaks at the end */
	/* The kernel takes all back at once: libraries that tidy up write to pages that a
	 * copy shares with its zygote. */
	_exit(CHANNEL_EXIT_RETIRED);
#endif
	arena_free(arena);
	return CHANNEL_EXIT_RETIRED;
}
